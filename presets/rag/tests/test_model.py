import math

import pytest

from app.model import DIMENSIONS, answer, embed
from app.prompts import Prompt


def similarity(one: str, other: str) -> float:
    return math.sumprod(*embed([one, other]))


@pytest.mark.parametrize("text", ["a", "?!", "to the", "many words, two of them words"])
def test_embedding_is_a_unit_vector(text: str) -> None:
    (vector,) = embed([text])

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1)


def test_shared_stems_bring_texts_closer() -> None:
    assert similarity("watering tomatoes", "Water the tomato!") > 0.3
    assert similarity("watering tomatoes", "the invoice is due") < 0.2


def test_answer_is_the_sentence_nearest_to_the_question() -> None:
    passages = ["Bread is baked at 240 degrees. It rests overnight.", "Invoices are due on Friday."]

    assert answer(Prompt("When are invoices due?", passages)) == "Invoices are due on Friday."
    assert answer(Prompt("How hot is bread baked?", passages)) == "Bread is baked at 240 degrees."


@pytest.mark.parametrize("passages", [[], ["Bread is baked at 240 degrees."]])
def test_no_answer_where_no_passage_has_it(passages: list[str]) -> None:
    assert answer(Prompt("Who invented the telephone?", passages)) is None
