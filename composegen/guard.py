"""The data guard: what a change of the spec would do to data that is already there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from composegen.catalog import Catalog, fill
from composegen.lock import VolumeEntry
from composegen.plan import COMPOSE_FILES, create_command

Class = Literal[
    "credential", "first-start", "format", "memory", "options", "orphan", "owner", "path"
]


class Finding(msgspec.Struct, frozen=True):
    """One piece of data at risk: what would happen to which volume, why, and the way that keeps it.

    `id` is what `--accept` takes.
    """

    id: str
    kind: Class
    volume: str
    what: str
    advice: tuple[str, ...]


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
            result.append(_gone(name, entry, new, elsewhere, project))
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
            f"{name} in .env has changed; it is read on the first start only, so a database that "
            "is already there keeps the old one and nobody could log in",
            (
                f"put the old value of {name} back into .env",
                f"or change both together: composegen secrets rotate {name}",
                "or, if the database was not started yet, accept this",
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
    made = (old.driver, old.driver_opts, old.external)
    # a volume that becomes external is only better protected
    if not new.external and made != (new.driver, new.driver_opts, new.external):
        result.append(_options(name, old, new))
    return result


def _start(name: str, old: VolumeEntry, new: VolumeEntry) -> list[Finding]:
    """Return what a server of the same kind would do with the data that it finds."""
    result = []
    if old.target != new.target and old.service == new.service and old.format == new.format:
        result.append(_path(name, old, new))
    if old.user != new.user and "database" in (old.kind, new.kind):
        result.append(_owner(name, old, new))
    if old.first_start != new.first_start and new.first_start:
        result.append(_first_start(name, old, new))
    return result


def _reads(new: VolumeEntry, group: str, catalog: Catalog) -> bool:
    """Say whether a version opens the files of another group and goes on with them."""
    held = catalog[new.component].format(new.version)
    return held is not None and any(fnmatchcase(group, one) for one in held.reads)


def _gone(
    name: str,
    old: VolumeEntry,
    new: Mapping[str, VolumeEntry],
    elsewhere: Mapping[str, str],
    project: str | None,
) -> Finding:
    environment, _, volume = name.partition("/")
    place = elsewhere.get(f"{environment}/{old.service}:{old.target}")
    heirs = {
        other.partition("/")[2]: entry
        for other, entry in new.items()
        if other.startswith(f"{environment}/") and entry.component == old.component
    }
    if place == "tmpfs":
        return Finding(
            f"memory:{name}",
            "memory",
            volume,
            f"{old.service}:{old.target} would be kept in memory; the {old.kind} data in the "
            "volume would not be used any more, and new data is gone with the container",
            ("take persist: false (or mount: tmpfs) out of the spec again",),
        )
    if place is not None:
        return Finding(
            f"orphan:{name}",
            "orphan",
            volume,
            f"{old.service}:{old.target} would be on the host instead ({place}); the data in the "
            "volume would not be used any more",
            (f"copy it first: {_copy_to_host(volume)}",),
        )
    return Finding(
        f"orphan:{name}",
        "orphan",
        volume,
        f"no service would use the volume any more; {old.service} kept its {old.kind} data there",
        tuple(_keep_using(old, volume, heirs, project)),
    )


def _keep_using(
    old: VolumeEntry, volume: str, heirs: Mapping[str, VolumeEntry], project: str | None
) -> Iterable[str]:
    """Yield the ways to keep data whose volume would have no user any more."""
    if not heirs:
        yield "the volume stays; nothing deletes it, and the service finds it when it returns"
        return
    heir, entry = next(iter(heirs.items()))
    if project:
        yield (
            "renamed the project? say so at the top of the spec, and it keeps its volumes: "
            f"renamed_from: {project}"
        )
    if entry.service != old.service:
        yield (
            f"renamed the service? say so in services.{entry.service}, and it keeps its volume: "
            f"renamed_from: {old.service}"
        )
    yield (
        f"renamed the volume? say so in services.{entry.service}.data.{entry.target}.volume: "
        f"{{key: NEW, renamed_from: {old.key}}}"
    )
    if entry.format == old.format:
        yield (
            "or move the data, after generate --accept and before the next up, with the stack "
            f"down: {create_command(heir, entry.driver, entry.driver_opts)} && "
            f"{_copy(volume, heir)}"
        )
    else:
        yield f"its files are of no use to {entry.component} {entry.version}: restore a dump there"


def _format(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> Finding:
    return Finding(
        f"format:{name}",
        "format",
        name.partition("/")[2],
        f"the volume holds data of {old.component} {old.version}, which {new.component} "
        f"{new.version} can't read",
        (f'stay for now: version: "{old.version}"', _take_along(name, old, new, catalog)),
    )


def _take_along(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> str:
    """Return how the data gets from one version to another, step by step."""
    environment, _, volume = name.partition("/")
    compose = f"docker compose --file {COMPOSE_FILES[environment]}"
    key = f"{old.key}_{new.version}".replace(".", "_")
    steps = [
        f"in the spec services.{new.service}.data: {{{new.target}: {{volume: {key}}}}}",
        f"composegen generate --accept orphan:{name}, which leaves the volume {volume} as it is",
        f"{compose} up -d --wait {new.service}",
    ]
    backup = catalog[old.component].facts_for({}).backup
    if backup and backup.dump and backup.restore and old.component == new.component:
        file = f"{old.service}-{environment}.dump"
        dump, restore = (fill(text, old.first_start) for text in (backup.dump, backup.restore))
        steps.insert(
            0,
            f"with {old.version} still running: {compose} exec -T {old.service} {dump} > {file}",
        )
        steps.append(f"{compose} exec -T {new.service} {restore} < {file}")
    else:
        steps.insert(0, f"dump it with {old.component} {old.version}")
        steps.append(f"restore the dump into {new.component} {new.version}")
    return "or take the data along: " + "; then ".join(steps)


def _options(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    environment, _, volume = name.partition("/")
    compose = f"docker compose --file {COMPOSE_FILES[environment]}"
    return Finding(
        f"options:{name}",
        "options",
        volume,
        "driver, options or external of an existing volume would change; Compose can't change "
        "them, it offers to delete the volume and make a new one",
        (
            "take the options back",
            "or give the new ones to a new volume (volume: {key: NEW-KEY, …}) and move the data, "
            f"after generate and with the stack down: {compose} create {new.service} && "
            f"{_copy(volume, 'NEW')}",
        ),
    )


def _path(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    return Finding(
        f"path:{name}",
        "path",
        name.partition("/")[2],
        f"the volume would be mounted at {new.target} instead of {old.target}, so the program "
        "would not find its data where it looks for it",
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
        f"{old.user or 'the image says'}, and could not open files that belong to the other",
        (
            "keep the user",
            "or give it the files, with the stack down: "
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
        f"{', '.join(changed)}: read on the first start only, so the database keeps the old ones "
        "and clients would ask for the new ones",
        ("keep the old values, or rename inside the running database first, then accept this",),
    )


def _copy(old: str, new: str) -> str:
    return f"docker run --rm -v {old}:/from:ro -v {new}:/to alpine cp -a /from/. /to/"


def _copy_to_host(volume: str) -> str:
    return f"docker run --rm -v {volume}:/from:ro -v ./FOLDER:/to alpine cp -a /from/. /to/"
