"""A fact and where it comes from: what all kinds of facts have in common."""

from __future__ import annotations

from composegen.spec.validation import Model


class Fact(Model):
    """A fact and where it comes from; `why` is the reason that the output gives for it."""

    source: str
    why: str | None = None


class Each(Model):
    """Words repeated for every entry of an option: {item}, or {key} and {value}."""

    each: str
    words: tuple[str, ...]


Words = tuple[str | Each, ...]


class ValueFact(Fact):
    """A fact that is one value."""

    value: str
