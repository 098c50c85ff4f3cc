"""What each service is in one environment: the spec, the override and the component's facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from composegen.catalog.catalog import Catalog
from composegen.catalog.component import Component
from composegen.catalog.facts import Facts
from composegen.errors import ComposegenError, Path, Problem, did_you_mean
from composegen.resolve.context import Context, Contexts
from composegen.resolve.overrides import merge
from composegen.spec import quantities
from composegen.spec.data import Environment
from composegen.spec.model import Service, ServiceOverride, Spec
from composegen.spec.options import read_option
from composegen.spec.short_form import component_and_version

# Said by Compose where the variable is missing or empty.
_REQUIRED = "run composegen generate"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What services got in an earlier run without the spec saying it, by name: it stays.

    A version stands with its component, `postgres:18`: another component is another thing.
    `named_by` has what the data in each volume is kept under the name of, by `environment/volume`;
    None is a volume from before that was written down. `known` says that there was an earlier run.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    named_by: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    known: bool = False

    def version(self, service: str, component: str) -> str | None:
        """Return the version that a service had, None where it was something else or nothing."""
        known, version = component_and_version(self.versions.get(service, ""))
        return version if known == component else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One service with all that is known about it.

    `values` fill the catalog's placeholders; `context` is what lies in an app's build folder.
    """

    name: str
    environment: Environment
    said: Service
    override: ServiceOverride | None
    component: Component
    version: str
    series: str
    options: Mapping[str, Any]
    facts: Facts
    values: Mapping[str, str]
    context: Context = field(default_factory=Context)

    @property
    def folder(self) -> str:
        """The folder that an app is built from, as the spec writes it."""
        return self.said.build or "."

    @property
    def kept_name(self) -> str:
        """The name that volumes and credentials go by: the old one where it was renamed."""
        return self.said.renamed_from or self.name

    @property
    def is_app(self) -> bool:
        """Say whether the service is built from the user's code."""
        return self.component.role == "app"

    def place(self, *keys: str | int) -> Path:
        """Return where in the spec a key of this service is said: in the environment or above."""
        return _place(self.name, self.environment, self.override, *keys)


def _place(
    name: str, environment: Environment, override: ServiceOverride | None, *keys: str | int
) -> Path:
    if override and keys and (keys[0] in override.model_fields_set):
        return ("environments", environment, name, *keys)
    return ("services", name, *keys)


def choose(
    spec: Spec,
    environment: Environment,
    catalog: Catalog,
    contexts: Contexts,
    pinned: Pinned,
    problems: list[Problem],
) -> dict[str, Chosen]:
    """Return the services of an environment in the spec's order; `problems` gets what is wrong."""
    overrides = spec.environments[environment].services
    for name in overrides:
        if name not in spec.services:
            hint = did_you_mean(name, spec.services)
            problems.append(
                Problem(("environments", environment, name), f"unknown service '{name}'{hint}")
            )
    chosen = {}
    for name, service in spec.services.items():
        try:
            component = catalog[service.component]
        except ComposegenError as error:
            problems.append(Problem(("services", name, "component"), str(error)))
            continue
        if component.role == "tool" and environment != "dev":
            continue
        override = overrides.get(name)
        problems += _said_twice(name, environment, override) if override else ()
        said = merge(service, override) if override else service
        version = said.version or _pinned(pinned, name, service, component) or component.default
        context = Context()
        if component.language:
            context = contexts.get((said.build or ".", component.language), context)
        chosen[name] = _chosen(
            *(name, environment, said, override, component, version, context),
            *(pinned, problems),
        )
    problems += _more_than_one(chosen.values())
    return chosen


def _said_twice(
    name: str, environment: Environment, override: ServiceOverride
) -> Iterator[Problem]:
    """Yield a problem for every key of an override that holds for all environments."""
    for key in override.options.keys() & Service.model_fields:
        message = f"{key}: must be the same in every environment"
        yield Problem(("environments", environment, name, key), message)


def _more_than_one(services: Iterable[Chosen]) -> Iterator[Problem]:
    """Yield a problem for every service of which an application may have one container only."""
    first: dict[tuple[str, ...], str] = {}
    for one in services:
        single = one.facts.single
        if single is None:
            continue
        if (one.said.replicas or 1) > 1:
            yield Problem(one.place("replicas"), f"{single.why}; remove replicas:")
        application = (one.component.name, one.folder, str(one.options))
        other = first.setdefault(application, one.name)
        if other != one.name:
            yield Problem(one.place(), f"{single.why}, and {other} already is one")


