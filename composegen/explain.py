"""Why each piece of data lives where it lives: text and data, from the decisions of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from composegen.plan import Decision, Plan, Volume

_PLACES = {
    "bind": "bind mount",
    "image": "in the image",
    "nowhere": "not here",
    "tmpfs": "tmpfs",
    "volume": "named volume",
}


def as_data(plans: Iterable[Plan], service: str | None) -> list[dict[str, Any]]:
    """Return the decisions as plain data, one entry an environment and service."""
    return [
        {
            "environment": plan.environment,
            "service": one.name,
            "component": one.component,
            "version": one.version,
            "decisions": [msgspec.to_builtins(decision) for decision in _of(plan, one.name)],
        }
        for plan in plans
        for one in plan.services
        if service in (None, one.name)
    ]


def as_text(plans: Iterable[Plan], service: str | None) -> str:
    """Return the decisions for people, with each answered question."""
    lines: list[str] = []
    for plan in plans:
        volumes = {volume.key: volume for volume in plan.volumes}
        for one in plan.services:
            if service not in (None, one.name):
                continue
            lines += [f"{plan.environment} · {one.name} ({one.component} {one.version})"]
            sources = {mount.target: mount.source for mount in one.mounts}
            for decision in _of(plan, one.name):
                lines += _decision(decision, sources.get(decision.target, ""), volumes)
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _of(plan: Plan, service: str) -> list[Decision]:
    return [decision for decision in plan.decisions if decision.service == service]


def _decision(decision: Decision, source: str, volumes: dict[str, Volume]) -> list[str]:
    where = _PLACES[decision.place]
    if decision.read_only and decision.place == "bind":
        where = f"read-only {where}"
    if decision.place == "volume" and source in volumes:
        source = volumes[source].name or source
    lines = [f"  {decision.target} ({decision.kind}) → {where}{f' {source}' if source else ''}"]
    lines += [f"    {one.question} {one.answer}: {one.because}" for one in decision.path]
    lines += [f"    not {_PLACES[one.place]}: {one.why}" for one in decision.rejected]
    lines += [f"    {change}" for change in decision.changes]
    return lines
