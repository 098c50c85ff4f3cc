"""What all environments share: Dockerfiles, `.env`, folders for bind mounts, warnings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from composegen.catalog.component import fill
from composegen.errors import Problem
from composegen.formats.interpolation import asked
from composegen.plan.model import File, Plan, Stack, Variable
from composegen.resolve import files, images, ports, raw, volumes
from composegen.resolve.choose import Chosen, cautions, secrets
from composegen.resolve.context import INSTALLS
from composegen.resolve.images import Group
from composegen.resolve.storage import Stored
from composegen.spec.data import Environment
from composegen.spec.model import Spec

_IN_URL = re.compile(r":\$\{([A-Za-z_][A-Za-z0-9_]*):\?")
# What a shell knows and does not hand over, so that Compose looks for it in `.env`.
_GROUP, _USER = "your group on this machine", "your user on this machine"
_OF_THE_HOST = {
    "GID": Variable("GID", "host-gid", _GROUP),
    "HOST_GID": Variable("HOST_GID", "host-gid", _GROUP),
    "HOST_UID": Variable("HOST_UID", "host-uid", _USER),
    "UID": Variable("UID", "host-uid", _USER),
}


def stack(
    spec: Spec,
    plans: list[Plan],
    services: Mapping[Environment, Mapping[str, Chosen]],
    stored: Mapping[Environment, Mapping[str, list[Stored]]],
    problems: list[Problem],
) -> Stack:
    """Return all environments, with what is made of them together."""
    groups = _same_groups(services, problems)
    problems += volumes.in_two_environments(plans, stored.values())
    everywhere: dict[str, list[Stored]] = {}
    for items in stored.values():
        for name, own in items.items():
            everywhere.setdefault(name, []).extend(own)
    dockerfiles: list[File] = []
    ignored: dict[str, set[str]] = {}
    warnings: list[str] = []
    for one in groups:
        file = images.dockerfile(one, services, everywhere)
        dockerfiles.append(file)
        ignored.setdefault(one.context, set()).update(images.ignored(file.values))
        primary = next(iter(services.values()))[one.primary]
        warnings += _incomplete(primary, file.path)
    for plan, chosen in zip(plans, services.values(), strict=True):
        warnings += raw.floating_images(spec, chosen)
        warnings += cautions(chosen.values())
        warnings += ports.cautions(chosen, {one.name: one.ports for one in plan.services})
        warnings += volumes.made_elsewhere(plan)
        warnings += volumes.two_of_one_name(plan)
    warnings += [text for items in everywhere.values() for one in items for text in one.warnings]
    config = files.written(services, problems)
    return Stack(
        plans=tuple(plans),
        dockerfiles=tuple(dockerfiles),
        files=config,
        ignored={context: tuple(sorted(lines)) for context, lines in ignored.items()},
        variables=_variables(plans, services),
        folders=_folders(plans, everywhere, config),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _incomplete(chosen: Chosen, path: str) -> Iterator[str]:
    """Yield what a build folder lacks for its Dockerfile to work."""
    assert chosen.component.language, "every app component has one"
    fact, context = images.build_fact(chosen), chosen.context
    if context.install is None:
        expected, *others, last = reversed(INSTALLS[chosen.component.language])
        names = ", ".join((expected, *others))
        yield f"{chosen.folder} has no {names} or {last}; {path} expects a {expected}"
    elif fact.standalone and not context.standalone:
        yield f"{chosen.folder}: {fact.standalone}"


def _same_groups(
    services: Mapping[Environment, Mapping[str, Chosen]], problems: list[Problem]
) -> list[Group]:
    """Return the images to build; what they are built from can't differ by environment."""
    first: list[Group] | None = None
    for environment, chosen in services.items():
        groups = images.group(chosen)
        if first is not None and groups != first:
            message = "build: and version: of an app must be the same in every environment"
            problems.append(Problem(("environments", environment), message))
        first = groups if first is None else first
    return first or []


def _variables(
    plans: Iterable[Plan], services: Mapping[Environment, Mapping[str, Chosen]]
) -> tuple[Variable, ...]:
    texts = [text for plan in plans for text in _texts(plan)]
    generated = _generated(services, texts)
    result = [*generated.values()]
    missing = {name for text in texts for name in asked(text)} - {*generated}
    if any(chosen.is_app for chosen in services.get("dev", {}).values()):
        missing |= {"HOST_GID", "HOST_UID"}
    result += [
        _OF_THE_HOST.get(name) or Variable(name, "user", "used in stack.yaml")
        for name in sorted(missing)
    ]
    return tuple(sorted(result, key=lambda variable: variable.name))


def _generated(
    services: Mapping[Environment, Mapping[str, Chosen]], texts: Iterable[str]
) -> dict[str, Variable]:
    """Return the variables of the services' secrets, by name; `texts` are where they are used."""
    in_url = {match for text in texts for match in _IN_URL.findall(text)}
    owners: dict[str, dict[str, str]] = {}
    result = {}
    for chosen in services.values():
        for one in chosen.values():
            for name, secret in secrets(one).items():
                fact = one.facts.secrets[secret]
                about = fill(fact.about, one.values)
                owners.setdefault(name, {})[one.name] = secret
                pattern, form = (fact.form.pattern, fact.form.why) if fact.form else (None, None)
                result[name] = Variable(
                    *(name, "generated", about, name in in_url, owners[name], pattern, form or "")
                )
    return result


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


def _folders(
    plans: Iterable[Plan], stored: Mapping[str, list[Stored]], config: Iterable[File]
) -> tuple[str, ...]:
    """Return the folders that bind mounts need and no file of ours makes.

    A path with an ending is a file, the user's; so may be what the user named to be read.
    """
    made = {f"./{posixpath.dirname(file.path)}" for file in config}
    theirs = {
        item.mount.source
        for items in stored.values()
        for item in items
        if item.mount and (item.given or item.decision.kind == "code")
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
            for source in sources - theirs - made
            if source.startswith("./") and "." not in posixpath.basename(source)
        )
    )
