"""What lies in a build context: the files that decide how its image is built."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Install = Literal["uv.lock", "pyproject.toml", "requirements.txt"]
_BY_PREFERENCE: tuple[Install, ...] = ("uv.lock", "pyproject.toml", "requirements.txt")


class Context(msgspec.Struct, frozen=True):
    """The facts about one folder that a Dockerfile depends on.

    `install` is the file with the requirements, None where there is none; `dev` says whether there
    are requirements for development beside it; `tests` whether there is a folder `tests`.
    """

    install: Install | None = None
    dev: bool = False
    tests: bool = False

    @property
    def requirements(self) -> tuple[str, ...]:
        """The files whose change asks for a new image."""
        if self.install is None:
            return ()
        more = {
            "uv.lock": ("pyproject.toml",),
            "requirements.txt": ("requirements-dev.txt",) if self.dev else (),
        }
        return (self.install, *more.get(self.install, ()))


def look(folder: Path) -> Context:
    """Read the facts about a folder; one that is missing has none."""
    found = [name for name in _BY_PREFERENCE if (folder / name).is_file()]
    if "pyproject.toml" not in found:
        found = [name for name in found if name != "uv.lock"]
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
    return "dev" in project.get("dependency-groups", {})
