"""Models of what a person writes: Pydantic's, with every problem at its place and in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from composegen.errors import Path, Problem, Problems, did_you_mean
from composegen.formats.words import shown

T = TypeVar("T")


class Model(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise ValueError(f"{shown(value)} is not a mapping")
        unknown = [] if cls.model_config["extra"] == "allow" else value.keys() - cls.model_fields
        if unknown:
            raise Problems(
                Problem((key,), f"unknown key '{key}'{did_you_mean(key, cls.model_fields)}")
                for key in unknown
            )
        return value

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were said, in contrast to their defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def read(validate: Callable[[Any], T], value: Any) -> tuple[T | None, list[Problem]]:
    """Return what Pydantic makes of a value, and everything that is wrong with it.

    With problems, it is made of what is left without the parts that they name; None where too
    little is left.
    """
    problems: dict[Problem, None] = {}
    taken_out: list[Path] = []
    rest = value
    while True:
        try:
            return validate(rest), list(problems)
        except ValidationError as error:
            found = [problem for one in error.errors() for problem in _problems(one)]
        # what is said of a place follows from what was taken out there
        problems |= {one: None for one, _ in found if not _is_around(one.path, taken_out)}
        # what lies deeper first, and of a list the last first: the other paths stay true
        paths = dict.fromkeys(path for _, path in reversed(found))
        left = rest
        for path in sorted(paths, key=len, reverse=True):
            left = _without(left, path)
        taken_out += paths
        if left is None or left == rest:
            return None, list(problems)
        rest = left


def _is_around(path: Path, others: list[Path]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in others)


def _problems(error: ErrorDetails) -> Iterator[tuple[Problem, Path]]:
    """Yield what is wrong, each with the path of the part that can't stay."""
    path = _path(error["loc"])
    cause = error.get("ctx", {}).get("error")
    if error["type"] == "missing":
        yield Problem(path[:-1], f"{path[-1]}: is missing"), path[:-1]
    elif isinstance(cause, Problems):
        for problem in cause.found:
            below = (*path, *problem.path)
            yield Problem(below, problem.message), below
    else:
        yield (
            Problem(path, str(cause) if cause else f"{shown(error['input'])}: {error['msg']}"),
            path,
        )


def _path(loc: tuple[int | str, ...]) -> Path:
    """Return the path of a place; Pydantic names a key itself by one more step."""
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _without(value: Any, path: Path) -> Any:
    """Return a value without the part at a path, or around it where that is a short form.

    None where nothing is left.
    """
    if not path or not isinstance(value, dict | list):
        return None
    key, rest = path[0], path[1:]
    entries = dict(enumerate(value)) if isinstance(value, list) else dict(value)
    if key in entries:
        entries[key] = inner = _without(entries[key], rest)
        if inner is None:
            del entries[key]
    return list(entries.values()) if isinstance(value, list) else entries
