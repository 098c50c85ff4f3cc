"""The spec: what the user writes in `stack.yaml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from composegen.errors import Problem, Problems
from composegen.formats.words import shown
from composegen.spec import fields, quantities
from composegen.spec.data import ENVIRONMENTS, DataByPath, Environment, long_form
from composegen.spec.short_form import long_service
from composegen.spec.validation import Model, read

_ENVIRONMENT = fields.one_of(ENVIRONMENTS, "environment")
_PROFILE = fields.text(r".+", "a profile, for example tools")
_SERVICE = fields.text(r".+", "a service, for example db")
_PART = fields.text(r"[a-z_]+", "a part of a connection, for example url")


def _test(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and value:
        return ("CMD-SHELL", value)
    words = fields.list_of("strings", "[CMD, curl, -f, localhost]")(value)
    if not all(isinstance(word, str) and word for word in words):
        raise ValueError(f"{shown(value)} is not a list of strings, for example [CMD, true]")
    if not words or words[0] not in ("CMD", "CMD-SHELL", "NONE"):
        raise ValueError(f"{shown(value)} does not begin with CMD, CMD-SHELL or NONE")
    return tuple(words)


class Healthcheck(Model):
    """Compose's own healthcheck; what is not given comes from the component."""

    test: Annotated[tuple[str, ...] | None, fields.Type(_test, {"type": ["array", "string"]})] = (
        Field(None, description="The command: [CMD, …], [CMD-SHELL, …], [NONE] or text.")
    )
    interval: Annotated[str | None, quantities.DURATION] = Field(
        None, description="Time between two probes."
    )
    timeout: Annotated[str | None, quantities.DURATION] = Field(
        None, description="Time allowed for a probe."
    )
    retries: Annotated[int | None, quantities.COUNT] = Field(
        None, description="Failures in a row that make the service unhealthy."
    )
    start_period: Annotated[str | None, quantities.DURATION] = Field(
        None, description="Startup time, during which failures do not count."
    )
    start_interval: Annotated[str | None, quantities.DURATION] = Field(
        None, description="Time between two probes in the start period."
    )
    disable: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Leave out the healthcheck of the component."
    )


def _needs(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: {} if parts is None else parts for name, parts in value.items()}
    names = fields.list_of("services", "[db, cache]")(value)
    wrong = []
    for number, name in enumerate(names):
        try:
            _SERVICE.check(name)
        except ValueError as error:
            wrong.append(Problem((number,), str(error)))
    if wrong:
        raise Problems(wrong)
    return {name: {} for name in names}


_Parts = Annotated[
    dict[Annotated[str, fields.VARIABLE], Annotated[str, _PART]],
    BeforeValidator(fields.mapping_of("variables", "{DATABASE_URL: url}")),
]
Needs = Annotated[
    dict[str, _Parts] | None,
    BeforeValidator(_needs, json_schema_input_type=list[str] | dict[str, _Parts | None]),
]


_Profiles = Annotated[
    tuple[Annotated[str, _PROFILE], ...] | None,
    BeforeValidator(fields.list_of("strings", "[tools]")),
]


class ServiceOverride(Model):
    """What an environment can say about a service; other keys are options of its component."""

    model_config = ConfigDict(extra="allow")

    version: Annotated[str | None, fields.VERSION] = Field(
        None, description="The component's version, in quotes; the newest by default."
    )
    build: Annotated[str | None, fields.FOLDER] = Field(
        None, description="The folder that an app is built from; the spec's own by default."
    )
    needs: Needs = Field(
        None,
        description="Services that must be healthy first, and whose connection settings arrive as "
        "variables.",
    )
    data: DataByPath = Field(
        None, description="Paths in the container and what they hold: a kind of data, or more."
    )
    environment: fields.Environment = Field(None, description="Variables of the container.")
    command: Annotated[tuple[str, ...] | None, fields.COMMAND] = Field(
        None, description="The command, in place of the component's."
    )
    port: Annotated[int | None, quantities.PORT] = Field(
        None, description="The host port, on 127.0.0.1, that forwards to the service's own."
    )
    ports: fields.Ports = Field(
        None, description="Ports in Compose's syntax; on 127.0.0.1 unless an address is given."
    )
    restart: Annotated[str | None, fields.RESTART] = Field(
        None, description="The restart policy; in prod unless-stopped by default."
    )
    memory: Annotated[str | None, quantities.SIZE] = Field(
        None, description="The memory limit, for example 512M."
    )
    cpus: Annotated[float | None, quantities.CPUS] = Field(
        None, description="The CPU limit, for example 0.5."
    )
    replicas: Annotated[int | None, quantities.COUNT] = Field(
        None, description="The number of containers."
    )
    profiles: _Profiles = Field(
        None, description="Compose profiles: the service starts only with one of them."
    )
    healthcheck: Annotated[
        Healthcheck | None, BeforeValidator(fields.mapping_of("", "{interval: 5s}"))
    ] = Field(None, description="The healthcheck, overriding the component's.")
    user: Annotated[str | None, fields.USER] = Field(
        None, description='The user that the container runs as, for example "1000:1000".'
    )
    compose: Annotated[dict[str, Any] | None, fields.RAW] = Field(
        None, description="Raw Compose keys of the service, merged last."
    )

    @property
    def options(self) -> dict[str, Any]:
        """The options of the component, as they were written."""
        return self.model_extra or {}


