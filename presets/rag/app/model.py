"""The two functions to replace by calls of real models: `embed` and `answer`.

As they stand they need no model and no network: same text in, same result out.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from app.prompts import Prompt
from app.texts import sentences

# the length of the vectors that `embed` returns, and of the column that keeps them
DIMENSIONS = 384
# the letters that "watering" has in common with "water"
STEM = 5
# less is what two hashes have in common by chance
MIN_SCORE = 0.2
STOP_WORDS = re.compile(
    "an?|and|are|as|at|be|by|do|does|for|from|how|i|in|is|it|of|on|or|that|the|this|to|was|what"
    "|when|where|which|who|why|will|with|you"
)


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Return a vector for each text: its words, hashed.

    Put an embedding model's batch call here, and the length of its vectors into DIMENSIONS.
    """
    return [_unit(_features(text)) for text in texts]


def answer(prompt: Prompt) -> str | None:
    """Return the sentence of the passages that is nearest to the question, None if none is near.

    Put a language model's call here; str(prompt) is what to send.
    """
    found = [sentence for passage in prompt.passages for sentence in sentences(passage)]
    question, *vectors = embed([prompt.question, *found])
    scores = [math.sumprod(question, vector) for vector in vectors]
    best = max(scores, default=0)
    return found[scores.index(best)] if best >= MIN_SCORE else None


def _features(text: str) -> Iterable[tuple[str, float]]:
    words = re.findall(r"\w+", text.casefold())
    counts = Counter(word for word in words if not STOP_WORDS.fullmatch(word))
    # "?!" and "to the" need a vector too
    for word, count in (counts or Counter([text])).items():
        weight = 1 + math.log(count)
        yield word, weight
        # no word has a star: this keeps the stem "water" apart from the word
        yield f"{word[:STEM]}*", weight


def _unit(features: Iterable[tuple[str, float]]) -> list[float]:
    vector = [0.0] * DIMENSIONS
    for feature, weight in features:
        number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest())
        place, odd = divmod(number, 2)
        # with signs, features that meet in one place cancel out instead of adding up
        vector[place % DIMENSIONS] += -weight if odd else weight
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]
