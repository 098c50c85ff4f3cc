"""The catalog: every fact about an image or an app runtime, one YAML file each.

A file says what holds for all versions, and in `variants` what differs `when` a version, an option
or an environment is chosen. `extends` takes another component's file as the base; null takes a fact
or an option of it away. Text for Compose is written as Compose reads it (`$$` for a dollar sign).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field

from composegen.context import Language
from composegen.errors import ComposegenError, did_you_mean, dotted
from composegen.facts import Facts, Words
from composegen.models import Model
from composegen.models import read as read_model
from composegen.options import OPTION_TYPES, read_option
from composegen.yaml12 import YamlError, read

BUILTIN = Path(__file__).parent / "catalog"

M = TypeVar("M", bound=BaseModel)

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
    """One catalog file; the `language` of an app says which files its image is built from."""

    name: str
    about: str
    role: Literal["app", "proxy", "store", "tool"]
    language: Language | None = None
    versions: tuple[str, ...]
    default: str
    options: dict[str, Option] = Field(default_factory=dict)
    facts: dict[str, Any]
    variants: tuple[Variant, ...] = ()

    def facts_for(self, choices: Mapping[str, Any]) -> Facts:
        """Return the facts for a choice of `version`, `environment` and options."""
        variants = [variant for variant in self.variants if variant.applies(choices)]
        facts = dict(self.facts)
        for variant in variants:
            facts |= variant.facts
        found = _read(self.name, Facts, facts, "facts")
        if self.role == "app" and found.build is None:
            raise ComposegenError(f"component '{self.name}': an app needs the fact build")
        if self.role == "app" and self.language is None:
            raise ComposegenError(f"component '{self.name}': an app needs language: python or node")
        for path in (*found.data, *found.files):
            if not path.startswith("/"):
                raise ComposegenError(f"component '{self.name}': {path} is not absolute")
        return found

    def series(self, version: str) -> str | None:
        """Return the catalog's version that a version is, or is a release of (18 for 18.6)."""
        found = [
            known for known in self.versions if version == known or version.startswith(f"{known}.")
        ]
        return max(found, key=len, default=None)

    def sources(self) -> Iterable[tuple[str, str]]:
        """Yield each fact's path in the file and where the fact comes from."""
        yield from _sources(self.facts, "")
        for number, variant in enumerate(self.variants):
            yield from _sources(variant.facts, f"variants[{number}].")


class Catalog:
    """The components that a spec can name; a file is read when it is first asked for."""

    def __init__(self, folders: Sequence[Path] = (BUILTIN,)) -> None:
        """Look in these folders, the first one that has a file wins."""
        self._folders = folders
        self._components: dict[str, Component] = {}
        self._raws: dict[str, dict[str, Any]] = {}

    def names(self) -> list[str]:
        """Return the names of all components, sorted."""
        return sorted({file.stem for folder in self._folders for file in folder.glob("*.yaml")})

    def __contains__(self, name: str) -> bool:
        """Say whether there is a component of that name."""
        return name in self._components or self._file(name) is not None

    def __getitem__(self, name: str) -> Component:
        """Return a component, or raise ComposegenError with the nearest known name."""
        if name not in self._components:
            self._components[name] = _read(name, Component, {"name": name, **self._raw(name)})
            _check_options(self._components[name])
        return self._components[name]

    def _file(self, name: str, folders: Sequence[Path] | None = None) -> Path | None:
        if not re.fullmatch(r"[a-z0-9-]+", name):
            return None
        files = (
            folder / f"{name}.yaml" for folder in (self._folders if folders is None else folders)
        )
        return next((file for file in files if file.is_file()), None)

    def _raw(self, name: Any, below: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return a component's file as data, on top of the one that it extends."""
        if not isinstance(name, str) or name in below:
            raise ComposegenError(f"component '{below[-1]}': extends: {name} is no other component")
        if name not in self._raws:
            self._raws[name] = self._extended(name, self._folders)
        return self._raws[name]

    def _extended(
        self, name: str, folders: Sequence[Path], below: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        raw, folder = self._read(name, folders)
        if "extends" not in raw:
            return raw
        other = raw.pop("extends")
        if not isinstance(other, str):
            raise ComposegenError(f"component '{name}': extends: is not the name of a component")
        if other in below or (other == name and folder == self._folders[-1]):
            raise ComposegenError(f"component '{name}': extends: {other} extends itself")
        # a file that extends its own name means the one that it replaces
        rest = folders[folders.index(folder) + 1 :] if other == name else self._folders
        base = self._extended(other, rest, (*below, name) if other != name else below)
        for part in ("facts", "options"):
            if not isinstance(raw.get(part, {}), dict):
                raise ComposegenError(f"component '{name}': {part}: is not a mapping")
        for part in ("facts", "options"):
            both = {**base.get(part, {}), **raw.get(part, {})}
            raw[part] = {name: value for name, value in both.items() if value is not None}
        return {**base, **raw}

    def _read(self, name: str, folders: Sequence[Path]) -> tuple[dict[str, Any], Path]:
        file = self._file(name, folders)
        if file is None:
            hint = did_you_mean(name, self.names())
            raise ComposegenError(f"unknown component '{name}'{hint}")
        try:
            raw: Any = read(file.read_bytes()).value
        except YamlError as error:
            place = f":{error.position.line}:{error.position.column}" if error.position else ""
            raise ComposegenError(f"{file.name}{place}: {error}") from None
        if not isinstance(raw, dict):
            raise ComposegenError(f"{file.name}: is not a mapping of facts about a component")
        return raw, file.parent


def _read(name: str, model: type[M], value: Any, *place: str) -> M:
    """Return a model of a component's file; raises ComposegenError with all that is wrong."""
    found, problems = read_model(model.model_validate, value)
    if problems or found is None:
        lines = (f"{dotted((*place, *one.path))}: {one.message}" for one in problems)
        raise ComposegenError("\n".join(f"component '{name}': {line}" for line in lines))
    return found


def _check_options(component: Component) -> None:
    for name, option in component.options.items():
        known = option.type in OPTION_TYPES
        message = None if known else f"unknown type '{option.type}'"
        if known and option.default not in (None, ""):
            _, problems = read_option(option.type, option.default)
            message = problems[0].message if problems else None
        if message:
            raise ComposegenError(f"component '{component.name}': options.{name}: {message}")


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
