"""What a component's file says: its versions, its options, and the facts for a choice of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field

from composegen.catalog.fact import Words
from composegen.catalog.facts import End, Facts
from composegen.catalog.store_facts import Format
from composegen.errors import ComposegenError, did_you_mean, dotted
from composegen.spec.quantities import CPUS, SIZE
from composegen.spec.validation import Model
from composegen.spec.validation import read as read_model

M = TypeVar("M", bound=BaseModel)


Language = Literal["node", "python"]

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")


class Option(Model):
    """An option of a component: its type, a word of `options.OPTION_TYPES`, and its default."""

    type: str
    about: str
    default: Any = None


class Variant(Model):
    """What replaces the base facts where every choice named by `when` is made."""

    when: dict[str, Any]
    facts: dict[str, Any]

    def applies(self, choices: Mapping[str, Any]) -> bool:
        """Say whether these choices are the ones that the variant is for."""
        return all(
            choices.get(name) in (wanted if isinstance(wanted, list) else [wanted])
            for name, wanted in self.when.items()
        )


class Component(Model):
    """One catalog file; the `language` of an app says which files its image is built from.

    A version that `ends` has and `versions` has not is only for projects that run it already.
    """

    name: str
    about: str
    role: Literal["app", "proxy", "store", "tool"]
    language: Language | None = None
    versions: tuple[str, ...]
    default: str
    ends: dict[str, End] = Field(default_factory=dict)
    options: dict[str, Option] = Field(default_factory=dict)
    facts: dict[str, Any]
    variants: tuple[Variant, ...] = ()

    def facts_for(self, choices: Mapping[str, Any]) -> Facts:
        """Return the facts for a choice of `version`, `environment` and options."""
        variants = [variant for variant in self.variants if variant.applies(choices)]
        facts = dict(self.facts)
        for variant in variants:
            facts |= variant.facts
        found = read_part(self.name, Facts, facts, "facts")
        for message in self._wrong_with(found):
            raise ComposegenError(f"component '{self.name}': {message}")
        return found

    def _wrong_with(self, facts: Facts) -> Iterator[str]:
        if self.role == "app" and facts.build is None:
            yield "an app needs the fact build"
        if self.role == "app" and self.language is None:
            yield "an app needs language: python or node"
        yield from (
            f"{one} is not absolute" for one in (*facts.data, *facts.files) if one[:1] != "/"
        )
        parts = facts.connection.parts if facts.connection else {}
        for name, part in (facts.connection.variables if facts.connection else {}).items():
            if part not in parts:
                hint = did_you_mean(part, parts)
                yield f"facts.connection.variables.{name}: there is no part '{part}'{hint}"
        limits = {"memory": (SIZE, facts.limits.memory), "cpus": (CPUS, facts.limits.cpus)}
        for name, (kind, value) in limits.items():
            try:
                kind.check(value)
            except ValueError as error:
                yield f"facts.limits.{name}: {error}"

    def series(self, version: str) -> str | None:
        """Return the catalog's version that a version is, or is a release of (18 for 18.6)."""
        found = [
            known
            for known in (*self.versions, *self.ends)
            if version == known or version.startswith(f"{known}.")
        ]
        return max(found, key=len, default=None)

    def refusal(self, version: str) -> str | None:
        """Return why a new service can't have a version, None where it can."""
        series = self.series(version)
        if series in self.versions:
            return None
        end = self.ends.get(series or "")
        if end:
            return (
                f"{self.name} {version} has had no fixes since {end.date} and is for nothing new; "
                f'say version: "{self.default}"'
            )
        return f"{self.name} has no version '{version}'{did_you_mean(version, self.versions)}"

    def newest(self, today: date) -> str:
        """Return the version to move to: the default while it is mended, else one that is."""
        open_ended = End(date=date.max, source="")
        mended = [one for one in self.versions if self.ends.get(one, open_ended).date > today]
        return self.default if self.default in mended else next(iter(mended), self.default)

    def format(self, version: str) -> Format | None:
        """Return the format of a version's data, with the group's name; of any version."""
        series = self.series(version)
        fact = self.facts_near(version).format
        if fact is None:
            return None
        numbers = version.split(".")
        values = {"series": series or self._as_far(numbers), "major": numbers[0]}
        return fact.model_copy(update={"group": fill(fact.group, values)})

    def facts_near(self, version: str) -> Facts:
        """Return the facts of a version; of one that the catalog does not know, the next one's."""
        series = self.series(version)
        later = [one for one in self.versions if _order(one) > _order(version)]
        nearest = min(later, key=_order) if later else max(self.versions, key=_order)
        return self.facts_for({"version": series or nearest})

    def _as_far(self, numbers: Sequence[str]) -> str:
        """Return an unknown version with as many numbers as the ones that are like it have."""
        known = [one.split(".") for one in self.versions]
        alike = [one for one in known if one[0] == numbers[0]] or known
        return ".".join(numbers[: max(map(len, alike))])

    def sources(self) -> Iterable[tuple[str, str]]:
        """Yield each fact's path in the file and where the fact comes from."""
        yield from _sources(self.facts, "")
        for number, variant in enumerate(self.variants):
            yield from _sources(variant.facts, f"variants[{number}].")


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]+", version))


def expand(words: Words, values: Mapping[str, str], options: Mapping[str, Any]) -> list[str]:
    """Return words with their placeholders filled in and their repetitions written out."""
    result = []
    for word in words:
        if isinstance(word, str):
            result.append(fill(word, values))
            continue
        entries = options.get(word.each) or ()
        for entry in entries.items() if isinstance(entries, Mapping) else entries:
            key, value = entry if isinstance(entry, tuple) else ("", entry)
            local = {**values, "item": value, "key": key, "value": value}
            result += [fill(part, local) for part in word.words]
    return result


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace {name} by its value; unknown names stay as they are."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def _sources(value: Any, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            yield path.rstrip("."), value["source"]
        for key, inner in value.items():
            yield from _sources(inner, f"{path}{key}.")


def read_part(name: str, model: type[M], value: Any, *place: str) -> M:
    """Return a model of a component's file; raises ComposegenError with all that is wrong."""
    found, problems = read_model(model.model_validate, value)
    if problems or found is None:
        lines = (f"{dotted((*place, *one.path))}: {one.message}" for one in problems)
        raise ComposegenError("\n".join(f"component '{name}': {line}" for line in lines))
    return found
