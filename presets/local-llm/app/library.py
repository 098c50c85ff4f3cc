"""Documents, and questions about them."""

import textwrap
from collections.abc import AsyncIterator
from itertools import batched
from uuid import UUID, uuid4

from pydantic import BaseModel

from app.models import Message
from app.services import Services
from app.vectors import Chunk, Match

# what small embedding models read at once is some 250 words
CHUNK_SIZE = 800
# how many chunks are embedded in one call
BATCH = 16
PASSAGES = 4
INSTRUCTIONS = """\
Answer the question from the passages below, in a few sentences. Write the number of a passage \
that you use behind the sentence, like [1]. If the passages do not have the answer, say so.
"""


class Document(BaseModel):
    id: UUID
    title: str
    chunks: int


async def add(services: Services, title: str, text: str) -> Document:
    document_id = uuid4()
    parts = cut(text)
    chunks = [
        Chunk(document_id=document_id, title=title, position=position, of=len(parts), text=part)
        for position, part in enumerate(parts)
    ]
    # all vectors first: a model that fails leaves no half of a document
    embeddings = [
        vector
        for batch in batched(parts, BATCH, strict=False)
        for vector in await services.models.embed(batch)
    ]
    await services.vectors.put(chunks, embeddings)
    return Document(id=document_id, title=title, chunks=len(chunks))


async def documents(services: Services, limit: int) -> list[Document]:
    chunks = await services.vectors.first_chunks(limit)
    return [Document(id=one.document_id, title=one.title, chunks=one.of) for one in chunks]


async def find(services: Services, question: str, limit: int = PASSAGES) -> list[Match]:
    (embedding,) = await services.models.embed([question])
    return await services.vectors.nearest(embedding, limit)


def answer(services: Services, question: str, found: list[Match]) -> AsyncIterator[str]:
    return services.models.chat(prompt(question, found))


def prompt(question: str, found: list[Match]) -> list[Message]:
    passages = "\n".join(
        f"[{number}] {match.chunk.title}: {match.chunk.text}"
        for number, match in enumerate(found, 1)
    )
    return [
        {"role": "system", "content": f"{INSTRUCTIONS}\n{passages}"},
        {"role": "user", "content": question},
    ]


def cut(text: str, size: int = CHUNK_SIZE) -> list[str]:
    """Cut a text into chunks of at most `size` characters.

    Paragraphs stay whole and short ones together; only a paragraph that is longer is cut itself.
    """
    chunks: list[str] = []
    for paragraph in text.split("\n\n"):
        for part in textwrap.wrap(paragraph, size):
            if chunks and len(chunks[-1]) + len(part) + 2 <= size:
                chunks[-1] += f"\n\n{part}"
            else:
                chunks.append(part)
    return chunks
