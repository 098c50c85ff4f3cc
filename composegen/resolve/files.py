"""Config files that a component needs beside the spec: where they lie, what is in them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from composegen.catalog.component import fill
from composegen.catalog.facts import FileFact
from composegen.errors import Path, Problem
from composegen.plan.model import File
from composegen.resolve.choose import Chosen
from composegen.resolve.persistence import Piece
from composegen.spec.data import Data, Environment


def pieces(chosen: Chosen) -> list[tuple[Piece, Path]]:
    """Return the config that is mounted, as data of the service: files, or the folders around them.

    An entry of the spec for such a path with a `source:` of its own replaces them.
    """
    result: dict[str, tuple[Piece, Path]] = {}
    for path, fact in chosen.facts.files.items():
        target = mounted(path, fact)
        own = _folder(chosen) if fact.folder else f"{_folder(chosen)}/{posixpath.basename(path)}"
        said = (chosen.said.data or {}).get(target, Data())
        data = said.model_copy(update={"source": said.source or own})
        place = chosen.place("component") if said == Data() else chosen.place("data", target)
        result[target] = Piece(chosen.name, target, said.kind or "config", data), place
    return list(result.values())


def mounted(path: str, fact: FileFact) -> str:
    """Return the path in the container that a config file is mounted at."""
    return posixpath.dirname(path) if fact.folder else path


def written(
    services: Mapping[Environment, Mapping[str, Chosen]], problems: list[Problem]
) -> tuple[File, ...]:
    """Return the config files of all services; one file serves all environments."""
    found: dict[str, File] = {}
    for environment, chosen in services.items():
        for one in chosen.values():
            for file in _files(one, chosen, problems):
                if found.setdefault(file.path, file) != file:
                    message = f"{file.path} serves all environments; give each the same settings"
                    problems.append(Problem(("environments", environment, one.name), message))
    return tuple(found[path] for path in sorted(found))


def _files(chosen: Chosen, services: Mapping[str, Chosen], problems: list[Problem]) -> list[File]:
    said = chosen.said.data or {}
    facts = {
        path: fact
        for path, fact in chosen.facts.files.items()
        if said.get(mounted(path, fact), Data()).source is None
    }
    if not facts:
        return []
    values = {
        "service": chosen.name,
        "port": chosen.facts.port.target if chosen.facts.port else None,
        "options": dict(chosen.options),
        "needs": {name: _parts(services[name]) for name in _needed(chosen, services)},
        "routes": _routes(chosen, services, problems),
    }
    return [
        File(f"{_folder(chosen)}/{posixpath.basename(path)}", fact.template, values)
        for path, fact in facts.items()
    ]


def _needed(chosen: Chosen, services: Mapping[str, Chosen]) -> list[str]:
    return [name for name in chosen.said.needs or {} if name in services]


def _parts(needed: Chosen) -> dict[str, str]:
    fact = needed.facts.connection
    return {part: fill(text, needed.values) for part, text in fact.parts.items()} if fact else {}


def _routes(
    chosen: Chosen, services: Mapping[str, Chosen], problems: list[Problem]
) -> list[dict[str, Any]]:
    """Return where a proxy leads each path to, the longest path first.

    Without `routes:` the first service that it needs gets all paths, each other one its own name.
    """
    if "routes" not in chosen.component.options:
        return []
    needed = _needed(chosen, services)
    said: dict[str, str] = chosen.options.get("routes") or {
        f"/{name}/" if number else "/": name for number, name in enumerate(needed)
    }
    result = []
    for path, name in sorted(said.items(), key=lambda item: (-len(item[0]), item[0])):
        parts = _parts(services[name]) if name in needed else {}
        if {"host", "port"} <= parts.keys():
            result.append({"path": path, "service": name, **parts})
            continue
        if name not in needed and name in (chosen.said.needs or {}):
            continue  # something else is wrong with it, and that is said there
        message = f"{path} routes to '{name}', " + (
            "which listens on no port" if name in needed else "which is not in needs:"
        )
        problems.append(Problem(chosen.place("routes"), message))
    return result


def _folder(chosen: Chosen) -> str:
    """Return the folder beside the spec; a renamed service keeps it, as it keeps its volumes."""
    return chosen.kept_name
