"""Spec and catalog in, plan out: one environment at a time, then what they share."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from composegen.catalog import Catalog, Facts, fill
from composegen.context import Context
from composegen.errors import Problem
from composegen.plan import Dockerfile, Healthcheck, Limits, Network, Plan, Service, Stack, Variable
from composegen.resolve import develop, images, ports, raw, storage, wiring
from composegen.resolve.choose import Chosen, Pinned, choose, secrets, variable
from composegen.resolve.images import Group
from composegen.resolve.storage import Home, Stored
from composegen.spec import ENVIRONMENTS, Environment, Spec

# A variable that Compose is asked to fill in and that has no default.
_ASKED = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)(:?\?[^{}]*)?\}")


def resolve(
    spec: Spec,
    catalog: Catalog,
    contexts: Mapping[str, Context],
    pinned: Pinned | None = None,
) -> tuple[Stack, list[Problem]]:
    """Return everything that the spec leads to, and everything that is wrong with it.

    `contexts` holds the facts about each build folder, by its path in the spec. With problems, the
    stack is not fit to be written.
    """
    pinned = pinned or Pinned()
    problems: list[Problem] = []
    services: dict[Environment, dict[str, Chosen]] = {}
    stored: dict[Environment, dict[str, list[Stored]]] = {}
    plans = []
    for environment in (name for name in ENVIRONMENTS if name in spec.environments):
        chosen = choose(spec, environment, catalog, pinned, problems)
        problems += wiring.check_needs(chosen, spec.services)
        problems += raw.check_raw(spec, chosen, environment)
        project = spec.name if environment == "dev" else f"{spec.name}-{environment}"
        stored[environment] = {
            name: storage.store(one, _home(spec, environment), problems)
            for name, one in chosen.items()
        }
        services[environment] = chosen
        published = ports.publish(chosen, pinned.ports, problems)
        plans.append(
            _plan(
                spec,
                environment,
                project,
                chosen,
                stored[environment],
                published,
                contexts,
                problems,
            )
        )
    stack = _stack(spec, plans, services, stored, contexts, problems)
    return stack, list(dict.fromkeys(problems))


def build_folders(spec: Spec) -> set[str]:
    """Return the folders that images may be built from, as the spec writes them."""
    said = [service.build for service in spec.services.values()]
    said += [one.build for here in spec.environments.values() for one in here.services.values()]
    return {folder for folder in said if folder} | {"."}


def _plan(
    spec: Spec,
    environment: Environment,
    project: str,
    chosen: Mapping[str, Chosen],
    stored: Mapping[str, list[Stored]],
    published: Mapping[str, tuple[str, ...]],
    contexts: Mapping[str, Context],
    problems: list[Problem],
) -> Plan:
    files = spec.environments[environment].secrets == "files"
    groups = images.group(chosen)
    networks = _networks(chosen) if environment == "prod" else ()
    services = [
        _service(
            one,
            chosen,
            stored[name],
            published[name],
            groups,
            contexts.get(one.said.build or ".", Context()),
            networked=bool(networks),
            files=files,
        )
        for name, one in sorted(chosen.items())
    ]
    return Plan(
        environment=environment,
        name=project,
        services=tuple(services),
        networks=networks,
        volumes=storage.volumes(stored, project, problems),
        decisions=tuple(item.decision for name in sorted(chosen) for item in stored[name]),
        compose=spec.compose or {},
    )


def _home(spec: Spec, environment: Environment) -> Home:
    """Return the names that volumes get: those of the old project where it was renamed."""
    name = spec.renamed_from or spec.name
    named = environment == "prod" or spec.renamed_from is not None
    return Home(name if environment == "dev" else f"{name}-{environment}", named)


def _networks(chosen: Mapping[str, Chosen]) -> tuple[Network, ...]:
    if all(one.is_app for one in chosen.values()):
        return ()
    why = "the stores are reached from here only, and nothing in it reaches the internet"
    return (Network("backend", internal=True, why=why), Network("edge"))


def _service(
    chosen: Chosen,
    services: Mapping[str, Chosen],
    stored: list[Stored],
    published: tuple[str, ...],
    groups: list[Group],
    context: Context,
    *,
    networked: bool,
    files: bool,
) -> Service:
    facts, said, prod = chosen.facts, chosen.said, chosen.environment == "prod"
    read_only = prod and facts.root.read_only
    mounts = storage.mounts(chosen, stored, read_only=read_only)
    healthcheck = images.healthcheck(chosen)
    if healthcheck is None and chosen.is_app:
        healthcheck = Healthcheck(disable=True)
    return Service(
        name=chosen.name,
        component=chosen.component.name,
        version=chosen.version,
        image=None if chosen.is_app else fill(facts.image.name, chosen.values),
        build=images.build(chosen, groups) if chosen.is_app else None,
        depends_on={name: "service_healthy" for name in sorted(said.needs or {})},
        mounts=mounts,
        secrets=_secrets(chosen) if files else {},
        environment=wiring.environment(chosen, services, files=files),
        ports=published,
        networks=_joined_networks(chosen, published) if networked else (),
        command=_command(chosen, stored),
        hostname=fill(facts.hostname.value, chosen.values) if facts.hostname else None,
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
        watch=develop.watch(chosen, context, mounts),
        profiles=tuple(sorted(said.profiles or ())),
        read_only=read_only,
        shm_size=facts.shm_size.value if facts.shm_size else None,
        stop_grace_period=facts.stop_grace_period.value if facts.stop_grace_period else None,
        ulimits=facts.ulimits.values if facts.ulimits else {},
        compose=said.compose or {},
        why=_why(facts, chosen, healthcheck),
    )


def _secrets(chosen: Chosen) -> dict[str, str]:
    """Return the files with a service's secrets, each with its variable in `.env`."""
    return {
        wiring.file_name(chosen, secret): variable(chosen.kept_name, secret)
        for secret in wiring.secret_files(chosen)
    }


