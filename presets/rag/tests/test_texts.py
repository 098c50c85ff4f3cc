import pytest

from app.prompts import Prompt
from app.texts import cut, sentences

STORY = "The ship left. It was late!\n\nWho knew why? Nobody"


def test_sentences_end_at_marks_and_paragraphs() -> None:
    assert sentences(STORY) == ["The ship left.", "It was late!", "Who knew why?", "Nobody"]
    assert sentences("a  heading\n \nand text\nin lines") == ["a heading", "and text in lines"]


def test_short_text_is_one_chunk() -> None:
    assert cut(STORY) == ["The ship left. It was late! Who knew why? Nobody"]


def test_chunk_begins_with_the_end_of_the_one_before() -> None:
    assert cut(STORY, size=30) == [
        "The ship left. It was late!",
        "It was late! Who knew why?",
        "Who knew why? Nobody",
    ]


@pytest.mark.parametrize("size", [10, 80, 800])
def test_chunks_are_short_and_nothing_is_lost(size: int) -> None:
    text = " ".join(f"Sentence {number} has {'many ' * (number % 7)}words." for number in range(99))

    chunks = cut(text, size)

    assert max(map(len, chunks)) <= size
    assert set(" ".join(chunks).split()) == set(text.split())


def test_word_longer_than_a_chunk_is_cut() -> None:
    assert cut("x" * 25, size=10) == ["x" * 10, "x" * 10, "x" * 5]


def test_prompt_has_the_question_and_the_numbered_passages() -> None:
    text = str(Prompt("Who knew?", ["Nobody did.", "The cook."]))

    assert text.endswith("\n\n[1] Nobody did.\n\n[2] The cook.\n\nQuestion: Who knew?")
