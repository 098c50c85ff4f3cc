import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast

import psycopg
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from app import database, tasks
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


# scope: the commit comes before the response, not after it
OpenConnection = Annotated[Connection, Depends(get_connection, scope="function")]
# Postgres has no NUL in text
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
]


class NewTask(BaseModel):
    title: Title


class Change(BaseModel):
    done: bool


async def database_unavailable(_request: Request, error: Exception) -> Response:
    log.warning("database unavailable: %s", error)
    content = {"detail": "the database is unavailable"}
    return JSONResponse(content, status.HTTP_503_SERVICE_UNAVAILABLE)


# the proxy hands paths on as they are, so all of them begin with /api
api = APIRouter(prefix="/api")


@api.get("/tasks")
def list_tasks(connection: OpenConnection) -> list[tasks.Task]:
    return tasks.listed(connection)


@api.post("/tasks", status_code=status.HTTP_201_CREATED)
def create_task(new: NewTask, connection: OpenConnection) -> tasks.Task:
    return tasks.create(connection, new.title)


@api.patch("/tasks/{task_id}")
def change_task(task_id: int, change: Change, connection: OpenConnection) -> tasks.Task:
    task = tasks.set_done(connection, task_id, change.done)
    if task is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such task")
    return task


@api.delete("/tasks/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_task(task_id: int, connection: OpenConnection) -> None:
    if not tasks.delete(connection, task_id):
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such task")


# async: answered by the event loop, even when every thread waits for the database
@api.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}


@api.get("/health/ready")
def ready(pool: OpenPool, response: Response) -> dict[str, bool]:
    try:
        database.ping(pool)
    except psycopg.Error as error:
        log.warning("not ready: %s", error)
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"db": False}
    return {"db": True}


app = FastAPI(
    title="Tasks",
    lifespan=lifespan,
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
    exception_handlers={psycopg.OperationalError: database_unavailable},
)
app.include_router(api)
