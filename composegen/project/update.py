"""What a run would do to the disk: file by file, and what that means for the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from composegen.formats.yaml12 import YamlError
from composegen.plan.model import COMPOSE_FILES
from composegen.project import reconcile
from composegen.project.adoption import recovered, with_labels
from composegen.project.finding import Finding
from composegen.project.folder import MODES, Project
from composegen.project.impact import data_findings, looked_at, not_accepted, to_stop
from composegen.project.lock import (
    LOCK,
    FileEntry,
    Lock,
    VolumeEntry,
    file_entry,
    ports,
    versions,
    volumes,
    write_lock,
)
from composegen.project.options import Options
from composegen.project.reconcile import Conflict, Fate, on_disk, parsed
from composegen.project.write import Change, Disk

NEW = ".composegen-new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything that a run would do, and everything that it leaves alone and why."""

    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)
    to_stop: tuple[str, ...] = ()
    recreated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    prints: Mapping[str, str] = field(default_factory=dict)
    watched: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Say whether the project's files would be other ones; the lock alone does not count."""
        return bool(self.removed or self.conflicts or self.visible)

    @property
    def visible(self) -> tuple[Change, ...]:
        """The changes that people care about: all but the lock."""
        return tuple(change for change in self.changes if change.path != LOCK)


def work(
    project: Project,
    texts: Mapping[str, str],
    shared: Mapping[str, str],
    environments: Sequence[str],
    options: Options,
) -> Work:
    """Return what a run would do.

    `texts` are the files that are ours, `shared` those that only ever gain lines. Raises WriteError
    for what stands in the way, ComposegenError for a option that names nothing.
    """
    wanted = volumes(project.stack, project.catalog)
    known = recovered(project, wanted)
    lock = known.lock
    renamed = {
        one.renamed_from: name for name, one in project.spec.services.items() if one.renamed_from
    }
    fates = reconcile.fates(project.disk, texts, lock, options, renamed)
    wanted = with_labels(project.disk, wanted, texts, fates)
    changes = [
        *_owned(project.disk, texts, fates, options),
        *_shared(project.disk, shared),
    ]
    gone = _gone(project, texts, lock)
    new = {name: entry for name, entry in wanted.items() if name.partition("/")[0] in environments}
    found, prints = data_findings(project, lock, new, shared, environments, options.accept)
    next_lock = _next_lock(project, lock, texts, fates, gone, new, environments)
    changes += _lock_change(project.disk, next_lock)
    return Work(
        changes=tuple(sorted(changes, key=_order)),
        removed=(
            *(path for path, same in gone.items() if same),
            *_settled(project.disk, texts, fates),
        ),
        left=tuple(path for path, same in gone.items() if not same),
        edited=_with_fate(fates, "edited", "merged"),
        merged=_with_fate(fates, "merged"),
        missing=_with_fate(fates, "missing"),
        conflicts={
            path: Conflict(texts[path], fates[path].why) for path in _with_fate(fates, "conflict")
        },
        to_stop=tuple(to_stop(project, lock, new)),
        recreated=_recreated(changes),
        findings=tuple(not_accepted(found, options.accept)),
        unknown=(*known.unknown, *reconcile.unread(project.disk, fates)),
        prints=prints,
        watched=tuple(_watched(project, {**texts, **shared}, gone)),
    )


def _order(change: Change) -> tuple[bool, bool, str]:
    """Return where a change stands: copies before what they are copies of, the lock last."""
    return change.path == LOCK, change.old is not None, change.path


def _settled(disk: Disk, texts: Mapping[str, str], fates: Mapping[str, Fate]) -> Iterable[str]:
    """Yield the new texts beside files whose conflict is over, if nobody has changed them."""
    for path, file in fates.items():
        if file.fate != "conflict" and on_disk(disk, f"{path}{NEW}") == texts[path]:
            yield f"{path}{NEW}"


