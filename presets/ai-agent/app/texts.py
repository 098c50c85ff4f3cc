"""What the app reads out of a text, without a model: same text in, same result out."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator

DIMENSIONS = 256
NGRAM = 3
NGRAM_WEIGHT = 0.3
STOP_WORDS = {"a", "and", "are", "for", "in", "is", "of", "on", "that", "the", "this", "to", "with"}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def content_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP_WORDS]


def keywords(text: str, limit: int = 5) -> list[str]:
    return [word for word, _ in Counter(content_words(text)).most_common(limit)]


def embed(text: str) -> list[float]:
    """Hash words and their character n-grams into a unit vector.

    Replace it with a model's embedding when you have one; the rest of the app only needs a
    vector of a fixed length.
    """
    vector = [0.0] * DIMENSIONS
    for feature, weight in _features(text):
        digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=4).digest())
        # a random sign lets collisions cancel out instead of adding up
        sign = 1 if digest & 1 else -1
        vector[(digest >> 1) % DIMENSIONS] += sign * weight
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


def _features(text: str) -> Iterator[tuple[str, float]]:
    # "?!" and "to the" need a vector too
    for word in content_words(text) or [text]:
        yield word, 1.0
        padded = f"<{word}>"
        for start in range(len(padded) - NGRAM + 1):
            # the prefix keeps the n-gram "<a>" apart from a word
            yield f"#{padded[start : start + NGRAM]}", NGRAM_WEIGHT
