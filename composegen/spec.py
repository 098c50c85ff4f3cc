"""The spec: what the user writes in `stack.yaml`."""

# Annotations are read when the types are built, so they are not postponed here.

from typing import Annotated, Any, Literal, get_args

import msgspec

from composegen import fields
from composegen.errors import Problem
from composegen.models import Wrong, listing, mapping, model, optional
from composegen.words import shown

Environment = Literal["dev", "test", "prod"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)

Kind = Literal[
    "backups",
    "cache",
    "code",
    "config",
    "database",
    "dependencies",
    "files",
    "log",
    "models",
    "secrets",
    "temp",
    "uploads",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_MOUNTS = ("bind", "tmpfs", "volume")


class VolumeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a named volume is made: its key in the file, and Compose's own options."""

    key: Annotated[str | None, fields.VOLUME_KEY] = None
    name: Annotated[str | None, fields.VOLUME_NAME] = None
    driver: Annotated[str | None, fields.VOLUME_KEY] = None
    driver_opts: Annotated[dict[str, str] | None, fields.OPTIONS] = None
    external: Annotated[bool | None, fields.FLAG] = None
    renamed_from: Annotated[str | None, fields.VOLUME_KEY] = None


_VOLUME = model(VolumeOptions, short=lambda key: {"key": key})


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of data: its kind, and the answers that override what the kind implies."""

    kind: Annotated[Kind | None, fields.one_of(KINDS, "kind of data")] = None
    persist: Annotated[bool | None, fields.FLAG] = None
    edited: Annotated[bool | None, fields.FLAG] = None
    read_only: Annotated[bool | None, fields.FLAG] = None
    mount: Annotated[
        Literal["bind", "tmpfs", "volume"] | None, fields.one_of(_MOUNTS, "kind of mount")
    ] = None
    insist: Annotated[bool | None, fields.FLAG] = None
    protect: Annotated[bool | None, fields.FLAG] = None
    size: Annotated[str | None, fields.SIZE] = None
    mode: Annotated[str | None, fields.MODE] = None
    source: Annotated[str | None, fields.HOST_PATH] = None
    volume: Annotated[VolumeOptions | None, _VOLUME] = None


def _test(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and value:
        return ("CMD-SHELL", value)
    words: tuple[str, ...] = fields.TEXTS.check(value)
    if not words or words[0] not in ("CMD", "CMD-SHELL", "NONE"):
        raise ValueError(f"{shown(value)} does not begin with CMD, CMD-SHELL or NONE")
    return words


class Healthcheck(msgspec.Struct, frozen=True, kw_only=True):
    """Compose's own healthcheck; what is not given comes from the component."""

    test: Annotated[tuple[str, ...] | None, fields.Type(_test, {"type": ["array", "string"]})] = (
        None
    )
    interval: Annotated[str | None, fields.DURATION] = None
    timeout: Annotated[str | None, fields.DURATION] = None
    retries: Annotated[int | None, fields.COUNT] = None
    start_period: Annotated[str | None, fields.DURATION] = None
    start_interval: Annotated[str | None, fields.DURATION] = None
    disable: Annotated[bool | None, fields.FLAG] = None


def _needs(value: Any) -> dict[str, dict[str, str]]:
    if isinstance(value, list):
        try:
            return {name: {} for name in _NAMES.check(value)}
        except Wrong as wrong:
            raise Wrong(wrong.problems, {name: {} for name in wrong.rest}) from None
    if isinstance(value, dict):
        named: dict[str, dict[str, str]] = _NAMED.check(value)
        return named
    raise ValueError(f"{shown(value)} is not a list of services, such as [db, cache]")


def _data(value: Any) -> dict[str, Data]:
    data: dict[str, Data] = _PATHS.check(value)
    return data


_PART = fields.text(r"[a-z_]+", "a part of a connection, for example url")
_NAMES = listing(fields.text(r".+", "a service, for example db"), "a list of services")
_NAMED = mapping(fields.Type(str, {}), optional(mapping(fields.VARIABLE, _PART), dict))
_PATHS = mapping(fields.CONTAINER_PATH, model(Data, short=lambda kind: {"kind": kind}))


def _variables(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        try:
            _ENTRIES.check(value)
        except Wrong as wrong:
            pairs = (entry.partition("=") for entry in wrong.rest)
            raise Wrong(wrong.problems, {name: text for name, _, text in pairs}) from None
    if isinstance(value, dict):
        problems = []
        result: dict[str, str] = {}
        for name, text in value.items():
            try:
                result |= fields.ENVIRONMENT.check({name: text})
            except ValueError as error:
                problems.append(Problem((name,), str(error)))
        if problems:
            raise Wrong(problems, result)
        return result
    whole: dict[str, str] = fields.ENVIRONMENT.check(value)
    return whole


def _assignment(value: Any) -> str:
    fields.ENVIRONMENT.check([value])
    return str(value)


_ENTRIES = listing(fields.Type(_assignment, {}), "a list of variables")
_PORT = fields.Type(
    lambda value: fields.PORT_ENTRIES.check([value])[0], fields.PORT_ENTRIES.schema["items"]
)
_PORTS = listing(_PORT, "a list of ports, for example ['8000:8000']")
_PROFILES = listing(
    fields.text(r".+", "a profile, for example tools"), "a list of texts, for example [tools]"
)


class ServiceOverride(msgspec.Struct, frozen=True, kw_only=True):
    """What an environment can say about a service; `options` are the component's own keys."""

    version: Annotated[str | None, fields.VERSION] = None
    build: Annotated[str | None, fields.FOLDER] = None
    needs: Annotated[
        dict[str, dict[str, str]] | None, fields.Type(_needs, {"type": ["array", "object"]})
    ] = None
    data: Annotated[dict[str, Data] | None, fields.Type(_data, _PATHS.schema)] = None
    environment: Annotated[
        dict[str, str] | None, fields.Type(_variables, fields.ENVIRONMENT.schema)
    ] = None
    command: Annotated[tuple[str, ...] | None, fields.COMMAND] = None
    port: Annotated[int | None, fields.PORT] = None
    ports: Annotated[tuple[str, ...] | None, _PORTS] = None
    restart: Annotated[str | None, fields.RESTART] = None
    memory: Annotated[str | None, fields.SIZE] = None
    cpus: Annotated[float | None, fields.CPUS] = None
    replicas: Annotated[int | None, fields.COUNT] = None
    profiles: Annotated[tuple[str, ...] | None, _PROFILES] = None
    healthcheck: Annotated[Healthcheck | None, model(Healthcheck)] = None
    user: Annotated[str | None, fields.USER] = None
    compose: Annotated[dict[str, Any] | None, fields.RAW] = None
    options: dict[str, Any] = msgspec.field(default_factory=dict)


class Service(ServiceOverride, frozen=True, kw_only=True):
    """One service of the stack: a component of the catalog, and what is special about it."""

    component: Annotated[str, fields.text(r".+", "the name of a component, for example postgres")]
    renamed_from: Annotated[str | None, fields.SERVICE_NAME] = None


def _short_service(text: str) -> dict[str, str]:
    component, colon, version = text.partition(":")
    return {"component": component, **({"version": version} if colon else {})}


_SERVICE = model(Service, short=_short_service, extra="options", example="redis:8")


class EnvironmentSpec(msgspec.Struct, frozen=True):
    """What is special about one environment: its services, and how secrets reach a container."""

    services: dict[str, ServiceOverride] = {}
    secrets: Literal["env", "files"] = "env"


def _environment(value: Any) -> EnvironmentSpec:
    """Read an environment: services by name, and beside them the one word of its own, `secrets`."""
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a mapping of services")
    rest = {name: one for name, one in value.items() if name != "secrets"}
    services, problems = rest, []
    try:
        services = _OVERRIDES.check(rest)
    except Wrong as wrong:
        services, problems = wrong.rest, wrong.problems
    said = value.get("secrets", "env")
    if said not in ("env", "files"):
        problems.append(Problem(("secrets",), f"{shown(said)} is neither env nor files"))
        said = "env"
    result = EnvironmentSpec(services, said)
    if problems:
        raise Wrong(problems, result)
    return result


_ENVIRONMENT = fields.one_of(ENVIRONMENTS, "environment")
_OVERRIDES = mapping(fields.Type(str, {}), model(ServiceOverride, extra="options"))


_ONE = fields.Type(
    _environment,
    {
        **_OVERRIDES.schema,
        "properties": {"secrets": {"enum": ["env", "files"]}},
    },
)


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A whole stack."""

    name: Annotated[str, fields.PROJECT_NAME]
    services: Annotated[
        dict[str, Service],
        mapping(fields.SERVICE_NAME, _SERVICE, empty=False, example="{db: postgres}"),
    ]
    environments: Annotated[
        dict[Environment, EnvironmentSpec],
        mapping(
            fields.one_of(ENVIRONMENTS, "environment"),
            optional(_ONE, EnvironmentSpec),
            empty=False,
            example="{dev: {}, prod: {}}",
        ),
    ] = msgspec.field(default_factory=lambda: {"dev": EnvironmentSpec(), "prod": EnvironmentSpec()})
    renamed_from: Annotated[str | None, fields.PROJECT_NAME] = None
    compose: Annotated[dict[str, Any] | None, fields.RAW] = None


SPEC = model(Spec)


def parse_spec(value: Any) -> tuple[Spec | None, list[Problem]]:
    """Return the spec and everything that is wrong with its form.

    With problems, the spec is what is left without the parts that they name, so that further
    checks can look at the rest; None where too little is left.
    """
    if not isinstance(value, dict):
        what = "is empty" if value is None else f"holds {shown(value)}"
        return None, [Problem((), f"the spec {what}; it needs at least name: and services:")]
    try:
        return SPEC.check(value), []
    except Wrong as wrong:
        return wrong.rest or _named(value), wrong.problems


def _named(value: dict[str, Any]) -> Spec | None:
    """Return what is left of a spec whose name is wrong."""
    try:
        spec: Spec = SPEC.check({**value, "name": "app"})
    except Wrong as wrong:
        rest: Spec | None = wrong.rest
        return rest
    return spec
