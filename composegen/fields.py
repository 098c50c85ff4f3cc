"""The types of the spec's fields: text and numbers with a meaning.

Each has a check, which returns the value in our form or raises ValueError with what is wrong and
the right way, and a JSON Schema for editors.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from composegen.errors import did_you_mean
from composegen.paths import container_path, folder, host_path
from composegen.ports import port_mapping
from composegen.words import shown, slug
from composegen.yaml12 import Float, Int

_RESERVED_HOSTS = ("localhost", "host", "gateway", "host-docker-internal", "secrets")

_SIZE = r"[0-9]+(\.[0-9]+)?([bkmgBKMG]|[kmgKMG][bB])"
_BYTES = r"[0-9]{7,18}"
_DURATION = r"(([0-9]+(\.[0-9]+)?|\.[0-9]+)(us|ms|s|m|h))+"
_CPUS = r"[0-9]+(\.[0-9]*)?|\.[0-9]+"
_INTEGER = r"[0-9]{1,9}"
_ON_FAILURE = r"on-failure:[0-9]{1,5}"
_RESTARTS = ("always", "no", "on-failure", "unless-stopped")
_MODE = r"(0o?)?[0-7]{3,4}"


class Type(msgspec.Struct, frozen=True):
    """What a value must be: its check, and its JSON Schema."""

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]


def text(pattern: str, want: str, *, length: int = 63) -> Type:
    """Return a type for text of one pattern; `want` says in a message what it is."""
    return Type(_text(pattern, want, length=length), _pattern(f"^{pattern}$"))


def one_of(words: Iterable[str], what: str) -> Type:
    """Return a type for one of some words; `what` they are, in a message."""
    known = tuple(words)

    def check(value: Any) -> str:
        if value in known:
            return str(value)
        raise ValueError(f"unknown {what} {shown(value)}{did_you_mean(str(value), known)}")

    return Type(check, {"enum": list(known)})


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


def _whole(first: int, last: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": first, "maximum": last}
    return {"anyOf": [number, _pattern(f"^{_INTEGER}$")]}


def _text(pattern: str, want: str, *, length: int = 63) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if isinstance(value, str) and len(value) <= length and re.fullmatch(pattern, value, re.A):
            return value
        raise ValueError(f"{shown(value)} is not {want}")

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
        raise ValueError(f"'{value}' already means something else; write {value}-service")
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


def _integer(value: Any, first: int, last: int) -> int | None:
    """Return a whole number of a range, None for anything else; Compose takes quoted ones, too."""
    if isinstance(value, str) and re.fullmatch(_INTEGER, value, re.ASCII):
        value = int(value)
    good = isinstance(value, int) and not isinstance(value, bool) and first <= value <= last
    return value if good else None


def _port(value: Any) -> int:
    port = _integer(value, 1, 65535)
    if port is None:
        raise ValueError(f"{shown(value)} is not a port; 1 to 65535, for example 8000")
    return port


def _size(value: Any) -> str:
    # a number of bytes: a smaller one was meant to have a unit
    if type(value) in (int, str) and re.fullmatch(_BYTES, str(value), re.ASCII):
        return f"{value}B"
    if (
        isinstance(value, str)
        and re.fullmatch(_SIZE, value)
        and float(value.rstrip("BbKkMmGg")) > 0
    ):
        return value.upper().removesuffix("B") if not value[-2].isdigit() else value.upper()
    raise ValueError(f"{shown(value)} is not an amount of memory; write 512M or 2G")


def bytes_of(size: str) -> int:
    """Return an amount of memory, as the spec and the catalog write it, in bytes."""
    size = _size(size)
    factor = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}[size[-1]]
    return round(float(size[:-1]) * factor)


def _cpus(value: Any) -> float:
    is_quoted = isinstance(value, str) and re.fullmatch(_CPUS, value, re.ASCII)
    number = float(value) if is_quoted else value
    if isinstance(number, int | float) and not isinstance(number, bool) and 0.01 <= number < 1e4:
        return float(number)
    raise ValueError(f"{shown(value)} is not a number of CPUs; write 0.5 or 2")


def _count(value: Any) -> int:
    count = _integer(value, 1, 100)
    if count is None:
        raise ValueError(f"{shown(value)} is not a count; 1 to 100")
    return count


def _restart(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_ON_FAILURE, value, re.ASCII):
        return value
    policy: str = one_of(_RESTARTS, "restart policy").check(value)
    return policy


def _duration(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_DURATION, value):
        return value
    raise ValueError(f"{shown(value)} is not a duration; write 500ms, 5s or 1m30s")


def _command(value: Any) -> tuple[str, ...]:
    said = value
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:
            raise ValueError(f"{shown(value)} has a quote without an end") from None
    words = value if isinstance(value, list | tuple) else []
    plain = str | int | float
    if words and all(isinstance(word, plain) and not isinstance(word, bool) for word in words):
        return tuple(word.text if isinstance(word, Float | Int) else str(word) for word in words)
    raise ValueError(f"{shown(said)} is not a command; write [python, -m, app.worker]")


def _environment(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        pairs = [entry.partition("=") for entry in value if isinstance(entry, str) and "=" in entry]
        if len(pairs) != len(value):
            raise ValueError("a list of variables needs NAME=value in every entry")
        for number, (name, _, _) in enumerate(pairs):
            if name in [other for other, _, _ in pairs[:number]]:
                raise ValueError(f"{name} stands twice")
        value = {name: text for name, _, text in pairs}
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a mapping of variables, NAME: value")
    return {_variable(name): _variable_value(name, text) for name, text in value.items()}


def _variable(value: Any) -> str:
    return _text(r"[A-Za-z_][A-Za-z0-9_]*", "a variable name", length=128)(value)


def _variable_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float | Int):
        return value.text
    if isinstance(value, str | int | float):
        text = str(value)
        if "\n" in text or "\r" in text or "\0" in text:
            raise ValueError(f"{name} has a line break; use a file")
        return text
    raise ValueError(f"{name} has no value; write '' for an empty one")


def _mode(value: Any) -> str:
    # 0o1777 and 01777 are octal in Compose, 1777 is not
    text = value.text if isinstance(value, Int) else value
    if isinstance(text, str) and re.fullmatch(_MODE, text, re.ASCII):
        return text.removeprefix("0o") if text[:2] == "0o" else text[-4:]
    raise ValueError(f'{shown(value)} is not a mode; octal digits in quotes, for example "1777"')


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError(f"{shown(value)} is not a list of texts, for example [tools]")


def _folders(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"{shown(value)} is not a list of folders, for example [app]")
    return tuple(folder(item) for item in value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(f"{shown(value)} is neither true nor false")


def _settings(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a mapping, for example {{max_connections: 200}}")
    name = _text(r"[a-z_][a-z0-9_.-]*", "the name of a setting", length=100)
    text = _text(r"[^\x00-\x1f]*", "the value of a setting", length=200)
    return {name(key): text(_variable_value(key, item)) for key, item in value.items()}


def _port_entries(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{shown(value)} is not a list of ports, for example ['8000:8000']")
    return tuple(port_mapping(entry) for entry in value)


def _driver_options(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a mapping of options")
    return {name: _variable_value(name, option) for name, option in value.items()}


def _raw(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a mapping of Compose keys")
    _refuse_odd(value)
    return value


def _refuse_odd(value: Any) -> None:
    """Raise ValueError for a number that JSON, and so Compose, can't hold."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_odd(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is a number that Compose can't hold; quote it")


