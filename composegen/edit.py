"""Edits of a spec's text that keep its comments and its order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from composegen.errors import ComposegenError


def set_value(text: str, path: str, value: str) -> str:
    """Return a spec with one value set; `path` is dotted, `value` is YAML.

    Parts of the path that are missing are made; a service in its short form becomes a long one.
    Raises ComposegenError where the path leads through something that is not a mapping.
    """
    yaml, document = _load(text)
    *parents, last = path.split(".")
    if not all((*parents, last)):
        raise ComposegenError(f"--set {path}: write a path such as services.db.version")
    node = document
    for depth, key in enumerate(parents):
        child = node.get(key)
        if isinstance(child, str) and depth == 1 and parents[0] == "services":
            component, _, version = child.partition(":")
            child = {"component": component, **({"version": version} if version else {})}
            node[key] = child
        elif child is None:
            child = node[key] = {}
        if not hasattr(child, "items"):
            raise ComposegenError(f"--set {path}: {'.'.join(parents[: depth + 1])} has no keys")
        node = node[key]
    node[last] = _value(path, value)
    return _dump(yaml, document)


def keep_environments(text: str, names: Sequence[str]) -> str:
    """Return a spec with these environments and no others."""
    yaml, document = _load(text)
    environments = document.setdefault("environments", {})
    for name in [name for name in environments if name not in names]:
        del environments[name]
    for name in names:
        environments.setdefault(name, {})
    return _dump(yaml, document)


def _value(path: str, value: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(value)
    except YAMLError:
        raise ComposegenError(f"--set {path}: '{value}' is not a YAML value; quote it") from None


def _load(text: str) -> tuple[YAML, Any]:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml, yaml.load(text)


def _dump(yaml: YAML, document: Any) -> str:
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
