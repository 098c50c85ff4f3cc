"""What lies in a build context: the files that decide how its image is built."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import msgspec

Language = Literal["node", "python"]
Install = Literal[
    "uv.lock",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "package.json",
]
# The files that say what is installed, by preference; the last is expected where there is none.
INSTALLS: dict[Language, tuple[Install, ...]] = {
    "node": ("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "package.json"),
    "python": ("uv.lock", "poetry.lock", "pyproject.toml", "requirements.txt"),
}
# What Python's own installer can't read.
LOCKED: tuple[Install, ...] = ("uv.lock", "poetry.lock")
LANGUAGES: tuple[Language, ...] = tuple(INSTALLS)
# Settings of a package manager; they may hold a token, so no image keeps them.
_SETTINGS = (".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml")
# The configuration that decides what a build leaves.
_FRAMEWORK = "next.config.*"
# What a fresh package.json has instead of tests.
_NO_TESTS = "no test specified"


class Context(msgspec.Struct, frozen=True):
    """The facts about one folder that a Dockerfile of one language depends on.

    `install` is the file with the requirements, None where there is none; `dev` says whether there
    are requirements for development beside it; `tests` whether there is a folder `tests`. Of Node
    also: `settings` of the package manager, the `manager` that package.json wants (`pnpm@10.2.0`),
    the `scripts` it has, whether the framework's configuration asks for `standalone` output, and
    the `entries` of the folder, where code is looked for.
    """

    install: Install | None = None
    dev: bool = False
    tests: bool = False
    settings: tuple[str, ...] = ()
    manager: str | None = None
    scripts: tuple[str, ...] = ()
    standalone: bool = False
    entries: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """The files whose change asks for a new image."""
        if self.install is None:
            return ()
        more = {
            "uv.lock": ("pyproject.toml",),
            "poetry.lock": ("pyproject.toml",),
            "requirements.txt": ("requirements-dev.txt",) if self.dev else (),
            "package-lock.json": ("package.json",),
            "pnpm-lock.yaml": ("package.json",),
            "yarn.lock": ("package.json",),
        }
        return (self.install, *more.get(self.install, ()), *self.settings)

    def matching(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Return the entries that match a pattern such as `*.config.js`, in their order."""
        wanted = tuple(patterns)
        return tuple(name for name in self.entries if any(fnmatchcase(name, one) for one in wanted))


Contexts = dict[tuple[str, Language], Context]


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
    scripts = _mapping(package.get("scripts"))
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


def _package(folder: Path) -> dict[str, Any]:
    try:
        return _mapping(msgspec.json.decode(_text(folder / "package.json")))
    except msgspec.DecodeError:
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""
