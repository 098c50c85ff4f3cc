"""What lies in a build folder: the files that decide how its image is built."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from composegen.catalog.component import Language
from composegen.formats.compose import mapping
from composegen.resolve.context import INSTALLS, LOCKED, Context, Install

# Settings of a package manager; they may hold a token, so no image keeps them.
_SETTINGS = (".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml")


# The configuration that decides what a build leaves.
_FRAMEWORK = "next.config.*"


# What a fresh package.json has instead of tests.
_NO_TESTS = "no test specified"


def look(folder: Path, language: Language) -> Context:
    """Read the facts about a folder; one that is missing has none."""
    return _node(folder) if language == "node" else _python(folder)


def probes(folder: Path) -> list[str]:
    """Return the names in a folder, there or not, that its facts are read from; `*` is a list."""
    known: set[str] = {name for installs in INSTALLS.values() for name in installs}
    known |= {"requirements-dev.txt", "tests", *_SETTINGS}
    if (folder / "package.json").is_file():
        known |= {"*", *(name for name in _entries(folder) if fnmatchcase(name, _FRAMEWORK))}
    return sorted(known)


def _python(folder: Path) -> Context:
    found = [name for name in INSTALLS["python"] if (folder / name).is_file()]
    if "pyproject.toml" not in found:
        found = [name for name in found if name not in LOCKED]
    install = found[0] if found else None
    return Context(install=install, dev=_dev(folder, install), tests=(folder / "tests").is_dir())


def _dev(folder: Path, install: Install | None) -> bool:
    if install == "requirements.txt":
        return (folder / "requirements-dev.txt").is_file()
    if install is None:
        return False
    import tomllib

    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    groups = project.get("dependency-groups", {})
    if install == "poetry.lock":
        groups |= project.get("tool", {}).get("poetry", {}).get("group", {})
    return "dev" in groups


def _node(folder: Path) -> Context:
    if not (folder / "package.json").is_file():
        return Context()
    package = _package(folder)
    entries = _entries(folder)
    scripts = mapping(package.get("scripts"))
    manager = package.get("packageManager")
    return Context(
        install=next(name for name in INSTALLS["node"] if (folder / name).is_file()),
        dev=bool(package.get("devDependencies")),
        settings=tuple(name for name in _SETTINGS if (folder / name).is_file()),
        manager=_manager(manager) if isinstance(manager, str) else None,
        scripts=tuple(
            sorted(name for name, words in scripts.items() if _NO_TESTS not in str(words))
        ),
        standalone=any(
            "standalone" in _text(folder / name)
            for name in entries
            if fnmatchcase(name, _FRAMEWORK)
        ),
        entries=entries,
    )


def _manager(said: str) -> str | None:
    """Return `name@version` of a `packageManager`, without the hash behind it."""
    match = re.match(r"(npm|pnpm|yarn)@[0-9]+(\.[0-9]+)*(-[a-z0-9.]+)?(?=\+|$)", said, re.ASCII)
    return match[0] if match else None


def _entries(folder: Path) -> tuple[str, ...]:
    """Return the names in a folder that a Dockerfile can have, without hidden ones."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()
    return tuple(name for name in names if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name))


def _package(folder: Path) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(_text(folder / "package.json")))
    except (ValueError, RecursionError):
        return {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""
