"""What a run would do to the disk: file by file, and what that means for the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from composegen import envfile, guard, seen
from composegen.errors import ComposegenError, did_you_mean
from composegen.guard import Finding
from composegen.lock import (
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
from composegen.plan import Stack
from composegen.project import MODES, Project
from composegen.render import COMPOSE_FILES
from composegen.spec import EnvironmentSpec
from composegen.write import Change, WriteError, current
from composegen.yaml12 import YamlError, read

NEW = ".composegen-new"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the user allows a run to do beyond the ordinary, each by name."""

    accept: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    adopt: bool = False
    restore: bool = False


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run would do, and everything that it leaves alone and why."""

    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    conflicts: Mapping[str, str] = msgspec.field(default_factory=dict)
    recreated: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    prints: Mapping[str, str] = msgspec.field(default_factory=dict)
    watched: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Say whether the project's files would be other ones; the lock alone does not count."""
        return bool(self.removed or self.conflicts or self.visible)

    @property
    def visible(self) -> tuple[Change, ...]:
        """The changes that people care about: all but the lock."""
        return tuple(change for change in self.changes if change.path != LOCK)


class _File(msgspec.Struct, frozen=True):
    """What happens to one file: its new text, None where it stays; and the word for that."""

    fate: str
    text: str | None = None


def work(
    project: Project,
    texts: Mapping[str, str],
    shared: Mapping[str, str],
    environments: Sequence[str],
    wishes: Wishes,
) -> Work:
    """Return what a run would do.

    `texts` are the files that are ours, `shared` those that only ever gain lines. Raises WriteError
    for what stands in the way, ComposegenError for a wish that names nothing.
    """
    lock = project.lock or Lock()
    fates = _fates(project.root, texts, lock, wishes)
    changes = [
        *_owned(project.root, texts, fates, wishes),
        *_shared(project.root, shared),
    ]
    gone = _gone(project, texts, lock)
    new = {
        name: entry
        for name, entry in volumes(project.stack, project.catalog).items()
        if name.partition("/")[0] in environments
    }
    found, prints = _findings(project, lock, new, shared, environments, wishes.accept)
    next_lock = _next_lock(project, texts, fates, gone, new, environments)
    changes += _lock_change(project.root, next_lock)
    return Work(
        changes=tuple(sorted(changes, key=lambda change: (change.path == LOCK, change.path))),
        removed=tuple(path for path, same in gone.items() if same),
        left=tuple(path for path, same in gone.items() if not same),
        edited=_with_fate(fates, "edited", "merged"),
        merged=_with_fate(fates, "merged"),
        missing=_with_fate(fates, "missing"),
        conflicts={path: texts[path] for path in _with_fate(fates, "conflict")},
        recreated=_recreated(changes),
        findings=tuple(_not_accepted(found, wishes.accept)),
        prints=prints,
        watched=tuple(_watched(project, {**texts, **shared}, gone)),
    )


def _fates(root: Path, texts: Mapping[str, str], lock: Lock, wishes: Wishes) -> dict[str, _File]:
    fates: dict[str, _File] = {}
    wrong = []
    for path in wishes.keep:
        if path not in texts:
            raise ComposegenError(f"--keep {path}: not a file of ours{did_you_mean(path, texts)}")
    for path, text in sorted(texts.items()):
        try:
            fates[path] = _fate(root, path, text, lock, wishes)
        except WriteError as error:
            wrong += str(error).splitlines()
    if wrong:
        raise WriteError("\n".join(wrong))
    return fates


def _fate(root: Path, path: str, new: str, lock: Lock, wishes: Wishes) -> _File:
    """Decide what happens to one file: the table of cases, first match wins."""
    disk, last = _disk(root, path), lock.text(path)
    if disk is None:
        ours = last is None or wishes.restore or path in COMPOSE_FILES.values()
        return _File("new", new) if ours else _File("missing")
    if disk == new:
        return _File("same")
    if path in wishes.keep:
        return _File("edited")
    if last is None:
        if wishes.adopt:
            return _File("adopted", new)
        raise WriteError(
            f"{path}: not written by composegen; move it away, or take it over with --adopt "
            "(a copy is kept)"
        )
    if disk == last:
        return _File("new", new)
    if last == new:
        return _File("edited")
    return _merged(path, last, disk, new)


