"""Three texts into one: what we wrote last, what the user made of it, what we would write now."""

from __future__ import annotations

import re
from collections.abc import Sequence

from composegen.project.diff3 import Chunk, chunks, pairs
from composegen.project.layout import in_layout_of

# The parts of a Compose file around its services; no service has such a name.
_START, _END = "<", ">"


def merge(base: str, mine: str, new: str, *, yaml: bool) -> str | None:
    """Return the text with both sides' changes, None where they contradict each other.

    Many lines of a Compose file are the same in every service, so with `yaml` a line is compared
    together with the keys that it stands under, in the order and indentation that the user gave
    them. Lines that one side adds right beside lines that the other side changes are no
    contradiction.
    """
    texts = [text.splitlines(keepends=True) for text in (base, mine, new)]
    if yaml:
        texts[0], texts[2] = in_layout_of(*texts)
    label = _labelled if yaml else _plain
    result: list[str] = []
    for chunk in chunks(*map(label, texts)):
        lines = chunk.resolved
        if lines is None:
            lines = _both(chunk, yaml=yaml)
        if lines is None:
            return None
        result += lines
    return "".join(map(_text, result))


def with_line_ends(text: bytes, like: bytes) -> bytes:
    """Return a text whose lines end as they do in another one; new lines end as most do there."""
    lines, old = (one.decode("latin-1").split("\n") for one in (text, like))
    # what follows the last line end is no line that ends
    was = [line.endswith("\r") for line in old[:-1]]
    kept = dict(pairs(lines[:-1], [line.removesuffix("\r") for line in old[:-1]]))
    most = 2 * sum(was) > len(was)
    ends = [was[kept[n]] if n in kept else most for n in range(len(lines) - 1)]
    ended = [line + ("\r\n" if end else "\n") for line, end in zip(lines, ends, strict=False)]
    return "".join([*ended, lines[-1]]).encode("latin-1")


def with_renamed(text: str, old: str, new: str, like: str) -> str:
    """Return a Compose file in which a service has its new name, at its place in another file.

    What was said of the service by hand then meets what we say of it now. A file comes back as it
    is where it has no such service, or has the new one already.
    """
    blocks, order = _blocks(text), list(_blocks(like))
    whole = "".join(blocks.values()) == text
    if not whole or old not in blocks or new in blocks or new not in order or old in order:
        return text
    moved = re.sub(rf"^  {re.escape(old)}:", f"  {new}:", blocks.pop(old), flags=re.MULTILINE)
    after = next((name for name in order[order.index(new) + 1 :] if name in blocks), _END)
    return "".join(f"{moved}{block}" if name == after else block for name, block in blocks.items())


def _blocks(text: str) -> dict[str, str]:
    """Return the services of a Compose file, each with the comment above it, and what is around."""
    result = {_START: "", _END: ""}
    inside, block, waiting = False, _START, ""
    for line in text.splitlines(keepends=True):
        service = re.match(r"  ([A-Za-z0-9._-]+):", line) if inside else None
        if re.match(r"[^\s#]", line):
            inside, was = line.startswith("services:"), inside
            block = _END if was else block
        elif service:
            block = service[1]
        elif inside and line.startswith("  #"):
            waiting += line
            continue
        result[block] = result.get(block, "") + waiting + line
        waiting = ""
    result[block] += waiting
    end = result.pop(_END)
    return {**result, _END: end}


def _both(chunk: Chunk, *, yaml: bool) -> Sequence[str] | None:
    """Return what both sides want, where one of them only adds lines around what the other has."""
    base, mine, new = chunk
    for one, other in ((mine, new), (new, mine)):
        around = _around(one, base) if base else None
        if around and (other or all(map(_is_remark, [*around[0], *around[1]]))):
            return _without_twice(around[0], other, around[1])
    # all that we would write is there already, as after a run that was cut off
    if all(map(_is_remark, mine)) if all(map(_is_remark, new)) else _around(mine, new):
        return mine
    # two additions at one place: two services, two ports; a key that is there twice is found later
    return [*new, *mine] if yaml and not base else None


def _without_twice(
    head: Sequence[str], middle: Sequence[str], tail: Sequence[str]
) -> Sequence[str]:
    """Return three runs of lines as one, without those that the middle has already."""
    if head and list(map(_text, middle[: len(head)])) == list(map(_text, head)):
        head = []
    if tail and list(map(_text, middle[-len(tail) :])) == list(map(_text, tail)):
        tail = []
    return [*head, *middle, *tail]


def _around(
    lines: Sequence[str], inner: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]] | None:
    """Return the lines before and after a run of lines, None where it is not there."""
    texts, wanted = list(map(_text, lines)), list(map(_text, inner))
    for start in range(len(lines) - len(inner) + 1):
        if texts[start : start + len(inner)] == wanted:
            return lines[:start], lines[start + len(inner) :]
    return None


def _is_remark(line: str) -> bool:
    text = _text(line).strip()
    return not text or text.startswith("#")


def _text(line: str) -> str:
    return line.partition("\0")[2]


def _plain(lines: Sequence[str]) -> list[str]:
    return [f"\0{line}" for line in lines]


def _labelled(lines: Sequence[str]) -> list[str]:
    """Put the keys that a line stands under in front of it; a comment belongs to what follows."""
    result: list[str] = []
    keys: list[tuple[int, str]] = []
    waiting = 0
    for line in lines:
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if not text.strip() or text.startswith("#"):
            waiting += 1
            continue
        while keys and keys[-1][0] >= indent:
            keys.pop()
        under = "/".join(key for _, key in keys[:3])
        remarks = lines[len(result) : len(result) + waiting]
        result += [f"{under}\0{one}" for one in (*remarks, line)]
        waiting = 0
        key = re.match(r"([A-Za-z0-9_.\"-]+):", text)
        if key:
            keys.append((indent, key[1]))
    return result + [f"\0{one}" for one in lines[len(result) :]]