def _joined_networks(chosen: Chosen, published: tuple[str, ...]) -> tuple[str, ...]:
    """Apps reach the stores and the internet; a store that is published needs a way out, too."""
    return ("backend", "edge") if chosen.is_app or published else ("backend",)


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
    cpus, memory = _cpus(said.cpus) if said.cpus else None, said.memory
    if chosen.environment == "prod":
        return Limits(cpus or fact.cpus, memory or fact.memory, fact.pids)
    return Limits(cpus, memory) if cpus or memory else None


def _cpus(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.1f}"


def _why(facts: Facts, chosen: Chosen, healthcheck: Healthcheck | None) -> dict[str, str]:
    """Return the short reasons that stand above a service's keys."""
    reasons: dict[str, str | None] = {
        "image": facts.image.why if not chosen.is_app else None,
        "hostname": facts.hostname.why if facts.hostname else None,
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
    if healthcheck and healthcheck.disable and not chosen.said.healthcheck:
        reasons["healthcheck"] = "the image's own check is for another service"
    if storage.is_host_user(chosen):
        reasons["build"] = "the image runs as you, so files that it makes in the code are yours"
    if chosen.said.user or storage.is_host_user(chosen):
        reasons["user"] = None
    return {key: fill(text, chosen.values) for key, text in reasons.items() if text}


def _stack(
    spec: Spec,
    plans: list[Plan],
    services: Mapping[Environment, Mapping[str, Chosen]],
    stored: Mapping[Environment, Mapping[str, list[Stored]]],
    contexts: Mapping[str, Context],
    problems: list[Problem],
) -> Stack:
    groups = _same_groups(services, problems)
    everywhere: dict[str, list[Stored]] = {}
    for items in stored.values():
        for name, own in items.items():
            everywhere.setdefault(name, []).extend(own)
    dockerfiles: list[Dockerfile] = []
    ignored: dict[str, set[str]] = {}
    warnings: list[str] = []
    for one in groups:
        context = contexts.get(one.context, Context())
        file = images.dockerfile(one, services, everywhere, context)
        dockerfiles.append(file)
        ignored.setdefault(one.context, set()).update(images.ignored(file.values))
        if context.install is None:
            warnings.append(
                f"{one.context} has no requirements.txt, pyproject.toml or uv.lock; "
                f"{file.path} expects a requirements.txt"
            )
    for plan, chosen in zip(plans, services.values(), strict=True):
        warnings += raw.floating_images(spec, chosen)
        warnings += ports.exposed(chosen, {one.name: one.ports for one in plan.services})
    return Stack(
        plans=tuple(plans),
        dockerfiles=tuple(dockerfiles),
        ignored={context: tuple(sorted(lines)) for context, lines in ignored.items()},
        variables=_variables(plans, services),
        folders=_folders(plans, everywhere),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _same_groups(
    services: Mapping[Environment, Mapping[str, Chosen]], problems: list[Problem]
) -> list[Group]:
    """Return the images to build; what they are built from can't differ by environment."""
    first: list[Group] | None = None
    for environment, chosen in services.items():
        groups = images.group(chosen)
        if first is not None and groups != first:
            message = "build: and version: of an app are the same in every environment"
            problems.append(Problem(("environments", environment), message))
        first = groups if first is None else first
    return first or []


def _variables(
    plans: Iterable[Plan], services: Mapping[Environment, Mapping[str, Chosen]]
) -> tuple[Variable, ...]:
    generated: dict[str, str] = {}
    owners: dict[str, set[str]] = {}
    for chosen in services.values():
        for one in chosen.values():
            generated |= secrets(one)
            for name in secrets(one):
                owners.setdefault(name, set()).add(one.name)
    texts = [text for plan in plans for text in _texts(plan)]
    in_url = {name for name in generated if any(f":${{{name}:?" in text for text in texts)}
    result = [
        Variable(name, "generated", about, name in in_url, tuple(sorted(owners[name])))
        for name, about in generated.items()
    ]
    known = {*generated, "HOST_UID", "HOST_GID"}
    asked = {name for text in texts for name, _ in _ASKED.findall(text)} - known
    result += [Variable(name, "user", "used in stack.yaml") for name in sorted(asked)]
    if any(chosen.is_app for chosen in services.get("dev", {}).values()):
        result.append(Variable("HOST_GID", "host-gid", "your group on this machine"))
        result.append(Variable("HOST_UID", "host-uid", "your user on this machine"))
    return tuple(sorted(result, key=lambda variable: variable.name))


def _texts(plan: Plan) -> Iterator[str]:
    yield from _strings(plan.compose)
    for volume in plan.volumes:
        yield from _strings(volume.driver_opts)
    for service in plan.services:
        yield from _strings(service.environment)
        yield from _strings(service.command)
        yield from _strings(service.user)
        yield from _strings(service.healthcheck.test if service.healthcheck else ())
        yield from _strings(service.compose)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _folders(plans: Iterable[Plan], stored: Mapping[str, list[Stored]]) -> tuple[str, ...]:
    """Return the folders that bind mounts need; a path with an ending is a file, the user's."""
    code = {
        item.mount.source
        for items in stored.values()
        for item in items
        if item.mount and item.decision.kind == "code"
    }
    sources = {
        mount.source
        for plan in plans
        for service in plan.services
        for mount in service.mounts
        if mount.type == "bind"
    }
    return tuple(
        sorted(
            source
            for source in sources - code
            if source.startswith("./") and "." not in posixpath.basename(source)
        )
    )