def _merged(path: str, last: str, disk: str, new: str) -> _File:
    from composegen.merge import merge

    compose = path in COMPOSE_FILES.values()
    text = merge(last, disk, new, yaml=compose)
    if text is None or (compose and wrong_with(text, disk)):
        return _File("conflict")
    return _File("merged", text if text != disk else None)


def wrong_with(text: str, before: str) -> list[str]:
    """Return what is wrong with a merged Compose file that was not wrong before the merge."""
    known = set(_faults(before))
    return [fault for fault in _faults(text) if fault not in known]


def _faults(text: str) -> list[str]:
    try:
        document = _parsed(text)
    except YamlError as error:
        return [f"not YAML: {error}"]
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return ["no services"]
    declared = set(document.get("volumes") or {})
    faults = []
    for name, service in services.items():
        if not isinstance(service, dict):
            faults.append(f"{name}: not a mapping")
            continue
        for entry in service.get("volumes") or ():
            source = _volume_source(entry)
            if source is None:
                faults.append(f"{name}: {entry} makes an anonymous volume")
            elif source and source not in declared:
                faults.append(f"{name}: the volume {source} is not declared")
        faults += [
            f"{name}: needs {other}, which is not there"
            for other in service.get("depends_on") or ()
            if other not in services
        ]
    return faults


def _volume_source(entry: Any) -> str | None:
    """Return the named volume of an entry, '' for a path of the host, None for an anonymous one."""
    if isinstance(entry, dict):
        if entry.get("type") != "volume":
            return ""
        return str(entry["source"]) if entry.get("source") else None
    source, colon, _ = str(entry).partition(":")
    if not colon:
        return None
    return "" if source.startswith((".", "/", "~", "$")) else source


def _parsed(text: str) -> Any:
    """Return a Compose file as data; a user's own edits may use all of YAML."""
    try:
        return read(text.encode(), limit=None).value
    except YamlError as error:
        if not any(word in str(error) for word in ("an alias", "an anchor", "a tag")):
            raise
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise YamlError(str(error)) from None


def _disk(root: Path, path: str) -> str | None:
    """Return what a file says, with LF: other line ends are not an edit."""
    data = current(root, path)
    return None if data is None else data.decode(errors="surrogateescape").replace("\r\n", "\n")


def _owned(
    root: Path, texts: Mapping[str, str], fates: Mapping[str, _File], wishes: Wishes
) -> Iterable[Change]:
    for path, file in fates.items():
        if file.text is None:
            continue
        old = current(root, path)
        data = file.text.encode(errors="surrogateescape")
        if old is not None and b"\r\n" in old:
            data = data.replace(b"\n", b"\r\n")
        if file.fate == "adopted" and old is not None:
            yield Change(_numbered(root, path), None, old)
        yield Change(path, old, data)


def _numbered(root: Path, path: str) -> str:
    """Return the first free name for a copy of a file that is taken over."""
    number = 1
    while (root / f"{path}.before-{number}").exists():
        number += 1
    return f"{path}.before-{number}"


def _shared(root: Path, shared: Mapping[str, str]) -> Iterable[Change]:
    for path, text in shared.items():
        old = current(root, path)
        if old is None or old.decode() != text:
            yield Change(path, old, text.encode(), MODES.get(path, 0o644))


def _gone(project: Project, texts: Mapping[str, str], lock: Lock) -> dict[str, bool]:
    """Return the files that are not produced any more, and whether each is as we left it."""
    possible = {COMPOSE_FILES[plan.environment] for plan in project.stack.plans} | set(texts)
    return {
        path: disk == lock.text(path)
        for path in sorted(set(lock.files) - possible)
        if (disk := _disk(project.root, path)) is not None
    }


