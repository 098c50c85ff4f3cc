"""The catalog: every fact about an image or an app runtime, one YAML file each.

A file says what holds for all versions, and in `variants` what differs `when` a version, an option
or an environment is chosen. `extends` takes another component's file as the base; null takes a fact
or an option of it away. Text for Compose is written as Compose reads it (`$$` for a dollar sign).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composegen.catalog.component import Component, Option, read_part
from composegen.catalog.facts import Facts
from composegen.errors import ComposegenError, did_you_mean, dotted
from composegen.formats.yaml12 import YamlError, read
from composegen.spec.options import OPTION_TYPES, read_option

BUILTIN = Path(__file__).parent / "components"


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
            component = read_part(name, Component, {"name": name, **self._raw(name)})
            options = {one: _option(name, one, said) for one, said in component.options.items()}
            self._components[name] = component.model_copy(update={"options": options})
        return self._components[name]

    def facts_of(self, image: str) -> Facts | None:
        """Return the facts about the component that an image is one of, whatever its version."""
        repository = re.sub(r"^(docker\.io/)?(library/)?", "", image).partition(":")[0]
        for name in self.names():
            # only those of a similar name: reading all of them takes as long as all the rest
            if name in repository:
                facts = self[name].facts_for({})
                if facts.image.name.partition(":")[0] == repository:
                    return facts
        return None

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
            raise ComposegenError(error.within(file.name)) from None
        if not isinstance(raw, dict):
            raise ComposegenError(f"{file.name}: is not a mapping of facts about a component")
        return raw, file.parent


def _option(component: str, name: str, option: Option) -> Option:
    """Return an option whose default is in our form."""
    if option.type not in OPTION_TYPES:
        raise ComposegenError(
            f"component '{component}': options.{name}: unknown type '{option.type}'"
        )
    if option.default in (None, ""):
        return option
    default, problems = read_option(option.type, option.default)
    if problems:
        place = dotted(("options", name, *problems[0].path))
        raise ComposegenError(f"component '{component}': {place}: {problems[0].message}")
    return option.model_copy(update={"default": default})
