"""Passwords: which there are, who uses them, and how one is changed everywhere at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from composegen.catalog.catalog import Catalog
from composegen.catalog.component import fill
from composegen.catalog.facts import Facts
from composegen.plan.model import Service, Stack, Variable
from composegen.resources import SECRETS


@dataclass(frozen=True, slots=True)
class Rotation:
    """How a running server is told its new password: a command in its container, and its input."""

    environment: str
    service: str
    volume: str
    command: tuple[str, ...]
    text: str


def listed(stack: Stack) -> list[dict[str, Any]]:
    """Return the generated passwords: name, what each is for and the services that are given it."""
    return [
        {"name": one.name, "about": one.about, "used_by": sorted(_users(stack, one))}
        for one in stack.secrets
    ]


def without_a_way(stack: Stack, variable: Variable, catalog: Catalog) -> str | None:
    """Return how a secret is changed by hand, None where a server is told or reads it each time."""
    for plan in stack.plans:
        for service in plan.services:
            if service.name in variable.services:
                facts = _facts(service, catalog)
                secret = variable.services[service.name]
                if facts.reads_once(secret) and facts.secrets[secret].rotate is None:
                    return facts.secrets[secret].by_hand or "Change it with the server's own tools"
    return None


def rotations(
    stack: Stack,
    variable: Variable,
    value: str,
    options: Mapping[tuple[Any, str], Mapping[str, str]],
    catalog: Catalog,
) -> list[Rotation]:
    """Return what has to happen in each environment to change a password to a new value.

    `options` holds the component options of each service. A service without a way to be told, or
    without a volume, has none.
    """
    result = []
    for plan in stack.plans:
        names = {volume.key: volume.called(plan.name) for volume in plan.volumes}
        for service in plan.services:
            mounts = [mount.source for mount in service.mounts if mount.type == "volume"]
            if service.name not in variable.services or not mounts:
                continue
            rotate = _facts(service, catalog).secrets[variable.services[service.name]].rotate
            if rotate is not None:
                values = {**options.get((plan.environment, service.name), {}), "new": value}
                command = tuple(fill(word, values) for word in rotate.command)
                text = fill(rotate.text, values)
                volume = names[mounts[0]]
                result.append(Rotation(plan.environment, service.name, volume, command, text))
    return result


def files(stack: Stack, variable: Variable) -> list[str]:
    """Return the files that hold a password."""
    return sorted({f"{SECRETS}/{name}" for name, one in _files(stack) if one == variable.name})


def _facts(service: Service, catalog: Catalog) -> Facts:
    component = catalog[service.component]
    return component.facts_for({"version": component.series(service.version)})


def _files(stack: Stack) -> Iterable[tuple[str, str]]:
    for plan in stack.plans:
        for service in plan.services:
            yield from service.secrets.items()


def _users(stack: Stack, variable: Variable) -> set[str]:
    return {
        service.name
        for plan in stack.plans
        for service in plan.services
        if service.uses(variable.name)
    }
