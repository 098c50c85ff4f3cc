"""Numbers with a unit and other quantities: ports, sizes, durations, modes."""

from __future__ import annotations

import re
from typing import Any

from composegen.formats.words import shown
from composegen.formats.yaml12 import Int
from composegen.spec.fields import Type, pattern

_SIZE = r"[0-9]+(\.[0-9]+)?([bkmgBKMG]|[kmgKMG][bB])"


_BYTES = r"[0-9]{7,18}"


_DURATION = r"(([0-9]+(\.[0-9]+)?|\.[0-9]+)(us|ms|s|m|h))+"


_CPUS = r"[0-9]+(\.[0-9]*)?|\.[0-9]+"


_INTEGER = r"[0-9]{1,9}"


_MODE = r"(0o?)?[0-7]{3,4}"


def _whole(first: int, last: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": first, "maximum": last}
    return {"anyOf": [number, pattern(f"^{_INTEGER}$")]}


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


def _duration(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_DURATION, value):
        return value
    raise ValueError(f"{shown(value)} is not a duration; write 500ms, 5s or 1m30s")


def _mode(value: Any) -> str:
    # 0o1777 and 01777 are octal in Compose, 1777 is not
    text = value.text if isinstance(value, Int) else value
    if isinstance(text, str) and re.fullmatch(_MODE, text, re.ASCII):
        return text.removeprefix("0o") if text[:2] == "0o" else text[-4:]
    raise ValueError(f'{shown(value)} is not a mode; octal digits in quotes, for example "1777"')


PORT = Type(_port, _whole(1, 65535))


SIZE = Type(
    _size,
    {"anyOf": [pattern(f"^({_SIZE}|{_BYTES})$"), {"type": "integer", "minimum": 10**6}]},
)


CPUS = Type(_cpus, {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, pattern(f"^({_CPUS})$")]})


COUNT = Type(_count, _whole(1, 100))


DURATION = Type(_duration, pattern(f"^{_DURATION}$"))


MODE = Type(_mode, {"anyOf": [pattern(f"^{_MODE}$"), {"type": "integer", "minimum": 0}]})
