"""The top-level named volumes: what services share, and what somebody else has to make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from composegen.catalog.component import fill
from composegen.errors import Problem, dotted
from composegen.plan.model import Plan, Volume
from composegen.resolve.choose import Chosen, Pinned
from composegen.resolve.storage import Stored


def top_level(
    stored: Mapping[str, list[Stored]], project: str, problems: list[Problem]
) -> tuple[Volume, ...]:
    """Return the named volumes of all services; those with one key share one volume."""
    first: dict[str, tuple[str, Stored]] = {}
    names: dict[str, str] = {}
    for service, items in stored.items():
        for item in items:
            if item.volume is None:
                continue
            before = first.setdefault(item.volume.key, (service, item))
            message = _clash(before, service, item)
            called = item.volume.called(project)
            other = names.setdefault(called, item.volume.key)
            if other != item.volume.key:
                message = f"'{called}' is already the name of the volume {other}"
            problems += [Problem(item.place, message)] if message else []
    return tuple(item.volume for _, (_, item) in sorted(first.items()) if item.volume)


def _clash(before: tuple[str, Stored], service: str, item: Stored) -> str | None:
    owner_of, other = before
    if other is item:
        return None
    assert item.volume
    where = f"the volume '{item.volume.key}' of {owner_of} ({dotted(other.place)})"
    if "database" in (item.decision.kind, other.decision.kind):
        return (
            f"two servers can't write to one database: {where} is already "
            f"{other.decision.kind} data"
        )
    if item.volume != other.volume:
        return f"{where} is created with other options; use the same ones in both entries"
    return None


def hostname(chosen: Chosen, stored: list[Stored], project: str, pinned: Pinned) -> str | None:
    """Return the hostname of a server that keeps its data under it: that of the volume, if any.

    A name stays with the data wherever service, volume and project are renamed to.
    """
    fact = chosen.facts.hostname
    if fact is None:
        return None
    for item in stored:
        if item.volume is None or item.decision.target not in chosen.facts.data:
            continue
        place = f"{chosen.environment}/{item.volume.called(project)}"
        known = pinned.named_by.get(place, {})
        if known is None or "hostname" in known:
            return fact.before if known is None else known["hostname"]
    return fill(fact.value, {**chosen.values, "service": chosen.kept_name})


def in_two_environments(
    plans: Iterable[Plan], stored: Iterable[Mapping[str, list[Stored]]]
) -> Iterator[Problem]:
    """Yield a problem for every volume that two environments would have.

    One that somebody else makes, and that no database is in, may be shared on purpose.
    """
    first: dict[str, tuple[str, Stored]] = {}
    for plan, services in zip(plans, stored, strict=True):
        for item in (one for own in services.values() for one in own if one.volume):
            assert item.volume
            called = item.volume.called(plan.name)
            environment, other = first.setdefault(called, (plan.environment, item))
            is_database = "database" in (item.decision.kind, other.decision.kind)
            if environment == plan.environment or (item.volume.external and not is_database):
                continue
            happens = (
                "two servers would write to it"
                if is_database
                else "down -v of one deletes the other's (not with external: true)"
            )
            yield Problem(
                item.place,
                f"'{called}' would be the volume of {plan.environment} and, by "
                f"{dotted(other.place)}, of {environment}, and {happens}; name another one in "
                f"environments.{plan.environment}",
            )


def two_of_one_name(plan: Plan) -> Iterator[str]:
    """Yield a warning for every hostname that another service answers to as well."""
    taken = {service.name: service.name for service in plan.services}
    for service in plan.services:
        if service.hostname is None:
            continue
        other = taken.setdefault(service.hostname, service.name)
        if other != service.name:
            yield (
                f"{plan.environment}: {service.name} keeps the hostname {service.hostname}, which "
                f"its data is stored under, and {other} also answers to it; "
                "connect to neither by it"
            )


def made_elsewhere(plan: Plan) -> Iterator[str]:
    """Yield what to do for every volume that must be there before Compose starts anything."""
    for volume in plan.volumes:
        if volume.external:
            yield (
                f"{plan.environment}: Compose does not create the volume {volume.name}, and up "
                f"fails without it; if it does not exist yet: {volume.create}"
            )
