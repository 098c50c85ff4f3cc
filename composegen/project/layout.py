"""The order and the indentation of a Compose file's keys, carried over to another text of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

_ENTRY = re.compile(r"(?P<item>-(?=\s|$).*)|(?P<key>[\w.\-/$\"'<]+) *:(?=\s|$)", re.DOTALL)
# What is deeper than a line with one of these is text: it holds no key and no comment.
_BLOCK_TEXT = re.compile(r".*[:\s-] *[|>][-+0-9]*\s*(#.*)?", re.DOTALL)
# No Compose file is deeper, and the tree is walked by recursion.
_DEEPEST = 50

_Name = tuple[str, int]
# The remarks at the end of a text stand above nothing.
_END = ("", 0)
_Rank = tuple[int, ...]


class _Step(NamedTuple):
    """How far the lines under a key or list item are indented, by what they are."""

    under_item: bool
    to_item: bool
    width: int


@dataclass(slots=True)
class _Node:
    """A key or list item: the remarks above it, its own lines, and what stands under it."""

    name: _Name = _END
    indent: int = -1
    gap: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    children: dict[_Name, _Node] = field(default_factory=dict)

    @property
    def is_item(self) -> bool:
        return self.name[0] == "-" or self.name[0].startswith("- ")

    @property
    def first(self) -> _Node | None:
        return next(iter(self.children.values()), None)

    @property
    def step(self) -> _Step:
        first = self.first or self
        return _Step(self.is_item, first.is_item, first.indent - self.indent)

    def has(self, indent: int, text: str) -> bool:
        """Say whether a line belongs to this node as more of its text."""
        in_text = bool(self.lines) and _BLOCK_TEXT.fullmatch(self.lines[0]) is not None
        return indent > self.indent and (in_text or not (_ENTRY.match(text) or _is_remark(text)))

    def add(self, node: _Node) -> bool:
        """Add a node, False where it is not like those that are there."""
        first = self.first or node
        if node.name in self.children:
            node.name = (node.name[0], len(self.children))
        self.children[node.name] = node
        return (first.indent, first.is_item) == (node.indent, node.is_item)


def in_layout_of(base: list[str], mine: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines of `base` and of `new`, laid out as the user did with those of `base`.

    What the user has only moved or indented is no difference to them any more. They come back as
    they are where a text is not indented evenly.
    """
    before, user, after = (_tree(lines) for lines in (base, mine, new))
    whole = all(lines and lines[-1].endswith("\n") for lines in (base, new))
    if not before or not user or not after or not whole:
        return base, new
    widths = _widths(before, user)
    laid = [list(_laid_out(tree, before, user, widths, 0)) for tree in (before, after)]
    return laid[0], laid[1]


def _tree(lines: Iterable[str]) -> _Node | None:
    """Return the nodes of a text, None where it is not indented evenly."""
    root = _Node()
    stack, waiting = [root], list[str]()
    for line in lines:
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.strip() and stack[-1].has(indent, text):
            stack[-1].lines += [*waiting, line]
        elif _is_remark(text):
            waiting.append(line)
            continue
        else:
            node = _node(text, indent, waiting)
            node.lines.append(line)
            while not _is_under(node, stack[-1]):
                stack.pop()
            if not stack[-1].add(node) or len(stack) > _DEEPEST:
                return None
            stack.append(node)
        waiting = []
    end = _node("", root.first.indent if root.first else 0, waiting)
    return root if root.add(end) else None


def _is_remark(text: str) -> bool:
    return not text.strip() or text.startswith("#")


def _node(text: str, indent: int, above: Sequence[str]) -> _Node:
    entry = _ENTRY.match(text)
    name = entry["key"] if entry and entry["key"] else text.strip()
    gap = list(takewhile(str.isspace, above))
    return _Node((name, 0), indent, gap, list(above[len(gap) :]))


def _is_under(node: _Node, other: _Node) -> bool:
    # the items of a list may stand right below their key
    same = node.indent == other.indent and node.is_item and not other.is_item
    return same or node.indent > other.indent


def _shared(one: _Node | None, other: _Node | None) -> set[_Name]:
    return one.children.keys() & other.children.keys() - {_END} if one and other else set()


def _widths(before: _Node, user: _Node) -> dict[_Step, int]:
    """Return how wide the user made each step of the indentation, nearly everywhere."""
    found = Counter(_steps(before, user))
    # the most frequent one comes last, and stays
    return {old: new.width for (old, new), _ in reversed(found.most_common())}


def _steps(before: _Node, user: _Node) -> Iterator[tuple[_Step, _Step]]:
    both = _shared(before, user)
    if both:
        yield before.step, user.step
    for name, child in before.children.items():
        if child.children and name in both:
            yield from _steps(child, user.children[name])


def _laid_out(
    node: _Node,
    before: _Node | None,
    user: _Node | None,
    widths: Mapping[_Step, int],
    shift: int,
) -> Iterator[str]:
    """Yield a node's lines as the user has them; `before` is the node as we wrote it last."""
    for line in (*node.remarks, *node.lines):
        yield _shifted(line, shift) if shift else line
    if not node.children:
        return
    indent = node.indent + shift + _width(node, before, user, widths)
    # an empty line stays where it is: it parts what is above from what is below
    for child, old in zip(_ordered(node, before, user), node.children.values(), strict=True):
        yield from old.gap
        there = [one.children.get(child.name) if one else None for one in (before, user)]
        yield from _laid_out(child, there[0], there[1], widths, indent - child.indent)


def _shifted(line: str, shift: int) -> str:
    text = line.lstrip(" ")
    return " " * max(0, len(line) - len(text) + shift) + text if text.strip() else line


def _width(
    node: _Node, before: _Node | None, user: _Node | None, widths: Mapping[_Step, int]
) -> int:
    """Return how far what stands under a node is to be indented."""
    own = node.step
    # a list may stand right below its key, a mapping may not
    if user and user.step[:2] == own[:2]:
        if before and _shared(before, user):
            return own.width if before.step == user.step else user.step.width
        if _shared(node, user):
            return user.step.width
    return widths.get(own, own.width)


def _ordered(node: _Node, before: _Node | None, user: _Node | None) -> list[_Node]:
    """Return what stands under a node, in the user's order where that is not ours."""
    children = list(node.children.values())
    both = _shared(before, user)
    if not before or not user or node.step.to_item:
        return children
    theirs = [name for name in user.children if name in both]
    if theirs == [name for name in before.children if name in both]:
        return children
    ranks: dict[_Name, _Rank] = {name: (number,) for number, name in enumerate(user.children)}
    ranks = _ranked(node, _ranked(before, ranks))
    return sorted(children, key=lambda child: ranks[child.name])


def _ranked(node: _Node, ranks: Mapping[_Name, _Rank]) -> dict[_Name, _Rank]:
    """Rank what has no rank yet behind what stands above it."""
    result = dict(ranks)
    above: _Rank = (-1,)
    for number, name in enumerate(node.children):
        above = ranks.get(name, above)
        result.setdefault(name, (*above, number))
    return result
