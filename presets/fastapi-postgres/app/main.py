import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast

import psycopg
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from app import database, notes
from app.database import Connection, Pool
from app.settings import Settings

log = logging.getLogger(__name__)


class State(TypedDict):
    pool: Pool


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    with database.create_pool(Settings.from_env().database_url) as pool:
        yield {"pool": pool}


async def get_pool(request: Request) -> Pool:
    return cast(Pool, request.state.pool)


OpenPool = Annotated[Pool, Depends(get_pool)]


def get_connection(pool: OpenPool) -> Iterator[Connection]:
    with pool.connection() as connection:
        yield connection


async def database_unavailable(_request: Request, error: Exception) -> Response:
    log.warning("database unavailable: %s", error)
    content = {"detail": "the database is unavailable"}
    return JSONResponse(content, status.HTTP_503_SERVICE_UNAVAILABLE)


app = FastAPI(
    title="Notes",
    lifespan=lifespan,
    exception_handlers={psycopg.OperationalError: database_unavailable},
)

# scope: the commit comes before the response, not after it
OpenConnection = Annotated[Connection, Depends(get_connection, scope="function")]
# Postgres has no NUL in text
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=8000, pattern=r"^[^\x00]*$"),
]


class NoteText(BaseModel):
    text: Text


@app.post("/notes", status_code=status.HTTP_201_CREATED)
def create_note(new: NoteText, connection: OpenConnection) -> notes.Note:
    return notes.create(connection, new.text)


@app.get("/notes")
def list_notes(
    connection: OpenConnection, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[notes.Note]:
    return notes.newest(connection, limit)


@app.get("/notes/{note_id}")
def get_note(note_id: int, connection: OpenConnection) -> notes.Note:
    return found(notes.get(connection, note_id))


@app.put("/notes/{note_id}")
def change_note(note_id: int, changed: NoteText, connection: OpenConnection) -> notes.Note:
    return found(notes.change(connection, note_id, changed.text))


@app.delete("/notes/{note_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_note(note_id: int, connection: OpenConnection) -> None:
    if not notes.delete(connection, note_id):
        raise not_found()


def found(note: notes.Note | None) -> notes.Note:
    if note is None:
        raise not_found()
    return note


def not_found() -> HTTPException:
    return HTTPException(status.HTTP_404_NOT_FOUND, "no such note")


# async: answered by the event loop, even when every thread waits for the database
@app.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}


@app.get("/health/ready")
def ready(pool: OpenPool, response: Response) -> dict[str, bool]:
    try:
        database.ping(pool)
    except psycopg.Error as error:
        log.warning("not ready: %s", error)
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"db": False}
    return {"db": True}
