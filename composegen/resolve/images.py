"""Which images are built: app services with one folder and one runtime share a Dockerfile."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from composegen.catalog.component import expand, fill
from composegen.catalog.fact import Words
from composegen.catalog.facts import BuildFact
from composegen.errors import ComposegenError
from composegen.formats.interpolation import escape
from composegen.plan.model import Build, File, Healthcheck
from composegen.resolve.choose import Chosen, is_limited, moved
from composegen.resolve.code import WORKDIR, code_folders
from composegen.resolve.context import INSTALLS, LOCKED
from composegen.resolve.storage import HOST_USER, Stored
from composegen.spec.data import Data, Environment

# One list of chosen services a environment.
Everywhere = Mapping[Environment, Mapping[str, Chosen]]


@dataclass(frozen=True, slots=True)
class Group:
    """Services that share an image; `primary` gives the image its default command."""

    context: str
    dockerfile: str
    primary: str
    members: tuple[str, ...]
    key: tuple[object, ...] = ()


def group(services: Mapping[str, Chosen]) -> list[Group]:
    """Return the images to build in the spec's order; a folder's first is its `Dockerfile`."""
    keyed: dict[tuple[object, ...], list[Chosen]] = {}
    for chosen in services.values():
        if chosen.is_app:
            keyed.setdefault(_key(chosen), []).append(chosen)
    groups: list[Group] = []
    for members in keyed.values():
        primary = next((one for one in members if one.facts.port), members[0]).name
        context = members[0].folder
        first = all(other.context != context for other in groups)
        dockerfile = "Dockerfile" if first else f"Dockerfile.{primary}"
        names = tuple(one.name for one in members)
        groups.append(Group(context, dockerfile, primary, names, _key(members[0])))
    return groups


def build(chosen: Chosen, groups: Sequence[Group]) -> Build:
    """Return how a service's image is built; in dev it belongs to the host's user.

    What the build writes into the image in prod is handed over by name.
    """
    mine = next(one for one in groups if chosen.name in one.members)
    uid, gid = HOST_USER
    own = {"GID": gid, "UID": uid} if chosen.environment == "dev" else {}
    said = chosen.said.environment or {}
    baked = _baked(chosen) if chosen.environment == "prod" else ()
    return Build(
        context="." if mine.context == "." else f"./{mine.context}",
        dockerfile=mine.dockerfile,
        target=_stage(chosen),
        args={**own, **{name: escape(said[name]) for name in baked}},
    )


def _baked(chosen: Chosen) -> list[str]:
    """Return the variables of a service that become part of what is built."""
    prefixes = build_fact(chosen).baked
    return sorted(name for name in chosen.said.environment or {} if name.startswith(prefixes))


def _stage(chosen: Chosen) -> str:
    """Return the stage of an environment; in dev the code is in the image only if not mounted."""
    mounted = chosen.environment != "dev" or chosen.options.get("sync", "bind") == "bind"
    return chosen.environment if mounted else "dev-code"


def dockerfile(mine: Group, services: Everywhere, stored: Mapping[str, list[Stored]]) -> File:
    """Return the Dockerfile of a group; `stored` is the members' data in all environments."""
    primary = {environment: chosen[mine.primary] for environment, chosen in services.items()}
    any_one = next(iter(primary.values()))
    fact, context = build_fact(any_one), any_one.context
    members = [chosen[name] for chosen in services.values() for name in mine.members]
    code = {entry for member in members for entry in code_folders(member)}
    # both stages are always there, with what the service would be where the spec has not got it
    named: list[Environment] = ["dev", "prod"]
    if "test" in primary:
        named.append("test")
    stages = {
        environment: primary.get(environment) or moved(any_one, environment)
        for environment in named
    }
    port = stages["prod"].facts.port
    values: dict[str, Any] = {
        **_requirements(any_one),
        "image": {name: fill(one.facts.image.name, one.values) for name, one in stages.items()},
        "tools": fact.tools,
        "pip": bool(any_one.options.get("pip")) and context.install not in LOCKED,
        "steps": _steps(stages["prod"]),
        "tests": ["tests"] if context.tests else list(context.matching(fact.tests)),
        "code": ["."] if "." in code else sorted(code),
        "output": any_one.options.get("output"),
        "baked": sorted({name for member in members for name in _baked(member)}),
        "folders": _written(mine, stored),
        "user": stages["prod"].facts.user.id,
        "dependencies": fact.dependencies,
        "workdir": WORKDIR,
        "port": port.target if port else None,
        "code_in_dev": any(_stage(member) == "dev-code" for member in members),
        "watch": any(member.facts.command and member.facts.command.reload for member in members),
        "command": {name: _literal(command(one, reload=False)) for name, one in stages.items()},
        "healthcheck": _literal_check(healthcheck(stages["prod"])),
    }
    return File(posixpath.normpath(f"{mine.context}/{mine.dockerfile}"), fact.template, values)


def _requirements(chosen: Chosen) -> dict[str, Any]:
    """Return what a template needs to install; a file that is missing is yet to come."""
    assert chosen.component.language, "every app component has one"
    context, expected = chosen.context, INSTALLS[chosen.component.language][-1]
    return {
        "install": context.install or expected,
        "requirements": context.requirements or (expected,),
        "settings": context.settings,
        "manager": context.manager,
        "dev": context.dev,
    }


