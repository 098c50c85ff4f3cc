"""`.env`: what Compose fills in. Lines are only ever added; what is there stays, byte for byte.

It is read as Compose reads it (compose-spec/compose-go e70e961: dotenv/parser.go), since that is
what reaches a container: other readers take `:`, comments, escapes and `$$` for something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from composegen.errors import ComposegenError

# White space within a line, and all of it.
_BLANK = "\t\v\f\r \x85\xa0"
_WHITE = f"{_BLANK}\n\u1680{''.join(map(chr, range(0x2000, 0x200B)))}\u2028\u2029\u202f\u205f\u3000"
# What stands between two variables, and what can stand in front of a name.
_GAP = re.compile(rf"(?:[{_WHITE}]+|#[^\n]*)*(?:export(?=[\t\n\f\r ])[{_BLANK}]*)?")
_LINE = re.compile(r"[^\n]*")
_NAME_END = re.compile(rf"([=:])[{_BLANK}]*|\n|\Z")
_QUOTED = {
    quote: re.compile(rf"{quote}([^{quote}\\]*(?:\\.[^{quote}\\]*)*){quote}", re.DOTALL)
    for quote in "'\""
}
_ESCAPE = re.compile(r"\\(?:([abfnrtv$\"\\])|0([0-9]{0,3}))")
_ESCAPES = {
    **{"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"},
    **{"$": "$$", '"': '"', "\\": "\\"},
}


class EnvError(ComposegenError):
    """A `.env` that Compose can't read, and where."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A variable that a file sets, and where its value stands, inside its quotes if it has some."""

    name: str
    value: str
    start: int
    end: int


def bindings(text: str) -> list[Binding]:
    """Return what a file sets, in its order; raises EnvError for what Compose can't read.

    A reference to another variable (`$OTHER`) stays as it is written.
    """
    found: list[Binding] = []
    position = len("\ufeff") if text.startswith("\ufeff") else 0
    while position < len(text):
        start = _end(_GAP, text, position)
        end = _NAME_END.search(text, start)
        assert end is not None
        name = _name(text, start, end.start())
        position = end.end()
        if end[1]:
            binding, position = _binding(text, name, position)
            found.append(binding)
    return found


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    assert match is not None
    return match.end()


def _name(text: str, start: int, end: int) -> str:
    for position in range(start, end):
        if not _can_name(text[position]):
            raise _error(text, position, f"{text[position]!r} in the name of a variable")
    name = text[start:end].rstrip(_WHITE)
    if " " in name:
        raise _error(text, start, f"a space in the name of a variable, '{name}'")
    return name


def _can_name(one: str) -> bool:
    return one in _BLANK or one in "_.-[]" or unicodedata.category(one)[0] in "LN"


def _binding(text: str, name: str, position: int) -> tuple[Binding, int]:
    """Return the variable whose value begins at a position, and the position behind it."""
    quote = text[position : position + 1]
    if quote not in _QUOTED:
        line = text[position : _end(_LINE, text, position)]
        said = line.partition(" #")[0].rstrip(_WHITE)
        value = said.replace("$$", "$")
        return Binding(name, value, position, position + len(said)), position + len(line)
    match = _QUOTED[quote].match(text, position)
    if match is None:
        raise _error(text, position, f"a quote without an end in the value of {name}")
    value = match[1].replace(f"\\{quote}", quote)
    if quote == '"':
        value = _ESCAPE.sub(_escaped, value).replace("$$", "$")
    return Binding(name, value, *match.span(1)), match.end()


def _escaped(match: re.Match[str]) -> str:
    if match[1]:
        return _ESCAPES[match[1]]
    digits = match[2]
    return chr(int(digits, 8)) if re.fullmatch("[0-3][0-7]{2}", digits) else f"\\{digits}"


def _error(text: str, position: int, what: str) -> EnvError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return EnvError(f".env:{line}:{column}: {what}; Compose refuses such a file")


def keys(text: str) -> set[str]:
    """Return the names of the variables that a file sets."""
    return {one.name for one in bindings(text)}


def values(text: str) -> dict[str, str]:
    """Return the values of a file by name: of two for one name the last, as Compose does."""
    return {one.name: one.value for one in bindings(text)}


def replaced(text: str, name: str, value: str) -> str:
    """Return a file with a new value, of letters and digits, for a variable; all else stays.

    All that set it are changed, since the last one counts; where there is none, a line is added.
    """
    spans = [one for one in bindings(text) if one.name == name]
    if not spans:
        return with_lines(text, [f"{name}={value}\n"])
    for one in reversed(spans):
        text = text[: one.start] + value + text[one.end :]
    return text


def with_lines(text: str, lines: Sequence[str]) -> str:
    """Return a file with more lines at its end."""
    gap = "" if not lines or not text or text.endswith("\n") else "\n"
    return text + gap + "".join(lines)


def quote(value: str) -> str:
    """Return a value as Compose reads it back unchanged; a line break can't be written."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,-]+", value):
        return value
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