PROJECT_NAME = Type(_project, _pattern(r"^[a-z0-9][a-z0-9_-]*$"))
SERVICE_NAME = Type(_service, _pattern(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))
VERSION = Type(_version, {"type": ["string", "integer"]})
PORT = Type(_port, _whole(1, 65535))
PORT_ENTRIES = Type(
    _port_entries, {"type": "array", "items": {"type": ["string", "integer", "object"]}}
)
SIZE = Type(
    _size,
    {"anyOf": [_pattern(f"^({_SIZE}|{_BYTES})$"), {"type": "integer", "minimum": 10**6}]},
)
CPUS = Type(_cpus, {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _pattern(f"^({_CPUS})$")]})
COUNT = Type(_count, _whole(1, 100))
DURATION = Type(_duration, _pattern(f"^{_DURATION}$"))
CONTAINER_PATH = Type(container_path, _pattern("^/"))
HOST_PATH = Type(host_path, {"type": "string"})
FOLDER = Type(folder, {"type": "string"})
FOLDERS = Type(_folders, {"type": "array", "items": {"type": "string"}})
COMMAND = Type(_command, {"type": ["string", "array"], "items": {"type": ["string", "number"]}})
ENVIRONMENT = Type(_environment, {"type": ["object", "array"]})
VARIABLE = Type(_variable, _pattern("^[A-Za-z_][A-Za-z0-9_]*$"))
MODE = Type(_mode, {"anyOf": [_pattern(f"^{_MODE}$"), {"type": "integer", "minimum": 0}]})
TEXTS = Type(_texts, {"type": "array", "items": {"type": "string"}})
OPTIONS = Type(_driver_options, {"type": "object"})
RAW = Type(_raw, {"type": "object"})
FLAG = Type(_boolean, {"enum": [True, False, "true", "false"]})
RESTART = Type(_restart, {"anyOf": [{"enum": list(_RESTARTS)}, _pattern(f"^{_ON_FAILURE}$")]})
SETTINGS = Type(_settings, {"type": "object"})
VOLUME_NAME = text(r"[a-z0-9][a-z0-9_.-]+", "a volume name of two characters or more")
VOLUME_KEY = text(r"[a-z0-9][a-z0-9_.-]*", "a volume name, for example shared")
USER = text(
    r"([A-Za-z0-9_.:-]|\$\{[A-Za-z_][A-Za-z0-9_]*(:?[-?+][^{}]*)?\})+",
    'a user, for example "1000:1000"',
)
