"""Who needs whom: the start order, and the variables that a dependent service is given."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

from composegen.catalog.component import fill
from composegen.catalog.facts import NeedsFact
from composegen.errors import Problem, did_you_mean
from composegen.formats.interpolation import escape
from composegen.plan.model import Connection
from composegen.resolve.choose import Chosen, variable


def has_healthcheck(chosen: Chosen) -> bool:
    """Say whether Compose can wait for a service to be healthy."""
    said = chosen.said.healthcheck
    if said and said.disable:
        return False
    if said and said.test:
        return said.test[0] != "NONE"
    return bool(chosen.facts.healthcheck)


def secret_files(chosen: Chosen) -> dict[str, str]:
    """Return the secrets that an image can read from files: each one's variable of the image."""
    facts = chosen.facts.environment
    return {
        secret: name
        for name, text in (facts.values.items() if facts else ())
        for secret in chosen.facts.secrets
        if facts and text == f"{{{secret}}}" and name in facts.file_variables
    }


def environment(
    chosen: Chosen, told: Mapping[str, Connection], *, files: bool = False
) -> dict[str, str]:
    """Return a service's variables: the image's own, its connections, and then the user's.

    With `files`, a secret that the image can read from a file is named by its path.
    """
    own = _own(chosen)
    for secret, name in secret_files(chosen).items() if files else ():
        del own[name]
        own[f"{name}_FILE"] = f"/run/secrets/{file_name(chosen, secret)}"
    said = {name: escape(text) for name, text in (chosen.said.environment or {}).items()}
    connected = {name: one.value for name, one in told.items()}
    return dict(sorted({**own, **connected, **said}.items()))


def _own(chosen: Chosen) -> dict[str, str]:
    """Return the image's own variables; none that tells of a limit where there is none."""
    facts = chosen.facts.environment
    texts = facts.values.items() if facts else ()
    limited = "memory" in chosen.values
    return {
        name: fill(text, chosen.values) for name, text in texts if limited or "{memory}" not in text
    }


def file_name(chosen: Chosen, secret: str) -> str:
    """Return the name of the file that holds a secret of a service."""
    return variable(chosen.kept_name, secret).lower()


def connections(chosen: Chosen, services: Mapping[str, Chosen]) -> dict[str, Connection]:
    """Return the connection variables of a service; equal names get the needed service in front."""
    pairs: list[tuple[str, Connection]] = []
    named: dict[str, Connection] = {}
    own = _numbered(chosen.facts.needs)
    for name, wanted in (chosen.said.needs or {}).items():
        needed = services.get(name)
        fact = needed.facts.connection if needed else None
        if needed is None or fact is None:
            continue
        parts = {
            part: Connection(name, part, fill(text, needed.values))
            for part, text in fact.parts.items()
        }
        if wanted:
            named |= {key: parts[part] for key, part in wanted.items() if part in parts}
        elif chosen.facts.needs:
            asked = next(own, {}).items()
            named = {key: parts[part] for key, part in asked if part in parts} | named
        else:
            defaults = {fill(key, needed.values): part for key, part in fact.variables.items()}
            pairs += [(key, parts[part]) for key, part in defaults.items()]
    by_hand = set(named)
    count = Counter(key for key, _ in pairs)
    for key, one in pairs:
        alone = count[key] == 1 and key not in by_hand
        named[key if alone else variable(one.service, key)] = one
    return named


def _numbered(fact: NeedsFact | None) -> Iterator[dict[str, str]]:
    """Yield what an image is told of the first service that it needs, and of each further one."""
    if fact is None:
        return
    yield fact.variables
    for number in itertools.count(1):
        yield {fill(key, {"number": str(number)}): part for key, part in fact.further.items()}


def check_needs(services: Mapping[str, Chosen], known: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with the `needs:` of all services."""
    problems = []
    for chosen in services.values():
        for name, wanted in (chosen.said.needs or {}).items():
            place = chosen.place("needs", name)
            if name == chosen.name:
                problems.append(Problem(place, f"{name} needs itself"))
            elif name not in known:
                hint = did_you_mean(name, set(known) - {chosen.name})
                problems.append(Problem(place, f"unknown service '{name}'{hint}"))
            elif name in services:
                message = _need(chosen, services[name], wanted) or _twice(chosen, name, wanted)
                problems += [Problem(place, message)] if message else []
    return problems + _cycles(services)


def _twice(chosen: Chosen, name: str, wanted: Mapping[str, str]) -> str | None:
    for other, names in (chosen.said.needs or {}).items():
        if other == name:
            return None
        for key in wanted:
            if key in names:
                return f"{key} already names a part of {other}"
    return None


def _need(chosen: Chosen, needed: Chosen, wanted: Mapping[str, str]) -> str | None:
    if needed.component.role == "tool":
        return f"{needed.name} is a tool, which starts only on demand and in dev"
    if not has_healthcheck(needed):
        hint = "heartbeat: /tmp/heartbeat or " if "heartbeat" in needed.component.options else ""
        return f"{needed.name} has no healthcheck to wait for; give it {hint}a healthcheck:"
    profiles = set(needed.said.profiles or ())
    if profiles and not set(chosen.said.profiles or ()) & profiles:
        return f"{needed.name} starts only with its profile; give {chosen.name} the same profiles:"
    parts = needed.facts.connection.parts if needed.facts.connection else {}
    for key, part in wanted.items():
        if part not in parts:
            return f"{key}: {needed.name} has no part '{part}'{did_you_mean(part, parts)}"
    return None


def _cycles(services: Mapping[str, Chosen]) -> list[Problem]:
    """Return one problem for every cycle of needs, found without recursion."""
    problems = []
    done: set[str] = set()
    for start in services:
        trail: list[str] = []
        todo = [(start, iter(_needs(services, start)))] if start not in done else []
        while todo:
            name, rest = todo[-1]
            if name not in trail:
                trail.append(name)
            following = next(rest, None)
            if following is None:
                done.add(name)
                trail.pop()
                todo.pop()
            elif following in trail and following != name:
                cycle = [*trail[trail.index(following) :], following]
                place = services[name].place("needs", following)
                problems.append(Problem(place, f"a cycle: {' → '.join(cycle)}"))
            elif following not in done and following != name:
                todo.append((following, iter(_needs(services, following))))
    return problems


def _needs(services: Mapping[str, Chosen], name: str) -> list[str]:
    return [need for need in (services[name].said.needs or {}) if need in services]
