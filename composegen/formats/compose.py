"""Compose's own grammar: how files are merged, and what an entry of `volumes:` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Compose replaces these lists as a whole when it merges.
_REPLACED = ("command", "entrypoint", "test")


def mount_target(item: Any) -> str:
    """Return the path in the container of an entry of `volumes:` or `tmpfs:`."""
    if isinstance(item, Mapping):
        return str(item.get("target", ""))
    parts = str(item).split(":")
    return parts[0] if parts[0].startswith("/") or len(parts) == 1 else parts[1]


def merge_raw(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge raw keys as Compose merges files: mappings key by key, lists one after the other."""
    result = dict(old)
    for key, value in new.items():
        known = result.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            result[key] = merge_raw(known, value)
        elif isinstance(known, list) and isinstance(value, list) and key not in _REPLACED:
            result[key] = known + [item for item in value if item not in known]
        else:
            result[key] = value
    return result
