from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from composegen.formats.yaml12 import Float, read
from composegen.render.emit import (
    _BARE,
    _QUOTED,
    block,
    comment,
    entry,
    key_text,
    quoted,
    scalar,
)

# Any character that UTF-8 can carry, often one of those that mean something to YAML.
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "\t\n :#-?\"'\\{}[]&*!|>%@`$"
)
TEXT = st.text(CHARACTERS, max_size=40)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False).map(
    lambda number: Float(repr(number))
)
SCALARS = st.none() | st.booleans() | st.integers() | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12
)
STYLES = st.sampled_from(sorted(_BARE | _QUOTED | {"ports", "x-odd", "interval", "memory"}))
# What a plain scalar of YAML 1.1 or 1.2 may turn into something else.
TRAPS = (
    *("", " ", "~", "null", "Null", "true", "TRUE", "yes", "no", "on", "off", "y", "n"),
    *("0", "010", "0o17", "0x1F", "1e3", "1.0", ".5", "1_000", "22:22", "12:30:45", "-1", "+1"),
    *(".inf", "-.INF", ".nan", "2001-01-01", "<<", "=", "---", "...", "- a", "? a", "a: b", "a:"),
    *("a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "[a]", "{a}", "a, b", "'a'"),
    *('"a"', "\\", "\\n", "a\nb", "a\n", "\n", "a\r\nb", "\t", "\x00", "\x07", "\x7f", "\x85"),
    *("\u2028", "\u2029", "\ufeff", "\ufffe", "\U0001f433", "e\u0301", "\xa0", "${A}", "$$"),
)


def back(text: str) -> Any:
    return read(text.encode(), limit=None).value


@pytest.mark.parametrize("text", TRAPS)
def test_trap(text: str) -> None:
    for style in sorted(_BARE | _QUOTED | {"ports", "x-odd"}):
        out = f"{entry(style, text)}\n{entry('list', [text], style=style)}\n{key_text(text)}: 1\n"
        assert back(out) == {style: text, "list": [text], text: 1}
        assert yaml.safe_load(out) == {style: text, "list": [text], text: 1}


@given(VALUES, STYLES)
@example(["true", "null", ".5", ".inf"], "profiles")
@example({"source": "true"}, "volumes")
@example("it's", "ports")
def test_reads_back(value: Any, style: str) -> None:
    text = f"{entry(style, value)}\n"
    assert back(text) == {style: value}
    assert yaml.safe_load(text) == {style: value}


@given(st.dictionaries(TEXT, VALUES, min_size=1) | st.lists(VALUES, min_size=1))
def test_block_reads_back(value: Any) -> None:
    text = "top:\n" + block(value, 2) + "\n"
    assert back(text) == yaml.safe_load(text) == {"top": value}


@given(NUMBERS)
@example(float("inf"))
@example(float("-inf"))
def test_number(value: Any) -> None:
    assert back(f"a: {scalar(value)}") == {"a": value} or value != value


def test_not_a_number() -> None:
    assert repr(back(f"a: {scalar(float('nan'))}")["a"]) == "nan"


@given(st.text(st.characters()))
def test_quoted(text: str) -> None:
    """Lone surrogates, too: escaped, so that the text can be encoded."""
    out = quoted(text)
    assert out.encode().decode() == out
    assert "\n" not in out
    assert json.loads(out) == text


@given(st.lists(st.text("abcdefghij-,.:$'\"/", min_size=1, max_size=30), min_size=1), STYLES)
def test_line_length(words: list[str], style: str) -> None:
    """Words of up to 30 characters never make a line longer than linters allow."""
    if style in ("ports", "x-odd") or " ".join(words) != " ".join(words).strip():
        return
    lines = entry(style, " ".join(words), 6).splitlines()
    lines += entry("command", words, 4).splitlines()
    lines += comment(" ".join(words), 6).splitlines()
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(
    "text",
    [
        "two words",
        "a" * 300,
        "word " * 100,
        "a\nevil: 1",
        "a\r\nevil: 1",
        "a\revil: 1",
        "a\x0bevil: 1",
        "a\x85evil: 1",
        "a\u2028evil: 1",
        "a\u2029evil: 1",
        "# a: b",
    ],
)
def test_comment_stays_a_comment(text: str) -> None:
    lines = comment(text, 4).splitlines()
    assert lines
    assert all(line.startswith("    # ") for line in lines)
    assert yaml.safe_load(f"a:\n{comment(text, 4)}\n    b: 1\n") == {"a": {"b": 1}}


def test_flow_and_block() -> None:
    short, long = ["a", "b"], ["a" * 60, "b" * 60]
    assert entry("command", short) == 'command: ["a", "b"]'
    assert entry("command", long) == f'command:\n  - "{long[0]}"\n  - "{long[1]}"'
    assert entry("cap_drop", ["ALL"]) == "cap_drop:\n  - ALL"
    assert entry("ports", ["127.0.0.1:80:80"]) == "ports:\n  - '127.0.0.1:80:80'"
    assert entry("volumes", ["db_data:/data"]) == "volumes:\n  - db_data:/data"
    assert entry("environment", {"A": "b"}) == 'environment:\n  A: "b"'
    assert entry("interval", "10s") == "interval: 10s"
    assert entry("x", {}) == "x: {}"
