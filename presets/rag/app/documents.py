import logging
from collections.abc import Callable
from datetime import datetime
from itertools import batched
from typing import Literal, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import class_row
from pydantic import BaseModel

from app import model
from app.database import Connection, Pool
from app.stores import UNAVAILABLE, Stores
from app.texts import cut

log = logging.getLogger(__name__)

# how many chunks the model gets at once
BATCH = 32
SELECT: LiteralString = """
select id, title, status, error, created_at,
    (select count(*) from chunks where document_id = id) as chunks
from documents
"""


class Document(BaseModel):
    id: UUID
    title: str
    # waiting until the worker has indexed it
    status: Literal["waiting", "ready", "failed"]
    error: str | None
    created_at: datetime
    chunks: int


def add(stores: Stores, title: str, text: str) -> Document:
    with stores.pool.connection() as connection:
        document_id = uuid4()
        connection.execute(
            "insert into documents (id, title, text) values (%s, %s, %s)",
            (document_id, title, text),
        )
        (document,) = _select(connection, "where id = %s", document_id)
    # after the commit: the worker must find the row
    try:
        stores.queue.put([document_id])
    except UNAVAILABLE as error:
        log.warning("document %s waits until the worker looks for it: %s", document_id, error)
    return document


def newest(pool: Pool, limit: int) -> list[Document]:
    with pool.connection() as connection:
        return _select(connection, "order by created_at desc, id limit %s", limit)


def get(pool: Pool, document_id: UUID) -> Document | None:
    with pool.connection() as connection:
        return next(iter(_select(connection, "where id = %s", document_id)), None)


def remove(pool: Pool, document_id: UUID) -> bool:
    with pool.connection() as connection:
        return connection.execute("delete from documents where id = %s", [document_id]).rowcount > 0


def unfinished(pool: Pool) -> list[UUID]:
    """Return what waits, or was being indexed when a worker died; the oldest first."""
    with pool.connection() as connection:
        query = "select id from documents where status = 'waiting' order by created_at"
        return [UUID(str(row[0])) for row in connection.execute(query)]


def index(pool: Pool, document_id: UUID, beat: Callable[[], object]) -> int:
    """Store the chunks of a document with their vectors; return how many there are.

    All of them or none: whoever searches sees no half of a document, and what a dying worker
    began is undone. `beat` is called after each batch.
    """
    with pool.connection() as connection:
        # locked, for another worker may have got the same id; no row when it is done or deleted
        query = "select text from documents where id = %s and status = 'waiting' for update"
        row = connection.execute(f"{query} skip locked", [document_id]).fetchone()
        if row is None:
            return 0
        chunks = cut(str(row[0]))
        for batch in batched(enumerate(chunks), BATCH, strict=False):
            vectors = model.embed([chunk for _, chunk in batch])
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into chunks values (%s, %s, %s, %s::vector)",
                    [
                        (document_id, position, chunk, str(vector))
                        for (position, chunk), vector in zip(batch, vectors, strict=True)
                    ],
                )
            beat()
        connection.execute("update documents set status = 'ready' where id = %s", [document_id])
        return len(chunks)


def fail(pool: Pool, document_id: UUID, error: str) -> None:
    with pool.connection() as connection:
        query = "update documents set status = 'failed', error = %s where id = %s"
        connection.execute(query, (error, document_id))


def _select(connection: Connection, rest: LiteralString, value: object) -> list[Document]:
    with connection.cursor(row_factory=class_row(Document)) as cursor:
        return cursor.execute(SELECT + rest, [value]).fetchall()
