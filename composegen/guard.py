"""The data guard: what a change of the spec would do to data that is already there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from composegen.catalog import Catalog
from composegen.lock import VolumeEntry

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
    project: str,
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
            f"{name} in .env is not the password that the database was made with; "
            "it is read on the first start only, so nobody could log in",
            (
                f"put the old value of {name} back into .env",
                f"or change both together: composegen secrets rotate {name}",
            ),
        )
        for name in changed
        if services.get(name)
    ]


def _changed(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> list[Finding]:
    if old.format != new.format and not _reads(new, old.format, catalog):
        result = [_format(name, old, new)]
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
    component = catalog[new.component]
    series = component.series(new.version) or new.version
    fact = component.facts_for({"version": series}).format
    return fact is not None and group in fact.reads


def _gone(
    name: str,
    old: VolumeEntry,
    new: Mapping[str, VolumeEntry],
    elsewhere: Mapping[str, str],
    project: str,
) -> Finding:
    environment, _, volume = name.partition("/")
    place = elsewhere.get(f"{environment}/{old.service}:{old.target}")
    heirs = [
        other
        for other, entry in new.items()
        if other.startswith(f"{environment}/") and entry.component == old.component
    ]
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
    advice = ["the volume stays; nothing deletes it, and the service finds it when it returns"]
    if heirs:
        heir = heirs[0].partition("/")[2]
        advice = [
            f"renamed the service? say so, and it keeps its volume: renamed_from: {old.service}",
            "renamed the project? say so at the top of the spec: renamed_from: " + project,
            f"renamed the volume? volume: {{key: NEW, renamed_from: {_key(volume)}}}",
            f"or move the data, with the stack down: {_move(volume, heir)}",
        ]
    return Finding(
        f"orphan:{name}",
        "orphan",
        volume,
        f"no service would use the volume any more; {old.service} kept its {old.kind} data there",
        tuple(advice),
    )


def _format(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    volume = name.partition("/")[2]
    return Finding(
        f"format:{name}",
        "format",
        volume,
        f"the volume holds data of {old.component} {old.version}, which {new.component} "
        f"{new.version} can't read",
        (
            f'stay for now: version: "{old.version}"',
            "or take the data along: dump it with the old version, and restore it into a new "
            "volume (volume: NEW-KEY) with the new one",
        ),
    )


def _options(name: str, old: VolumeEntry, new: VolumeEntry) -> Finding:
    volume = name.partition("/")[2]
    return Finding(
        f"options:{name}",
        "options",
        volume,
        "driver, options or external of an existing volume would change; Compose can't change "
        "them, it offers to delete the volume and make a new one",
        (
            "take the options back",
            "or give the new ones to a new volume (volume: {key: NEW-KEY, …}) and move the data, "
            f"with the stack down: {_move(volume, 'NEW')}",
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


def _move(old: str, new: str) -> str:
    return (
        f"docker volume create {new} && docker run --rm -v {old}:/from:ro -v {new}:/to alpine "
        "cp -a /from/. /to/"
    )


def _copy_to_host(volume: str) -> str:
    return f"docker run --rm -v {volume}:/from:ro -v ./FOLDER:/to alpine cp -a /from/. /to/"


def _key(volume: str) -> str:
    return volume.partition("_")[2] or volume
