from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row
from pydantic import BaseModel

from app.database import Connection


class Note(BaseModel):
    id: int
    text: str
    created_at: datetime


def create(connection: Connection, text: str) -> Note:
    (note,) = _query(connection, "insert into notes (text) values (%s) returning *", [text])
    return note


def newest(connection: Connection, limit: int) -> list[Note]:
    return _query(connection, "select * from notes order by id desc limit %s", [limit])


def get(connection: Connection, note_id: int) -> Note | None:
    return _first(_query(connection, "select * from notes where id = %s", [note_id]))


def change(connection: Connection, note_id: int, text: str) -> Note | None:
    query = "update notes set text = %s where id = %s returning *"
    return _first(_query(connection, query, [text, note_id]))


def delete(connection: Connection, note_id: int) -> bool:
    return connection.execute("delete from notes where id = %s", [note_id]).rowcount == 1


def _query(connection: Connection, query: LiteralString, values: Sequence[object]) -> list[Note]:
    with connection.cursor(row_factory=class_row(Note)) as cursor:
        return cursor.execute(query, values).fetchall()


def _first(found: list[Note]) -> Note | None:
    return found[0] if found else None
