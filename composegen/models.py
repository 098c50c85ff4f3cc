"""Plain data into frozen models, with everything that is wrong with it.

A model is a struct whose annotations carry the type of each field. Reading one collects the
problems of all fields and goes on with the rest, so that one run names them all. Pydantic could do
this, too, but importing it takes as long as all the rest of a run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, get_args

import msgspec

from composegen.errors import Path, Problem, did_you_mean
from composegen.fields import Type
from composegen.words import shown


class Wrong(ValueError):
    """What is wrong with a value, and what is left of it without that (None: nothing)."""

    def __init__(self, problems: Iterable[Problem], rest: Any) -> None:
        """Keep the problems, each with its path inside the value."""
        self.problems = list(problems)
        self.rest = rest
        super().__init__("; ".join(problem.message for problem in self.problems))


def model(
    cls: type[msgspec.Struct],
    *,
    short: Callable[[str], Any] | None = None,
    extra: str | None = None,
    example: str = "",
) -> Type:
    """Return the type of a model.

    `short` turns text into the long form; `extra` is the field that takes unknown keys, which are
    refused where there is none.
    """
    types = field_types(cls)
    required = [field.name for field in msgspec.structs.fields(cls) if field.required]

    def check(value: Any) -> Any:
        if short is not None and isinstance(value, str):
            value = short(value)
        if not isinstance(value, dict):
            raise ValueError(f"{shown(value)} is not a mapping{_example(example)}")
        known = {key: item for key, item in value.items() if key in types}
        unknown = {key: item for key, item in value.items() if key not in types}
        fields, problems = _read((key, types[key], item) for key, item in known.items())
        if extra is not None:
            fields[extra] = unknown
        else:
            problems += [
                Problem((key,), f"unknown key '{key}'{did_you_mean(key, types)}") for key in unknown
            ]
        problems += [Problem((), f"{key}: is missing") for key in required if key not in value]
        whole = all(key in fields for key in required)
        return _result(cls(**fields) if whole else None, problems)

    schema = {
        "type": "object",
        "properties": {name: dict(field.schema) for name, field in types.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }
    return Type(check, schema if short is None else {"anyOf": [{"type": "string"}, schema]})


def mapping(key: Type, value: Type, *, empty: bool = True, example: str = "") -> Type:
    """Return the type of a mapping from one type to another; `empty` says whether it may be."""

    def check(given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise ValueError(f"{shown(given)} is not a mapping{_example(example)}")
        if not given and not empty:
            raise ValueError("is empty; it needs at least one entry")
        names, problems = _read((name, key, name) for name in given)
        first: dict[Any, str] = {}
        for name in list(names):
            if first.setdefault(names[name], name) != name:
                same = f"'{name}' and '{first[names.pop(name)]}' are the same"
                problems.append(Problem((name,), same))
        entries, more = _read((name, value, given[name]) for name in names)
        rest = {names[name]: entry for name, entry in entries.items()}
        return _result(rest, problems + more)  # type: ignore[no-any-return]

    return Type(
        check,
        {
            "type": "object",
            "additionalProperties": dict(value.schema),
            **({"propertyNames": dict(key.schema)} if key.schema else {}),
        },
    )


def listing(item: Type, what: str) -> Type:
    """Return the type of a list of one type; `what` says in a message what it is a list of."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{shown(value)} is not {what}")
        entries, problems = _read((number, item, one) for number, one in enumerate(value))
        return _result(tuple(entries.values()), problems)  # type: ignore[no-any-return]

    return Type(check, {"type": "array", "items": dict(item.schema)})


def _example(text: str) -> str:
    return f", for example {text}" if text else ""


def optional(inner: Type, default: Callable[[], Any]) -> Type:
    """Return a type that also takes nothing, which stands for a default."""
    return Type(
        lambda value: default() if value is None else inner.check(value),
        {"anyOf": [dict(inner.schema), {"type": "null"}]},
    )


def given(struct: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a model that were given; None stands for a field that was not."""
    return {
        name: value
        for name in struct.__struct_fields__
        if (value := getattr(struct, name)) is not None
    }


def field_types(cls: type[msgspec.Struct]) -> dict[str, Type]:
    """Return the type of each field that its annotation carries, those of a base class first."""
    types: dict[str, Type] = {}
    for one in reversed(cls.__mro__):
        for name, annotation in inspect.get_annotations(one).items():
            found = [part for part in get_args(annotation) if isinstance(part, Type)]
            types |= {name: found[0]} if found else {}
    return types


def _read(entries: Iterable[tuple[Any, Type, Any]]) -> tuple[dict[Any, Any], list[Problem]]:
    """Read named values, each by its type; return those that hold, and all problems."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, kind, value in entries:
        try:
            values[name] = kind.check(value)
        except Wrong as wrong:
            problems += [_below(name, problem) for problem in wrong.problems]
            if wrong.rest is not None:
                values[name] = wrong.rest
        except ValueError as error:
            problems.append(Problem((name,), str(error)))
    return values, problems


def _below(name: Any, problem: Problem) -> Problem:
    path: Path = (name, *problem.path)
    return Problem(path, problem.message)


def _result(value: Any, problems: list[Problem]) -> Any:
    if problems:
        raise Wrong(problems, value)
    return value
