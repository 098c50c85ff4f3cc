"""What this machine has seen: the state of the disk after the last run, and its passwords' prints.

Not committed: it says nothing about other machines. A run that finds everything as it left it knows
that there is nothing to do, before anything heavy is imported; so only the standard library is used
here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from composegen import __version__

SEEN = ".composegen/local/seen.json"
IGNORE = ".composegen/.gitignore"

# What reading what is not ours, or not whole, can end in.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

# The user's own components and templates: a new file there is a change, too.
_FOLDERS = ("components", "templates")


def nothing_to_do(file: Path) -> list[str] | None:
    """Return the files that are kept with the user's edits, if nothing has changed; else None."""
    root = file.parent
    try:
        seen = json.loads((root / SEEN).read_bytes())
        if seen["version"] != __version__ or seen["spec"] != file.name:
            return None
        files: Mapping[str, str | None] = seen["files"]
        if sorted(files) != sorted({*files, *own_files(root)}):
            return None
        same = all(state(root / path) == known for path, known in files.items())
        return list(seen["edited"]) if same else None
    except _UNREADABLE:
        return None


def state(path: Path) -> str | None:
    """Return a hash of a file's bytes, `folder` for a folder, None where nothing can be read.

    For a path that ends in `*`, return the names that are there.
    """
    try:
        if path.name == "*":
            return " ".join(sorted(os.listdir(path.parent)))  # noqa: PTH208
        return digest(path.read_bytes())
    except IsADirectoryError:
        return "folder"
    except OSError:
        return None


def digest(data: bytes) -> str:
    """Return the state of a file that holds these bytes."""
    return hashlib.sha256(data).hexdigest()


def own_files(root: Path) -> list[str]:
    """Return the paths of the user's own components and templates."""
    found = []
    for folder in _FOLDERS:
        for place, _, names in os.walk(root / folder):
            found += [os.path.relpath(os.path.join(place, name), root) for name in names]  # noqa: PTH118
    return found


def seen_text(
    spec: str,
    states: Mapping[str, str | None],
    edited: Iterable[str],
    prints: Mapping[str, str],
    *,
    whole: bool,
) -> str:
    """Return what to remember: the spec's name, and each path's state as the run met or left it.

    `whole` says that all files were looked at.
    """
    seen: dict[str, Any] = {
        "version": __version__,
        "spec": spec if whole else None,
        "files": dict(sorted(states.items())),
        "edited": sorted(edited),
        "prints": dict(sorted(prints.items())),
    }
    return json.dumps(seen, indent=1) + "\n"


def prints(root: Path) -> dict[str, str]:
    """Return the prints of the passwords that volumes on this machine were made with."""
    try:
        known = json.loads((root / SEEN).read_bytes())["prints"]
        return {str(name): str(text) for name, text in known.items()}
    except _UNREADABLE:
        return {}


def with_print(root: Path, name: str, text: str) -> str:
    """Return what is remembered with one print changed; the next run looks at everything again."""
    known = {**prints(root), name: text}
    return json.dumps({"version": __version__, "spec": None, "prints": known}, indent=1) + "\n"


def fingerprint(value: str, salt: str | None = None) -> str:
    """Return a salted print of a value: enough to see a change, of no use to find the value."""
    salt = salt or os.urandom(8).hex()
    return f"{salt}:{hashlib.sha256(f'{salt}{value}'.encode()).hexdigest()}"


def matches(value: str, known: str) -> bool:
    """Say whether a value is the one that a print was made of."""
    return fingerprint(value, known.partition(":")[0]) == known
