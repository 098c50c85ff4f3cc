"""The data guard: what a change to the spec would do to existing data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from composegen.catalog.catalog import Catalog
from composegen.catalog.store_facts import AppendOnlyFact
from composegen.plan.model import COMPOSE_FILES
from composegen.project import keeping
from composegen.project.finding import Finding
from composegen.project.lock import VolumeEntry


def findings(
    old: Mapping[str, VolumeEntry],
    new: Mapping[str, VolumeEntry],
    elsewhere: Mapping[str, str],
    catalog: Catalog,
    project: str | None,
) -> list[Finding]:
    """Return the data findings between the volumes of the lock and those of the new plan.

    `elsewhere` says where a piece of data lives now, by `environment/service:path`, if not in a
    volume.
    """
    result: list[Finding] = []
    for name, entry in old.items():
        if name in new:
            result += _changed(name, entry, new[name], catalog)
        elif not entry.unused:
            result.append(_gone(name, entry, old, new, elsewhere, project, catalog))
    return sorted(result, key=lambda finding: finding.id)


def credentials(changed: Iterable[str], services: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return a finding for every password that differs from the one its volume was made with.

    `services` names, for each variable, the volumes that were initialised with it.
    """
    return [
        Finding(
            f"credential:{name}",
            "credential",
            ", ".join(services[name]),
            f"{name} in .env has changed; it is read on the first start only, so an existing "
            "database keeps the old one and nobody could log in",
            (
                f"put the old value of {name} back into .env",
                f"or change both together: composegen secrets rotate {name}",
                "or, if the database has never been started, accept this",
            ),
        )
        for name in changed
        if services.get(name)
    ]


