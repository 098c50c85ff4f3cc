"""The commands: each takes what was said on the command line and returns an exit code.

What a command does not need is not imported: every run starts an interpreter, and people wait.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composegen import report
from composegen.errors import ComposegenError

if TYPE_CHECKING:
    from composegen.catalog import Component

DONE, FOUND, WRONG, BUG = 0, 1, 2, 3


def generate(
    file: Path, environments: Sequence[str] = (), *, stdout: bool = False, diff: bool = False
) -> int:
    """Write the files of a stack, or show them, or show how they differ from the disk."""
    from composegen.project import MODES, load, shared_files
    from composegen.render import COMPOSE_FILES, render
    from composegen.write import apply, changes

    project = load(file)
    wanted = _environments([plan.environment for plan in project.stack.plans], environments)
    texts = render(project.stack, wanted, _own_templates(project.root))
    for warning in project.stack.warnings:
        report.message(f"warning: {warning}")
    if stdout:
        report.result("\n".join(texts[COMPOSE_FILES[name]] for name in wanted))
        return DONE
    found = changes(project.root, shared_files(project, texts), modes=MODES)
    if diff:
        report.result(report.coloured(report.diff(found)))
        return FOUND if found else DONE
    apply(project.root, found)
    for change in found:
        report.message(f"{'wrote' if change.old is None else 'updated'} {change.path}")
    if not found:
        report.message("nothing to do")
    return DONE


def new(
    folder: Path,
    preset: str,
    environments: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> int:
    """Make a project from a preset: the starter app, its spec and everything generated from it."""
    import shutil

    from composegen.fields import slug
    from composegen.presets import SPEC, find, starter

    _environments(["dev", "test", "prod"], environments)
    pairs = [_pair(setting) for setting in settings]
    name = slug(folder.resolve().name)
    files = starter(find(preset), name, environments, pairs)
    made = not folder.exists()
    if not made and (not folder.is_dir() or any(folder.iterdir())):
        raise ComposegenError(f"{folder}: not empty; name a new folder")
    try:
        _write_starter(folder, files)
        code = generate(folder / SPEC)
    except BaseException:
        for path in [folder] if made else folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    report.message(f"\nnow: cd {folder} && docker compose up -d --build --wait")
    return code


def explain(
    file: Path, service: str | None, environments: Sequence[str] = (), *, as_json: bool = False
) -> int:
    """Say where each piece of data lives, and why."""
    from composegen.errors import did_you_mean
    from composegen.explain import as_data, as_text
    from composegen.project import load

    project = load(file)
    wanted = _environments([plan.environment for plan in project.stack.plans], environments)
    if service is not None and service not in project.spec.services:
        hint = did_you_mean(service, project.spec.services)
        raise ComposegenError(f"unknown service '{service}'{hint}")
    plans = [plan for plan in project.stack.plans if plan.environment in wanted]
    if as_json:
        report.data(as_data(plans, service))
    else:
        report.result(as_text(plans, service))
    return DONE


def components(root: Path, name: str | None, *, as_json: bool = False) -> int:
    """List the components, or show all that is known about one."""
    import msgspec

    from composegen import emit
    from composegen.catalog import BUILTIN, Catalog

    catalog = Catalog((root / "components", BUILTIN))
    if name is not None:
        one = catalog[name]
        facts = one.facts_for({"version": one.default})
        shown = {**_summary(one), "facts": msgspec.to_builtins(facts)}
        report.data(shown) if as_json else report.result(emit.block(shown, 0))
        return DONE
    known = [catalog[one] for one in catalog.names()]
    if as_json:
        report.data([_summary(one) for one in known])
    else:
        rows = [(one.name, ", ".join(one.versions), one.about) for one in known]
        report.result(_table(("component", "versions", "what"), rows))
    return DONE


def presets(*, as_json: bool = False) -> int:
    """List the presets."""
    from composegen.presets import presets as known

    if as_json:
        report.data([{"name": one.name, "about": one.about} for one in known()])
    else:
        report.result(_table(("preset", "what"), [(one.name, one.about) for one in known()]))
    return DONE


def schema(root: Path) -> int:
    """Print the JSON Schema of a spec."""
    from composegen.catalog import BUILTIN, Catalog
    from composegen.schema import spec_schema

    report.data(spec_schema(Catalog((root / "components", BUILTIN))))
    return DONE


def _environments(known: Sequence[str], said: Sequence[str]) -> list[str]:
    from composegen.errors import did_you_mean

    for name in said:
        if name not in known:
            raise ComposegenError(f"unknown environment '{name}'{did_you_mean(name, known)}")
    return [name for name in known if not said or name in said]


def _own_templates(root: Path) -> list[Path]:
    folder = root / "templates"
    return [folder] if folder.is_dir() else []


def _pair(setting: str) -> tuple[str, str]:
    path, equals, value = setting.partition("=")
    if not equals or not path:
        raise ComposegenError(f"--set {setting}: write PATH=VALUE, such as services.db.version=17")
    return path, value


def _write_starter(folder: Path, files: dict[str, bytes]) -> None:
    import json

    from composegen.catalog import Catalog
    from composegen.presets import SCHEMA
    from composegen.schema import spec_schema
    from composegen.write import Change, apply

    text = json.dumps(spec_schema(Catalog()), indent=2) + "\n"
    wanted = [Change(path, None, data) for path, data in files.items()]
    apply(folder, [*wanted, Change(SCHEMA, None, text.encode())])


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join(lines)


def _summary(component: Component) -> dict[str, Any]:
    """Return what a component is, without its facts."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(component)
    return {name: value for name, value in fields.items() if name not in ("facts", "variants")}


def fail(error: ComposegenError) -> int:
    """Print what the user can fix, and return the exit code that says so."""
    for line in str(error).splitlines():
        sys.stderr.write(f"error: {line}\n" if not line.startswith("stack.yaml:") else f"{line}\n")
    return error.exit_code
