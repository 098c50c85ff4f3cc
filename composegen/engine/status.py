"""The volumes that the lock knows against those that are really there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from composegen.engine.docker import Container, RealVolume
from composegen.plan.model import create_command
from composegen.project.lock import VolumeEntry

State = Literal[
    "differs", "fine", "not made yet", "orphaned", "other server", "other version", "unused"
]

_DRIVER = "local"


@dataclass(frozen=True, slots=True)
class VolumeState:
    """One volume: how it stands with it, and what that means."""

    volume: str
    environment: str
    service: str
    state: State
    what: str


def compare(
    locked: Mapping[str, VolumeEntry],
    real: Mapping[str, RealVolume],
    projects: Collection[str],
    version_of: Callable[[str, VolumeEntry], str | None],
    strangers: Sequence[Container] = (),
) -> list[VolumeState]:
    """Return the state of every volume of the lock, and of those that nobody uses any more.

    `projects` are the Compose projects of this stack; `version_of` reads the version that a
    volume's data was made by, None where that can't be told; `strangers` are running containers
    that no service of the spec has.
    """
    result = []
    known = set()
    for place, entry in sorted(locked.items()):
        environment, _, name = place.partition("/")
        known.add(name)
        if entry.unused and name not in real:
            continue
        server = next((one for one in strangers if name in one.volumes), None)
        if server and entry.kind == "database" and not entry.unused:
            state, what = _other_server(server, entry)
        else:
            state, what = _state(name, entry, real.get(name), partial(version_of, name, entry))
        result.append(VolumeState(name, environment, entry.service, state, what))
    for name, volume in sorted(real.items()):
        if volume.project in projects and name not in known:
            what = f"created by project {volume.project}, but no service in the spec uses it"
            result.append(VolumeState(name, "", "", "orphaned", what))
    return result


def _other_server(server: Container, entry: VolumeEntry) -> tuple[State, str]:
    """Say what a container of before a rename does: beside the new one it spoils the data."""
    whose = f" ({server.service} of project {server.project})" if server.service else ""
    what = f"{server.name}{whose} runs on it; before starting {entry.service}: docker stop"
    return "other server", f"{what} {server.name}"


def _made_as_said(volume: RealVolume, entry: VolumeEntry) -> bool:
    """Say whether a volume has the spec's driver and options; a variable can stand for any text."""
    made, said = volume.driver_opts, entry.driver_opts
    same = all("$" in text or made.get(key) == text for key, text in said.items())
    return volume.driver == (entry.driver or _DRIVER) and made.keys() == said.keys() and same


def _state(
    name: str, entry: VolumeEntry, volume: RealVolume | None, version_of: Callable[[], str | None]
) -> tuple[State, str]:
    if volume is None:
        command = create_command(name, entry.driver, entry.driver_opts)
        maker = command if entry.external else "the next up"
        return "not made yet", f"{maker} creates it"
    if entry.unused:
        return "unused", f"{entry.service} kept its data there; nothing deletes it"
    if not entry.external and not _made_as_said(volume, entry):
        return "differs", "created with a different driver or options than the spec says"
    version = version_of()
    if version is not None and version != entry.version.partition(".")[0]:
        return "other version", f"its data was made by version {version}, not {entry.version}"
    return "fine", f"{entry.component} {entry.version}"
