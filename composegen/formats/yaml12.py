"""YAML 1.2 core, with the place of every value.

PyYAML reads YAML 1.1 (`no` is False, `22:22` is 1342) and keeps the last of two equal keys. Only
its parser is used here; values are resolved by the core schema of YAML 1.2.2, chapter 10.3.
`compose_yaml` goes on from here, for files that use all of YAML.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from composegen.errors import ComposegenError, Path

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32

# What a plain scalar that is more than text can begin with: most do not, and need no closer look.
_NOT_ONLY_TEXT = frozenset("+-.0123456789FNTfnt~")

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,64}")
_BASED = re.compile(r"0o[0-7]{1,64}|0x[0-9a-fA-F]{1,64}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# What YAML does not allow, and what its version 1.1 takes as a line break.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Float(float):
    """A float that remembers how it was written, so that `3.10` can be told from `3.1`."""

    text: str

    def __new__(cls, text: str) -> Float:
        """Read the number and keep its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


class Int(int):
    """An integer that remembers how it was written: `022` is no `22`."""

    text: str

    def __new__(cls, text: str, base: int = 10) -> Int:
        """Read the number and keep its text."""
        number = super().__new__(cls, text, base)
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text, both counted from 1."""

    line: int
    column: int


class YamlError(ComposegenError):
    """A text that is not the YAML we read, and where."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        """Keep the place apart from the message: only the caller knows the file's name."""
        super().__init__(message)
        self.position = position

    def within(self, name: str) -> str:
        """Return the message with the file's name and the place in front."""
        return f"{place(name, self.position)} {self}"


def place(name: str, position: Position | None) -> str:
    """Return where something stands, as it is written in front of a message."""
    return f"{name}:{position.line}:{position.column}:" if position else f"{name}:"


@dataclass(frozen=True, slots=True)
class Document:
    """A value and the position of every part of it: of the key where there is one."""

    value: Any
    positions: Mapping[Path, Position]


def read(data: bytes, *, limit: int | None = MAX_BYTES) -> Document:
    """Read one YAML 1.2 document.

    Refused, with the place: more than `limit` bytes, bytes that are not UTF-8, control characters,
    tab indentation, duplicate or non-text keys, anchors, aliases, tags, a second document.
    """
    if limit is not None and len(data) > limit:
        raise YamlError(f"{len(data)} bytes; at most {limit} are read")
    return built(data, Builder())


def built(data: bytes, builder: Builder) -> Document:
    """Return what a builder makes of a text; raises YamlError with the place."""
    event = None
    try:
        for event in yaml.parse(_decode(data), Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except UnicodeDecodeError:
        place = _place_of(event.end_mark) if event else None
        raise YamlError("a tag, from here on, with an escape (%) that is no text", place) from None
    return Document(builder.value, builder.positions)


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the codec counts from behind a byte order mark
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        place = _at(data[:start].decode("utf-8-sig", errors="replace"))
        raise YamlError("not UTF-8; save the file as UTF-8", place) from None
    text = text.replace("\r\n", "\n")
    bad = _ODD.search(text)
    if bad:
        place = _at(text[: bad.start()])
        raise YamlError(f"a control character (0x{ord(bad[0]):02x}); remove it", place)
    return text


def _place_of(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _at(before: str) -> Position:
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _syntax_error(error: yaml.MarkedYAMLError) -> YamlError:
    mark = error.problem_mark or error.context_mark
    position = _place_of(mark) if mark else None
    problem = error.problem or error.context or "not YAML"
    if "character that cannot start any token" in problem:
        problem += "; indent with spaces, and quote text that begins with @, ` or %"
    return YamlError(problem, position)


@dataclass(slots=True)
class Open:
    """A mapping or sequence that is being read."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    key_position: Position | None = None

    @property
    def is_at_key(self) -> bool:
        """Say whether a key comes next."""
        return self.key is None and isinstance(self.value, dict)


@dataclass
class Builder:
    """Builds the value from parser events; iterative, so that depth is a choice."""

    value: Any = None
    positions: dict[Path, Position] = field(default_factory=lambda: {(): Position(1, 1)})
    stack: list[Open] = field(default_factory=list)
    _documents: int = 0

    def take(self, event: Any) -> None:
        """Go on with the next event."""
        position = _place_of(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise YamlError("a second document; one file holds one", position)
            case yaml.AliasEvent():
                self._alias(str(event.anchor), position)
            case yaml.ScalarEvent():
                self._scalar(event, position)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event, position)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()

    def _alias(self, name: str, position: Position) -> None:
        raise YamlError(f"an alias (*{name}); write the value out", position)

    def _refuse_decoration(self, event: Any, position: Position) -> None:
        if event.anchor:
            raise YamlError(f"an anchor (&{event.anchor}); write the value out", position)
        if event.tag:
            raise YamlError(f"a tag ({event.tag}); quote text instead", position)

    def _meaning(self, event: Any, position: Position) -> Any:
        self._refuse_decoration(event, position)
        return resolve(event.value) if event.implicit[0] else event.value

    def _scalar(self, event: Any, position: Position) -> None:
        self._key_or_value(self._meaning(event, position), event.value, position)

    def _key_or_value(self, value: Any, written: str, position: Position) -> None:
        top = self.stack[-1] if self.stack else None
        if top is None or not top.is_at_key:
            self._place(value, position)
            return
        if not isinstance(value, str):
            raise YamlError(f"the key {written} is not text; quote it", position)
        if value in top.value:
            first = self.positions[(*top.path, value)]
            raise YamlError(
                f"the key '{value}' stands twice (first in line {first.line})", position
            )
        top.key, top.key_position = value, position

    def _open(self, event: Any, position: Position) -> None:
        self._refuse_decoration(event, position)
        self._begin({} if isinstance(event, yaml.MappingStartEvent) else [], position)

    def _begin(self, value: dict[str, Any] | list[Any], position: Position) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} deep", position)
        if self.stack and self.stack[-1].is_at_key:
            raise YamlError("a key that is not text; quote it", position)
        self.stack.append(Open(value, self._place(value, position)))

    def _close(self) -> None:
        self.stack.pop()

    def _place(self, value: Any, position: Position) -> Path:
        if not self.stack:
            self.value = value
            self.positions[()] = position
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            top.value.append(value)
            self.positions[path] = position
        else:
            assert top.key is not None
            assert top.key_position is not None
            path = (*top.path, top.key)
            top.value[top.key] = value
            self.positions[path] = top.key_position
            top.key = None
        return path


def resolve(text: str) -> Any:
    """Return what a plain scalar means in the core schema."""
    if text and text[0] not in _NOT_ONLY_TEXT:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text) if str(int(text)) == text else Int(text)
    if _BASED.fullmatch(text):
        return Int(text, 0)
    if _FLOAT.fullmatch(text):
        return Float(text)
    if special := _SPECIAL.fullmatch(text):
        return math.nan if special[3] else float(f"{special[1]}inf")
    return text