def _steps(chosen: Chosen) -> list[str]:
    """Return the commands that end the build for prod."""
    fact = chosen.facts.steps
    return [fill(command, chosen.values) for command in fact.commands] if fact else []


def _literal(words: Sequence[str]) -> tuple[str, ...]:
    """Return words without Compose's escape: nothing is filled in there."""
    return tuple(word.replace("$$", "$") for word in words)


def _literal_check(check: Healthcheck | None) -> Healthcheck | None:
    return check and replace(check, test=_literal(check.test))


def ignored(values: Mapping[str, Any]) -> list[str]:
    """Return the lines of a `.dockerignore` that let in what a Dockerfile copies, nothing else."""
    several = values["install"] == "requirements.txt"
    files = ["requirements*.txt"] if several else values["requirements"]
    copied = (*files, *values["code"], *values["tests"])
    installed = posixpath.relpath(values["dependencies"], values["workdir"])
    hidden = [] if installed.startswith("..") else [f"**/{installed}"]
    return sorted({*hidden, *(f"!{name}" for name in copied if name != ".")})


def command(chosen: Chosen, *, reload: bool) -> tuple[str, ...]:
    """Return the words that start a service; none where only the image knows them.

    With `reload`, a command in dev is wrapped so that an edit restarts it.
    """
    fact = chosen.facts.command
    options = {**chosen.options, "settings": _settings(chosen)}
    if chosen.is_app:
        options["code"] = code_folders(chosen)
    options = {name: _escaped(option) for name, option in options.items()}
    words = [escape(word) for word in chosen.said.command or ()]
    if not words and fact:
        here: Words = getattr(fact, chosen.environment) or fact.default or ()
        words = expand(here, chosen.values, options)
    if reload and fact and fact.reload and chosen.environment == "dev":
        words = _reloading(fact.reload, words, chosen.values, options)
    return tuple(words)


def _settings(chosen: Chosen) -> dict[str, str]:
    """Return the settings of a server: the component's, and above them those of the spec."""
    fact, said = chosen.facts.settings, chosen.options.get("settings") or {}
    if fact is None:
        return {**said}
    data = chosen.said.data or {}
    kinds = [data.get(path, Data()).kind or one.kind for path, one in chosen.facts.data.items()]
    ours = fact.limited if is_limited(chosen) else {}
    for kind in kinds:
        ours = {**ours, **fact.kinds.get(kind, {})}
    return {**{name: fill(text, chosen.values) for name, text in ours.items()}, **said}


def why_limited(chosen: Chosen) -> str | None:
    """Return why a server is told of less memory than the container has, if ours is the number."""
    fact, said = chosen.facts.settings, chosen.options.get("settings") or {}
    if fact is None or chosen.said.command or not is_limited(chosen):
        return None
    return None if fact.limited.keys() & said.keys() else fact.why


def _reloading(
    reload: Words, words: list[str], values: Mapping[str, str], options: Mapping[str, Any]
) -> list[str]:
    """Return a command that an edit restarts: wrapped, or with options of the same program."""
    wraps = any("{command}" in word for word in reload if isinstance(word, str))
    if not wraps and words[:1] != [*reload[:1]]:
        return words
    options = {**options, "arguments": words[1:]}
    return expand(reload, {**values, "command": shlex.join(words)}, options)


def _escaped(option: Any) -> Any:
    if isinstance(option, dict):
        return {key: escape(value) for key, value in option.items()}
    return option


def healthcheck(chosen: Chosen) -> Healthcheck | None:
    """Return a service's healthcheck: the component's, with what the spec says about it."""
    fact, said = chosen.facts.healthcheck, chosen.said.healthcheck
    if said and said.disable:
        return Healthcheck(disable=True)
    keys = ("interval", "timeout", "retries", "start_period", "start_interval")
    known = {key: getattr(fact, key) for key in keys} if fact else {}
    test = [fill(word, chosen.values) for word in fact.test] if fact else []
    if said:
        known |= {key: getattr(said, key) for key in keys if getattr(said, key) is not None}
        test = [escape(word) for word in said.test or ()] or test
    defaults = {"interval": "30s", "timeout": "30s", "retries": 3, "start_period": "0s"}
    return Healthcheck(tuple(test), **{**defaults, **known}) if test else None


def build_fact(chosen: Chosen) -> BuildFact:
    """Return how an app's image is built; every app component has that fact."""
    if chosen.facts.build is None:
        raise ComposegenError(f"component '{chosen.component.name}': an app needs facts: build:")
    return chosen.facts.build


def _key(chosen: Chosen) -> tuple[object, ...]:
    build = build_fact(chosen)
    shape = (chosen.options.get(name) for name in ("pip", "output"))
    return chosen.folder, build.template, chosen.version, *shape


def _written(mine: Group, stored: Mapping[str, list[Stored]]) -> list[str]:
    """Return the folders that exist in the image, so that a fresh volume takes their owner over."""
    return sorted(
        {
            item.decision.target
            for name in mine.members
            for item in stored[name]
            if item.mount and item.mount.type == "volume" and item.decision.kind != "code"
        }
    )
