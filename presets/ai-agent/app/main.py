import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from app import database, notes
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores

log = logging.getLogger(__name__)


class State(TypedDict):
    stores: Stores


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    with open_stores(Settings.from_env()) as stores:
        yield {"stores": stores}


async def get_stores(request: Request) -> Stores:
    return cast(Stores, request.state.stores)


async def store_unavailable(_request: Request, error: Exception) -> Response:
    log.warning("store unavailable: %s", error)
    return JSONResponse({"detail": "a store is unavailable"}, status.HTTP_503_SERVICE_UNAVAILABLE)


app = FastAPI(
    title="Notes",
    lifespan=lifespan,
    exception_handlers=dict.fromkeys(UNAVAILABLE, store_unavailable),
)

OpenStores = Annotated[Stores, Depends(get_stores)]
# Postgres has no NUL in text
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=8000, pattern=r"^[^\x00]*$"),
]


class NewNote(BaseModel):
    text: Text


class Stats(BaseModel):
    notes_created: int
    jobs_waiting: int
    jobs_failed: int


@app.post("/notes", status_code=status.HTTP_201_CREATED)
def create_note(new: NewNote, stores: OpenStores) -> notes.Note:
    return notes.create(stores, new.text)


# before /notes/{note_id}, which would take "search" for an id
@app.get("/notes/search")
def search_notes(
    q: Text, stores: OpenStores, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> list[notes.Match]:
    return notes.search(stores, q, limit)


@app.get("/notes/{note_id}")
def get_note(note_id: UUID, stores: OpenStores) -> notes.Note:
    note = notes.get(stores, note_id)
    if note is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such note")
    return note


@app.get("/stats")
def get_stats(stores: OpenStores) -> Stats:
    return Stats(
        notes_created=int(stores.redis.get(notes.CREATED) or 0),
        jobs_waiting=stores.jobs.waiting(),
        jobs_failed=stores.jobs.failed(),
    )


# async: answered by the event loop, even when every thread waits for a store
@app.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}


@app.get("/health/ready")
def ready(stores: OpenStores, response: Response) -> dict[str, bool]:
    checks = {
        "db": answers(lambda: database.ping(stores.pool)),
        "cache": answers(stores.redis.ping),
        "vectors": answers(stores.vectors.ping),
    }
    if not all(checks.values()):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return checks


def answers(ping: Callable[[], object]) -> bool:
    try:
        ping()
    except Exception as error:
        log.warning("not ready: %s", error)
        return False
    return True
