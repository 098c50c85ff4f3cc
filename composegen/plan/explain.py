"""Why each piece of data lives where it lives: text and data, from the decisions of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from composegen.plan.model import COMPOSE_FILES, Decision, Mount, Plan, Service, Volume, plain

_PLACES = {
    "bind": "bind mount",
    "image": "in the image",
    "nowhere": "left out",
    "tmpfs": "tmpfs",
    "volume": "named volume",
}
_FILE = {
    "name": "set explicitly: volumes are found by it, whatever the folder is called",
    "version": "left out: Compose ignores it and warns",
    "volumes": "docker compose down keeps them; down -v deletes all but external ones; "
    "docker volume prune -a deletes any that no container uses",
}


def as_data(
    plans: Iterable[Plan], service: str | None, secrets: Collection[str]
) -> list[dict[str, Any]]:
    """Return the decisions as plain data, one entry an environment and service.

    `secrets` are the variables whose values stand in no file but `.env`.
    """
    return [
        {
            "environment": plan.environment,
            "service": one.name,
            "component": one.component,
            "version": one.version,
            "decisions": [plain(decision) for decision in _of(plan, one.name)],
            "needs": {
                name: {"service": told.service, "part": told.part}
                for name, told in one.connections.items()
            },
            "why": _why(one, secrets),
        }
        for plan in plans
        for one in plan.services
        if service in (None, one.name)
    ]


def as_text(plans: Iterable[Plan], service: str | None, secrets: Collection[str]) -> str:
    """Return the decisions for people, with each answered question."""
    lines: list[str] = []
    for plan in plans:
        if service is None:
            lines += [f"{plan.environment} · {COMPOSE_FILES[plan.environment]}"]
            lines += [f"  {key}: {text}" for key, text in _FILE.items()] + [""]
        volumes = {volume.key: volume for volume in plan.volumes}
        for one in plan.services:
            if service not in (None, one.name):
                continue
            lines += [f"{plan.environment} · {one.name} ({one.component} {one.version})"]
            mounts = {mount.target: mount for mount in one.mounts}
            for decision in _of(plan, one.name):
                lines += _decision(decision, mounts.get(decision.target), volumes)
            lines += _connections(one)
            lines += [f"  {key}: {text}" for key, text in _why(one, secrets).items()]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _of(plan: Plan, service: str) -> list[Decision]:
    return [decision for decision in plan.decisions if decision.service == service]


def _connections(service: Service) -> list[str]:
    """Return a line for each needed service: the variables that tell of it, and another name."""
    lines = []
    for name in dict.fromkeys(one.service for one in service.connections.values()):
        told = {key: one.part for key, one in service.connections.items() if one.service == name}
        part = next(iter(told.values()))
        variables = ", ".join(f"{key} ({part})" for key, part in told.items())
        lines.append(f"  needs {name}: {variables}")
        lines.append(f"    needs: {{{name}: {{NAME: {part}}}}} would use another name")
    return lines


def _why(service: Service, secrets: Collection[str]) -> dict[str, str]:
    """Return the reasons for each key that is not about data; the component's own comes first."""
    general = dict(_general(service, secrets))
    texts = {
        key: [text for text in (service.why.get(key), general.get(key)) if text]
        for key in sorted(service.why.keys() | general.keys())
    }
    return {key: "; ".join(said) for key, said in texts.items()}


def _general(service: Service, secrets: Collection[str]) -> Iterator[tuple[str, str]]:
    if service.depends_on:
        yield (
            "depends_on",
            "a started service may not be ready yet, so this waits until it is healthy",
        )
    if any(service.uses(name) for name in secrets):
        yield "environment", "secrets come from .env and appear in no Compose file"
    if any(port.startswith("127.0.0.1:") for port in service.ports):
        yield "ports", "on 127.0.0.1, because Docker's rules come before the host's firewall"
    if service.user and service.user.partition(":")[0] not in ("0", "root"):
        yield "user", "not root: a compromised program has no more rights than this user"


def _decision(decision: Decision, mount: Mount | None, volumes: dict[str, Volume]) -> list[str]:
    where, source = _PLACES[decision.place], mount.source if mount else ""
    if decision.read_only and decision.place == "bind":
        where = f"read-only {where}"
    if decision.place == "volume" and source in volumes:
        source = volumes[source].name or source
    lines = [f"  {decision.target} ({decision.kind}) → {where}{f' {source}' if source else ''}"]
    lines += [f"    {one.question} {one.answer}: {one.because}" for one in decision.path]
    detail = mount.why.removeprefix(decision.reason).lstrip("; ") if mount else ""
    lines += [f"    {detail}"] if detail else []
    lines += [f"    not {_PLACES[one.place]}: {one.why}" for one in decision.rejected]
    lines += [f"    {change}" for change in decision.changes]
    return lines
