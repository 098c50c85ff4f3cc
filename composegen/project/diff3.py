"""Three versions of a list of lines, chunk by chunk.

After Khanna, Kunal and Pierce, A Formal Investigation of Diff3 (2007). Nothing is lost: the
chunks, put together, are the three versions again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple


class Chunk(NamedTuple):
    """A part of the base, and what each side has in its place."""

    base: Sequence[str]
    mine: Sequence[str]
    new: Sequence[str]

    @property
    def resolved(self) -> Sequence[str] | None:
        """The lines that both sides agree on, None where they contradict each other."""
        if self.mine in (self.base, self.new):
            return self.new
        return self.mine if self.new == self.base else None


def chunks(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> Iterator[Chunk]:
    """Yield the lines that both sides kept one by one, and what lies between them."""
    in_mine, in_new = dict(pairs(base, mine)), dict(pairs(base, new))
    i = j = k = 0
    for kept in sorted(in_mine.keys() & in_new.keys()):
        between = Chunk(base[i:kept], mine[j : in_mine[kept]], new[k : in_new[kept]])
        if any(between):
            yield between
        i, j, k = kept + 1, in_mine[kept] + 1, in_new[kept] + 1
        yield Chunk(base[i - 1 : i], mine[j - 1 : j], new[k - 1 : k])
    if i < len(base) or j < len(mine) or k < len(new):
        yield Chunk(base[i:], mine[j:], new[k:])


def pairs(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of equal lines, rising on both sides."""
    i = j = 0
    for anchor in [*_anchors(one, other), (len(one), len(other))]:
        if i < anchor[0] and j < anchor[1]:
            gap = SequenceMatcher(None, one[i : anchor[0]], other[j : anchor[1]], autojunk=False)
            for a, b, size in gap.get_matching_blocks():
                yield from ((i + a + n, j + b + n) for n in range(size))
        if anchor[0] < len(one):
            yield anchor
        i, j = anchor[0] + 1, anchor[1] + 1


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest rising run of lines that are there once on both sides.

    They divide the texts first: difflib alone takes the square of the number of edits.
    """
    here, there = Counter(one), Counter(other)
    place = {line: j for j, line in enumerate(other) if there[line] == 1}
    ends: list[int] = []
    last: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for i, line in enumerate(one):
        if here[line] == 1 and line in place:
            found = (i, place[line])
            rank = bisect_left(ends, found[1])
            before[found] = last[rank - 1] if rank else None
            ends[rank : rank + 1], last[rank : rank + 1] = [found[1]], [found]
    step = last[-1] if last else None
    result = []
    while step:
        result.append(step)
        step = before[step]
    return result[::-1]
