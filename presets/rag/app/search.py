from uuid import UUID

from psycopg.rows import class_row
from pydantic import BaseModel

from app import model
from app.database import Pool
from app.prompts import Prompt

PASSAGES = 5
NEAREST = """
select document_id, title, position, chunks.text, 1 - (embedding <=> %(vector)s::vector) as score
from chunks join documents on documents.id = document_id
order by embedding <=> %(vector)s::vector
limit %(limit)s
"""


class Match(BaseModel):
    document_id: UUID
    title: str
    # of the chunk in its document, from 0
    position: int
    text: str
    # the cosine of the angle between both vectors: 1 means the same
    score: float


class Answer(BaseModel):
    # null where the passages do not have it
    answer: str | None
    sources: list[Match]


def nearest(pool: Pool, question: str, limit: int) -> list[Match]:
    (vector,) = model.embed([question])
    with pool.connection() as connection:
        cursor = connection.cursor(row_factory=class_row(Match))
        return cursor.execute(NEAREST, {"vector": str(vector), "limit": limit}).fetchall()


def ask(pool: Pool, question: str) -> Answer:
    sources = nearest(pool, question, PASSAGES)
    prompt = Prompt(question, [one.text for one in sources])
    return Answer(answer=model.answer(prompt), sources=sources)
