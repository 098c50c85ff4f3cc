from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row
from pydantic import BaseModel

from app.database import Connection


class Task(BaseModel):
    id: int
    title: str
    done: bool
    created_at: datetime


def create(connection: Connection, title: str) -> Task:
    (task,) = _query(connection, "insert into tasks (title) values (%s) returning *", [title])
    return task


def listed(connection: Connection) -> list[Task]:
    return _query(connection, "select * from tasks order by done, id desc limit 200", [])


def set_done(connection: Connection, task_id: int, done: bool) -> Task | None:
    query = "update tasks set done = %s where id = %s returning *"
    found = _query(connection, query, [done, task_id])
    return found[0] if found else None


def delete(connection: Connection, task_id: int) -> bool:
    return connection.execute("delete from tasks where id = %s", [task_id]).rowcount == 1


def _query(connection: Connection, query: LiteralString, values: Sequence[object]) -> list[Task]:
    with connection.cursor(row_factory=class_row(Task)) as cursor:
        return cursor.execute(query, values).fetchall()
