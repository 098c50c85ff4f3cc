"""What the user can fix, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Path = tuple[str | int, ...]


class ComposegenError(Exception):
    """Something that the user can fix; its text says where, what and the right way."""

    exit_code = 2


class Problem(NamedTuple):
    """One thing that is wrong with a spec: the place in it, and what is wrong there."""

    path: Path
    message: str


class Problems(ValueError):
    """Several things that are wrong with one value, each with its path inside it."""

    def __init__(self, found: Iterable[Problem]) -> None:
        """Keep what was found."""
        self.found = tuple(found)
        super().__init__("; ".join(problem.message for problem in self.found))


class SpecError(ComposegenError):
    """Everything that is wrong with a spec, one line each."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Keep the finished lines, each `file:line:column: path: message`."""
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def dotted(path: Path) -> str:
    """Return a path as it is written in messages: `services.db.ports[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known word, else the known words."""
    from difflib import get_close_matches

    words = sorted(known)
    lowered = {one.lower(): one for one in reversed(words)}
    near = get_close_matches(word.lower(), sorted(lowered), n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{lowered[near[0]]}'?"
    return f"; known: {', '.join(words)}" if words else ""
