"""Three versions of a text: nothing is lost, and what is clean is what Git makes of it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composegen.project.diff3 import chunks, pairs

LINES = st.lists(st.sampled_from("abcdef"), max_size=15)
# Where a line is there twice, two merges can be equally right; so here each is there once.
BASE = tuple("abcdefghijkl")
Edited = st.lists(
    st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 2), st.booleans()), max_size=4
)


def edited(edits: Sequence[tuple[int, int, bool]], side: str) -> list[str]:
    """Return the base with lines inserted, changed or taken away; a side can share its words."""
    lines: list[str] = list(BASE)
    for number, (place, kind, both) in enumerate(edits):
        word = f"new {place}" if both else f"{side} {number}"
        place = min(place, len(lines) - 1)
        if word in lines:
            continue
        if kind == 0:
            lines.insert(place, word)
        elif kind == 1:
            lines[place] = word
        else:
            del lines[place]
    return lines


def merged(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> list[str] | None:
    result: list[str] = []
    for chunk in chunks(base, mine, new):
        if chunk.resolved is None:
            return None
        result += chunk.resolved
    return result


def of_git(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> list[str] | None:
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("mine", "base", "new")]
        for name, lines in zip(names, (mine, base, new), strict=True):
            name.write_text("".join(f"{line}\n" for line in lines))
        command = ["git", "merge-file", "--stdout", *map(str, names)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 0 <= done.returncode < 128, done.stderr
        return None if done.returncode else done.stdout.splitlines()


@given(LINES, LINES, LINES)
def test_the_chunks_are_the_texts(base: list[str], mine: list[str], new: list[str]) -> None:
    found = list(chunks(base, mine, new))
    for number, text in enumerate((base, mine, new)):
        assert [line for chunk in found for line in chunk[number]] == text


@given(LINES, LINES)
def test_pairs_rise_and_are_equal(one: list[str], other: list[str]) -> None:
    found = list(pairs(one, other))
    assert all(one[i] == other[j] for i, j in found)
    assert all(i < k and j < n for (i, j), (k, n) in pairwise(found))


@given(LINES, LINES)
def test_one_side_changed(base: list[str], text: list[str]) -> None:
    assert merged(base, text, base) == merged(base, base, text) == merged(base, text, text) == text


@given(Edited, Edited)
def test_no_line_of_either_side_is_lost(
    by_hand: list[tuple[int, int, bool]], of_ours: list[tuple[int, int, bool]]
) -> None:
    mine, new = edited(by_hand, "mine"), edited(of_ours, "ours")
    found = merged(BASE, mine, new)
    if found is not None:
        gone = {line for line in BASE if line not in mine or line not in new}
        assert set(found) == {*mine, *new} - gone


@pytest.mark.skipif(not shutil.which("git"), reason="NO GIT HERE: merges are compared with nothing")
@settings(max_examples=150, deadline=None)
@given(Edited, Edited)
def test_a_clean_merge_is_that_of_git(
    by_hand: list[tuple[int, int, bool]], of_ours: list[tuple[int, int, bool]]
) -> None:
    mine, new = edited(by_hand, "mine"), edited(of_ours, "ours")
    found, wanted = merged(BASE, mine, new), of_git(BASE, mine, new)
    if found is not None and wanted is not None:
        assert found == wanted


def test_an_edit_in_every_second_line() -> None:
    base = [str(number) for number in range(20_000)]
    mine = [f"{line} mine" if number % 2 else line for number, line in enumerate(base)]
    start = time.perf_counter()
    assert merged(base, mine, base) == mine
    assert time.perf_counter() - start < 10
