"""generate, plan and check: compare what the spec calls for with what is on disk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composegen.commands import (
    AT_RISK,
    DONE,
    FOUND,
    report,
    say_nothing_to_do,
    wanted_environments,
)
from composegen.plan.model import plain
from composegen.project.options import Options

if TYPE_CHECKING:
    from composegen.project.folder import Project
    from composegen.project.update import Work


def generate(
    file: Path,
    environments: Sequence[str] = (),
    *,
    stdout: bool = False,
    diff: bool = False,
    options: Options | None = None,
    look: Callable[[Path], Project] | None = None,
) -> int:
    """Write the files of a stack, or show them, or show how they differ from the disk.

    `look` reads the project.
    """
    from composegen.project.folder import is_stale, load
    from composegen.project.write import Changed, exclusive

    look = look or load
    if stdout or diff:
        project = look(file)
        if stdout:
            return _show(project, environments)
        done = work_of(project, environments, options)
        report.result(report.coloured(report.diff(done.visible)))
        return FOUND if done.anything else DONE
    project = look(file)
    with exclusive(file.parent):
        if is_stale(project):  # another run was here while this one waited
            project = look(file)
        try:
            return _write(project, environments, options)
        except Changed:  # somebody saved a file meanwhile: what it says now counts
            return _write(look(file), environments, options)


def _write(project: Project, environments: Sequence[str], options: Options | None) -> int:
    done = work_of(project, environments, options)
    return carry_out(project, done, whole=not environments)


def plan(
    file: Path,
    environments: Sequence[str] = (),
    *,
    as_json: bool = False,
    diff: bool = False,
    options: Options | None = None,
) -> int:
    """Say what `generate` would do, to the files, to the running services and to the data."""
    from composegen.project.folder import load

    project = load(file)
    done = work_of(project, environments, options)
    if as_json:
        wanted = _wanted(project, environments)
        plans = plain([one for one in project.stack.plans if one.environment in wanted])
        report.data({**report.work_data(done), "plans": plans})
    else:
        report.warnings((*project.stack.warnings, *done.unknown))
        report.result(report.summary(done))
        if diff and done.visible:
            report.result("\n" + report.coloured(report.diff(done.visible)))
    return AT_RISK if done.findings else FOUND if done.anything else DONE


def check(file: Path, *, output: str = "text") -> int:
    """Say whether the files match the spec; for CI."""
    from composegen.project.folder import load

    done = work_of(load(file))
    drift = report.drift(done)
    if output == "json":
        report.data({"drift": drift, "data": plain(done.findings)})
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


def _wanted(project: Project, environments: Sequence[str]) -> list[str]:
    return wanted_environments([one.environment for one in project.stack.plans], environments)


def _show(project: Project, environments: Sequence[str]) -> int:
    from composegen.plan.model import COMPOSE_FILES
    from composegen.render import render

    wanted = _wanted(project, environments)
    texts = render(project.stack, wanted, _own_templates(project.root))
    report.result("\n".join(texts[COMPOSE_FILES[name]] for name in wanted))
    return DONE


def work_of(
    project: Project, environments: Sequence[str] = (), options: Options | None = None
) -> Work:
    """Return what a run would do with a project as it was read."""
    from composegen.project.folder import shared_files
    from composegen.project.update import work
    from composegen.render import render

    wanted = _wanted(project, environments)
    texts = render(project.stack, wanted, _own_templates(project.root))
    return work(project, texts, shared_files(project), wanted, options or Options())


def carry_out(project: Project, done: Work, *, whole: bool) -> int:
    """Write what a run does, remember what it saw and say so; `whole` if it saw all files."""
    from composegen.project.seen import SEEN, seen_text
    from composegen.project.update import NEW, copied
    from composegen.project.write import Change, WriteError, apply, current

    root = project.root
    report.warnings(project.stack.warnings)
    if done.findings:
        report.findings(done.findings)
        report.message("nothing was written")
        return AT_RISK
    if done.conflicts:
        news = [(f"{path}{NEW}", one.text.encode()) for path, one in done.conflicts.items()]
        changes: list[Change] = []
        for path, new in news:
            old = project.disk.file(path)
            if old is not None and old != new:  # somebody may have begun to merge in it
                changes += copied(project.disk, path, old)
            changes.append(Change(path, old, new))
        apply(root, changes)
        report.conflicts(done.conflicts, NEW)
        return FOUND
    apply(root, done.changes, {path: project.disk.file(path) for path in done.removed})
    states = _states(project, done)
    text = seen_text(project.file.name, states, done.edited, done.prints, whole=whole)
    # without it the next run looks at everything again, and that is all
    with contextlib.suppress(WriteError):
        apply(root, [Change(SEEN, current(root, SEEN), text.encode(), 0o600)])
    for change in done.visible:
        report.message(f"{'wrote' if change.old is None else 'updated'} {change.path}")
    for line in report.work_lines(done):
        report.message(line)
    return DONE if done.anything else say_nothing_to_do(done.edited)


def _states(project: Project, done: Work) -> dict[str, str | None]:
    """Return the state of each path as the run met or left it, whatever was saved since."""
    from composegen.project.seen import digest, state

    met = {
        path: None if data is None else digest(data) for path, data in project.disk.known.items()
    }
    written = {change.path: digest(change.new) for change in done.changes}
    # a run adds names of its own to a folder
    now = (*done.watched, *(path for path in project.inputs if path.endswith("*")))
    states = {path: met[path] if path in met else state(project.root / path) for path in now}
    return {**project.inputs, **states, **written, **dict.fromkeys(done.removed)}


def _own_templates(root: Path) -> list[Path]:
    folder = root / "templates"
    return [folder] if folder.is_dir() else []
