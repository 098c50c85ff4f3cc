"""The lock: what was written last, and the identity of every volume; committed with the project.

What holds for one machine only (the state of the disk, fingerprints of passwords) is kept apart, in
`seen.py`: another developer's `.env` is another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from composegen.catalog.catalog import Catalog
from composegen.catalog.facts import Facts
from composegen.errors import ComposegenError, dotted
from composegen.formats.compose import mapping, pairs
from composegen.plan.model import Service, Stack, Volume
from composegen.render.compose import document

LOCK = ".composegen/lock.json"
# 2 has the names that data is kept under: what does not know them would start servers empty
FORMAT = 2

_AGAIN = "then run composegen generate"


class LockError(ComposegenError):
    """A lock that can't be used, and the way out."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The last text that we gave a file, line by line, so that git can merge it; and its mode."""

    text: tuple[str, ...]
    mode: str = "644"


@dataclass(frozen=True, slots=True)
class VolumeEntry:
    """The identity of a volume: all that must stay for its data to be found and read.

    `named_by` has the hostname and the variables that the data is kept under the name of,
    `append_only` says whether a log of every write is kept (None: there is no such log), and
    `labels` are those that the volume is made with. A lock of format 1 has none of the three.
    """

    service: str
    component: str
    version: str
    format: str
    target: str
    kind: str
    key: str = ""
    user: str | None = None
    driver: str | None = None
    driver_opts: dict[str, str] = field(default_factory=dict)
    external: bool = False
    first_start: dict[str, str] = field(default_factory=dict)
    named_by: dict[str, str] | None = None
    append_only: bool | None = None
    labels: dict[str, str] | None = None
    unused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Everything that is remembered from one run to the next, on every machine."""

    format: int = FORMAT
    generator: str = ""
    project: str = ""
    spec: str = ""
    files: dict[str, FileEntry] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, VolumeEntry] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """Return the last text of a file, None where there was none."""
        entry = self.files.get(path)
        return "\n".join(entry.text) if entry else None


def read_lock(data: bytes | None) -> Lock | None:
    """Return a lock, None where there is none; raises LockError with a way out."""
    if data is None:
        return None
    text = data.decode(errors="replace")
    if re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE):
        raise LockError(
            f"{LOCK}: it contains a merge conflict; take either side "
            f"(git checkout --ours {LOCK}), {_AGAIN}"
        )
    way_out = f"restore it (git checkout {LOCK}), or delete it and run composegen generate --adopt"
    try:
        raw: Any = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise LockError(f"{LOCK}: incomplete ({error}); {way_out}") from None
    known = raw.get("format") if isinstance(raw, dict) else None
    if isinstance(known, int) and known > FORMAT:
        writer = raw.get("generator", "a newer version")
        raise LockError(f"{LOCK}: written by composegen {writer}; upgrade composegen to use it")
    try:
        lock: Lock = TypeAdapter(Lock).validate_json(text, strict=True)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = dotted(wrong["loc"])
        raise LockError(f"{LOCK}: {place}: {wrong['msg']}; {way_out}") from None
    strange = [path for path in lock.files if path.startswith("/") or ".." in path.split("/")]
    strange += [f"port {port}" for port in lock.ports.values() if not 0 < port < 65536]
    if strange:
        raise LockError(f"{LOCK}: {strange[0]}: not a file that composegen wrote; {way_out}")
    return lock


def write_lock(lock: Lock) -> str:
    """Return a lock as text: sorted, a line an entry."""
    return json.dumps(asdict(lock), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def file_entry(text: str, mode: int) -> FileEntry:
    """Return what is remembered of a file that we wrote."""
    return FileEntry(tuple(text.split("\n")), f"{mode:o}")


def versions(stack: Stack, said: Collection[tuple[str, str]]) -> dict[str, str]:
    """Return the `component:version` that each service got where the spec names no version.

    `said` has the environments and services in which it names one.
    """
    return {
        service.name: f"{service.component}:{service.version}"
        for plan in stack.plans
        for service in plan.services
        if (plan.environment, service.name) not in said
    }


def ports(stack: Stack) -> dict[str, int]:
    """Return the ports of the host that services got in dev without the spec naming them."""
    return {
        name: port
        for plan in stack.plans
        for service in plan.services
        for name, port in service.pinned_ports.items()
    }


def volumes(stack: Stack, catalog: Catalog) -> dict[str, VolumeEntry]:
    """Return the identity of every named volume with data, by `environment/name`.

    A volume with code is none: the code is on the host, and the next sync fills it again.
    """
    entries: dict[str, VolumeEntry] = {}
    for plan in stack.plans:
        named = {volume.key: volume for volume in plan.volumes}
        written = document(plan)
        kinds = {(one.service, one.target): one.kind for one in plan.decisions}
        for service in plan.services:
            for mount in service.mounts:
                kind = kinds.get((service.name, mount.target), "")
                if mount.type == "volume" and kind != "code":
                    volume = named[mount.source]
                    name = f"{plan.environment}/{volume.called(plan.name)}"
                    said = written["services"][service.name]
                    entry = volume_entry(service, mount.target, kind, volume, catalog, said)
                    made = mapping(mapping(written.get("volumes")).get(volume.key))
                    entry = replace(entry, labels=pairs(made.get("labels")))
                    entries.setdefault(name, entry)
    return entries


def volume_entry(
    service: Service,
    target: str,
    kind: str,
    volume: Volume,
    catalog: Catalog,
    said: Mapping[str, Any],
) -> VolumeEntry:
    """Return the identity of a volume that a service has at a path.

    `said` are the service's keys in its Compose file, and so in any form that Compose takes.
    """
    component = catalog[service.component]
    facts, held = component.facts_near(service.version), component.format(service.version)
    # of an image that the spec only names, what the catalog has on images of that name
    server = facts if facts.data else catalog.facts_of(str(said.get("image", ""))) or facts
    group = held.group if held and target in facts.data else "files"
    first_start = facts.environment.first_start if facts.environment and group != "files" else ()
    return VolumeEntry(
        service=service.name,
        component=service.component,
        version=service.version,
        format=group,
        target=target,
        kind=kind,
        key=volume.key,
        user=service.user,
        driver=volume.driver,
        driver_opts=dict(volume.driver_opts),
        external=volume.external,
        first_start={
            name: service.environment[name]
            for name in first_start
            if name in service.environment and "${" not in service.environment[name]
        },
        named_by=_named_by(said, server, target),
        append_only=_append_only(said, server, target),
    )


def _named_by(said: Mapping[str, Any], facts: Facts, target: str) -> dict[str, str]:
    """Return the hostname and the variables that a server keeps its data under the name of."""
    if target not in facts.data:
        return {}
    variables = facts.environment.names_data if facts.environment else ()
    environment = pairs(said.get("environment"))
    names = {name: environment[name] for name in variables if name in environment}
    hostname = said.get("hostname") if facts.hostname else None
    return {**names, "hostname": str(hostname)} if hostname else names


def _append_only(said: Mapping[str, Any], facts: Facts, target: str) -> bool | None:
    """Say whether a command turns a server's log of every write on; the last word of it counts."""
    if facts.append_only is None or target not in facts.data:
        return None
    entries = (said.get(key) for key in ("entrypoint", "command"))
    words = (one if isinstance(one, list) else [one] for one in entries)
    text = " ".join(str(word) for one in words for word in one)
    argument = re.escape(facts.append_only.argument)
    found = re.findall(rf"{argument}[\s\"'=]+(yes|no)\b", text, re.IGNORECASE)
    return bool(found) and found[-1].lower() == "yes"
