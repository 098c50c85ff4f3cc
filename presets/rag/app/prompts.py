from collections.abc import Sequence
from dataclasses import dataclass

INSTRUCTIONS = (
    "Answer the question from the passages alone, and name those you used by their number."
    " Say that you do not know where they do not answer it."
)


@dataclass(frozen=True)
class Prompt:
    """A question and the passages to answer it from; its text is what a language model gets."""

    question: str
    passages: Sequence[str]

    def __str__(self) -> str:
        numbered = [f"[{number}] {passage}" for number, passage in enumerate(self.passages, 1)]
        return "\n\n".join([INSTRUCTIONS, *numbered, f"Question: {self.question}"])
