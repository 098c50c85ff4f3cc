"""Texts against the disk: what would change, and changing it, all or nothing."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composegen.errors import ComposegenError
from composegen.resources import SECRETS

FOLDER = ".composegen"
TEMPORARY = ".composegen-tmp"
# Folders that hold what nobody else may see.
PRIVATE = ("local", SECRETS)


@dataclass(frozen=True, slots=True)
class Change:
    """One file to write: its path beside the spec, what it holds and what it shall hold."""

    path: str
    old: bytes | None
    new: bytes
    mode: int = 0o644


class WriteError(ComposegenError):
    """A place on the disk that can't be written as it is."""


class Changed(WriteError):
    """A file that was saved between reading and writing it."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A project's files as one run sees them: what one held when it was first asked for."""

    root: Path
    known: dict[str, bytes | None] = field(default_factory=dict)

    def file(self, path: str) -> bytes | None:
        """Return what a file holds, None where there is none; WriteError where it can't be one."""
        if path not in self.known:
            self.known[path] = current(self.root, path)
        return self.known[path]


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


@contextlib.contextmanager
def exclusive(root: Path, *, seconds: float = 30) -> Iterator[None]:
    """Hold the project for one run: a second one waits, and gives up with WriteError."""
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        # Windows opens no folder and has no such lock; a rename is atomic there as well
        handle = None if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise WriteError(f"{folder}: {error.strerror}") from None
    if handle is None:
        yield
        return
    try:
        _wait_for(handle, folder, seconds)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path, seconds: float) -> None:
    import fcntl

    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise WriteError(
                    f"{folder}: another composegen has been writing here for {seconds:.0f} s; "
                    "wait for it, or end it"
                ) from None
            time.sleep(0.05)
        else:
            return


def apply(
    root: Path, wanted: Sequence[Change], removed: Mapping[str, bytes | None] | None = None
) -> None:
    """Write all files or none: temporary files beside their targets, then one rename each.

    The order of `wanted` is that of the renames. A file keeps its mode; folders that are missing
    are made; the files in `removed`, each with what it holds, go before the last one, which is the
    lock. Raises WriteError, and Changed where a file does not hold what its change says.
    """
    removed = removed or {}
    known = {**{change.path: change.old for change in wanted}, **removed}
    staged = _staged(root, wanted, known)
    for temporary, target in staged[:-1]:
        temporary.replace(target)
    for path in removed:
        (root / path).unlink(missing_ok=True)
    for temporary, target in staged[-1:]:
        temporary.replace(target)


def _staged(
    root: Path, wanted: Sequence[Change], known: Mapping[str, bytes | None]
) -> list[tuple[Path, Path]]:
    """Write all temporary files or none, and return each with its target."""
    for change in wanted:
        _sweep(root / change.path)
    staged: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for change in wanted:
            target = root / change.path
            made += _make_folders(target.parent)
            staged.append((_stage(target, change), target))
        _refuse_changed(root, known)
    except OSError as error:
        _take_back(staged, made)
        raise WriteError(
            f"{error.filename or root}: {error.strerror}; nothing was written"
        ) from None
    except WriteError:
        _take_back(staged, made)
        raise
    return staged


def _refuse_changed(root: Path, known: Mapping[str, bytes | None]) -> None:
    for path, data in known.items():
        if current(root, path) != data:
            raise Changed(f"{path}: it was saved meanwhile; nothing was written, run this again")


def _take_back(staged: Iterable[tuple[Path, Path]], made: Sequence[Path]) -> None:
    for temporary, _ in staged:
        temporary.unlink(missing_ok=True)
    for folder in reversed(made):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _make_folders(folder: Path) -> list[Path]:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(0o700 if one.name in PRIVATE else 0o777)
    return list(reversed(missing))


def _sweep(target: Path) -> None:
    """Take away the temporary files of a run that was killed; the caller holds the project."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{TEMPORARY}"):
        left.unlink(missing_ok=True)


def _stage(target: Path, change: Change) -> Path:
    """Write the new text beside its target, with the mode that the target shall have."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else change.mode
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=TEMPORARY, dir=target.parent)
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
