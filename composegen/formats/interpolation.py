"""Compose's interpolation: `${NAME}` is filled in by Compose, any other `$` is only a `$`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)")
_OPERATOR = re.compile(r":?[-?+]")


def escape(text: str) -> str:
    """Return text for a Compose file: every `$` that is not an interpolation is doubled.

    `$${` is Compose's way to write a literal `${`, so it stays.
    """
    result, position = "", 0
    while position < len(text):
        if text.startswith("$${", position):
            result, position = f"{result}$$", position + 2
        elif text[position] != "$":
            result, position = result + text[position], position + 1
        elif (end := _end(text, position)) is None:
            result, position = f"{result}$$", position + 1
        else:
            default = _default(text, position)
            result += text[position:default] + escape(text[default : end - 1]) + "}"
            position = end
    return result


def asked(text: str) -> Iterator[str]:
    """Yield the variables that text for a Compose file asks for and that have no default."""
    position = 0
    while (position := text.find("$", position)) >= 0:
        end = None if text.startswith("$$", position) else _end(text, position)
        if end is None:
            position += 2 if text.startswith("$$", position) else 1
            continue
        name = _NAME.match(text, position)
        assert name is not None
        default = _default(text, position)
        operator = text[name.end() : default]
        if operator in ("", "?", ":?"):
            yield name[1]
        else:
            yield from asked(text[default : end - 1])
        position = end


def _default(text: str, position: int) -> int:
    """Return where the default of an interpolation begins, its closing brace if it has none."""
    name = _NAME.match(text, position)
    assert name is not None
    operator = _OPERATOR.match(text, name.end())
    return operator.end() if operator else name.end()


def _end(text: str, position: int) -> int | None:
    """Return the place behind an interpolation that begins here, None where none does."""
    name = _NAME.match(text, position)
    if name is None:
        return None
    operator = _OPERATOR.match(text, name.end())
    if operator is None:
        return name.end() + 1 if text.startswith("}", name.end()) else None
    here = operator.end()
    while here < len(text):
        if text[here] == "}":
            return here + 1
        if text.startswith("${", here):
            inner = _end(text, here)
            if inner is None:
                return None
            here = inner
        elif text[here] == "{":
            return None
        else:
            here += 1
    return None
