"""Spec and catalog in, plan out: one environment at a time, then what they share."""

from __future__ import annotations

from collections.abc import Mapping

from composegen.catalog.catalog import Catalog
from composegen.errors import Problem
from composegen.plan.model import Network, Plan, Stack
from composegen.resolve import images, ports, raw, shared, storage, volumes, wiring
from composegen.resolve.choose import Chosen, Pinned, choose
from composegen.resolve.context import Contexts
from composegen.resolve.services import service
from composegen.resolve.storage import Home, Stored
from composegen.spec.data import ENVIRONMENTS, Environment
from composegen.spec.model import Spec


def resolve(
    spec: Spec,
    catalog: Catalog,
    contexts: Contexts,
    pinned: Pinned | None = None,
) -> tuple[Stack, list[Problem]]:
    """Return everything that the spec leads to, and everything that is wrong with it.

    `contexts` holds the facts about each build folder, by its path in the spec and the language.
    With problems, the stack is not fit to be written.
    """
    pinned = pinned or Pinned()
    problems: list[Problem] = []
    services: dict[Environment, dict[str, Chosen]] = {}
    stored: dict[Environment, dict[str, list[Stored]]] = {}
    plans = []
    for environment in (name for name in ENVIRONMENTS if name in spec.environments):
        chosen = choose(spec, environment, catalog, contexts, pinned, problems)
        problems += wiring.check_needs(chosen, spec.services)
        problems += raw.check_raw(spec, chosen, environment)
        project = spec.name if environment == "dev" else f"{spec.name}-{environment}"
        home = _home(spec, environment)
        stored[environment] = {
            name: storage.store(one, home, problems) for name, one in chosen.items()
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
                pinned,
                problems,
            )
        )
    stack = shared.stack(spec, plans, services, stored, problems)
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
    published: Mapping[str, ports.Published],
    pinned: Pinned,
    problems: list[Problem],
) -> Plan:
    files = spec.environments[environment].secrets == "files"
    groups = images.group(chosen)
    networks = _networks(chosen) if environment == "prod" else ()
    services = [
        service(
            one,
            chosen,
            stored[name],
            published[name],
            groups,
            networked=bool(networks),
            files=files,
            hostname=volumes.hostname(one, stored[name], project, pinned),
        )
        for name, one in sorted(chosen.items())
    ]
    return Plan(
        environment=environment,
        name=project,
        services=tuple(services),
        networks=networks,
        volumes=volumes.top_level(stored, project, problems),
        decisions=tuple(item.decision for name in sorted(chosen) for item in stored[name]),
        compose=spec.compose or {},
    )


def _home(spec: Spec, environment: Environment) -> Home:
    """Return the names that volumes get: those of the old project where it was renamed."""
    name = spec.renamed_from or spec.name
    named = environment == "prod" or spec.renamed_from is not None
    return Home(name if environment == "dev" else f"{name}-{environment}", named)


def _networks(chosen: Mapping[str, Chosen]) -> tuple[Network, ...]:
    if all(one.component.role != "store" for one in chosen.values()):
        return ()
    why = "gives access to the stores but not to the internet"
    return (Network("backend", internal=True, why=why), Network("edge"))
