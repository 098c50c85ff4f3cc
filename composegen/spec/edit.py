"""Edits of a spec's text that keep its comments and its order."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from composegen.errors import ComposegenError, did_you_mean
from composegen.formats.yaml12 import Float, Int, YamlError, read
from composegen.spec.short_form import long_service


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
        child = _long(node, key) if depth == 1 and parents[0] == "services" else node.get(key)
        if child is None:
            child = node[key] = {}
        if not hasattr(child, "items"):
            raise ComposegenError(f"--set {path}: {'.'.join(parents[: depth + 1])} has no keys")
        node = node[key]
    node[last] = _value(path, value)
    return _dump(yaml, document)


def add_service(text: str, name: str, value: Any, needed_by: Sequence[str]) -> str:
    """Return a spec with one more service, at the end, that others need.

    Raises ComposegenError where the name is taken or a service that needs it is not there.
    """
    yaml, document = _load(text)
    services = document["services"]
    if name in services:
        raise ComposegenError(f"services.{name}: already exists; choose another name with --as")
    services[name] = value
    for other in needed_by:
        if other not in services or other == name:
            raise ComposegenError(f"unknown service '{other}'{did_you_mean(other, services)}")
        service = _long(services, other)
        needs = service.setdefault("needs", []) if isinstance(service, dict) else None
        if isinstance(needs, dict):
            needs.setdefault(name, {})
        elif not isinstance(needs, list):
            raise ComposegenError(f"services.{other}: needs: is not a list of services")
        elif name not in needs:
            needs.append(name)
    return _closed_up(_dump(yaml, document), name)


def _closed_up(text: str, name: str) -> str:
    """Move the blank lines that stood after the last service behind the new one."""
    lines = text.splitlines(keepends=True)
    found = (number for number, line in enumerate(lines) if line.startswith(f"  {name}:"))
    start = next(found, None)
    if start is None:
        return text  # the services stand in one line
    blank = start
    while blank and not lines[blank - 1].strip():
        blank -= 1
    end = start + 1
    while end < len(lines) and lines[end].startswith("   "):
        end += 1
    return "".join((*lines[:blank], *lines[start:end], *lines[blank:start], *lines[end:]))


def remove_service(text: str, name: str) -> str:
    """Return a spec without a service, and without what others say about it."""
    yaml, document = _load(text)
    services = document["services"]
    if name not in services:
        raise ComposegenError(f"unknown service '{name}'{did_you_mean(name, services)}")
    del services[name]
    for service in services.values():
        needs = service.get("needs") if isinstance(service, dict) else None
        if isinstance(needs, dict | list) and name in needs:
            needs.pop(name) if isinstance(needs, dict) else needs.remove(name)
            if not needs:
                del service["needs"]
    environments = document.get("environments")
    for environment in environments.values() if isinstance(environments, dict) else ():
        if isinstance(environment, dict) and name in environment:
            del environment[name]
    return _spaced_like(text, _dump(yaml, document))


def _spaced_like(old: str, new: str) -> str:
    """Put back the blank line before a top-level key, which goes with the entry above it."""
    spaced = set(re.findall(r"\n\n([A-Za-z_]+:)", old))
    pattern = r"(?<=[^\n]\n)([A-Za-z_]+:)"
    return re.sub(pattern, lambda match: "\n" * (match[1] in spaced) + match[1], new)


def keep_environments(text: str, names: Sequence[str]) -> str:
    """Return a spec with these environments and no others."""
    yaml, document = _load(text)
    environments = document.setdefault("environments", {})
    for name in [name for name in environments if name not in names]:
        del environments[name]
    for name in names:
        environments.setdefault(name, {})
    return _dump(yaml, document)


def _long(services: Any, name: str) -> Any:
    """Return a service as a mapping; one in its short form becomes a long one."""
    service = services.get(name)
    if isinstance(service, str):
        services[name] = long_service(service)
    return services.get(name)


def _value(path: str, value: str) -> Any:
    try:
        plain = read(value.encode()).value
        # a number keeps its digits: 3.10 is not 3.1
        return YAML().load(value) if isinstance(plain, Float | Int) else plain
    except (YAMLError, YamlError):
        raise ComposegenError(f"--set {path}: '{value}' is not a YAML value; quote it") from None


class _Resolver(VersionedResolver):
    """Finds what a plain scalar is, and takes a date for text, as the spec does."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag of a node."""
        tag = super().resolve(kind, value, implicit)
        return _TEXT if tag == _DATE else tag


_TEXT, _DATE = (Tag(suffix=f"tag:yaml.org,2002:{name}") for name in ("str", "timestamp"))


def _load(text: str) -> tuple[YAML, Any]:
    plain = read(text.encode()).value
    if not isinstance(plain, dict) or not isinstance(plain.get("services"), dict):
        raise ComposegenError("the spec has no services: to edit; write services: {}")
    yaml = YAML()
    yaml.Resolver = _Resolver
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml, yaml.load(text)


def _dump(yaml: YAML, document: Any) -> str:
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