def _findings(
    project: Project,
    lock: Lock,
    new: Mapping[str, VolumeEntry],
    shared: Mapping[str, str],
    environments: Sequence[str],
    accepted: Sequence[str],
) -> tuple[list[Finding], dict[str, str]]:
    mine = {plan.environment for plan in project.stack.plans}
    old = {
        name: entry
        for name, entry in lock.volumes.items()
        if (environment := name.partition("/")[0]) in environments or environment not in mine
    }
    found = guard.findings(old, new, _elsewhere(project.stack), project.catalog)
    values = envfile.values(shared.get(".env", ""))
    known = seen.prints(project.root)
    secret = {
        variable.name: sorted(
            name.partition("/")[2]
            for name, entry in lock.volumes.items()
            if entry.service in variable.services
        )
        for variable in project.stack.variables
        if variable.source == "generated"
    }
    changed = [
        name
        for name, at_risk in secret.items()
        if at_risk and name in known and not seen.matches(values.get(name, ""), known[name])
    ]
    found += guard.credentials(changed, secret)
    refused = {finding.id for finding in _not_accepted(found, accepted)}
    prints = {
        name: known[name] if f"credential:{name}" in refused else _print(values, name, known)
        for name in secret
    }
    return found, {**known, **prints}


def _print(values: Mapping[str, str], name: str, known: Mapping[str, str]) -> str:
    value = values.get(name, "")
    same = name in known and seen.matches(value, known[name])
    return known[name] if same else seen.fingerprint(value)


def _elsewhere(stack: Stack) -> dict[str, str]:
    return {
        f"{plan.environment}/{decision.service}:{decision.target}": decision.place
        for plan in stack.plans
        for decision in plan.decisions
        if decision.place != "volume"
    }


def _not_accepted(found: Sequence[Finding], accepted: Sequence[str]) -> list[Finding]:
    ids = {finding.id for finding in found}
    for one in accepted:
        if one not in ids:
            hint = did_you_mean(one, ids) or "; there is nothing to accept"
            raise ComposegenError(f"--accept {one}: no such finding{hint}")
    return [finding for finding in found if finding.id not in accepted]


def _next_lock(
    project: Project,
    texts: Mapping[str, str],
    fates: Mapping[str, _File],
    gone: Mapping[str, bool],
    new: Mapping[str, VolumeEntry],
    environments: Sequence[str],
) -> Lock:
    from composegen import __version__

    old = project.lock or Lock()
    files: dict[str, FileEntry] = {
        path: entry for path, entry in old.files.items() if path not in gone or not gone[path]
    }
    for path, file in fates.items():
        if file.fate != "missing":
            files[path] = file_entry(texts[path], 0o644)
    kept = {
        name: entry if name.partition("/")[0] not in environments else _unused(entry)
        for name, entry in old.volumes.items()
        if name not in new
    }
    said = {name: service.version for name, service in project.spec.services.items()}
    return Lock(
        generator=__version__,
        project=project.spec.name,
        spec=project.digest,
        files=files,
        ports=ports(project.stack, _with_ports(project)),
        versions=versions(project.stack, said),
        volumes={**kept, **new},
    )


def _with_ports(project: Project) -> set[str]:
    """Return the services that the spec itself gives a port."""
    said = {**project.spec.services}
    here = project.spec.environments.get("dev", EnvironmentSpec()).services
    return {name for name, one in (*said.items(), *here.items()) if one.port or one.ports}


def _unused(entry: VolumeEntry) -> VolumeEntry:
    return msgspec.structs.replace(entry, unused=True)


def _lock_change(root: Path, lock: Lock) -> list[Change]:
    old, text = current(root, LOCK), write_lock(lock).encode()
    return [] if old == text else [Change(LOCK, old, text)]


def _recreated(changes: Iterable[Change]) -> dict[str, tuple[str, ...]]:
    """Return the services that Compose would recreate, by file."""
    result = {}
    for change in changes:
        if change.path in COMPOSE_FILES.values() and change.old is not None:
            try:
                before, after = (
                    _parsed(data.decode(errors="replace"))["services"]
                    for data in (change.old, change.new)
                )
                names = [name for name in after if name in before and before[name] != after[name]]
            except (YamlError, KeyError, TypeError):
                continue
            if names:
                result[change.path] = tuple(names)
    return result


def _with_fate(fates: Mapping[str, _File], *wanted: str) -> tuple[str, ...]:
    return tuple(path for path, file in fates.items() if file.fate in wanted)


def _watched(project: Project, texts: Iterable[str], gone: Iterable[str]) -> list[str]:
    """Return every path that the outcome of a run depends on."""
    probes = ("uv.lock", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "tests")
    contexts = [
        (Path(folder) / probe).as_posix() for folder in project.contexts for probe in probes
    ]
    folders = [folder.removeprefix("./") for folder in project.stack.folders]
    return [*texts, *gone, *contexts, *folders, LOCK]
