"""YAML 1.2 core: what a scalar means, where it stands, and what is refused."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import within

from composegen.formats.yaml12 import (
    MAX_BYTES,
    MAX_DEPTH,
    Document,
    Float,
    Position,
    YamlError,
    read,
)

# What YAML allows nowhere, or takes as a line break in 1.1: refused or kept, but never changed.
ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def value(text: str) -> Any:
    return read(text.encode()).value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("22:22", "22:22"),
        ("12:30:45", "12:30:45"),
        ("2001-12-14", "2001-12-14"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("<<", "<<"),
        ("=", "="),
        ("0o18", "0o18"),
        ("-0x1F", "-0x1F"),
        ("1e", "1e"),
        (".", "."),
        ("inf", "inf"),
        ("nUll", "nUll"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("012", 12),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("3.10", 3.1),
        ("5.", 5.0),
        (".5", 0.5),
        ("-1.5E-2", -0.015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("", None),
        ("# a comment", None),
        ("'~'", "~"),
        ('"012"', "012"),
        ("'3.10'", "3.10"),
        ("|\n  no\n", "no\n"),
        (">-\n  1\n", "1"),
    ],
)
def test_scalar(text: str, wanted: Any) -> None:
    got = value(text)
    assert got == wanted
    assert isinstance(got, type(wanted))


def test_nan() -> None:
    assert math.isnan(value(".nan"))


@pytest.mark.parametrize("text", ["3.10", "16.0", "1e3", ".5", "5.", "1" * 65])
def test_float_keeps_its_text(text: str) -> None:
    number = value(text)
    assert isinstance(number, Float)
    assert number.text == text


NESTED = """\
name: app
services:
  db: {component: postgres, ports: [1, {a: 2}]}
  "é": 😀
  list:
    - a
    - b: 1
    -
      - c
