"""new: a project from a preset or from names of components."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from composegen.commands import report, wanted_environments
from composegen.commands.files import generate
from composegen.errors import ComposegenError


def new(
    folder: Path,
    preset: str | None,
    environments: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> int:
    """Make a project from a preset: the starter app, its spec and everything generated from it.

    Who is asked, on a terminal, can also name components; then there is no starter app.
    """
    import shutil

    from composegen.formats.words import slug
    from composegen.spec.presets import SPEC, blank, find, starter

    wanted, roles = (preset, {}) if preset else _asked_for()
    wanted_environments(["dev", "test", "prod"], environments)
    pairs = [_pair(setting) for setting in settings]
    name = slug(folder.resolve().name)
    if roles:
        files = blank(roles, name, environments, pairs)
    else:
        files = starter(find(wanted), name, environments, pairs)
    try:
        made = not folder.exists()
    except OSError as error:
        raise ComposegenError(f"{folder}: {error.strerror}") from None
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    top = missing[-1] if missing else folder
    if not made and (not folder.is_dir() or any(_inside(folder))):
        raise ComposegenError(f"{folder}: not empty; name a new folder")
    try:
        _write_starter(folder, files)
        code = generate(folder / SPEC)
    except BaseException:
        for path in [top] if made else _inside(folder):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
        raise
    report.message(f"\nnow: cd {folder} && docker compose up -d --build --wait")
    return code


def _inside(folder: Path) -> list[Path]:
    """Return what a folder holds, but for an empty repository's own folder."""
    return [path for path in folder.iterdir() if path.name != ".git"]


def _asked_for() -> tuple[str, dict[str, str]]:
    """Ask for a preset or components on a terminal; elsewhere say what to pass.

    Return the name of a preset, and of components each with its role; there are none with a preset.
    """
    from composegen.catalog.catalog import Catalog
    from composegen.spec.presets import presets as known

    found = known()
    if not sys.stdin.isatty():
        names = ", ".join(preset.name for preset in found)
        raise ComposegenError(f"--preset is missing; use one of {names}, or your own folder")
    for number, preset in enumerate(found, 1):
        report.message(f"{number}  {preset.name:18} {preset.about}")
    report.message("or components without a sample app, for example: fastapi postgres redis")
    sys.stderr.write("a preset by number or name, or components: ")
    sys.stderr.flush()
    said = sys.stdin.readline().replace(",", " ").split()
    by_number = {str(number): preset.name for number, preset in enumerate(found, 1)}
    catalog = Catalog()
    if len(said) > 1 or any(word in catalog for word in said):
        return "", {word: catalog[word].role for word in said}
    return by_number.get("".join(said), "".join(said)), {}


def _pair(setting: str) -> tuple[str, str]:
    path, equals, value = setting.partition("=")
    if not equals or not path:
        raise ComposegenError(f"--set {setting}: write PATH=VALUE, such as services.db.version=17")
    return path, value


def _write_starter(folder: Path, files: dict[str, bytes]) -> None:
    import json

    from composegen.catalog.catalog import Catalog
    from composegen.catalog.schema import spec_schema
    from composegen.project.write import Change, apply
    from composegen.spec.presets import SCHEMA

    text = json.dumps(spec_schema(Catalog()), indent=2) + "\n"
    wanted = [Change(path, None, data) for path, data in files.items()]
    apply(folder, [*wanted, Change(SCHEMA, None, text.encode())])
