"""What Compose files unknown to the lock say about volumes, whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from composegen.catalog.catalog import Catalog
from composegen.catalog.component import Component
from composegen.catalog.facts import Facts
from composegen.formats.compose import mapping, mount_target, pairs
from composegen.formats.yaml12 import YamlError
from composegen.plan.model import COMPOSE_FILES, Plan, Service, Volume
from composegen.project.folder import Project
from composegen.project.lock import Lock, VolumeEntry, volume_entry
from composegen.project.reconcile import Fate, on_disk, parsed, volume_source
from composegen.project.write import Disk

Told = tuple[str, str]

# what stands for an image that no component is of
UNKNOWN = ("image", "own")

_NOT_READ = "not read, so the contents of its volumes are unknown"


@dataclass(frozen=True, slots=True)
class Recovered:
    """A lock with the volumes that files name, and sentences on what these do not tell."""

    lock: Lock
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mounted:
    """A volume where a service of a Compose file has it: `said` are the service's keys there."""

    service: str
    image: str
    user: str | None
    environment: Mapping[str, str]
    target: str
    volume: Volume
    labels: Mapping[str, str]
    said: Mapping[str, Any]


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
    whole = replace(lock, project=next(filter(None, names), ""), volumes={**more, **lock.volumes})
    return Recovered(whole, tuple(sentence for one in found for sentence in one.unknown))


def with_labels(
    disk: Disk,
    wanted: Mapping[str, VolumeEntry],
    texts: Mapping[str, str],
    fates: Mapping[str, Fate],
) -> dict[str, VolumeEntry]:
    """Return volumes with the labels that edits by hand of the Compose files give them."""
    edited = {
        environment: _volumes_in(on_disk(disk, file) if text is None else text)
        for environment, file in COMPOSE_FILES.items()
        if file in fates
        and (text := fates[file].text) != texts[file]
        and fates[file].fate != "same"
    }
    result = dict(wanted)
    for name, entry in wanted.items():
        volume = edited.get(name.partition("/")[0], {}).get(entry.key)
        if isinstance(volume, Mapping):
            labels = pairs(volume.get("labels"))
            result[name] = replace(entry, labels=labels)
    return result


def _volumes_in(text: str | None) -> Mapping[str, Any]:
    try:
        return mapping(mapping(parsed(text or "")).get("volumes"))
    except YamlError:
        return {}


def _in_file(project: Project, plan: Plan, new: Mapping[str, VolumeEntry]) -> Recovered:
    file = COMPOSE_FILES[plan.environment]
    text = on_disk(project.disk, file)
    if text is None:
        return Recovered(Lock())
    try:
        document = mapping(parsed(text))
    except YamlError as error:
        return Recovered(Lock(), (f"{error.within(file)}; {_NOT_READ}",))
    if not mapping(document.get("services")):
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
            unknown.append(f"{file}: {called} is unknown: its name is a variable")
            continue
        told = _told(mounted.image, _candidates(project.catalog, plan, mounted.service))
        entries[place] = entry = _entry(mounted, told, new.get(place), project.catalog)
        if told is None and entry.format != "files":
            unknown.append(
                f"{file}: {mounted.image or mounted.service} does not say which version made the "
                f"data in {called}; make sure that {entry.component} {entry.version} can read it"
            )
    return Recovered(
        Lock(project=name.removesuffix(f"-{plan.environment}"), volumes=entries), tuple(unknown)
    )


def _project_name(document: Mapping[str, Any], folder: str) -> str:
    """Return the name that Compose gives to the project: the file's, else the folder's."""
    said = document.get("name")
    return str(said) if said else re.sub(r"[^a-z0-9_-]", "", folder.lower()).lstrip("_-")


def _mounted(document: Mapping[str, Any]) -> Iterator[Mounted]:
    named = mapping(document.get("volumes"))
    for name, said in mapping(document["services"]).items():
        service = mapping(said)
        entries = service.get("volumes")
        for entry in entries if isinstance(entries, list) else ():
            key = volume_source(entry)
            if not key or key not in named:
                continue
            user = service.get("user")
            yield Mounted(
                service=str(name),
                image=str(service.get("image") or ""),
                user=None if user is None else str(user),
                environment=pairs(service.get("environment")),
                target=mount_target(entry).rstrip("/"),
                volume=_volume(key, mapping(named[key])),
                labels=pairs(mapping(named[key]).get("labels")),
                said=service,
            )


def _volume(key: str, said: Mapping[str, Any]) -> Volume:
    external = bool(said.get("external"))
    name = said.get("name") or (key if external else None)
    options = {name: str(text) for name, text in mapping(said.get("driver_opts")).items()}
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
            template = str(mapping(facts.get("image")).get("name", ""))
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
    published = facts if told else catalog.facts_of(mounted.image)
    own_user = new.user if new else None
    fact = facts.data.get(mounted.target)
    service = Service(
        mounted.service,
        component,
        version,
        environment=at_first,
        user=mounted.user or (_user(mounted.image, published) if published else own_user),
    )
    kind = fact.kind if fact else new.kind if new else "files"
    entry = volume_entry(service, mounted.target, kind, mounted.volume, catalog, mounted.said)
    return replace(entry, labels=dict(mounted.labels))


def _user(image: str, facts: Facts) -> str | None:
    """Return the owner of a published image's data where its file names no user."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    words = (word for word in facts.user.by_tag if word in tag)
    word = max(words, key=len, default=None)
    return facts.user.id if word is None else facts.user.by_tag[word]