"""


def test_positions() -> None:
    positions = {path: (at.line, at.column) for path, at in read(NESTED.encode()).positions.items()}
    assert positions == {
        (): (1, 1),
        ("name",): (1, 1),
        ("services",): (2, 1),
        ("services", "db"): (3, 3),
        ("services", "db", "component"): (3, 8),
        ("services", "db", "ports"): (3, 29),
        ("services", "db", "ports", 0): (3, 37),
        ("services", "db", "ports", 1): (3, 40),
        ("services", "db", "ports", 1, "a"): (3, 41),
        ("services", "é"): (4, 3),
        ("services", "list"): (5, 3),
        ("services", "list", 0): (6, 7),
        ("services", "list", 1): (7, 7),
        ("services", "list", 1, "b"): (7, 7),
        ("services", "list", 2): (9, 7),
        ("services", "list", 2, 0): (9, 9),
    }


def test_bom_and_crlf_change_nothing() -> None:
    plain = read(NESTED.encode())
    assert read(b"\xef\xbb\xbf" + NESTED.replace("\n", "\r\n").encode()) == plain
    assert value("a: |\r\n  x\r\n  y\r\n") == {"a": "x\ny\n"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n"])
def test_empty_has_a_place(text: str) -> None:
    document = read(text.encode())
    assert document.value is None
    assert () in document.positions


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' stands twice (first in line 1)", (3, 1)),
        ("a: 1\n'a': 3\n", "stands twice", (2, 1)),
        ("x: {b: {c: 1,\n c: 2}}\n", "'c' stands twice (first in line 1)", (2, 2)),
        ("a: &x 1\n", "an anchor (&x)", (1, 4)),
        ("&x a: 1\n", "an anchor (&x)", (1, 1)),
        ("a: &x {b: 1}\n", "an anchor (&x)", (1, 4)),
        ("a: *x\n", "an alias (*x)", (1, 4)),
        ("*x : 1\n", "an alias (*x)", (1, 1)),
        ("a: !!str 1\n", "a tag (tag:yaml.org,2002:str)", (1, 4)),
        ("a: !x [1]\n", "a tag (!x)", (1, 4)),
        ("a: ! 1\n", "a tag (!)", (1, 4)),
        ("a: 1\n---\nb: 2\n", "a second document", (2, 1)),
        ("a\n...\n--- b\n", "a second document", (3, 1)),
        ("a: 1\n2: x\n", "the key 2 is not text", (2, 1)),
        ("true: x\n", "the key true is not text", (1, 1)),
        ("3.10: x\n", "the key 3.10 is not text", (1, 1)),
        ("~: x\n", "the key ~ is not text", (1, 1)),
        (": x\n", "key", (1, 1)),
        ("? [a]\n: b\n", "a key that is not text", (1, 3)),
        ("{a: 1, {b: 2}: 3}\n", "a key that is not text", (1, 8)),
        ("a:\n\tb: 1\n", "indent with spaces", (2, 1)),
        ("a: @b\n", "quote text that begins with @", (1, 4)),
        ("a: [1, 2\n", "expected ',' or ']'", (2, 1)),
        ("a: 'b\n", "unexpected end", (2, 1)),
        ("a: b: c\n", "mapping values are not allowed", (1, 5)),
        ("%YAML 3.0\n---\na: 1\n", "incompatible YAML", (1, 1)),
        ('a: "\\ud800"\n', "Unicode", (1, 7)),
        (b"a: b\nc: d\0\n", "control character (0x00)", (2, 5)),
        (b"a: \x1b[0m\n", "control character (0x1b)", (1, 4)),
        (b"a: \x7f\n", "control character (0x7f)", (1, 4)),
        (b"a: 1\nb: \xff\n", "not UTF-8", (2, 4)),
        (b"a: \xed\xa0\x80\n", "not UTF-8", (1, 4)),
        ("a: é".encode() + b"\xff\n", "not UTF-8", (1, 5)),
        (b"\xef\xbb\xbfa: 1\nb: \xff\n", "not UTF-8", (2, 4)),
        ("a: 1\n".encode("utf-16"), "not UTF-8", (1, 1)),
        ("a: ééé\nb: \ufffe\n", "character", (2, 4)),
        ("a: ééé\nb: \x80\n", "character", (2, 4)),
    ],
)
def test_refused(data: str | bytes, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(YamlError, match=re.escape(message)) as caught:
        read(data.encode() if isinstance(data, str) else data)
    assert caught.value.position == Position(*place)


@pytest.mark.parametrize("text", ['"a\x85b"', '"a \u2028 b"', '"a \u2029 b"', "'a\x85b'"])
def test_no_character_is_changed_silently(text: str) -> None:
    try:
        got = value(text)
    except YamlError:
        return
    assert got == text[1:-1]


def test_size() -> None:
    whole = b"# " + b"x" * (MAX_BYTES - 2)
    assert read(whole).value is None
    with pytest.raises(YamlError, match=f"at most {MAX_BYTES}"):
        read(whole + b"x")
    assert read(whole + b"x", limit=None).value is None


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_depth(begin: str, end: str) -> None:
    value(begin * MAX_DEPTH + "x" + end * MAX_DEPTH)
    with pytest.raises(YamlError, match=f"more than {MAX_DEPTH} deep"):
        value(begin * (MAX_DEPTH + 1) + "x" + end * (MAX_DEPTH + 1))


BOMB = "a: &a [x, x]\n" + "".join(
    f"{two}: &{two} [{', '.join([f'*{one}'] * 9)}]\n"
    for one, two in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        *(part * (MAX_BYTES // len(part)) for part in ("[", "{a: ", "- ", "? ", "&a ", "'''", "!")),
    ],
    ids=["aliases", "lists", "mappings", "entries", "keys", "anchors", "quotes", "tags"],
)
def test_bombs_are_refused_quickly(text: str) -> None:
    with within(1), pytest.raises(YamlError):
        value(text)


def test_many_keys_are_read_quickly() -> None:
    with within(3):
        assert len(value("".join(f"k{number}: [1]\n" for number in range(15_000)))) == 15_000


yamlish = st.text("ab01~.:,-?&*!|>'\"%@`#[]{}<=\\ \n\t\r\x85\u2028\ufeff\x00é", max_size=60)


@settings(max_examples=250)
@given(st.binary(max_size=60) | st.text(max_size=60) | yamlish)
def test_anything_is_a_document_or_an_error(data: str | bytes) -> None:
    try:
        document = read(data.encode(errors="surrogatepass") if isinstance(data, str) else data)
    except YamlError:
        return
    assert isinstance(document, Document)


letters = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | letters
documents = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(documents, st.sampled_from([None, 2, "\t"]))
def test_json_is_yaml(wanted: Any, indent: int | str | None) -> None:
    text = json.dumps(wanted, ensure_ascii=False, indent=indent)
    try:
        got = value(text)
    except YamlError:
        assert ODD.search(text)
    else:
        assert ODD.search(text) or got == wanted