def _changed(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> list[Finding]:
    if old.format != new.format and not _reads(new, old.format, catalog):
        result = [_format(name, old, new, catalog)]
    else:
        result = _start(name, old, new)
    fact = keeping.switched_log(old, new, catalog)
    if fact:
        result.append(_append_only(name, old, new, fact))
    if keeping.is_renamed(old, new):
        result.append(_hostname(name, old, new))
    # a volume that becomes external is only better protected
    if not new.external and (_made(old) != _made(new) or _relabels(old, new)):
        result.append(_options(name, old, new))
    return result


def _made(entry: VolumeEntry) -> tuple[object, ...]:
    return entry.driver, entry.driver_opts, entry.external


def _relabels(old: VolumeEntry, new: VolumeEntry) -> bool:
    return None not in (old.labels, new.labels) and old.labels != new.labels


def _start(name: str, old: VolumeEntry, new: VolumeEntry) -> list[Finding]:
    """Return what a server of the same kind would do with the data that it finds."""
    result = []
    if old.target != new.target and old.service == new.service and old.format == new.format:
        result.append(_path(name, old, new))
    if keeping.changes_hands(old, new):
        result.append(_owner(name, old, new))
    if old.first_start != new.first_start and new.first_start:
        result.append(_first_start(name, old, new))
    return result


def _reads(new: VolumeEntry, group: str, catalog: Catalog) -> bool:
    """Say whether a version can open the files of another group and continue with them."""
    held = catalog[new.component].format(new.version)
    return held is not None and any(fnmatchcase(group, one) for one in held.reads)


def _gone(
    name: str,
    old: VolumeEntry,
    known: Mapping[str, VolumeEntry],
    new: Mapping[str, VolumeEntry],
    elsewhere: Mapping[str, str],
    project: str | None,
    catalog: Catalog,
) -> Finding:
    environment, _, volume = name.partition("/")
    place = elsewhere.get(f"{environment}/{old.service}:{old.target}")
    if place == "tmpfs":
        return Finding(
            f"memory:{name}",
            "memory",
            volume,
            f"{old.service}:{old.target} would be kept in memory; the {old.kind} data in the "
            "volume would no longer be used, and new data is lost with the container",
            ("remove persist: false (or mount: tmpfs) from the spec",),
        )
    if place is not None:
        return Finding(
            f"orphan:{name}",
            "orphan",
            volume,
            f"{old.service}:{old.target} would be on the host instead ({place}); the data in the "
            "volume would no longer be used",
            (f"copy it first: {keeping.copy(volume, './FOLDER')}",),
        )
    return Finding(
        f"orphan:{name}",
        "orphan",
        volume,
        f"no service would use the volume; {old.service} kept its {old.kind} data there",
        tuple(
            keeping.keep_using(name, old, keeping.heirs(name, old, known, new), project, catalog)
        ),
    )


def _format(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> Finding:
    return Finding(
        f"format:{name}",
        "format",
        name.partition("/")[2],
        f"the volume holds data of {old.component} {old.version}, which {new.component} "
        f"{new.version} can't read",
        (
            f'keep the old version for now: version: "{old.version}"',
            keeping.take_along(name, old, new, catalog),
        ),
    )


def _append_only(name: str, old: VolumeEntry, new: VolumeEntry, fact: AppendOnlyFact) -> Finding:
    environment, _, volume = name.partition("/")
    key, was = fact.argument.removeprefix("--"), "no" if new.append_only else "yes"
    happens = (
        "would start with a log of every write, but the volume has none: it ignores the existing "
        "dump, starts empty, and its next save overwrites the dump"
        if new.append_only
        else "would start without its log of every write: it reads the last dump, and later "
        "writes would be missing"
    )
    return Finding(
        f"append-only:{name}",
        "append-only",
        volume,
        f"{new.service} {happens}",
        (
            f'keep it as it was: {key}: "{was}" in services.{new.service}.settings, or its command',
            f"or migrate the data: {keeping.with_log(fact, environment, old.service, new)}; "
            "then accept this and run up at once: a restart of the old server undoes it",
        ),
    )


def _hostname(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    environment, _, volume = name.partition("/")
    names = keeping.listed(new.named_by or {})
    before = keeping.listed(old.named_by or {}) or "the name of its old container"
    return Finding(
        f"hostname:{name}",
        "hostname",
        volume,
        f"{new.service} would look for its data under {names}; it is kept under {before}, so the "
        "server would start empty",
        (
            keeping.keep_name(environment, old, new),
            "or, if nothing in the volume is needed, accept this",
        ),
    )


def _options(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    if _made(old) == _made(new):
        return _labels(name, old, new)
    environment, _, volume = name.partition("/")
    compose = f"docker compose --file {COMPOSE_FILES[environment]}"
    return Finding(
        f"options:{name}",
        "options",
        volume,
        "driver, options or external of an existing volume would change; Compose can't change "
        "them: it offers to delete the volume and create a new one",
        (
            "restore the old options",
            "or use the new ones for a new volume (volume: {key: NEW-KEY, …}) and move the data, "
            f"after generate and with the stack down: {compose} create {new.service} && "
            f"{keeping.copy(volume, 'NEW')}",
        ),
    )


def _labels(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    volume = name.partition("/")[2]
    known = json.dumps(old.labels, ensure_ascii=False)
    return Finding(
        f"options:{name}",
        "options",
        volume,
        f"the labels of an existing volume would change, from {known} to "
        f"{json.dumps(new.labels, ensure_ascii=False)}; Compose can't change them: it offers to "
        "delete the volume and create a new one, and with --yes it does",
        (
            f"keep them, at the top of the spec: compose: {{volumes: {{{new.key}: {{labels: "
            f"{known}}}}}}}"
            if old.labels
            else "remove the labels; labels on a service do no harm",
            "or make Compose leave the volume alone: no labels in the file, and external: true in "
            f"services.{new.service}.data.{new.target}.volume",
        ),
    )


def _path(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    return Finding(
        f"path:{name}",
        "path",
        name.partition("/")[2],
        f"the volume would be mounted at {new.target} instead of {old.target}, so the program "
        "would not find its data",
        (f"keep the path {old.target}",),
    )


def _owner(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    volume = name.partition("/")[2]
    user = new.user or "0:0"
    return Finding(
        f"owner:{name}",
        "owner",
        volume,
        f"the server would run as {new.user or 'the image says'} instead of "
        f"{old.user or 'the image says'}, and could not open the old user's files",
        (
            f'keep the user: services.{new.service}.user: "{old.user}"'
            if old.user
            else "keep the user",
            "or change the files' owner, with the stack down: "
            f"docker run --rm -v {volume}:/data alpine chown -R {user} /data",
            "and then accept this",
        ),
    )


def _first_start(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    changed = sorted(
        f"{key}: {old.first_start.get(key)} → {value}"
        for key, value in new.first_start.items()
        if old.first_start.get(key) != value
    )
    return Finding(
        f"first-start:{name}",
        "first-start",
        name.partition("/")[2],
        f"{', '.join(changed)}: read on the first start only, so the database keeps the old "
        "values and clients would use the new ones",
        ("keep the old values, or rename inside the running database first, then accept this",),
    )
