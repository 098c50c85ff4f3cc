"""What Compose files that the lock does not know say about volumes: ours, or others wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from composegen.catalog import Catalog, Component
from composegen.lock import Lock, VolumeEntry, volume_entry
from composegen.plan import COMPOSE_FILES, Plan, Service, Volume
from composegen.project import Project
from composegen.reconcile import on_disk, parsed, volume_source
from composegen.yaml12 import YamlError

Told = tuple[str, str]

# what stands for an image that no component is of
UNKNOWN = ("image", "own")

_NOT_READ = "not read, so what its volumes hold is not known"


class Recovered(msgspec.Struct, frozen=True):
    """A lock with the volumes that files name, and sentences on what these do not tell."""

    lock: Lock
    unknown: tuple[str, ...] = ()


class Mounted(msgspec.Struct, frozen=True):
    """A volume where a service of a Compose file has it."""

    service: str
    image: str
    user: str | None
    environment: Mapping[str, str]
    target: str
    volume: Volume


def recovered(project: Project, new: Mapping[str, VolumeEntry]) -> Recovered:
    """Return the lock, with what the Compose files say of which it knows nothing.

    Where a file does not say what made a volume's data, that is taken for what `new` says, which
    has the volumes of the plan.
    """
    lock = project.lock or Lock()
    plans = (one for one in project.stack.plans if COMPOSE_FILES[one.environment] not in lock.files)
    found = [_in_file(project, plan, new) for plan in plans]
    more = {name: entry for one in found for name, entry in one.lock.volumes.items()}
    names = (lock.project, *(one.lock.project for one in found))
    whole = msgspec.structs.replace(
        lock, project=next(filter(None, names), ""), volumes={**more, **lock.volumes}
    )
    return Recovered(whole, tuple(sentence for one in found for sentence in one.unknown))


def _in_file(project: Project, plan: Plan, new: Mapping[str, VolumeEntry]) -> Recovered:
    file = COMPOSE_FILES[plan.environment]
    text = on_disk(project.disk, file)
    if text is None:
        return Recovered(Lock())
    try:
        document = _mapping(parsed(text))
    except YamlError as error:
        return Recovered(Lock(), (f"{error.within(file)}; {_NOT_READ}",))
    if not _mapping(document.get("services")):
        return Recovered(Lock(), (f"{file}: it has no services; {_NOT_READ}",))
    name = _project_name(document, project.root.resolve().name)
    code = {(one.service, one.target) for one in plan.decisions if one.kind == "code"}
    entries: dict[str, VolumeEntry] = {}
    unknown = []
    for mounted in _mounted(document):
        called = mounted.volume.called(name)
        place = f"{plan.environment}/{called}"
        if (mounted.service, mounted.target) in code or place in entries:
            continue
        if "$" in place:
            unknown.append(f"{file}: {called} is not known: a variable names it")
            continue
        told = _told(mounted.image, _candidates(project.catalog, plan, mounted.service))
        entries[place] = entry = _entry(mounted, told, new.get(place), project.catalog)
        if told is None and entry.format != "files":
            unknown.append(
                f"{file}: {mounted.image or mounted.service} does not say which version made the "
                f"data in {called}; make sure that {entry.component} {entry.version} reads it"
            )
    return Recovered(
        Lock(project=name.removesuffix(f"-{plan.environment}"), volumes=entries), tuple(unknown)
    )


def _project_name(document: Mapping[str, Any], folder: str) -> str:
    """Return the name that Compose gives to the project: the file's, else the folder's."""
    said = document.get("name")
    return str(said) if said else re.sub(r"[^a-z0-9_-]", "", folder.lower()).lstrip("_-")


def _mounted(document: Mapping[str, Any]) -> Iterator[Mounted]:
    named = _mapping(document.get("volumes"))
    for name, said in _mapping(document["services"]).items():
        service = _mapping(said)
        entries = service.get("volumes")
        for entry in entries if isinstance(entries, list) else ():
            key = volume_source(entry)
            if not key or key not in named:
                continue
            target = entry.get("target") if isinstance(entry, dict) else entry.split(":")[1]
            user = service.get("user")
            yield Mounted(
                service=str(name),
                image=str(service.get("image") or ""),
                user=None if user is None else str(user),
                environment=_environment(service.get("environment")),
                target=str(target).rstrip("/"),
                volume=_volume(key, _mapping(named[key])),
            )


def _volume(key: str, said: Mapping[str, Any]) -> Volume:
    external = bool(said.get("external"))
    name = said.get("name") or (key if external else None)
    options = {name: str(text) for name, text in _mapping(said.get("driver_opts")).items()}
    driver = said.get("driver")
    return Volume(key, name and str(name), driver and str(driver), options, external)


def _candidates(catalog: Catalog, plan: Plan, service: str) -> Iterator[Component]:
    """Yield the components that an image can be of, the one that the plan gives it first."""
    own = [one.component for one in plan.services if one.name == service]
    for name in dict.fromkeys((*own, *catalog.names())):
        yield catalog[name]


def _told(image: str, candidates: Iterable[Component]) -> Told | None:
    """Return the component and version that an image is of, None where its name does not tell."""
    image = re.sub(r"^(docker\.io/)?(library/)?", "", image).partition("@")[0]
    for component in candidates:
        variants = (variant.facts for variant in component.variants)
        for facts in (component.facts, *variants):
            template = str(_mapping(facts.get("image")).get("name", ""))
            head, placeholder, _ = template.partition("{version}")
            match = re.match(rf"{re.escape(head)}([0-9]+(\.[0-9]+)*)", image)
            if placeholder and match:
                return component.name, match[1]
    return None


def _entry(
    mounted: Mounted, told: Told | None, new: VolumeEntry | None, catalog: Catalog
) -> VolumeEntry:
    """Return a volume's identity; a value of `new` stands where the file has none, or a variable.

    Of the environment only what `new` has as well: a password may stand there, and a lock is
    committed.
    """
    component, version = told or ((new.component, new.version) if new else UNKNOWN)
    facts = catalog[component].facts_near(version)
    at_first = {
        name: mounted.environment[name] if "$" not in mounted.environment[name] else value
        for name, value in (new.first_start if new else {}).items()
        if name in mounted.environment
    }
    fact = facts.data.get(mounted.target)
    service = Service(
        mounted.service,
        component,
        version,
        environment=at_first,
        user=mounted.user or (new.user if new else facts.user.id),
    )
    kind = fact.kind if fact else new.kind if new else "files"
    return volume_entry(service, mounted.target, kind, mounted.volume, catalog)


def _environment(said: Any) -> dict[str, str]:
    pairs = (str(one).partition("=")[::2] for one in said) if isinstance(said, list) else ()
    return {str(name): str(text) for name, text in (*_mapping(said).items(), *pairs)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
