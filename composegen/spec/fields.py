"""The types of the spec's fields: text and numbers with a meaning.

Each annotates a field of a Pydantic model with a check, which returns the value in our form or
raises ValueError with what is wrong and the right way, and with a JSON Schema for editors.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from composegen.errors import Problem, Problems, did_you_mean
from composegen.formats.paths import container_path, folder, host_path
from composegen.formats.ports import port_mapping
from composegen.formats.words import shown, slug
from composegen.formats.yaml12 import Float, Int

_RESERVED_HOSTS = ("localhost", "host", "gateway", "host-docker-internal", "secrets")

_ON_FAILURE = r"on-failure:[0-9]{1,5}"
_RESTARTS = ("always", "no", "on-failure", "unless-stopped")


@dataclass(frozen=True, eq=False)
class Type:
    """What a value must be: its check, and its JSON Schema."""

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        """Have Pydantic read a value by the check alone."""
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Show an editor what the check takes."""
        return dict(self.schema)


def text(form: str, want: str, *, length: int = 63) -> Type:
    """Return a type for text of one pattern; `want` says in a message what it is."""
    return Type(_text(form, want, length=length), pattern(f"^{form}$"))


def one_of(words: Iterable[str], what: str) -> Type:
    """Return a type for one of some words; `what` they are, in a message."""
    known = tuple(words)

    def check(value: Any) -> str:
        if value in known:
            return str(value)
        raise ValueError(f"unknown {what} {shown(value)}{did_you_mean(str(value), known)}")

    return Type(check, {"type": "string", "enum": list(known)})


def pattern(regex: str) -> dict[str, Any]:
    """Return the JSON Schema of text that fits a pattern."""
    return {"type": "string", "pattern": regex}


def _text(pattern: str, want: str, *, length: int = 63) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if isinstance(value, str) and len(value) <= length and re.fullmatch(pattern, value, re.A):
            return value
        raise ValueError(f"{shown(value)} is not {want}")

    return check


def mapping_of(what: str, example: str = "") -> Callable[[Any], Any]:
    """Return a check that a value is a mapping; a message says of what, and shows an example."""

    def check(value: Any) -> Any:
        if isinstance(value, dict | BaseModel):
            return value
        hint = f", for example {example}" if example else ""
        raise ValueError(f"{shown(value)} is not a mapping{f' of {what}' if what else ''}{hint}")

    return check


