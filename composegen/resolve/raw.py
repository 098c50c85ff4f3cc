"""The escape hatch: raw Compose keys are the user's own, but not a way to lose data unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from composegen.errors import Path, Problem, dotted
from composegen.formats.compose import mount_entry
from composegen.resolve.choose import Chosen
from composegen.spec.data import Environment
from composegen.spec.fields import HOST_PATH
from composegen.spec.model import Spec


def check_raw(
    spec: Spec, services: Mapping[str, Chosen], environment: Environment
) -> Iterator[Problem]:
    """Yield what is wrong with raw keys: anonymous volumes, places of the host, floating tags."""
    top = (spec.compose or {}).get("services", {})
    entries = top if isinstance(top, Mapping) else {}
    for name in [None] if not isinstance(top, Mapping) else entries:
        if name is None or not isinstance(entries[name], Mapping):
            place = ("compose", "services", name) if name else ("compose", "services")
            yield Problem(place, "not a mapping of Compose keys")
    for path, raw in _raw_services(spec, services):
        yield from _volumes(path, raw.get("volumes"))
    for chosen in services.values():
        if chosen.options.get("image") == "":
            yield Problem(chosen.place("component"), "needs an image: image: NAME:VERSION")
    if environment == "prod":
        for path, image in _floating(spec, services):
            message = f"'{image}' can be a different image tomorrow; name a version, NAME:VERSION"
            yield Problem(path, message)


def floating_images(spec: Spec, services: Mapping[str, Chosen]) -> Iterator[str]:
    """Yield a warning for every image without a version."""
    for path, image in _floating(spec, services):
        yield f"{dotted(path)}: '{image}' can be a different image tomorrow; name a version"


def _floating(spec: Spec, services: Mapping[str, Chosen]) -> Iterator[tuple[Path, str]]:
    images = [(chosen.place("image"), chosen.options.get("image")) for chosen in services.values()]
    images += [((*path, "image"), raw.get("image")) for path, raw in _raw_services(spec, services)]
    for path, image in images:
        if isinstance(image, str) and image and _floats(image):
            yield path, image


def _raw_services(
    spec: Spec, services: Mapping[str, Chosen]
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for chosen in services.values():
        if chosen.said.compose:
            yield chosen.place("compose"), chosen.said.compose
    top = (spec.compose or {}).get("services")
    for name, raw in top.items() if isinstance(top, Mapping) else ():
        if isinstance(raw, Mapping):
            yield ("compose", "services", name), raw


def _volumes(path: Path, entries: Any) -> Iterator[Problem]:
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        place = (*path, "volumes", number)
        source = _source(entry)
        if source is None:
            message = (
                f"{entry!s} creates an anonymous volume, which the next down forgets; give it "
                "a place with data: {PATH: KIND}"
            )
            yield Problem(place, message)
        elif source.startswith(("/", ".", "~")):
            yield from _host_path(place, source)


def _host_path(place: Path, source: str) -> Iterable[Problem]:
    try:
        HOST_PATH.check(source)
    except ValueError as error:
        return [Problem(place, str(error))]
    return []


def _source(entry: Any) -> str | None:
    """Return what a raw entry mounts, None where it is an anonymous volume."""
    mount = mount_entry(entry)
    return mount.source if mount.type == "volume" else mount.source or "-"


def _floats(image: str) -> bool:
    """Say whether an image's name leaves its version open."""
    if "@" in image or "$" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")