class Service(ServiceOverride):
    """One service of the stack: a component of the catalog, and what is special about it."""

    component: Annotated[
        str, fields.text(r".+", "the name of a component, for example postgres")
    ] = Field(description="What it is; `composegen components` lists them.")
    renamed_from: Annotated[str | None, fields.SERVICE_NAME] = Field(
        None, description="Its previous name; volumes and passwords are kept."
    )


class EnvironmentSpec(Model):
    """What is special about one environment: how secrets reach a container, and its services."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[
        str, Annotated[ServiceOverride, BeforeValidator(fields.mapping_of("", "{memory: 1G}"))]
    ]

    secrets: Annotated[
        Literal["env", "files"], fields.one_of(("env", "files"), "way to pass secrets")
    ] = Field("env", description="How passwords reach a container: as variables, or as files.")

    @property
    def services(self) -> dict[str, ServiceOverride]:
        """What is said about each service."""
        return self.__pydantic_extra__


def _or_nothing(value: Any) -> Any:
    return {} if value is None else value


def _dev_and_prod() -> dict[Environment, EnvironmentSpec]:
    return {"dev": EnvironmentSpec(), "prod": EnvironmentSpec()}


class Spec(Model):
    """A whole stack."""

    name: Annotated[str, fields.PROJECT_NAME] = Field(
        description="The name of the Compose project, always written into the output."
    )
    services: Annotated[
        dict[
            Annotated[str, fields.SERVICE_NAME],
            Annotated[
                Service,
                BeforeValidator(
                    long_form(long_service, "redis:8"), json_schema_input_type=str | Service
                ),
            ],
        ],
        BeforeValidator(fields.filled(fields.mapping_of("", "{db: postgres}"))),
    ] = Field(description="The services by name: a component, or a mapping.")
    environments: Annotated[
        dict[
            Annotated[Environment, _ENVIRONMENT],
            Annotated[
                EnvironmentSpec,
                BeforeValidator(_or_nothing, json_schema_input_type=EnvironmentSpec | None),
            ],
        ],
        BeforeValidator(fields.filled(fields.mapping_of("", "{dev: {}, prod: {}}"))),
    ] = Field(
        default_factory=_dev_and_prod,
        description="The environments to write, each with its differences.",
    )
    renamed_from: Annotated[str | None, fields.PROJECT_NAME] = Field(
        None, description="The project's previous name; its volumes are kept."
    )
    compose: Annotated[dict[str, Any] | None, fields.RAW] = Field(
        None, description="Raw Compose keys of the whole file, merged last."
    )


def parse_spec(value: Any) -> tuple[Spec | None, list[Problem]]:
    """Return the spec and everything that is wrong with its form.

    With problems, the spec is what is left without the parts that they name, so that further
    checks can look at the rest; None where too little is left.
    """
    if not isinstance(value, dict):
        what = "is empty" if value is None else f"holds {shown(value)}"
        return None, [Problem((), f"the spec {what}; it needs at least name: and services:")]
    spec, problems = read(Spec.model_validate, value)
    if spec is None and any(one.path in ((), ("name",)) for one in problems):
        # a wrong name is no reason to stop looking at the services
        spec, _ = read(Spec.model_validate, {**value, "name": "app"})
    return spec, problems
