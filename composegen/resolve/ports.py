"""Which ports of the host lead to a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from composegen.errors import Path, Problem, dotted
from composegen.formats.ports import PORT_MAPPING, port_range
from composegen.resolve.choose import Chosen

LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Published:
    """The `ports:` of a service; `pinned` are those of the host that the spec does not name."""

    entries: tuple[str, ...]
    pinned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A port of a service that gets one of the host without the spec naming it.

    It is remembered as `name`, and was as `before` while the service was called something else.
    """

    chosen: Chosen
    name: str
    before: str
    target: int


def publish(
    services: Mapping[str, Chosen], pinned: Mapping[str, int], problems: list[Problem]
) -> dict[str, Published]:
    """Return the `ports:` of every service, bound to this machine unless the spec says otherwise.

    What the spec names comes first; in dev every other port keeps the one that it had, and a new
    one gets its own or the next free one. In prod a port is published only where the spec names it,
    in test only in the test environment's own entry.
    """
    taken: dict[tuple[int, str], Path] = {}
    entries: dict[str, list[str]] = {}
    hosts: dict[str, dict[str, int]] = {name: {} for name in services}
    for chosen in services.values():
        entries[chosen.name] = [*_named(chosen, taken, problems), *_listed(chosen, taken, problems)]
    waiting = [one for chosen in services.values() for one in _unnamed(chosen)]
    for one in sorted(waiting, key=lambda one: not {one.name, one.before} & pinned.keys()):
        host = pinned.get(one.name) or pinned.get(one.before, one.target)
        while (host, "tcp") in taken:
            host += 1
        taken[host, "tcp"] = one.chosen.place("component")
        entries[one.chosen.name].append(f"{LOCAL}:{host}:{one.target}")
        hosts[one.chosen.name][one.name] = host
    return {name: Published(tuple(sorted(entries[name])), hosts[name]) for name in services}


def cautions(services: Mapping[str, Chosen], ports: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield a warning for what more can reach than one may think, or nobody."""
    needed = {name for one in services.values() for name in one.said.needs or ()}
    for name, entries in ports.items():
        one = services[name]
        for entry in entries:
            if entry.startswith(("0.0.0.0:", "[::]:")):
                yield (
                    f"{one.environment}: {name} publishes {entry} on every interface; "
                    "Docker's rules come before the host's firewall"
                )
        silent = one.said.port is None and one.said.ports is None and name not in needed
        if one.component.role == "proxy" and one.environment == "prod" and silent:
            yield (
                f"prod: {name} publishes no port, so nobody can reach what is behind it; for "
                "example "
                f"services.{name}.port: 8080"
            )


def _unnamed(chosen: Chosen) -> Iterator[_Waiting]:
    """Yield the ports that dev publishes though the spec says none; `ports:` stands for them all.

    `port:` stands for the main one, which is remembered by the service's name alone.
    """
    several = (chosen.said.replicas or 1) > 1
    if chosen.environment != "dev" or chosen.said.ports is not None or several:
        return
    if chosen.facts.port and chosen.said.port is None:
        yield _Waiting(chosen, chosen.name, chosen.kept_name, chosen.facts.port.target)
    for name, fact in chosen.facts.ports.items():
        names = (f"{chosen.name}.{name}", f"{chosen.kept_name}.{name}")
        yield _Waiting(chosen, *names, fact.target)


def _applies(chosen: Chosen, key: str) -> bool:
    """Say whether a port in the spec is meant for this environment."""
    here = chosen.override is not None and key in chosen.override.model_fields_set
    if chosen.environment == "dev" or here:
        return True
    if key == "ports" or chosen.facts.port is None:
        return chosen.environment != "test"
    return chosen.environment in chosen.facts.port.publish


def _named(
    chosen: Chosen, taken: dict[tuple[int, str], Path], problems: list[Problem]
) -> Iterator[str]:
    port, place = chosen.said.port, chosen.place("port")
    if port is None or not _applies(chosen, "port"):
        return
    if chosen.facts.port is None:
        message = (
            f"{chosen.component.name} listens on no port of its own; write ports: ['{port}:{port}']"
        )
        problems.append(Problem(place, message))
        return
    if port < 1024 and chosen.environment == "prod" and chosen.component.role != "proxy":
        message = (
            f"{port} is a privileged port; put a proxy in front, or insist with "
            f"ports: ['{LOCAL}:{port}:{chosen.facts.port.target}']"
        )
        problems.append(Problem(place, message))
    last = port + (chosen.said.replicas or 1) - 1
    for number in range(port, last + 1):
        _take((number, "tcp"), place, taken, problems)
    hosts = f"{port}-{last}" if last > port else str(port)
    yield f"{LOCAL}:{hosts}:{chosen.facts.port.target}"


def _listed(
    chosen: Chosen, taken: dict[tuple[int, str], Path], problems: list[Problem]
) -> Iterator[str]:
    if not _applies(chosen, "ports"):
        return
    for number, entry in enumerate(chosen.said.ports or ()):
        match = PORT_MAPPING.fullmatch(entry)
        assert match, "checked when the spec was read"
        place = chosen.place("ports", number)
        if match["host"]:
            if (chosen.said.replicas or 1) > 1:
                message = f"{chosen.said.replicas} replicas can't share one host port; use port:"
                problems.append(Problem(place, message))
            protocol = match["protocol"].removeprefix("/") or "tcp"
            for port in port_range(match["host"]):
                _take((port, protocol), place, taken, problems)
        whole = f"{match['host'] or ''}:{match['target']}{match['protocol']}"
        yield f"{match['ip'] or LOCAL}:{whole}"


def _take(
    port: tuple[int, str],
    place: Path,
    taken: dict[tuple[int, str], Path],
    problems: list[Problem],
) -> None:
    number = port[0]
    if number > 65535:
        problems.append(Problem(place, f"the replicas would need port {number}; 65535 is the last"))
    elif port in taken:
        problems.append(
            Problem(place, f"port {number} is already published at {dotted(taken[port])}")
        )
    else:
        taken[port] = place
