"""The two functions to replace by calls of real models: `embed` and `answer`.

As they stand they need no model and no network: same text in, same result out.
"""

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

# the length of the vectors that `embed` returns, and of the field that keeps them
DIMENSIONS = 512
NGRAM = 4
INSTRUCTIONS = "You answer questions from the given passages alone, or say that they do not tell."


@dataclass(frozen=True)
class Context:
    """A question and the passages that were found for it."""

    question: str
    passages: Sequence[str]

    def messages(self) -> list[dict[str, str]]:
        """Return what most chat models take."""
        found = "\n".join(f"<passage>{passage}</passage>" for passage in self.passages)
        return [
            {"role": "system", "content": f"{INSTRUCTIONS}\n{found}"},
            {"role": "user", "content": self.question},
        ]


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Return a vector for each text: its runs of four letters, hashed.

    Put an embedding model's batch call here, and the length of its vectors into DIMENSIONS.
    """
    return [_embed(text) for text in texts]


def answer(context: Context) -> str | None:
    """Return the sentence with the most of the question's words, None if none has any.

    Put a language model's call here; context.messages() is what to send.
    """
    wanted = _words(context.question)
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(context.passages))
    best = max(sentences, key=lambda sentence: len(wanted & _words(sentence)))
    return best if wanted & _words(best) else None


def _words(text: str) -> set[str]:
    # short words say little: no list of them is needed
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}


def _embed(text: str) -> list[float]:
    vector = [0.0] * DIMENSIONS
    letters = f" {' '.join(re.findall(r'\w+', text.casefold()))} "
    for start in range(max(1, len(letters) - NGRAM + 1)):
        place, odd = divmod(zlib.crc32(letters[start : start + NGRAM].encode()), 2)
        # with signs, runs that meet in one place cancel out instead of adding up
        vector[place % DIMENSIONS] += -1 if odd else 1
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]
