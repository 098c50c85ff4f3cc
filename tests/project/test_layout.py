"""A file that the user has put into another order or indentation is merged like any other."""

from __future__ import annotations

import random
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from composegen.formats.yaml12 import read
from composegen.project.layout import in_layout_of
from composegen.project.merge import merge

from .test_merge import BASE, big

KEYS = st.sampled_from("abcde")
VALUES = st.recursive(
    st.sampled_from(["x", "y"]) | st.lists(st.sampled_from("xyz"), min_size=1, max_size=3),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)
INDENTS = st.sampled_from([(2, 2), (2, 0), (4, 2), (4, 4), (3, 1)])


def written(value: Any, width: int = 2, items: int = 2, indent: int = 0) -> str:
    """Return a document as a person writes it: the keys in their order, so far indented."""
    lines = ""
    for key, inner in value.items():
        lines += f"{' ' * indent}# about {key}\n{' ' * indent}{key}:"
        if isinstance(inner, dict):
            lines += f"\n{written(inner, width, items, indent + width)}"
        elif isinstance(inner, list):
            lines += "\n" + "".join(f"{' ' * (indent + items)}- {one}\n" for one in inner)
        else:
            lines += f" {inner}\n"
    return lines


def shuffled(value: Any, dice: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    dice.shuffle(keys)
    return {key: shuffled(value[key], dice) for key in keys}


def order(value: Any, like: Any) -> bool:
    """Say whether the keys that both have are in the same order, at every depth."""
    if not isinstance(value, dict) or not isinstance(like, dict):
        return True
    both = [key for key in value if key in like]
    return both == [key for key in like if key in value] and all(
        order(value[key], like[key]) for key in both
    )


@given(DOCUMENTS, INDENTS, st.randoms(use_true_random=False), st.data())
def test_only_moved_and_indented(
    base: Any, indents: tuple[int, int], dice: random.Random, data: st.DataObject
) -> None:
    """The user's order and indentation stay, and every change of ours is applied."""
    mine = shuffled(base, dice)
    key = data.draw(st.sampled_from(sorted(base)))
    new = {**base, key: data.draw(VALUES), "added": data.draw(VALUES)}
    text = merge(written(base), written(mine, *indents), written(new), yaml=True)
    assert text is not None
    found = yaml.safe_load(text)
    assert found == new
    assert order({**found, key: 0}, {**mine, key: 0})


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, INDENTS)
def test_no_line_is_lost(base: Any, mine: Any, new: Any, indents: tuple[int, int]) -> None:
    texts = [
        written(one, *far).splitlines(keepends=True)
        for one, far in ((base, (2, 2)), (mine, indents), (new, (2, 2)))
    ]
    for before, after in zip((texts[0], texts[2]), in_layout_of(*texts), strict=True):
        assert sorted(map(str.strip, after)) == sorted(map(str.strip, before))
        assert yaml.safe_load("".join(after)) == yaml.safe_load("".join(before))


@given(DOCUMENTS, DOCUMENTS, INDENTS)
def test_the_same_text_twice_comes_back(base: Any, text: Any, far: tuple[int, int]) -> None:
    one, other = written(base), written(text, *far)
    assert merge(one, other, one, yaml=True) == merge(one, one, other, yaml=True) == other
    assert merge(one, other, other, yaml=True) == other


def indented(text: str) -> str:
    return re.sub(r"(?m)^ +", lambda found: found[0] * 2, text)


def services_turned(text: str) -> str:
    head, rest = text.split("services:\n")
    body, rest = rest.split("volumes:\n  ", 1)
    services = re.split(r"(?m)^(?=  \w+:)", body)[1:]
    return f"{head}services:\n{''.join(reversed(services))}volumes:\n  {rest}"


EDITS = {
    "indented": indented,
    "services turned": services_turned,
    "both": lambda text: indented(services_turned(text)),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_big_file(name: str) -> None:
    """400 services: less than 2 s on a machine that has nothing else to do."""
    base, new = big(400, 17), big(401, 18)
    mine = EDITS[name](base)
    start = time.perf_counter()
    merged = merge(base, mine, new, yaml=True)
    seconds = time.perf_counter() - start
    print(f"{name}: {seconds:.2f} s for {len(mine.splitlines())} lines")
    assert seconds < 10
    assert merged is not None
    found, wanted = (read(one.encode(), limit=None).value for one in (merged, new))
    assert found == wanted
    assert [one for one in found["services"] if one != "db400"] == list(
        read(mine.encode(), limit=None).value["services"]
    )


def test_keys_of_a_service_moved() -> None:
    base = BASE.replace("    # time to write the last snapshot\n", "")
    turned = "    healthcheck:\n      interval: 10s\n      timeout: 3s\n"
    volumes = (
        "    volumes:\n      # database: must be kept\n      - db_data:/var/lib/postgresql/data\n"
    )
    mine = base.replace(volumes + turned, turned + volumes)
    assert mine != base
    new = base.replace("db_data:/var/lib/postgresql/data", "db_data:/var/lib/postgresql")
    merged = merge(base, mine, new.replace("timeout: 3s", "timeout: 5s"), yaml=True)
    assert merged == mine.replace("postgresql/data", "postgresql").replace("3s", "5s")


def test_entries_of_a_mapping_moved() -> None:
    base = "services:\n  a:\n    environment:\n      A: '1'\n      B: '2'\n      C: '3'\n"
    mine = "services:\n  a:\n    environment:\n      C: '3'\n      A: '1'\n      B: '2'\n"
    new = base.replace("'3'\n", "'4'\n      D: '5'\n").replace("      A: '1'\n", "")
    assert merge(base, mine, new, yaml=True) == (
        "services:\n  a:\n    environment:\n      C: '4'\n      D: '5'\n      B: '2'\n"
    )


def test_a_list_is_not_sorted() -> None:
    base = "services:\n  a:\n    command:\n      - x\n      - y\n      - z\n"
    mine = base.replace("      - x\n      - y\n", "      - y\n      - x\n")
    assert merge(base, mine, base.replace("- z", "- w"), yaml=True) == mine.replace("- z", "- w")


def test_text_in_lines_of_its_own_is_no_mapping() -> None:
    base = "a: |\n  # one\n  x: 1\n\n  y: 2\nb: 1\nc: 1\n"
    mine = "c: 1\nb: 1\na: |\n  # one\n  x: 1\n\n  y: 2\n"
    new = base.replace("  y: 2\n", "  y: 3\n").replace("b: 1", "b: 2")
    assert merge(base, mine, new, yaml=True) == mine.replace("y: 2", "y: 3").replace("b: 1", "b: 2")


def test_a_text_too_deep_or_uneven_is_left_alone() -> None:
    deep = [f"{' ' * number}a:\n" for number in range(2000)]
    uneven = ["a:\n", "    b: 1\n", "  c: 1\n"]
    for odd in (deep, uneven):
        assert in_layout_of(odd, odd[::-1], odd) == (odd, odd)
