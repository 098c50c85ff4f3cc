"""Components beside each other: every pair, and many stacks at random; nothing is one for two."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from support import COMPOSE_FILES, configs, stack

from composegen.catalog.catalog import Catalog
from composegen.plan.model import Plan, Service, Stack
from composegen.render import render

CATALOG = Catalog()
NAMES = CATALOG.names()
PAIRS = list(itertools.combinations_with_replacement(NAMES, 2))
RANDOM_STACKS = 500
# What a component can't do without.
REQUIRED: dict[str, dict[str, Any]] = {
    "image": {"image": "mailpit:v1.20", "healthcheck": {"test": ["CMD", "/mailpit", "readyz"]}},
    "node": {"heartbeat": "/tmp/heartbeat"},
    "python": {"heartbeat": "/tmp/heartbeat"},
}


def spec(components: Sequence[str], environments: Iterable[str] = ("dev", "prod")) -> str:
    """Return the text of a spec: a service for each component, and an app that needs them all."""
    services: dict[str, Any] = {}
    for number, component in enumerate(components):
        build = {"build": f"s{number}"} if CATALOG[component].role == "app" else {}
        services[f"s{number}"] = {"component": component, **REQUIRED.get(component, {}), **build}
    needed = [name for name in services if CATALOG[services[name]["component"]].role != "tool"]
    services["app"] = {"component": "fastapi", "needs": needed}
    known = {"name": "x", "services": services, "environments": {one: {} for one in environments}}
    return json.dumps(known)


def twice(names: Iterable[object]) -> set[object]:
    return {name for name, count in Counter(names).items() if count > 1}


def host_ports(plan: Plan) -> Iterator[str]:
    return (port.rpartition(":")[0] for service in plan.services for port in service.ports)


def volumes(service: Service) -> set[str]:
    return {mount.source for mount in service.mounts if mount.type == "volume"}


def folders(service: Service) -> set[str]:
    return {mount.source for mount in service.mounts if mount.type == "bind"}


def collisions(made: Stack) -> list[object]:
    """Return everything that two services of a stack have in common and should not."""
    found: list[object] = []
    for plan in made.plans:
        found += twice(host_ports(plan))
        found += twice(name for service in plan.services for name in volumes(service))
        found += twice(name for service in plan.services for name in folders(service))
        found += twice(volume.name or volume.key for volume in plan.volumes)
    found += twice(file.path for file in (*made.files, *made.dockerfiles))
    found += [one.name for one in made.variables if len(one.services) > 1]
    return found


@pytest.mark.parametrize("one", NAMES)
def test_a_pair_has_nothing_in_common(one: str) -> None:
    """A service that needs both is told of both: no variable of one hides one of the other."""
    for other in NAMES[NAMES.index(one) :]:
        made = stack(spec([one, other]))
        assert collisions(made) == [], other
        environment = told(made)
        alone = [told(stack(spec([component]))) for component in (one, other)]
        assert len(environment) == sum(map(len, alone)), other
        for number, before in enumerate(alone):
            wanted = {
                text.replace("s0", f"s{number}").replace("S0", f"S{number}") for text in before
            }
            assert wanted <= set(environment), other


def told(made: Stack) -> list[str]:
    """Return what the app of a stack is told of those that it needs."""
    (app,) = (service for service in made.plans[0].services if service.name == "app")
    return list(app.environment.values())


def covering(size: int) -> list[list[str]]:
    """Return stacks of some size in which every two different components meet."""
    left = {pair for pair in PAIRS if pair[0] != pair[1]}
    result = []
    while left:
        chosen = list(min(left))
        while len(chosen) < size:
            gain = {
                name: sum(tuple(sorted((name, other))) in left for other in chosen)
                for name in NAMES
                if name not in chosen
            }
            chosen.append(max(sorted(gain), key=lambda name: gain[name]))
        left -= set(itertools.combinations(sorted(chosen), 2))
        result.append(chosen)
    return result


def written(root: Path, made: Stack) -> list[Path]:
    """Write a stack's Compose files, with a value for every variable."""
    root.mkdir(parents=True)
    (root / ".env").write_text("".join(f"{one.name}=secret\n" for one in made.variables))
    texts = render(made, [plan.environment for plan in made.plans])
    files = [root / COMPOSE_FILES[plan.environment] for plan in made.plans]
    for file in files:
        file.write_text(texts[file.name])
    return files


def refused(files: Sequence[Path]) -> dict[str, str]:
    found = configs(files).items()
    return {str(file): one.err for file, one in found if one.code or one.err}


def test_compose_accepts_every_pair(tmp_path: Path) -> None:
    files = [
        file
        for number, components in enumerate(covering(8))
        for file in written(tmp_path / str(number), stack(spec(components)))
    ]
    assert refused(files) == {}


def test_compose_accepts_stacks_at_random(tmp_path: Path) -> None:
    """Three to eight services each, one environment after the other."""
    dice, files, common = random.Random(2026), [], {}
    environments = itertools.cycle(("dev", "test", "prod"))
    for number in range(RANDOM_STACKS):
        components = dice.choices(NAMES, k=dice.randint(2, 7))
        made = stack(spec(components, [next(environments)]))
        files += written(tmp_path / str(number), made)
        if found := collisions(made):
            common[tuple(components)] = found
    assert common == {}
    assert refused(files) == {}