def _pinned(pinned: Pinned, name: str, service: Service, component: Component) -> str | None:
    found = pinned.version(name, component.name)
    if found is None and service.renamed_from:
        found = pinned.version(service.renamed_from, component.name)
    return found


def _chosen(
    name: str,
    environment: Environment,
    said: Service,
    override: ServiceOverride | None,
    component: Component,
    version: str,
    context: Context,
    pinned: Pinned,
    problems: list[Problem],
) -> Chosen:
    series = component.series(version)
    refusal = component.refusal(version)
    if refusal and (series is None or not pinned.known):
        place = _place(name, environment, override, "version")
        known = "" if said.version else "; it comes from .composegen/lock.json, so set version:"
        problems.append(Problem(place, f"{refusal}{known}"))
    if series is None:
        version = series = component.default
    options, wrong = _options(said.options, component)
    for path, message in wrong:
        problems.append(Problem(_place(name, environment, override, *path), message))
    facts = component.facts_for(_choices(options, series, environment, context))
    values = _values(name, environment, said, version, series, options, facts)
    return Chosen(
        *(name, environment, said, override, component, version, series, options, facts, values),
        context,
    )


def _choices(
    options: Mapping[str, Any], series: str, environment: Environment, context: Context
) -> dict[str, Any]:
    """Return all that the facts of a component can depend on."""
    tested = "test" in context.scripts
    return {**options, "version": series, "environment": environment, "test_script": tested}


def moved(chosen: Chosen, environment: Environment) -> Chosen:
    """Return what a service would be in an environment that the spec has not got."""
    choices = _choices(chosen.options, chosen.series, environment, chosen.context)
    facts = chosen.component.facts_for(choices)
    return replace(chosen, environment=environment, facts=facts)


def _options(
    said: Mapping[str, Any], component: Component
) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    """Return all options of a component, with defaults, and what is wrong with those given."""
    options = {name: option.default for name, option in component.options.items()}
    wrong: list[tuple[Path, str]] = []
    for key, value in said.items():
        if key not in component.options:
            known = (*Service.model_fields, *component.options)
            wrong.append(
                ((key,), f"unknown key '{key}' for {component.name}{did_you_mean(key, known)}")
            )
            continue
        option, problems = read_option(component.options[key].type, value)
        wrong += [((key, *problem.path), problem.message) for problem in problems]
        options[key] = options[key] if problems else option
    return options, wrong


def _values(
    name: str,
    environment: Environment,
    said: Service,
    version: str,
    series: str,
    options: Mapping[str, Any],
    facts: Facts,
) -> dict[str, str]:
    values = {key: str(value) for key, value in options.items() if value is not None}
    values |= {"service": name, "SERVICE": variable(name), "version": version, "series": series}
    if limit := memory_limit(said, environment, facts):
        values["memory"] = str(quantities.bytes_of(limit))
    whole = quantities.bytes_of(said.memory or facts.limits.memory)
    values["share"] = str(max(1, whole * facts.limits.share // (100 * 1024**2)))
    for secret in facts.secrets:
        values[secret] = f"${{{variable(said.renamed_from or name, secret)}:?{_REQUIRED}}}"
    return values


def memory_limit(said: Service, environment: Environment, facts: Facts) -> str | None:
    """Return how much memory a service may use; by default there is a limit in prod alone."""
    return said.memory or (facts.limits.memory if environment == "prod" else None)


def cautions(services: Iterable[Chosen]) -> Iterator[str]:
    """Yield a warning for every version that only a project which has it already can have."""
    for one in services:
        refusal = one.component.refusal(one.version)
        if refusal:
            yield f"{one.name}: {refusal}"


def is_limited(chosen: Chosen) -> bool:
    """Say whether the container's memory is limited: always in prod, elsewhere on request."""
    return memory_limit(chosen.said, chosen.environment, chosen.facts) is not None


def option_values(service: Service, catalog: Catalog) -> dict[str, str]:
    """Return the options of a service as text, with the component's defaults."""
    options, _ = _options(service.options, catalog[service.component])
    return {key: str(value) for key, value in options.items() if value is not None}


def variable(*words: str) -> str:
    """Return an environment variable's name for some words: `DB_PASSWORD`."""
    name = "_".join(words).upper().replace("-", "_")
    return f"_{name}" if name[0].isdigit() else name


def secrets(chosen: Chosen) -> dict[str, str]:
    """Return the variables of a service's secrets, each with the catalog's name for it."""
    return {variable(chosen.kept_name, secret): secret for secret in chosen.facts.secrets}
