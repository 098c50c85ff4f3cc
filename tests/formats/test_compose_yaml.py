"""A Compose file as Compose reads it: all of YAML, and nothing that costs more than it is long."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import config, within

from composegen.formats.compose_yaml import MAX_VALUES, read_compose
from composegen.formats.yaml12 import MAX_DEPTH, Document, Position, YamlError, read

from .test_yaml12 import BOMB, yamlish


def value(text: str) -> Any:
    return read_compose(text.encode()).value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: &x 1\nb: *x\n", {"a": 1, "b": 1}),
        ("a: &x {b: 1}\nc: [*x, *x]\n", {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("&k a: 1\nb: {*k : 2}\n", {"a": 1, "b": {"a": 2}}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}\n", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("c: {<<: {b: 1, d: 1}, d: 2}\n", {"c": {"b": 1, "d": 2}}),
        ("c: {<<: [{b: 1}, {b: 2, d: 3}]}\n", {"c": {"b": 1, "d": 3}}),
        ("c: {'<<': 1}\nd: <<\n", {"c": {"<<": 1}, "d": "<<"}),
        ("a: &x {<<: {b: 1}}\nc: {<<: *x}\n", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: !!str 012\n", {"a": "012"}),
        ("a: !!int 0x1F\nb: !!int '7'\n", {"a": 31, "b": 7}),
        ("a: !!float 1\nb: !!float 1.5\n", {"a": 1, "b": 1.5}),
        ("a: !!bool true\nb: !!null ''\n", {"a": True, "b": None}),
        ("a: !!map {b: !!seq [1]}\n", {"a": {"b": [1]}}),
        ("a: !!set {b}\n", {"a": {"b": None}}),
        ("a: !mine 5\nb: !mine [5]\n", {"a": "5", "b": [5]}),
        ("a: !reset [1, [2]]\nb: !reset 1\nc: !override [2]\n", {"a": None, "b": None, "c": [2]}),
        # an impossible date is no date, and a possible one is no more than text
        ("a: &x 2026-02-31\nb: *x\n", {"a": "2026-02-31", "b": "2026-02-31"}),
        ("a: &x 2026-02-21\n", {"a": "2026-02-21"}),
        ("a: !!timestamp 2026-02-31\n", {"a": "2026-02-31"}),
        ("a: &x no\nb: 22:22\n", {"a": "no", "b": "22:22"}),
    ],
)
def test_read(text: str, wanted: Any) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: !!int MARK\n", "'MARK' is no !!int", (1, 4)),
        ("a: b\nc: !!float mark\n", "'mark' is no !!float", (2, 4)),
        ("a: !!timestamp x\n", "'x' is no !!timestamp", (1, 4)),
        ("a: !!bool yes\n", "'yes' is no !!bool", (1, 4)),
        ("a: !!int 1.5\n", "'1.5' is no !!int", (1, 4)),
        ("a: {<<: 5}\n", "<<: merges a mapping or a list of them", (1, 5)),
        ("a: {<<: [{b: 1}, 5]}\n", "<<: merges a mapping or a list of them", (1, 5)),
        ("a: {<<: }\n", "<<: merges a mapping or a list of them", (1, 5)),
        ("a: &x {}\nb: {<<: *x, <<: *x}\n", "'<<' stands twice", (2, 13)),
        ("a: *x\n", "*x has no anchor (&x) before it", (1, 4)),
        ("a: &x [*x]\n", "*x stands inside what it stands for", (1, 8)),
        ("&x {a: *x}\n", "*x stands inside what it stands for", (1, 8)),
        ("a: &x [1]\nb: {*x : 1}\n", "the key *x is not text", (2, 5)),
        ("&k a: 1\n*k : 2\n", "'a' stands twice (first in line 1)", (2, 1)),
        ("1: a\n", "the key 1 is not text", (1, 1)),
        ("? [a]\n: b\n", "a key that is not text", (1, 3)),
        ("a: 1\n---\nb: 2\n", "a second document", (2, 1)),
        ("a: !%ed%a0%80 x\n", "an escape (%) that is no text", (1, 2)),
        ("a: [1\n", "expected ',' or ']'", (2, 1)),
    ],
)
def test_refused(text: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(YamlError, match=re.escape(message)) as caught:
        read_compose(text.encode())
    assert caught.value.position == Position(*place)
    assert caught.value.within("c.yml").startswith(f"c.yml:{place[0]}:{place[1]}: ")


def chain(first: str, links: int) -> str:
    return f"a0: &a0 {first}\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, links))


WIDE = f"a: &a {{{', '.join(f'k{number}: 1' for number in range(1000))}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, f"more than {MAX_VALUES} values"),
        (BOMB.replace("[", "{<<: [").replace("]", "]}"), "merges a mapping"),
        (WIDE + "".join(f"s{n}: {{<<: *a}}\n" for n in range(9999)), f"than {MAX_VALUES} values"),
        (chain("x", 5000), f"more than {MAX_DEPTH} deep"),
        ("- &a x\n" * 50_000 + "- *b\n", "has no anchor"),
        *(
            (part * (500_000 // len(part)), " ")
            for part in ("[", "{a: ", "- ", "? ", "&a ", "- *a\n", "<<: &a {")
        ),
    ],
    ids=lambda text: re.sub(r"\s", "_", text[:12]),
)
def test_bombs_are_refused_quickly(text: str, message: str) -> None:
    with within(2), pytest.raises(YamlError, match=re.escape(message)):
        value(text)


def test_what_is_shared_is_held_once() -> None:
    read = value(WIDE + "".join(f"s{number}: *a\n" for number in range(90)))
    assert all(read[f"s{number}"] is read["a"] for number in range(90))


def test_many_scalars_with_one_anchor_are_no_bomb() -> None:
    many = MAX_VALUES + 1
    with within(30):
        assert len(value("a: &a x\nb:\n" + "- *a\n" * many)["b"]) == many


TEXTS = (
    "x-a: &x {init: true}\nservices: {a: {<<: *x, image: a:1}}",
    "services: {a: {image: a:1, environment: {D: 2026-02-31}}}",
    "services: {a: {image: a:1, environment: {D: !!str 012}}}",
    "services: {a: {image: a:1, ports: !reset [8000]}}",
    "services: {a: !mine {image: a:1}}",
    "services: {&k a: {image: a:1}}\nx-b: {*k : 1}",
    "services: {a: {image: a:1}}\nx-b: !!int MARK",
    "services: {a: {image: a:1}}\nx-b: !!float mark",
    "services: {a: {image: a:1}}\nx-b: !!timestamp x",
    "services: {a: {image: a:1}}\nx-b: !!bool yes",
    "services: {a: {image: a:1, <<: 5}}",
    "services: {a: {image: a:1, image: a:2}}",
    "services: {a: {image: a:1}}\nx-b: *b",
    "services: {a: {image: a:1}}\nx-b: &b [*b]",
    "services: {a: {image: a:1}}\nx-b: {1: 2}",
)


@pytest.mark.parametrize("text", TEXTS)
def test_compose_reads_what_we_read(text: str, tmp_path: Path) -> None:
    try:
        ours = value(text)["services"]["a"]
    except YamlError:
        ours = None
    (tmp_path / "docker-compose.yml").write_text(f"name: x\n{text}\n")
    read = config(tmp_path / "docker-compose.yml")
    assert (read.code == 0) == (ours is not None), read.err
    theirs = read.document["services"]["a"] if ours is not None else None
    for key, said in (ours or {}).items():
        assert (theirs or {}).get(key) == said, key


@settings(max_examples=250)
@given(st.binary(max_size=60) | st.text(max_size=60) | yamlish)
def test_anything_is_a_document_or_an_error(data: str | bytes) -> None:
    data = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    try:
        document = read_compose(data)
    except YamlError:
        return
    assert isinstance(document, Document)
    try:
        plain = read(data)
    except YamlError:
        return
    assert plain == document or "<<" in document.value or "nan" in repr(plain).lower()
