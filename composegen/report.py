"""What people and scripts read: results on stdout, messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from composegen.write import Change

_COLOURS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
_RESET = "\033[0m"


def result(text: str) -> None:
    """Print a result to stdout."""
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")


def data(value: Any) -> None:
    """Print a result as JSON to stdout."""
    import json

    result(json.dumps(value, indent=2, ensure_ascii=False))


def message(text: str) -> None:
    """Print a message for people to stderr."""
    sys.stderr.write(f"{text}\n")


def diff(changes: Iterable[Change], *, secret: Iterable[str] = (".env",)) -> str:
    """Return the changes as a unified diff; of a file with secrets only that it changes."""
    import difflib

    parts = []
    for change in changes:
        if change.path in secret:
            parts.append(f"# {change.path}: lines are added (values not shown)\n")
            continue
        old = (change.old or b"").decode(errors="replace").splitlines(keepends=True)
        new = change.new.decode().splitlines(keepends=True)
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
