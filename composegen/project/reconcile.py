"""Each file's fate, from what we wrote last, what is on the disk and what we would write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from composegen.errors import ComposegenError, did_you_mean
from composegen.formats.compose import mount_entry
from composegen.formats.compose_yaml import read_compose
from composegen.formats.words import shown
from composegen.formats.yaml12 import YamlError
from composegen.plan.model import COMPOSE_FILES
from composegen.project.lock import Lock
from composegen.project.options import Options
from composegen.project.write import Disk, WriteError


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one file: its new text, None where it stays; and the word for that.

    `why` says what keeps two texts from being merged.
    """

    fate: str
    text: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that could not be merged: what we would write, and what is in the way."""

    text: str
    why: str


def fates(
    disk: Disk,
    texts: Mapping[str, str],
    lock: Lock,
    options: Options,
    renamed: Mapping[str, str],
) -> dict[str, Fate]:
    """Return what happens to each file; `renamed` has the services' new names by the old ones.

    Raises WriteError with all that stand in the way.
    """
    result: dict[str, Fate] = {}
    wrong = []
    for path in options.keep:
        if path in COMPOSE_FILES.values() and path not in texts:
            raise ComposegenError(f"--keep {path}: its environment is not being written")
        if path not in texts:
            raise ComposegenError(f"--keep {path}: not a generated file{did_you_mean(path, texts)}")
    for path, text in sorted(texts.items()):
        try:
            result[path] = _fate(disk, path, text, lock, options, renamed)
        except WriteError as error:
            wrong += str(error).splitlines()
    if wrong:
        raise WriteError("\n".join(wrong))
    return result


def _fate(
    disk: Disk, path: str, new: str, lock: Lock, options: Options, renamed: Mapping[str, str]
) -> Fate:
    """Decide what happens to one file: the table of cases, first match wins."""
    mine, last = on_disk(disk, path), lock.text(path)
    if mine is None:
        ours = last is None or options.restore or path in COMPOSE_FILES.values()
        return Fate("new", new) if ours else Fate("missing")
    if mine == new:
        return Fate("same")
    if path in options.keep:
        return Fate("edited")
    if last is None:
        if options.adopt:
            return Fate("adopted", new)
        raise WriteError(
            f"{path}: not written by composegen; move it away, or take it over with --adopt "
            "(a copy is kept)"
        )
    if mine == last:
        return Fate("new", new)
    if last == new:
        return Fate("edited")
    return _merged(path, last, mine, new, renamed)


def _merged(path: str, last: str, disk: str, new: str, renamed: Mapping[str, str]) -> Fate:
    from composegen.project.merge import merge, with_renamed

    compose = path in COMPOSE_FILES.values()
    mine = disk
    for old, name in renamed.items() if compose else ():
        last, mine = (with_renamed(one, old, name, new) for one in (last, mine))
    text = merge(last, mine, new, yaml=compose)
    if text is None:
        return Fate("conflict", why="your edit and the new text change the same lines")
    faults = wrong_with(text, disk) if compose else []
    if faults:
        return Fate(
            "conflict", why=f"your edit and the new text are incompatible: {'; '.join(faults)}"
        )
    return Fate("merged", text if text != disk else None)


def unread(disk: Disk, fates: Mapping[str, Fate]) -> Iterator[str]:
    """Yield what keeps a Compose file with edits by hand from being read."""
    for path, file in sorted(fates.items()):
        if path in COMPOSE_FILES.values() and file.fate in ("edited", "merged"):
            text = on_disk(disk, path) if file.text is None else file.text
            try:
                parsed(text or "")
            except YamlError as error:
                yield f"{error.within(path)}; your edit is kept, but the file is not checked"


def wrong_with(text: str, before: str) -> list[str]:
    """Return what is wrong with a merged Compose file that was not wrong before the merge."""
    known = set(_faults(before))
    return [fault for fault in _faults(text) if fault not in known]


def _faults(text: str) -> list[str]:
    try:
        document = parsed(text)
    except YamlError as error:
        return [f"not YAML: {error}"]
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return ["no services"]
    declared = _named(document.get("volumes"))
    faults = []
    for name, service in services.items():
        if not isinstance(service, dict):
            faults.append(f"{name}: not a mapping")
            continue
        for entry in _listed(service.get("volumes")):
            source = volume_source(entry)
            if source is None:
                faults.append(f"{name}: {shown(entry)} creates an anonymous volume")
            elif source and source not in declared:
                faults.append(f"{name}: the volume {source} is not declared")
        faults += [
            f"{name}: needs {other}, which does not exist"
            for other in _named(service.get("depends_on"))
            if other not in services
        ]
    return faults


def _listed(value: Any) -> list[Any]:
    """Return the entries of a list or a mapping; anything else has none."""
    return list(value) if isinstance(value, list | dict) else []


def _named(value: Any) -> list[str]:
    """Return the names in a list or a mapping; what is no name is Compose's to refuse."""
    return [name for name in _listed(value) if isinstance(name, str)]


def volume_source(entry: Any) -> str | None:
    """Return the named volume of an entry, '' for a path of the host, None for an anonymous one."""
    mount = mount_entry(entry)
    return mount.source if mount.type == "volume" else ""


def parsed(text: str) -> Any:
    """Return a Compose file as data; a user's own edits may use all of YAML."""
    return read_compose(text.encode(errors="replace")).value


def on_disk(disk: Disk, path: str) -> str | None:
    """Return what a file says, with LF: other line ends are not an edit."""
    data = disk.file(path)
    return None if data is None else data.decode(errors="surrogateescape").replace("\r\n", "\n")
