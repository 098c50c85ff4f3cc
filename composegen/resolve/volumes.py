"""The top-level named volumes: what services share, and what somebody else has to make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from composegen.errors import Problem, dotted
from composegen.plan import Plan, Volume
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
            f"two servers can't write one database: {where} is already {other.decision.kind} data"
        )
    if item.volume != other.volume:
        return f"{where} is made with other options; give both entries the same ones"
    return None


def made_elsewhere(plan: Plan) -> Iterator[str]:
    """Yield what to do for every volume that must be there before Compose starts anything."""
    for volume in plan.volumes:
        if volume.external:
            yield (
                f"{plan.environment}: Compose does not make the volume {volume.name}, and up stops "
                f"without it; if it is not there yet: {volume.create}"
            )
