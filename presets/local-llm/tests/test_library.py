import pytest

from app.library import cut


def test_short_paragraphs_stay_together() -> None:
    assert cut("One.\n\nTwo\nlines.\n\n\n\nThree.", size=20) == ["One.\n\nTwo lines.", "Three."]


@pytest.mark.parametrize("size", [10, 100, 800])
def test_long_paragraph_is_cut_between_words(size: int) -> None:
    words = [f"word{number}" for number in range(300)]

    chunks = cut(" ".join(words), size)

    assert max(map(len, chunks)) <= size
    assert " ".join(chunks).split() == words


def test_word_longer_than_a_chunk_is_cut() -> None:
    assert cut("x" * 25, size=10) == ["x" * 10, "x" * 10, "x" * 5]
