"""What the user allows a run to do beyond the ordinary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run may do with data at risk, with edits and with files that are not ours, by name."""

    accept: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    adopt: bool = False
    restore: bool = False
