import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from app import documents, model
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores
from app.vectors import Match

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
    title="Retrieval",
    lifespan=lifespan,
    exception_handlers=dict.fromkeys(UNAVAILABLE, store_unavailable),
)

OpenStores = Annotated[Stores, Depends(get_stores)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500_000)]
# how many chunks an answer is made from
PASSAGES = 5


class NewDocument(BaseModel):
    title: Line
    text: Text


class Question(BaseModel):
    question: Line


class Answer(BaseModel):
    # null where the passages do not have it
    answer: str | None
    sources: list[Match]


# 202: the worker has yet to index it
@app.post("/documents", status_code=status.HTTP_202_ACCEPTED)
def add_document(new: NewDocument, stores: OpenStores) -> documents.Document:
    return documents.add(stores.redis, new.title, new.text)


@app.get("/documents")
def list_documents(
    stores: OpenStores, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[documents.Document]:
    return documents.newest(stores.redis, limit)


@app.get("/documents/{document_id}")
def get_document(document_id: UUID, stores: OpenStores) -> documents.Document:
    document = documents.get(stores.redis, document_id)
    if document is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such document")
    return document


@app.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_document(document_id: UUID, stores: OpenStores) -> None:
    known = documents.remove(stores.redis, document_id)
    # also when it is not known: an earlier request may have got no further
    stores.vectors.remove(document_id)
    if not known:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such document")


@app.get("/search")
def search(
    q: Line, stores: OpenStores, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> list[Match]:
    (embedding,) = model.embed([q])
    return stores.vectors.nearest(embedding, limit)


@app.post("/ask")
def ask(asked: Question, stores: OpenStores) -> Answer:
    sources = search(asked.question, stores, PASSAGES)
    context = model.Context(asked.question, [source.text for source in sources])
    return Answer(answer=model.answer(context), sources=sources)


# async: answered by the event loop, even when every thread waits for a store
@app.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}


@app.get("/health/ready")
def ready(stores: OpenStores, response: Response) -> dict[str, bool]:
    checks = {"redis": answers(stores.redis.ping), "vectors": answers(stores.vectors.ping)}
    if not all(checks.values()):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return checks


def answers(ping: Callable[[], object]) -> bool:
    try:
        ping()
    except UNAVAILABLE as error:
        log.warning("not ready: %s", error)
        return False
    return True
