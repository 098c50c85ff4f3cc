"""The commands: each takes what was said on the command line and returns an exit code.

What a command does not need is not imported: every run starts an interpreter, and people wait.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composegen import report
from composegen.errors import ComposegenError, SpecError

if TYPE_CHECKING:
    from composegen.catalog import Component
    from composegen.project import Project
    from composegen.reconcile import Wishes
    from composegen.update import Work

DONE, FOUND, WRONG, BUG, AT_RISK = 0, 1, 2, 3, 4


def generate(
    file: Path,
    environments: Sequence[str] = (),
    *,
    stdout: bool = False,
    diff: bool = False,
    wishes: Wishes | None = None,
) -> int:
    """Write the files of a stack, or show them, or show how they differ from the disk."""
    from composegen.project import is_stale, load
    from composegen.write import exclusive

    if stdout or diff:
        project = load(file)
        if stdout:
            return _show(project, environments)
        done = _work(project, environments, wishes)
        report.result(report.coloured(report.diff(done.visible)))
        return FOUND if done.anything else DONE
    project = load(file)
    with exclusive(file.parent):
        if is_stale(project):  # another run was here while this one waited
            project = load(file)
        for warning in project.stack.warnings:
            report.message(f"warning: {warning}")
        return _carry_out(project, _work(project, environments, wishes), whole=not environments)


def plan(
    file: Path,
    environments: Sequence[str] = (),
    *,
    as_json: bool = False,
    wishes: Wishes | None = None,
) -> int:
    """Say what `generate` would do, to the files, to the running services and to the data."""
    from composegen.project import load

    done = _work(load(file), environments, wishes)
    if as_json:
        report.data(report.work_data(done))
    else:
        report.result(report.coloured(report.diff(done.visible)))
        for line in report.work_lines(done):
            report.message(line)
        report.findings(done.findings)
    return AT_RISK if done.findings else FOUND if done.anything else DONE


def check(file: Path, *, output: str = "text") -> int:
    """Say whether the files are what the spec gives; for CI."""
    import msgspec

    from composegen.project import load

    done = _work(load(file), (), None)
    drift = report.drift(done)
    if output == "json":
        report.data({"drift": drift, "data": msgspec.to_builtins(done.findings)})
    elif output == "github":
        for path, what in drift.items():
            report.result(f"::error file={path}::{what}")
        for finding in done.findings:
            report.result(f"::error file={file.name}::{finding.id}: {finding.what}")
    else:
        for path, what in drift.items():
            report.result(f"{path}: {what}")
        report.findings(done.findings)
    return AT_RISK if done.findings else FOUND if drift else DONE


def nothing_to_do(edited: Sequence[str]) -> int:
    """Say that everything is as it was left."""
    for path in edited:
        report.message(f"kept your edits in {path}")
    report.message("nothing to do")
    return DONE


def _show(project: Project, environments: Sequence[str]) -> int:
    from composegen.render import COMPOSE_FILES, render

    wanted = _environments([plan.environment for plan in project.stack.plans], environments)
    texts = render(project.stack, wanted, _own_templates(project.root))
    report.result("\n".join(texts[COMPOSE_FILES[name]] for name in wanted))
    return DONE


def _work(project: Project, environments: Sequence[str], wishes: Wishes | None) -> Work:
    from composegen.project import shared_files
    from composegen.reconcile import Wishes
    from composegen.render import render
    from composegen.update import work

    wanted = _environments([plan.environment for plan in project.stack.plans], environments)
    texts = render(project.stack, wanted, _own_templates(project.root))
    return work(project, texts, shared_files(project), wanted, wishes or Wishes())


def _carry_out(project: Project, done: Work, *, whole: bool) -> int:
    from composegen.seen import SEEN, seen_text
    from composegen.update import NEW
    from composegen.write import Change, apply, current

    root = project.root
    if done.findings:
        report.findings(done.findings)
        report.message("nothing was written")
        return AT_RISK
    if done.conflicts:
        news = [(f"{path}{NEW}", text.encode()) for path, text in done.conflicts.items()]
        apply(root, [Change(path, current(root, path), text) for path, text in news])
        report.conflicts(done.conflicts, NEW)
        return FOUND
    apply(root, done.changes, done.removed)
    text = seen_text(project.file, done.watched, done.edited, done.prints, whole=whole)
    apply(root, [Change(SEEN, current(root, SEEN), text.encode(), 0o600)])
    for change in done.visible:
        report.message(f"{'wrote' if change.old is None else 'updated'} {change.path}")
    for line in report.work_lines(done):
        report.message(line)
    return DONE if done.anything else nothing_to_do(done.edited)


def new(
    folder: Path,
    preset: str | None,
    environments: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> int:
    """Make a project from a preset: the starter app, its spec and everything generated from it."""
    import shutil

    from composegen.fields import slug
    from composegen.presets import SPEC, find, starter

    preset = preset or _asked_for()
    _environments(["dev", "test", "prod"], environments)
    pairs = [_pair(setting) for setting in settings]
    name = slug(folder.resolve().name)
    files = starter(find(preset), name, environments, pairs)
    try:
        made = not folder.exists()
    except OSError as error:
        raise ComposegenError(f"{folder}: {error.strerror}") from None
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    top = missing[-1] if missing else folder
    if not made and (not folder.is_dir() or any(folder.iterdir())):
        raise ComposegenError(f"{folder}: not empty; name a new folder")
    try:
        _write_starter(folder, files)
        code = generate(folder / SPEC)
    except BaseException:
        for path in [top] if made else folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
        raise
    report.message(f"\nnow: cd {folder} && docker compose up -d --build --wait")
    return code


def _asked_for() -> str:
    """Ask for a preset on a terminal; elsewhere say what to pass."""
    from composegen.presets import presets as known

    found = known()
    if not sys.stdin.isatty():
        names = ", ".join(preset.name for preset in found)
        raise ComposegenError(f"--preset is missing; one of {names}, or a folder of your own")
    for number, preset in enumerate(found, 1):
        report.message(f"{number}  {preset.name:18} {preset.about}")
    sys.stderr.write("preset, by number or name: ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip()
    by_number = {str(number): preset.name for number, preset in enumerate(found, 1)}
    return by_number.get(said, said)


def add(file: Path, component: str, name: str | None, needed_by: Sequence[str]) -> int:
    """Add a service to the spec; comments and order stay."""
    from composegen.catalog import BUILTIN, Catalog
    from composegen.edit import add_service

    kind, colon, version = component.partition(":")
    one = Catalog((file.parent / "components", BUILTIN))[kind]
    if version and one.series(version) is None:
        raise ComposegenError(f"{kind} has no version '{version}'; {', '.join(one.versions)}")
    service = component if colon or one.role != "app" else {"component": kind}
    return _edit(file, lambda text: add_service(text, name or kind, service, needed_by))


def remove(file: Path, name: str) -> int:
    """Take a service out of the spec; its volume stays."""
    from composegen.edit import remove_service

    return _edit(file, lambda text: remove_service(text, name))


def _edit(file: Path, change: Callable[[str], str]) -> int:
    """Change the spec's text, if what comes out is a spec that holds."""
    from composegen.project import check_text
    from composegen.write import Change, apply, current, exclusive

    with exclusive(file.parent):
        old = current(file.parent, file.name)
        if old is None:
            raise ComposegenError(f"{file}: no such file")
        new = change(old.decode()).encode()
        check_text(file, new)
        apply(file.parent, [Change(file.name, old, new)])
    report.message(f"updated {file}; see what it means with composegen plan")
    return DONE


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


