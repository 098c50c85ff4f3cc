"""A finding of the data guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Class = Literal[
    "append-only",
    "credential",
    "first-start",
    "format",
    "hostname",
    "memory",
    "options",
    "orphan",
    "owner",
    "path",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of data at risk: what would happen to which volume, why, and the way that keeps it.

    `id` is what `--accept` takes.
    """

    id: str
    kind: Class
    volume: str
    what: str
    advice: tuple[str, ...]
