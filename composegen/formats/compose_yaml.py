"""A Compose file as Compose reads it: YAML with anchors, aliases, merge keys and tags.

Nothing is constructed but what the core schema has: an impossible date is text, as in Compose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from composegen.errors import Path
from composegen.formats.yaml12 import (
    MAX_DEPTH,
    Builder,
    Document,
    Float,
    Int,
    Position,
    YamlError,
    built,
    resolve,
)

# What the aliases of a file may make of it, in values: less than a comparison would feel.
MAX_VALUES = 100_000

_STANDARD = "tag:yaml.org,2002:"
_RESET = "!reset"
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")
_UNFIT = object()


def read_compose(data: bytes) -> Document:
    """Read a Compose file as Compose does: with anchors, aliases, merge keys and tags.

    A part that an alias stands for is one object, however often it is there; all of them together
    have at most MAX_VALUES values. What `!reset` marks is None, as Compose takes it away.
    """
    return built(data, _ComposeBuilder())


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an anchor names: its value, the number of values in it, and how deep it is."""

    value: Any
    size: int = 1
    depth: int = 0


@dataclass(slots=True)
class _Mark:
    """A mapping or sequence that is being read: what its anchor and its merge key need."""

    anchor: str | None
    before: int
    depth: int = 0
    merge: Position | None = None


@dataclass
class _ComposeBuilder(Builder):
    """Builds what Compose would: an alias is the value that its anchor names, and so on."""

    # None: the value is still being read
    _anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    _marks: list[_Mark] = field(default_factory=list)
    _size: int = 0

    def _alias(self, name: str, position: Position) -> None:
        if name not in self._anchors:
            raise YamlError(f"*{name} has no anchor (&{name}) before it", position)
        named = self._anchors[name]
        if named is None:
            raise YamlError(f"*{name} stands inside what it stands for", position)
        self._size += named.size
        if self._size > MAX_VALUES and named.size > 1:
            raise YamlError(f"aliases that stand for more than {MAX_VALUES} values", position)
        if len(self.stack) + named.depth > MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} deep", position)
        self._deepen(named.depth)
        self._key_or_value(named.value, f"*{name}", position)

    def _meaning(self, event: Any, position: Position) -> Any:
        value = _tagged(event, position)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value)
        return value

    def _scalar(self, event: Any, position: Position) -> None:
        super()._scalar(event, position)
        if self.stack and self.stack[-1].key == event.value == "<<" and event.implicit[0]:
            self._marks[-1].merge = position

    def _open(self, event: Any, position: Position) -> None:
        if event.anchor:
            self._anchors[event.anchor] = None
        self._marks.append(_Mark(event.anchor, self._size))
        self._begin({} if isinstance(event, yaml.MappingStartEvent) else [], position)
        if event.tag == _RESET and len(self.stack) > 1:
            above: Any = self.stack[-2].value
            above[self.stack[-1].path[-1]] = None

    def _close(self) -> None:
        value, mark = self.stack[-1].value, self._marks.pop()
        super()._close()
        if mark.merge is not None:
            assert isinstance(value, dict)
            _merge(value, value.pop("<<"), mark.merge)
        if mark.anchor:
            self._anchors[mark.anchor] = _Anchored(value, self._size - mark.before, mark.depth + 1)
        self._deepen(mark.depth + 1)

    def _deepen(self, depth: int) -> None:
        if self._marks:
            self._marks[-1].depth = max(self._marks[-1].depth, depth)

    def _place(self, value: Any, position: Position) -> Path:
        self._size += 1
        return super()._place(value, position)


def _tagged(event: Any, position: Position) -> Any:
    """Return what a scalar with or without a tag means; a tag of somebody's own means text."""
    if event.tag is None:
        return resolve(event.value) if event.implicit[0] else event.value
    if event.tag == _RESET:
        return None
    known = event.tag.removeprefix(_STANDARD)
    fits = _TAGS.get(known)
    if fits is None:
        return event.value
    value = fits(event.value)
    if value is _UNFIT:
        raise YamlError(f"{event.value!r} is no !!{known}", position)
    return value


def _of(*types: type) -> Callable[[str], Any]:
    def fits(text: str) -> Any:
        value = resolve(text)
        return value if type(value) in types else _UNFIT

    return fits


_TAGS: Mapping[str, Callable[[str], Any]] = {
    "bool": _of(bool),
    "float": _of(int, Int, float, Float),
    "int": _of(int, Int),
    "null": _of(type(None)),
    "timestamp": lambda text: text if _DATE.fullmatch(text) else _UNFIT,
}


def _merge(value: dict[str, Any], merged: Any, position: Position) -> None:
    """Add what a merge key names; what stands there already, or comes first, wins."""
    parts = merged if isinstance(merged, list) else [merged]
    if not all(isinstance(part, dict) for part in parts):
        raise YamlError("<<: merges a mapping or a list of them, for example *defaults", position)
    for part in parts:
        for key, inner in part.items():
            value.setdefault(key, inner)
