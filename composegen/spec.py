"""The spec: what the user writes in `stack.yaml`."""

from __future__ import annotations

import copy
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from composegen import fields
from composegen.errors import Path, Problem, did_you_mean

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
KINDS: tuple[str, ...] = get_args(Kind)


class _Model(BaseModel):
    # built once, as part of Spec, and not for every class on its own
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class VolumeOptions(_Model):
    """How a named volume is made: its key in the file, and Compose's own options."""

    key: fields.VolumeKey | None = None
    name: fields.VolumeKey | None = None
    driver: fields.VolumeKey | None = None
    driver_opts: dict[str, str] = Field(default_factory=dict)
    external: fields.Flag = False


class Data(_Model):
    """One piece of data: its kind, and the answers that override what the kind implies."""

    kind: Kind | None = None
    persist: fields.Flag | None = None
    edited: fields.Flag | None = None
    read_only: fields.Flag | None = None
    mount: Literal["bind", "tmpfs", "volume"] | None = None
    insist: fields.Flag = False
    protect: fields.Flag = False
    size: fields.Size | None = None
    mode: fields.Mode | None = None
    source: fields.HostPath | None = None
    volume: VolumeOptions | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @field_validator("volume", mode="before")
    @classmethod
    def _volume_key(cls, value: Any) -> Any:
        return {"key": value} if isinstance(value, str) else value


class Healthcheck(_Model):
    """Compose's own healthcheck; what is not given comes from the component."""

    test: fields.Texts | None = None
    interval: fields.Duration | None = None
    timeout: fields.Duration | None = None
    retries: fields.Count | None = None
    start_period: fields.Duration | None = None
    start_interval: fields.Duration | None = None
    disable: fields.Flag = False


class ServiceOverride(_Model):
    """What an environment can say about a service; further keys are the component's options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    version: fields.Version | None = None
    build: fields.Folder | None = None
    needs: dict[str, dict[fields.Variable, str]] | None = None
    data: dict[fields.ContainerPath, Data] | None = None
    environment: fields.Environment | None = None
    command: fields.Command | None = None
    port: fields.Port | None = None
    ports: tuple[fields.PortEntry, ...] | None = None
    restart: Literal["always", "no", "on-failure", "unless-stopped"] | None = None
    memory: fields.Size | None = None
    cpus: fields.Cpus | None = None
    replicas: fields.Count | None = None
    profiles: fields.Texts | None = None
    healthcheck: Healthcheck | None = None
    user: fields.UserText | None = None
    compose: dict[str, Any] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The keys that are not ours: options of the component, not yet checked."""
        return self.model_extra or {}

    @field_validator("needs", mode="before")
    @classmethod
    def _list_of_needs(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
            return {name: {} for name in value}
        if isinstance(value, dict):
            return {name: {} if names is None else names for name, names in value.items()}
        raise ValueError(
            f"{fields.shown(value)} is not a list of services, for example [db, cache]"
        )

    @field_validator("data", mode="before")
    @classmethod
    def _one_entry_a_path(cls, value: Any) -> Any:
        seen: dict[str, str] = {}
        for path in value if isinstance(value, dict) else ():
            plain = "/" + path.strip("/")
            if plain in seen:
                raise ValueError(f"'{path}' and '{seen[plain]}' are the same path")
            seen[plain] = path
        return value


class Service(ServiceOverride):
    """One service of the stack: a component of the catalog, and what is special about it."""

    component: str

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        component, colon, version = value.partition(":")
        return {"component": component, **({"version": version} if colon else {})}


class Spec(_Model):
    """A whole stack."""

    name: fields.ProjectName
    services: dict[fields.ServiceName, Service] = Field(min_length=1)
    environments: dict[Environment, dict[str, ServiceOverride]] = Field(
        default={"dev": {}, "prod": {}}, min_length=1
    )
    compose: dict[str, Any] = Field(default_factory=dict)

    @field_validator("environments", mode="before")
    @classmethod
    def _empty_environments(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: {} if said is None else said for name, said in value.items()}
        return value


def parse_spec(value: Any) -> tuple[Spec | None, list[Problem]]:
    """Return the spec and everything that is wrong with its form.

    With problems, the spec is what is left without the parts that they name, so that further
    checks can look at the rest; None where too little is left.
    """
    if not isinstance(value, dict):
        what = "is empty" if value is None else f"holds {fields.shown(value)}"
        return None, [Problem((), f"the spec {what}; it needs at least name: and services:")]
    try:
        return Spec.model_validate(value), []
    except ValidationError as error:
        problems = [_problem(detail) for detail in error.errors(include_url=False)]
    rest = copy.deepcopy(value)
    for problem in problems:
        _remove(rest, problem.path)
    try:
        return Spec.model_validate({"name": "app", **rest}), problems
    except ValidationError:
        return None, problems


def _problem(detail: Any) -> Problem:
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    value = fields.shown(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            return Problem(
                path, f"unknown key '{path[-1]}'{did_you_mean(str(path[-1]), _keys(path))}"
            )
        case "missing":
            message = "is missing"
        case "literal_error" if "[key]" in detail["loc"]:
            message = f"unknown environment {value}{did_you_mean(str(path[-1]), ENVIRONMENTS)}"
        case "literal_error":
            known = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            message = f"{value} is not known here{did_you_mean(str(detail['input']), known)}"
        case "value_error":
            message = str(detail["ctx"]["error"])
        case "dict_type" | "model_type":
            message = f"{value} is not a mapping"
        case "too_short":
            message = "is empty; it needs at least one entry"
        case _:
            message = f"{value}: {detail['msg'].lower()}"
    return Problem(path, message)


def _keys(path: Path) -> list[str]:
    """Return the keys that are known beside the last part of a path."""
    models: dict[str, type[_Model]] = {
        "data": Data,
        "healthcheck": Healthcheck,
        "volume": VolumeOptions,
    }
    for part in reversed(path[:-1]):
        if isinstance(part, str) and part in models:
            return list(models[part].model_fields)
    return list(Spec.model_fields)


def _remove(value: Any, path: Path) -> None:
    """Take out the part that a path names, or the nearest one above it that exists."""
    for depth, part in enumerate(path):
        inside = isinstance(value, dict) and part in value
        inside = inside or (isinstance(value, list) and isinstance(part, int))
        if not inside:
            return
        if depth == len(path) - 1 or not isinstance(value[part], dict):
            value.pop(part)
            return
        value = value[part]
