import math
from itertools import pairwise

import pytest

from app.model import DIMENSIONS, Context, answer, embed
from app.texts import cut

PASSAGES = ["The lamp was lit in 1871. It burns oil.", "Keepers come by boat, once a month."]


@pytest.mark.parametrize("text", ["a", "?!", "", "the same words, the same words"])
def test_embedding_is_a_unit_vector(text: str) -> None:
    (vector,) = embed([text])

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1)


def test_words_with_letters_in_common_are_nearer() -> None:
    question, near, far = embed(["lighthouse keepers", "a keeper of lighthouses", "sourdough"])

    assert math.sumprod(question, near) > 0.4 > math.sumprod(question, far)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When was the lamp lit?", "The lamp was lit in 1871."),
        ("How often do keepers come?", "Keepers come by boat, once a month."),
        ("Who invented telephones?", None),
    ],
)
def test_answer_is_a_sentence_of_the_passages(question: str, said: str | None) -> None:
    assert answer(Context(question, PASSAGES)) == said


def test_no_passages_no_answer() -> None:
    assert answer(Context("When was the lamp lit?", [])) is None


def test_chat_model_gets_passages_and_question() -> None:
    system, user = Context("When?", PASSAGES).messages()

    assert system["role"] == "system"
    assert system["content"].endswith("<passage>Keepers come by boat, once a month.</passage>")
    assert user == {"role": "user", "content": "When?"}


@pytest.mark.parametrize("size", [30, 200, 800])
def test_chunks_overlap_and_nothing_is_lost(size: int) -> None:
    words = [f"word{number}" for number in range(500)]

    chunks = cut(" ".join(words), size, overlap=20)

    assert max(map(len, chunks)) <= size
    assert list(dict.fromkeys(" ".join(chunks).split())) == words
    for one, following in pairwise(chunks):
        assert one.split()[-1] in following.split()


def test_word_longer_than_a_chunk_is_cut() -> None:
    assert cut("x" * 25, size=10, overlap=2) == ["x" * 10, "x" * 10, "x" * 5]
    assert cut("short") == ["short"]