def _owned(
    disk: Disk, texts: Mapping[str, str], fates: Mapping[str, Fate], options: Options
) -> Iterable[Change]:
    for path, file in fates.items():
        if file.text is None:
            continue
        old = disk.file(path)
        data = file.text.encode(errors="surrogateescape")
        if old is not None and b"\r\n" in old:
            from composegen.project.merge import with_line_ends

            data = with_line_ends(data, old)
        if file.fate == "adopted" and old is not None:
            yield from copied(disk, path, old)
        yield Change(path, old, data)


def copied(disk: Disk, path: str, old: bytes) -> Iterable[Change]:
    """Yield a copy of a file that is taken over, unless a run that was cut off has made it."""
    number = 1
    while disk.file(f"{path}.before-{number}") not in (None, old):
        number += 1
    if disk.file(f"{path}.before-{number}") is None:
        yield Change(f"{path}.before-{number}", None, old)


def _shared(disk: Disk, shared: Mapping[str, str]) -> Iterable[Change]:
    for path, text in shared.items():
        old = disk.file(path)
        if old is None or old.decode() != text:
            yield Change(path, old, text.encode(), MODES.get(path, 0o644))


def _gone(project: Project, texts: Mapping[str, str], lock: Lock) -> dict[str, bool]:
    """Return the files that are not produced any more, and whether each is as we left it."""
    possible = _possible(project, texts)
    return {
        path: disk == lock.text(path)
        for path in sorted(set(lock.files) - possible)
        if (disk := on_disk(project.disk, path)) is not None
    }


def _possible(project: Project, texts: Iterable[str]) -> set[str]:
    return {COMPOSE_FILES[plan.environment] for plan in project.stack.plans} | set(texts)


def _next_lock(
    project: Project,
    old: Lock,
    texts: Mapping[str, str],
    fates: Mapping[str, Fate],
    gone: Mapping[str, bool],
    new: Mapping[str, VolumeEntry],
    environments: Sequence[str],
) -> Lock:
    from composegen import __version__

    files: dict[str, FileEntry] = {
        path: entry
        for path, entry in old.files.items()
        if path in _possible(project, texts) or gone.get(path) is False
    }
    for path, file in fates.items():
        if file.fate != "missing":
            files[path] = file_entry(texts[path], 0o644)
    kept = {
        name: _unused(entry) if looked_at(name, project, environments) else entry
        for name, entry in old.volumes.items()
        if name not in new
    }
    said = {
        (environment, name)
        for environment, here in project.spec.environments.items()
        for name, service in project.spec.services.items()
        if service.version or (name in here.services and here.services[name].version)
    }
    return Lock(
        generator=__version__,
        project=project.spec.name,
        spec=project.digest,
        files=files,
        ports=ports(project.stack),
        versions=versions(project.stack, said),
        volumes={**kept, **new},
    )


def _unused(entry: VolumeEntry) -> VolumeEntry:
    return replace(entry, unused=True)


def _lock_change(disk: Disk, lock: Lock) -> list[Change]:
    old, text = disk.file(LOCK), write_lock(lock).encode()
    return [] if old == text else [Change(LOCK, old, text)]


def _recreated(changes: Iterable[Change]) -> dict[str, tuple[str, ...]]:
    """Return the services that Compose would recreate, by file."""
    result = {}
    for change in changes:
        if change.path in COMPOSE_FILES.values() and change.old is not None:
            try:
                before, after = (
                    parsed(data.decode(errors="replace"))["services"]
                    for data in (change.old, change.new)
                )
                names = [name for name in after if name in before and before[name] != after[name]]
            except (YamlError, KeyError, TypeError):
                continue
            if names:
                result[change.path] = tuple(names)
    return result


def _with_fate(fates: Mapping[str, Fate], *wanted: str) -> tuple[str, ...]:
    return tuple(path for path, file in fates.items() if file.fate in wanted)


def _watched(project: Project, texts: Iterable[str], gone: Iterable[str]) -> list[str]:
    """Return every path that a run writes, or would write or delete if it were another one."""
    folders = [folder.removeprefix("./") for folder in project.stack.folders]
    return [*texts, *gone, *folders, LOCK]
