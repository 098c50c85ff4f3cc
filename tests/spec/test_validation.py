"""Reading plain data into models: all problems at once, and what is left without them."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from composegen.errors import Problem, Problems
from composegen.spec import fields, quantities
from composegen.spec.validation import Model, read


class Inner(Model):
    size: Annotated[str | None, quantities.SIZE] = None
    flag: Annotated[bool | None, fields.FLAG] = None


def short(value: Any) -> Any:
    return {"size": value} if isinstance(value, str) else value


Inners = dict[Annotated[str, fields.VARIABLE], Annotated[Inner, BeforeValidator(short)]]


class Outer(Model):
    name: Annotated[str, fields.VARIABLE]
    port: Annotated[int | None, quantities.PORT] = None
    inner: Inners | None = None


class Open(Model):
    model_config = ConfigDict(extra="allow")

    port: Annotated[int | None, quantities.PORT] = None


def outer(value: Any) -> tuple[Outer | None, list[Problem]]:
    return read(Outer.model_validate, value)


def test_short_and_long_form() -> None:
    long, _ = outer({"name": "x", "inner": {"a": {"size": "1M"}, "b": {"flag": False}}})
    assert outer({"name": "x", "inner": {"a": "1M", "b": {"flag": False}}}) == (long, [])
    assert long
    assert long.inner == {"a": Inner(size="1M"), "b": Inner(flag=False)}


def test_all_problems_with_their_paths_and_the_rest() -> None:
    inner = {"a": {"size": "lots", "flag": "yes"}, "B-C": "1M", "c": "2M", "d": {"sise": "1M"}}
    rest, problems = outer({"name": "x", "port": 0, "inner": inner, "nam": 1})
    assert {problem.path for problem in problems} == {
        ("port",),
        ("inner", "a", "size"),
        ("inner", "a", "flag"),
        ("inner", "B-C"),
        ("inner", "d", "sise"),
        ("nam",),
    }
    assert len(problems) == 6
    assert rest == Outer(name="x", inner={"a": Inner(), "c": Inner(size="2M"), "d": Inner()})


@pytest.mark.parametrize(
    ("value", "problem", "rest"),
    [
        ({}, Problem((), "name: is missing"), None),
        ({"name": "X-Y"}, Problem(("name",), "'X-Y' is not a variable name"), None),
        ({"name": "x", "ports": 1}, Problem(("ports",), "did you mean 'port'?"), "x"),
        (None, Problem((), "nothing is not a mapping"), None),
        ([1], Problem((), "[1] is not a mapping"), None),
        ("x", Problem((), "'x' is not a mapping"), None),
    ],
)
def test_wrong(value: Any, problem: Problem, rest: str | None) -> None:
    left, (found,) = outer(value)
    assert found.path == problem.path
    assert problem.message in found.message
    assert left == (Outer(name=rest) if rest else None)


def test_extra_keys_are_kept_where_they_are_allowed() -> None:
    found, problems = read(Open.model_validate, {"port": 0, "x": [1], "y": None})
    assert [problem.path for problem in problems] == [("port",)]
    assert found
    assert found.model_extra == {"x": [1], "y": None}


def test_what_follows_from_a_part_that_was_taken_out_is_not_said() -> None:
    def filled(value: Any) -> Any:
        if not value:
            raise ValueError("is empty")
        return value

    numbers = TypeAdapter(Annotated[dict[str, int], BeforeValidator(filled)])
    rest, problems = read(numbers.validate_python, {"a": "x"})
    assert rest is None
    assert [problem.path for problem in problems] == [("a",)]


def test_entries_of_a_list_keep_their_places() -> None:
    numbers = TypeAdapter(list[int])
    rest, problems = read(numbers.validate_python, [1, "x", 2, "y", "z"])
    assert rest == [1, 2]
    assert [problem.path for problem in problems] == [(1,), (3,), (4,)]


def test_several_problems_of_one_check() -> None:
    def check(_: Any) -> Any:
        raise Problems([Problem(("a",), "one"), Problem(("b", 0), "two")])

    adapter = TypeAdapter(dict[str, Annotated[Any, BeforeValidator(check)]])
    rest, problems = read(adapter.validate_python, {"x": {"a": 1, "b": [2]}})
    assert rest is None
    assert problems == [Problem(("x", "a"), "one"), Problem(("x", "b", 0), "two")]


def test_given() -> None:
    assert Inner(flag=False).given == {"flag": False}
    assert Inner().given == {}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "port", "inner", "a", "size", "flag", "x"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(values)
def test_a_model_or_problems_and_the_rest_holds(value: Any) -> None:
    rest, problems = outer(value)
    assert rest or problems
    for problem in problems:
        assert problem.message
    if rest:
        assert outer(rest.model_dump(exclude_none=True)) == (rest, [])
