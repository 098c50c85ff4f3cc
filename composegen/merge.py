"""Three texts into one: what we wrote last, what the user made of it, what we would write now."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from merge3 import Merge3

# Which of the three texts a region of the merge is taken from.
_SOURCE = {"unchanged": 0, "same": 1, "a": 1, "b": 2}

_MATCHER: Any = partial(difflib.SequenceMatcher, autojunk=False)


def merge(base: str, mine: str, new: str, *, yaml: bool) -> str | None:
    """Return the text with both sides' changes, None where they contradict each other.

    Many lines of a Compose file are the same in every service, so with `yaml` a line is compared
    together with the keys that it stands under.
    """
    label = _labelled if yaml else _plain
    texts = [label(text.splitlines(keepends=True)) for text in (base, mine, new)]
    merged = Merge3(texts[0], texts[1], texts[2], sequence_matcher=_MATCHER)
    result: list[str] = []
    regions: Iterable[Any] = merged.reprocess_merge_regions(merged.merge_regions())
    for kind, *span in regions:
        if kind == "conflict":
            return None
        start, end = span
        result += texts[_SOURCE[kind]][start:end]
    return "".join(line.partition("\0")[2] for line in result)


def _plain(lines: Sequence[str]) -> list[str]:
    return [f"\0{line}" for line in lines]


def _labelled(lines: Sequence[str]) -> list[str]:
    """Put the keys that a line stands under in front of it; a comment belongs to what follows."""
    result: list[str] = []
    keys: list[tuple[int, str]] = []
    for line in lines:
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.strip() and not text.startswith("#"):
            while keys and keys[-1][0] >= indent:
                keys.pop()
        under = "/".join(key for _, key in keys[:3])
        result.append(f"{under}\0{line}")
        key = re.match(r"([A-Za-z0-9_.\"-]+):", text)
        if key:
            keys.append((indent, key[1]))
    return result
