import math

import pytest

from app.texts import DIMENSIONS, embed, keywords


def similarity(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


@pytest.mark.parametrize("text", ["a", "?!", "to the", "a longer text with several words"])
def test_embedding_is_a_unit_vector(text: str) -> None:
    vector = embed(text)

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1.0)


def test_shared_word_stems_bring_texts_closer() -> None:
    assert similarity("watering tomatoes", "water the tomato") > similarity(
        "watering tomatoes", "the invoice is due"
    )


def test_keywords_are_the_most_frequent_content_words() -> None:
    assert keywords("Bees make honey. Honey bees, the bees!") == ["bees", "honey", "make"]
