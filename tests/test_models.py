"""Reading plain data into structs: all problems at once, and what is left without them."""

from typing import Annotated, Any

import msgspec
import pytest

from composegen import fields, options
from composegen.errors import Problem
from composegen.models import Wrong, field_types, given, mapping, model, optional


class Base(msgspec.Struct, frozen=True, kw_only=True):
    port: Annotated[int | None, fields.PORT] = None
    plain: str = "not a field that is read"


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    size: Annotated[str | None, fields.SIZE] = None
    flag: Annotated[bool | None, fields.FLAG] = None


INNER = model(Inner, short=lambda text: {"size": text})
INNERS = mapping(options.NAME, INNER)


class Outer(Base, frozen=True, kw_only=True):
    name: Annotated[str, options.NAME]
    inner: Annotated[dict[str, Inner] | None, INNERS] = None


class Open(msgspec.Struct, frozen=True, kw_only=True):
    port: Annotated[int | None, fields.PORT] = None
    more: dict[str, Any] = msgspec.field(default_factory=dict)


OUTER = model(Outer)
OPEN = model(Open, extra="more")


def wrong(kind: fields.Type, value: Any) -> tuple[list[Problem], Any]:
    with pytest.raises(Wrong) as caught:
        kind.check(value)
    return caught.value.problems, caught.value.rest


def test_short_and_long_form() -> None:
    long = {"name": "x", "inner": {"a": {"size": "1M"}, "b": {"flag": False}}}
    short = {"name": "x", "inner": {"a": "1M", "b": {"flag": False}}}
    assert OUTER.check(long) == OUTER.check(short)
    assert OUTER.check(short).inner == {"a": Inner(size="1M"), "b": Inner(flag=False)}


def test_all_problems_with_their_paths_and_the_rest() -> None:
    inner = {"a": {"size": "lots", "flag": "yes"}, "B": "1M", "c": "2M", "d": {"sise": "1M"}}
    value = {"name": "x", "port": 0, "inner": inner, "nam": 1}
    problems, rest = wrong(OUTER, value)
    assert {problem.path for problem in problems} == {
        ("port",),
        ("inner", "a", "size"),
        ("inner", "a", "flag"),
        ("inner", "B"),
        ("inner", "d", "sise"),
        ("nam",),
    }
    assert len(problems) == 6
    assert rest == Outer(name="x", inner={"a": Inner(), "c": Inner(size="2M"), "d": Inner()})


@pytest.mark.parametrize(
    ("kind", "value", "problem", "rest"),
    [
        (OUTER, {}, Problem((), "name: is missing"), None),
        (OUTER, {"name": "X"}, Problem(("name",), "'X' is not a name"), None),
        (OUTER, {"name": "x", "ports": 1}, Problem(("ports",), "did you mean 'port'?"), "x"),
        (OUTER, {"name": "x", "plain": 1}, Problem(("plain",), "unknown key 'plain'"), "x"),
        (OPEN, {"port": 0, "x": 1}, Problem(("port",), "0 is not a port"), Open(more={"x": 1})),
    ],
)
def test_wrong(kind: fields.Type, value: Any, problem: Problem, rest: Any) -> None:
    (found,), left = wrong(kind, value)
    assert found.path == problem.path
    assert problem.message in found.message
    assert left == (Outer(name=rest) if isinstance(rest, str) else rest)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (OUTER, None, "nothing is not a mapping"),
        (OUTER, "x", "'x' is not a mapping"),
        (OUTER, [1], "is not a mapping"),
        (INNERS, True, "true is not a mapping"),
        (mapping(options.NAME, INNER, empty=False), {}, "is empty; it needs at least one entry"),
        (optional(fields.PORT, int), "", "'' is not a port"),
    ],
)
def test_not_a_mapping(kind: fields.Type, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind.check(value)


def test_two_keys_that_mean_one_are_not_lost() -> None:
    paths = mapping(fields.CONTAINER_PATH, fields.PORT)
    assert paths.check({"/a/": 1, "/b": 2}) == {"/a": 1, "/b": 2}
    problems, _ = wrong(paths, {"/a/": 1, "/a": 2})
    assert len(problems) == 1


def test_extra_keys_are_kept_as_they_are() -> None:
    assert OPEN.check({"port": 1, "x": [1], "y": None}) == Open(port=1, more={"x": [1], "y": None})


def test_optional() -> None:
    kind = optional(INNERS, dict)
    assert kind.check(None) == {}
    assert kind.check({"a": "1M"}) == {"a": Inner(size="1M")}


def test_given_and_field_types() -> None:
    assert given(Inner(flag=False)) == {"flag": False}
    assert given(Outer(name="x")) == {"plain": "not a field that is read", "name": "x"}
    assert list(field_types(Outer)) == ["port", "name", "inner"]


def test_schema() -> None:
    assert OUTER.schema == {
        "type": "object",
        "properties": {
            "port": dict(fields.PORT.schema),
            "name": dict(options.NAME.schema),
            "inner": dict(INNERS.schema),
        },
        "additionalProperties": False,
        "required": ["name"],
    }
    assert INNER.schema["anyOf"][0] == {"type": "string"}
    assert {"type": "null"} in optional(INNERS, dict).schema["anyOf"]
