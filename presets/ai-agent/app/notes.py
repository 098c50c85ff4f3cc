from datetime import datetime
from uuid import UUID, uuid4

from psycopg.rows import class_row
from pydantic import BaseModel

from app import texts
from app.stores import Stores

CREATED = "notes:created"
RELATED_MIN_SCORE = 0.3
RELATED_LIMIT = 3


class Note(BaseModel):
    id: UUID
    text: str
    created_at: datetime
    # null until the worker has read the note
    word_count: int | None
    keywords: list[str] | None
    related: list[UUID] | None


class Match(BaseModel):
    note: Note
    score: float


def create(stores: Stores, text: str) -> Note:
    with stores.pool.connection() as connection:
        cursor = connection.cursor(row_factory=class_row(Note))
        cursor.execute("insert into notes (id, text) values (%s, %s) returning *", (uuid4(), text))
        note = cursor.fetchone()
        assert note is not None
        # before the commit: a store that is down leaves no half-stored note
        stores.vectors.put(note.id, texts.embed(text))
        stores.redis.incr(CREATED)
    # after the commit: the worker must find the row
    stores.jobs.push(str(note.id))
    return note


def get(stores: Stores, note_id: UUID) -> Note | None:
    return get_many(stores, [note_id]).get(note_id)


def get_many(stores: Stores, note_ids: list[UUID]) -> dict[UUID, Note]:
    with stores.pool.connection() as connection:
        cursor = connection.cursor(row_factory=class_row(Note))
        cursor.execute("select * from notes where id = any(%s)", (note_ids,))
        return {note.id: note for note in cursor}


def search(stores: Stores, query: str, limit: int) -> list[Match]:
    scores = stores.vectors.nearest(texts.embed(query), limit)
    found = get_many(stores, list(scores))
    return [Match(note=found[id_], score=score) for id_, score in scores.items() if id_ in found]


def enrich(stores: Stores, note_id: UUID) -> None:
    note = get(stores, note_id)
    if note is None:
        return
    with stores.pool.connection() as connection:
        connection.execute(
            "update notes set word_count = %s, keywords = %s, related = %s where id = %s",
            (
                len(texts.words(note.text)),
                texts.keywords(note.text),
                _related(stores, note),
                note.id,
            ),
        )


def _related(stores: Stores, note: Note) -> list[UUID]:
    # one more than wanted: the nearest note is the note itself
    scores = stores.vectors.nearest(texts.embed(note.text), RELATED_LIMIT + 1)
    related = [
        id_ for id_, score in scores.items() if score >= RELATED_MIN_SCORE and id_ != note.id
    ]
    return related[:RELATED_LIMIT]