def status(file: Path, *, as_json: bool = False) -> int:
    """Compare the volumes of the lock with those of the engine."""
    import msgspec

    from composegen.catalog import fill
    from composegen.engine import read_version, real_volumes
    from composegen.lock import VolumeEntry
    from composegen.project import load
    from composegen.status import compare

    project = load(file)

    def version_of(name: str, entry: VolumeEntry) -> str | None:
        component = project.catalog[entry.component]
        facts = component.facts_for({"version": component.series(entry.version)})
        if facts.format is None or not facts.format.version_files or entry.target not in facts.data:
            return None
        image = fill(facts.image.name, {"version": entry.version})
        return read_version(name, image, facts.format.version_files)

    names = {plan.name for plan in project.stack.plans}
    locked = project.lock.volumes if project.lock else {}
    found = compare(locked, real_volumes(), names, version_of)
    if as_json:
        report.data(msgspec.to_builtins(found))
    else:
        rows = [(one.volume, one.environment, one.service, one.state, one.what) for one in found]
        report.result(_table(("volume", "environment", "service", "state", ""), rows))
    return FOUND if any(one.state in _WORTH_A_LOOK for one in found) else DONE


_WORTH_A_LOOK = ("differs", "orphaned", "other version", "unused")


def outdated(file: Path, *, as_json: bool = False) -> int:
    """Say which services could move to the version that a new one would get."""
    from composegen.project import load

    project = load(file)
    rows = []
    for name, service in project.spec.services.items():
        component = project.catalog[service.component]
        pinned = project.lock.versions.get(name, "").partition(":")[2] if project.lock else ""
        version = service.version or pinned or component.default
        if component.series(version) != component.default:
            rows.append((name, component.name, version, component.default))
    head = ("service", "component", "version", "newest")
    if as_json:
        report.data([dict(zip(head, row, strict=True)) for row in rows])
    elif rows:
        report.result(_table(head, rows))
        report.message('to move one: say version: "…" in stack.yaml, then composegen plan')
    return FOUND if rows else DONE


def list_secrets(file: Path, *, as_json: bool = False) -> int:
    """List the generated passwords and who uses them, never a value."""
    from composegen.credentials import listed
    from composegen.project import load

    found = listed(load(file).stack)
    if as_json:
        report.data(found)
    else:
        rows = [(one["name"], ", ".join(one["used_by"]), one["about"]) for one in found]
        report.result(_table(("variable", "used by", "what"), rows))
    return DONE


def rotate_secret(file: Path, name: str) -> int:
    """Change a password in every running database that has it, and in `.env`."""
    from composegen.project import load
    from composegen.rotate import rotate
    from composegen.write import exclusive

    load(file)
    with exclusive(file.parent):
        for line in rotate(load(file), name):
            report.message(line)
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
    prefix = "" if isinstance(error, SpecError) else "error: "
    for line in str(error).splitlines():
        report.message(f"{prefix}{line}")
    return error.exit_code
