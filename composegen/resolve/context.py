"""What lies in a build context: the files that decide how its image is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from composegen.catalog.component import Language

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


@dataclass(frozen=True, slots=True)
class Context:
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
