"""Compose's own grammar: how files are merged, and what an entry of `volumes:` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What stands between colons; a variable's default may hold one.
_PART = re.compile(r"(?:\$\{[^}]*\}|[^:])+")
# Compose replaces these lists as a whole when it merges.
REPLACED = ("command", "entrypoint", "test")


@dataclass(frozen=True, slots=True)
class MountEntry:
    """An entry of `volumes:` or `tmpfs:`; an anonymous volume and memory have no source."""

    type: str
    source: str | None
    target: str


def mount_entry(entry: Any) -> MountEntry:
    """Read an entry of `volumes:` or `tmpfs:` in its short or its long form."""
    if isinstance(entry, Mapping):
        source = entry.get("source")
        kind, target = str(entry.get("type", "volume")), str(entry.get("target", ""))
        return MountEntry(kind, str(source) if source else None, target)
    first, *others = _PART.findall(str(entry)) or [""]
    if not others:
        return MountEntry("volume", None, first)
    if not others[0].startswith("/"):  # the options of a tmpfs
        return MountEntry("tmpfs", None, first)
    is_path = first.startswith((".", "/", "~", "$"))
    return MountEntry("bind" if is_path else "volume", first, others[0])


def mount_target(entry: Any) -> str:
    """Return the path in the container of an entry of `volumes:` or `tmpfs:`."""
    return mount_entry(entry).target


def merge_raw(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge raw keys as Compose merges files: mappings key by key, lists one after the other."""
    result = dict(old)
    for key, value in new.items():
        known = result.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            result[key] = merge_raw(known, value)
        elif isinstance(known, list) and isinstance(value, list) and key not in REPLACED:
            result[key] = known + [item for item in value if item not in known]
        else:
            result[key] = value
    return result


def pairs(said: Any) -> dict[str, str]:
    """Return what Compose takes as a mapping or as a list of `name=value`; no value is ''."""
    listed = (str(one).partition("=")[::2] for one in said) if isinstance(said, list) else ()
    return {
        str(name): "" if text is None else str(text)
        for name, text in (*mapping(said).items(), *listed)
    }


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
