"""One service of one environment: everything about it, put together."""

from __future__ import annotations

from collections.abc import Mapping

from composegen.catalog.component import fill
from composegen.catalog.facts import Facts
from composegen.plan.model import Healthcheck, Limits, Service
from composegen.resolve import develop, images, storage, wiring
from composegen.resolve.choose import Chosen, memory_limit, variable
from composegen.resolve.images import Group
from composegen.resolve.ports import Published
from composegen.resolve.storage import Stored

# In place of the check in an image that was made for another service. Not `disable: true`, with
# which `up --wait` fails.
_RUNNING = Healthcheck(("CMD", "true"), "30s", "5s", 3, "5s", "250ms")


def service(
    chosen: Chosen,
    services: Mapping[str, Chosen],
    stored: list[Stored],
    published: Published,
    groups: list[Group],
    *,
    networked: bool,
    files: bool,
    hostname: str | None,
) -> Service:
    """Return a service of the plan; `files` says whether it reads its secrets from files."""
    facts, said, prod = chosen.facts, chosen.said, chosen.environment == "prod"
    read_only = prod and facts.root.read_only
    mounts = storage.mounts(chosen, stored, read_only=read_only)
    told = wiring.connections(chosen, services)
    by_hand = said.environment or {}
    healthcheck = images.healthcheck(chosen)
    if healthcheck is None and chosen.is_app and prod:
        healthcheck = _RUNNING
    return Service(
        name=chosen.name,
        component=chosen.component.name,
        version=chosen.version,
        image=None if chosen.is_app else fill(facts.image.name, chosen.values),
        build=images.build(chosen, groups) if chosen.is_app else None,
        depends_on={name: "service_healthy" for name in sorted(said.needs or {})},
        mounts=mounts,
        secrets=_secrets(chosen) if files else {},
        environment=wiring.environment(chosen, told, files=files),
        connections={name: told[name] for name in sorted(told) if name not in by_hand},
        ports=published.entries,
        pinned_ports=published.pinned,
        networks=_joined_networks(chosen, services, published.entries) if networked else (),
        command=_command(chosen, stored),
        hostname=hostname,
        working_dir=facts.working_dir.value if facts.working_dir else None,
        restart=said.restart or ("unless-stopped" if prod else None),
        healthcheck=healthcheck,
        log_rotation=prod,
        user=said.user or (None if storage.is_host_user(chosen) else facts.user.id),
        cap_add=facts.root.cap_add,
        security_opt=facts.root.security_opt,
        limits=_limits(chosen),
        replicas=said.replicas,
        init=facts.root.init,
        watch=develop.watch(chosen, mounts),
        profiles=tuple(sorted(said.profiles or _profiles(chosen))),
        read_only=read_only,
        gpus=facts.gpus.value if facts.gpus else None,
        shm_size=facts.shm_size.value if facts.shm_size else None,
        stop_grace_period=facts.stop_grace_period.value if facts.stop_grace_period else None,
        ulimits=facts.ulimits.values if facts.ulimits else {},
        compose=said.compose or {},
        why=_why(facts, chosen, published.entries, healthcheck),
    )


def _profiles(chosen: Chosen) -> tuple[str, ...]:
    return ("tools",) if chosen.component.role == "tool" else ()


def _secrets(chosen: Chosen) -> dict[str, str]:
    """Return the files with a service's secrets, each with its variable in `.env`."""
    return {
        wiring.file_name(chosen, secret): variable(chosen.kept_name, secret)
        for secret in wiring.secret_files(chosen)
    }


def _joined_networks(
    chosen: Chosen, services: Mapping[str, Chosen], published: tuple[str, ...]
) -> tuple[str, ...]:
    """Apps reach the stores and the internet; a store that is published needs a way out, too.

    A proxy reaches what it leads to, and that is seldom a store.
    """
    if chosen.component.role == "proxy":
        needed = [services[name] for name in chosen.said.needs or {} if name in services]
        return ("edge",) if all(one.is_app for one in needed) else ("backend", "edge")
    outside = chosen.is_app or published or chosen.facts.internet
    return ("backend", "edge") if outside else ("backend",)


def _command(chosen: Chosen, stored: list[Stored]) -> tuple[str, ...]:
    """Return the command, with the arguments that go with where the image's data lives."""
    words = list(images.command(chosen, reload=True))
    if chosen.said.command:
        return tuple(words)
    extra: list[str] = []
    for item in stored:
        fact = chosen.facts.data.get(item.decision.target)
        if fact:
            extra += fact.lost if item.decision.place == "tmpfs" else fact.kept
    # a store that is started the way its image starts it needs no command
    bare = not chosen.is_app and len(words) + len(extra) <= 1
    return () if bare else (*words[:1], *extra, *words[1:])


def _limits(chosen: Chosen) -> Limits | None:
    said, fact = chosen.said, chosen.facts.limits
    cpus = _cpus(said.cpus) if said.cpus else None
    memory = memory_limit(said, chosen.environment, chosen.facts)
    if chosen.environment == "prod":
        return Limits(cpus or fact.cpus, memory, fact.pids)
    return Limits(cpus, memory) if cpus or memory else None


def _cpus(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.1f}"


def _reached(facts: Facts, published: tuple[str, ...]) -> dict[str, str | None]:
    """Return why a service is on its networks, and who gets at its port: said in one place."""
    internet = facts.internet.why if facts.internet else None
    port = facts.port.why if facts.port else None
    if published:
        return {"networks": internet, "ports": port}
    return {"networks": "; ".join(text for text in (internet, port) if text)}


def _why(
    facts: Facts, chosen: Chosen, published: tuple[str, ...], healthcheck: Healthcheck | None
) -> dict[str, str]:
    """Return the short reasons that stand above a service's keys."""
    reasons: dict[str, str | None] = {
        "image": facts.image.why if not chosen.is_app else None,
        "hostname": facts.hostname.why if facts.hostname else None,
        "command": images.why_limited(chosen),
        **_reached(facts, published),
        "deploy": facts.gpus.why if facts.gpus else None,
        "working_dir": facts.working_dir.why if facts.working_dir else None,
        "healthcheck": facts.healthcheck.why if facts.healthcheck else None,
        "user": facts.user.why,
        "cap_drop": facts.user.why if not facts.user.id else None,
        "shm_size": facts.shm_size.why if facts.shm_size else None,
        "security_opt": facts.root.why if facts.root.security_opt else None,
        "stop_grace_period": facts.stop_grace_period.why if facts.stop_grace_period else None,
        "ulimits": facts.ulimits.why if facts.ulimits else None,
    }
    if chosen.said.healthcheck and chosen.said.healthcheck.test:
        reasons["healthcheck"] = None
    if healthcheck == _RUNNING:
        reasons["healthcheck"] = "no check of its own: healthy while it runs"
    if storage.is_host_user(chosen):
        reasons["build"] = "the image runs as you, so files it creates in the code are yours"
    if chosen.said.user or storage.is_host_user(chosen):
        reasons["user"] = None
    return {key: fill(text, chosen.values) for key, text in reasons.items() if text}