def filled(is_mapping: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a check that a value is a mapping with at least one entry."""

    def check(value: Any) -> Any:
        if is_mapping(value):
            return value
        raise ValueError("is empty; it needs at least one entry")

    return check


def list_of(what: str, example: str, *, empty: bool = True) -> Callable[[Any], Any]:
    """Return a check that a value is a list; a message says of what, and shows an example."""

    def check(value: Any) -> Any:
        if isinstance(value, list | tuple) and (value or empty):
            return value
        raise ValueError(f"{shown(value)} is not a list of {what}, for example {example}")

    return check


def _project(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value, re.ASCII):
        return value
    hint = f", for example {slug(value)}" if isinstance(value, str) else "; quote it"
    raise ValueError(
        f"{shown(value)} is not a project name; lower-case letters, digits, - and _{hint}"
    )


def _service(value: Any) -> str:
    if value in _RESERVED_HOSTS:
        raise ValueError(f"'{value}' is reserved; write {value}-service")
    if isinstance(value, str) and re.fullmatch(
        r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", value, re.ASCII
    ):
        return value
    hint = slug(value, length=40) if isinstance(value, str) else "api"
    hint = f"{hint}-service" if hint in _RESERVED_HOSTS else hint
    raise ValueError(
        f"{shown(value)} is not a service name: it is a host name, so up to 40 lower-case letters, "
        f"digits and -, for example {hint}"
    )


def _version(value: Any) -> str:
    if isinstance(value, Float):
        raise ValueError(
            f"{value.text} is read as the number {float(value):g}; "
            f'quote it: version: "{value.text}"'
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", 'a version, for example "18"')(value)


def _restart(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_ON_FAILURE, value, re.ASCII):
        return value
    policy: str = one_of(_RESTARTS, "restart policy").check(value)
    return policy


def _command(value: Any) -> tuple[str, ...]:
    said = value
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:
            raise ValueError(f"{shown(value)} has an unclosed quote") from None
    words = value if isinstance(value, list | tuple) else []
    plain = str | int | float
    if words and all(isinstance(word, plain) and not isinstance(word, bool) for word in words):
        return tuple(word.text if isinstance(word, Float | Int) else str(word) for word in words)
    raise ValueError(f"{shown(said)} is not a command; write [python, -m, app.worker]")


def assignments(value: Any) -> Any:
    """Return variables as a mapping, also where they are a list of NAME=value."""
    if not isinstance(value, list):
        return mapping_of("variables, NAME: value")(value)
    names = [
        one.partition("=")[0] if isinstance(one, str) and "=" in one else None for one in value
    ]
    wrong = [
        Problem((number,), "a list of variables needs NAME=value in every entry")
        if name is None
        else Problem((number,), f"{name} appears twice")
        for number, name in enumerate(names)
        if name is None or name in names[:number]
    ]
    if wrong:
        raise Problems(wrong)
    return dict(one.split("=", 1) for one in value)


def _variable(value: Any) -> str:
    return _text(r"[A-Za-z_][A-Za-z0-9_]*", "a variable name", length=128)(value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float | Int):
        return value.text
    if isinstance(value, str | int | float):
        text = str(value)
        if "\n" in text or "\r" in text or "\0" in text:
            raise ValueError("a variable can't contain a line break; use a file")
        return text
    if value is None:
        raise ValueError("has no value; write '' for an empty one")
    raise ValueError(f"{shown(value)} is neither text nor a number")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(f"{shown(value)} is neither true nor false")


def _setting(value: Any) -> str:
    return _text(r"[^\x00-\x1f]*", "the value of a setting", length=200)(_value(value))


def _raw(value: Any) -> dict[str, Any]:
    keys: dict[str, Any] = mapping_of("Compose keys")(value)
    _refuse_odd(keys)
    return keys


def _refuse_odd(value: Any) -> None:
    """Raise ValueError for a number that JSON, and so Compose, can't hold."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_odd(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is a number that Compose can't hold; quote it")


PROJECT_NAME = Type(_project, pattern(r"^[a-z0-9][a-z0-9_-]*$"))
SERVICE_NAME = Type(_service, pattern(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))
VERSION = Type(_version, {"type": ["string", "integer"]})
PORT_ENTRY = Type(port_mapping, {"type": ["string", "integer", "object"]})
CONTAINER_PATH = Type(container_path, pattern("^/"))
HOST_PATH = Type(host_path, {"type": "string"})
FOLDER = Type(folder, {"type": "string"})
COMMAND = Type(_command, {"type": ["string", "array"], "items": {"type": ["string", "number"]}})
VARIABLE = Type(_variable, pattern("^[A-Za-z_][A-Za-z0-9_]*$"))
VALUE = Type(_value, {"type": ["string", "number", "boolean"]})
RAW = Type(_raw, {"type": "object"})
FLAG = Type(_boolean, {"enum": [True, False, "true", "false"]})
RESTART = Type(_restart, {"anyOf": [{"enum": list(_RESTARTS)}, pattern(f"^{_ON_FAILURE}$")]})
SETTING_NAME = text(r"[a-z_][a-z0-9_.-]*", "the name of a setting", length=100)
SETTING = Type(_setting, dict(VALUE.schema))
VOLUME_NAME = text(r"[a-z0-9][a-z0-9_.-]+", "a volume name of two characters or more")
VOLUME_KEY = text(r"[a-z0-9][a-z0-9_.-]*", "a volume name, for example shared")
USER = text(
    r"([A-Za-z0-9_.:-]|\$\{[A-Za-z_][A-Za-z0-9_]*(:?[-?+][^{}]*)?\})+",
    'a user, for example "1000:1000"',
)

Values = dict[Annotated[str, VARIABLE], Annotated[str, VALUE]]
# None is what a model has where the spec says nothing; the checks refuse it.
Environment = Annotated[
    Values | None, BeforeValidator(assignments, json_schema_input_type=Values | list[str])
]
Ports = Annotated[
    tuple[Annotated[str, PORT_ENTRY], ...] | None,
    BeforeValidator(list_of("ports", "['8000:8000']")),
]
Folders = Annotated[
    tuple[Annotated[str, FOLDER], ...] | None,
    BeforeValidator(list_of("folders", "[app]", empty=False)),
]
DriverOptions = Annotated[
    dict[str, Annotated[str, VALUE]] | None, BeforeValidator(mapping_of("options"))
]
Settings = Annotated[
    dict[Annotated[str, SETTING_NAME], Annotated[str, SETTING]] | None,
    BeforeValidator(mapping_of("", "{max_connections: 200}")),
]
