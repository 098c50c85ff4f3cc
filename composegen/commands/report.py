"""What people and scripts read: results on stdout, messages on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composegen.plan.model import plain
from composegen.resources import SECRETS

if TYPE_CHECKING:
    from composegen.project.finding import Finding
    from composegen.project.reconcile import Conflict
    from composegen.project.update import Work
    from composegen.project.write import Change

_COLOURS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
_RESET = "\033[0m"
_LISTS = ("removed", "edited", "merged", "missing", "left", "conflicts", "to_stop", "unknown")


def result(text: str) -> None:
    """Print a result to stdout."""
    try:
        sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output has seen enough; Python must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def data(value: Any) -> None:
    """Print a result as JSON to stdout."""
    import json

    result(json.dumps(value, indent=2, ensure_ascii=False))


def message(text: str) -> None:
    """Print a message for people to stderr."""
    sys.stderr.write(f"{text}\n")


def warnings(texts: Iterable[str]) -> None:
    """Print the warnings about a valid spec to stderr."""
    for text in texts:
        message(f"warning: {text}")


def findings(found: Sequence[Finding]) -> None:
    """Print what would happen to data, and how to keep it, to stderr."""
    for finding in found:
        message(f"{finding.volume}: {finding.what}")
        for advice in finding.advice:
            message(f"  - {advice}")
        message(f"  to proceed anyway: --accept {finding.id}")


def conflicts(found: Mapping[str, Conflict], ending: str) -> None:
    """Print which files could not be merged and what to do, to stderr."""
    for path, one in found.items():
        message(f"{path}: {one.why}; the new text is in {path}{ending}")
        message(f"  edit {path} as you want it, then: composegen generate --keep {path}")
    message("nothing else was written")


def work_lines(work: Work) -> list[str]:
    """Return what a run does beside writing files, a line each."""
    lines = [f"warning: {sentence}" for sentence in work.unknown]
    lines += [f"kept your edits in {path}" for path in work.edited]
    lines += [f"deleted {path}: no longer in the spec" for path in work.removed]
    lines += [
        f"left {path} in place: no longer in the spec, but you edited it" for path in work.left
    ]
    lines += [
        f"left out {path}: you deleted it (--restore brings it back)" for path in work.missing
    ]
    lines += [f"conflict in {path}: {one.why}" for path, one in work.conflicts.items()]
    for path, names in work.recreated.items():
        lines.append(f"the next up recreates ({path}): {', '.join(names)}")
    lines += [
        f"run this first, or two servers write to one volume: {command}" for command in work.to_stop
    ]
    if work.to_stop:
        lines.append("composegen status shows whether an old one is still running")
    return lines


def summary(work: Work) -> str:
    """Return what a run would do: files, services and data, a line each; what is refused last."""
    sections = {
        "Files": _file_lines(work),
        "Services to be recreated": [
            f"{path}: {', '.join(names)}" for path, names in work.recreated.items()
        ],
        "Stop these first, or two servers write to one volume": _stop_lines(work),
        "Data at risk": [f"{one.volume}: {one.what}" for one in work.findings],
        "Refused: no file is changed until this is resolved": _ways_on(work),
    }
    parts = [_section(title, lines) for title, lines in sections.items() if lines]
    if not (work.anything or work.findings or work.to_stop):
        parts.append("nothing to do")
    return "\n\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])


def _file_lines(work: Work) -> list[str]:
    """Return what happens to each file; a file with several things to say has one line."""
    words = {change.path: "new" if change.old is None else "changed" for change in work.visible}
    for path in work.edited:
        words[path] = f"{words[path]}, your edits kept" if path in words else "your edits kept"
    words |= dict.fromkeys(work.removed, "deleted: no longer in the spec")
    words |= dict.fromkeys(work.left, "left in place: no longer in the spec, but you edited it")
    words |= dict.fromkeys(work.missing, "left out: you deleted it (--restore brings it back)")
    words |= {path: f"conflict: {one.why}" for path, one in work.conflicts.items()}
    return [f"{path}: {word}" for path, word in words.items()]


def _stop_lines(work: Work) -> list[str]:
    if not work.to_stop:
        return []
    return [*work.to_stop, "(composegen status shows whether an old one is still running)"]


def _ways_on(work: Work) -> list[str]:
    """Return how to go on from each conflict and each finding."""
    lines = []
    for path in work.conflicts:
        lines += [
            f"{path}: run composegen generate, which writes the new text beside it;",
            f"  make {path} what you want, then: composegen generate --keep {path}",
        ]
    for finding in work.findings:
        lines += [f"{finding.id}:", *(f"  - {advice}" for advice in finding.advice)]
        lines.append(f"  to go on all the same: --accept {finding.id}")
    return lines


def work_data(work: Work) -> dict[str, Any]:
    """Return what a run would do as plain data."""
    return {
        "files": [
            {"path": change.path, "change": "new" if change.old is None else "changed"}
            for change in work.visible
        ],
        "diff": diff(work.visible),
        **{name: list(getattr(work, name)) for name in _LISTS},
        "recreated": {path: list(names) for path, names in work.recreated.items()},
        "findings": plain(work.findings),
    }


def drift(work: Work) -> dict[str, str]:
    """Return the files that differ from the spec, each with what is wrong."""
    again = "run composegen generate"
    found = {
        change.path: f"does not match the spec; {again}"
        for change in work.changes
        # a checkout has no secrets of its own, and is not to be blamed for it
        if change.old is not None or not is_secret(change.path)
    }
    found |= {path: f"the spec no longer needs it; {again}" for path in work.removed}
    return found | {path: f"an edit that can't be merged; {again}" for path in work.conflicts}


def is_secret(path: str) -> bool:
    """Say whether a file holds passwords."""
    return path == ".env" or path.startswith(f"{SECRETS}/")


def diff(changes: Iterable[Change]) -> str:
    """Return the changes as a unified diff; of a file with secrets only that it changes."""
    import difflib

    parts = []
    for change in changes:
        if is_secret(change.path):
            parts.append(f"# {change.path}: lines are added (values not shown)\n")
            continue
        old = (change.old or b"").decode(errors="replace").splitlines(keepends=True)
        new = change.new.decode(errors="replace").splitlines(keepends=True)
        name = change.path if change.old is not None else "/dev/null"
        parts += difflib.unified_diff(old, new, name, change.path)
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def coloured(text: str) -> str:
    """Return a diff in colours where stdout is a terminal."""
    if not sys.stdout.isatty():
        return text
    lines = text.splitlines(keepends=True)
    return "".join(
        f"{_COLOURS[line[0]]}{line}{_RESET}" if line[0] in _COLOURS else line for line in lines
    )


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as a table for people."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    return "\n".join(lines)
