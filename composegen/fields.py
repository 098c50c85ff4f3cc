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
from composegen.words import shown, slug
from composegen.yaml12 import Float, Int

_RESERVED_HOSTS = ("localhost", "host", "gateway", "host-docker-internal", "secrets")

_SIZE = r"[0-9]+(\.[0-9]+)?([bkmgBKMG]|[kmgKMG][bB])"
_DURATION = r"([0-9]+(us|ms|s|m|h))+"
_PORT_ENTRY = (
    r"((?P<ip>[0-9]+(\.[0-9]+){3}|\[[0-9a-fA-F:.]+\]):)?"
    r"((?P<host>[0-9]+):)?(?P<target>[0-9]+)(/(tcp|udp))?"
)


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


def _port(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    raise ValueError(f"{shown(value)} is not a port; 1 to 65535, for example 8000")


def _port_entry(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    match = re.fullmatch(_PORT_ENTRY, text) if isinstance(text, str) else None
    numbers = [int(match[part]) for part in ("host", "target") if match[part]] if match else []
    if match and all(1 <= number <= 65535 for number in numbers) and _is_address(match["ip"]):
        return str(text)
    raise ValueError(
        f"{shown(value)} is not a port mapping; write 'HOST:CONTAINER' or 'IP:HOST:CONTAINER', "
        "for example '127.0.0.1:8000:8000'"
    )


def _is_address(text: str | None) -> bool:
    import ipaddress

    try:
        return text is None or bool(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return False


def _size(value: Any) -> str:
    if (
        isinstance(value, str)
        and re.fullmatch(_SIZE, value)
        and float(value.rstrip("BbKkMmGg")) > 0
    ):
        return value.upper().removesuffix("B") if not value[-2].isdigit() else value.upper()
    raise ValueError(f"{shown(value)} is not an amount of memory; write 512M or 2G")


def bytes_of(size: str) -> int:
    """Return an amount of memory, as the spec and the catalog write it, in bytes."""
    factor = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}[size[-1]]
    return round(float(size[:-1]) * factor)


def _cpus(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.01 <= value < 1e4:
        return float(value)
    raise ValueError(f"{shown(value)} is not a number of CPUs; write 0.5 or 2")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100:
        return value
    raise ValueError(f"{shown(value)} is not a count; 1 to 100")


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
    if words and all(isinstance(word, str | int) and not isinstance(word, bool) for word in words):
        return tuple(str(word) for word in words)
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
    if isinstance(value, str) and re.fullmatch(r"[0-7]{3,4}", value, re.ASCII):
        return value
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
    return tuple(_port_entry(entry) for entry in value)


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
PORT = Type(_port, {"type": "integer", "minimum": 1, "maximum": 65535})
PORT_ENTRIES = Type(_port_entries, {"type": "array", "items": {"type": ["string", "integer"]}})
SIZE = Type(_size, _pattern(r"^[0-9]+(\.[0-9]+)?([bkmgBKMG]|[kmgKMG][bB])$"))
CPUS = Type(_cpus, {"type": "number", "exclusiveMinimum": 0})
COUNT = Type(_count, {"type": "integer", "minimum": 1, "maximum": 100})
DURATION = Type(_duration, _pattern(f"^{_DURATION}$"))
CONTAINER_PATH = Type(container_path, _pattern("^/"))
HOST_PATH = Type(host_path, {"type": "string"})
FOLDER = Type(folder, {"type": "string"})
FOLDERS = Type(_folders, {"type": "array", "items": {"type": "string"}})
COMMAND = Type(_command, {"type": ["string", "array"], "items": {"type": ["string", "integer"]}})
ENVIRONMENT = Type(_environment, {"type": ["object", "array"]})
VARIABLE = Type(_variable, _pattern("^[A-Za-z_][A-Za-z0-9_]*$"))
MODE = Type(_mode, _pattern("^[0-7]{3,4}$"))
TEXTS = Type(_texts, {"type": "array", "items": {"type": "string"}})
OPTIONS = Type(_driver_options, {"type": "object"})
RAW = Type(_raw, {"type": "object"})
FLAG = Type(_boolean, {"type": "boolean"})
SETTINGS = Type(_settings, {"type": "object"})
VOLUME_NAME = text(r"[a-z0-9][a-z0-9_.-]+", "a volume name of two characters or more")
VOLUME_KEY = text(r"[a-z0-9][a-z0-9_.-]*", "a volume name, for example shared")
USER = text(
    r"([A-Za-z0-9_.:-]|\$\{[A-Za-z_][A-Za-z0-9_]*(:?[-?+][^{}]*)?\})+",
    'a user, for example "1000:1000"',
)
