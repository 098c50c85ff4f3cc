import re
import textwrap

SIZE = 800


def sentences(text: str) -> list[str]:
    """Split a text where a sentence or a paragraph ends."""
    parts = re.split(r"(?<=[.!?])\s+|\n\s*\n", text)
    return [" ".join(part.split()) for part in parts if part.strip()]


def cut(text: str, size: int = SIZE) -> list[str]:
    """Cut a text into chunks of whole sentences, each of at most `size` characters.

    A chunk begins with the last sentence of the one before it, if there is room: what belongs
    together is found although the cut went through it. Only a sentence that is longer than a
    chunk is cut itself.
    """
    chunks: list[list[str]] = []
    for sentence in sentences(text):
        for part in textwrap.wrap(sentence, size):
            if chunks and _length([*chunks[-1], part]) <= size:
                chunks[-1].append(part)
            else:
                overlap = chunks[-1][-1:] if chunks else []
                chunks.append([*overlap, part] if _length([*overlap, part]) <= size else [part])
    return [" ".join(chunk) for chunk in chunks]


def _length(parts: list[str]) -> int:
    return sum(map(len, parts)) + len(parts) - 1
