"""Texts against the disk: what would change, and changing it, all or nothing."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from composegen.errors import ComposegenError

MARK = "written by composegen"


class Change(msgspec.Struct, frozen=True):
    """One file to write: its path beside the spec, what it holds and what it shall hold."""

    path: str
    old: bytes | None
    new: bytes
    mode: int = 0o644


class WriteError(ComposegenError):
    """A place on the disk that can't be written as it is."""


def changes(root: Path, texts: Mapping[str, str], *, modes: Mapping[str, int]) -> list[Change]:
    """Return the files that differ from what they shall hold, sorted by path.

    Raises WriteError, one line a file, for a symbolic link, a directory, or a file that exists and
    does not carry our mark in its first line.
    """
    result, wrong = [], []
    for path, text in sorted(texts.items()):
        try:
            old = current(root, path)
        except WriteError as error:
            wrong.append(str(error))
            continue
        new = text.encode()
        if old == new or (old is not None and old.replace(b"\r\n", b"\n") == new):
            continue
        if old is not None and path not in modes and not is_ours(old):
            wrong.append(
                f"{path}: not written by composegen; move it away, or take over what it says"
            )
            continue
        result.append(Change(path, old, new, modes.get(path, 0o644)))
    if wrong:
        raise WriteError("\n".join(wrong))
    return result


def is_ours(data: bytes) -> bool:
    """Say whether a file's first line carries our mark."""
    return MARK.encode() in data.split(b"\n", 1)[0]


def current(root: Path, path: str) -> bytes | None:
    """Return what a file holds, None where there is none; WriteError where it can't be a file."""
    for folder in [*reversed(Path(path).parents[:-1]), Path(path)]:
        if (root / folder).is_symlink():
            raise WriteError(f"{folder}: a symbolic link; composegen writes only into the project")
    file = root / path
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise WriteError(f"{path}: not a regular file; move it away")
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WriteError(f"{path}: {error.strerror}") from None


def apply(root: Path, wanted: Iterable[Change]) -> None:
    """Write all files or none: temporary files beside their targets, then one rename each.

    A file keeps its mode; folders that are missing are made. Raises WriteError.
    """
    staged: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for change in wanted:
            target = root / change.path
            made += _make_folders(target.parent)
            staged.append((_stage(target, change), target))
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise WriteError(
            f"{error.filename or root}: {error.strerror}; nothing was written"
        ) from None
    for temporary, target in staged:
        temporary.replace(target)


def _make_folders(folder: Path) -> list[Path]:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
    return list(reversed(missing))


def _stage(target: Path, change: Change) -> Path:
    """Write the new text beside its target, with the mode that the target shall have."""
    mode = change.mode if change.old is None else stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(change.new)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
