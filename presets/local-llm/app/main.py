import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast
from uuid import UUID

import httpx2
from fastapi import Depends, FastAPI, Query, Request, Response, status
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, StringConstraints

from app import library
from app.models import ModelError
from app.services import Services, open_services
from app.settings import Settings
from app.vectors import Match

log = logging.getLogger(__name__)


class State(TypedDict):
    services: Services


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    async with open_services(Settings.from_env()) as services:
        yield {"services": services}


async def get_services(request: Request) -> Services:
    return cast(Services, request.state.services)


async def unavailable(_request: Request, error: Exception) -> Response:
    log.warning("unavailable: %s", error)
    known = isinstance(error, ModelError)
    detail = str(error) if known else "the models or the vectors are unavailable"
    return JSONResponse({"detail": detail}, status.HTTP_503_SERVICE_UNAVAILABLE)


app = FastAPI(
    title="Local LLM",
    lifespan=lifespan,
    exception_handlers={ModelError: unavailable, httpx2.HTTPError: unavailable},
)

OpenServices = Annotated[Services, Depends(get_services)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Text = Annotated[
    str,
    # a letter or a digit: there must be something to embed
    StringConstraints(strip_whitespace=True, max_length=100_000, pattern=r"\w"),
]


class NewDocument(BaseModel):
    title: Line
    text: Text


class Question(BaseModel):
    question: Line
    # the answer as plain text, while the model writes it
    stream: bool = False


class Answer(BaseModel):
    answer: str
    sources: list[Match]


@app.post("/documents", status_code=status.HTTP_201_CREATED)
async def add_document(new: NewDocument, services: OpenServices) -> library.Document:
    return await library.add(services, new.title, new.text)


@app.get("/documents")
async def list_documents(
    services: OpenServices, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[library.Document]:
    return await library.documents(services, limit)


@app.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_document(document_id: UUID, services: OpenServices) -> None:
    await services.vectors.remove(document_id)


@app.get("/search")
async def search(
    q: Line, services: OpenServices, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> list[Match]:
    return await library.find(services, q, limit)


@app.post("/ask", response_model=Answer)
async def ask(asked: Question, services: OpenServices) -> Answer | Response:
    found = await library.find(services, asked.question)
    pieces = library.answer(services, asked.question, found)
    # what fails now is still told by the status: the first piece comes before the response
    first = await anext(pieces, "")
    if asked.stream:
        return StreamingResponse(join(first, pieces), media_type="text/plain")
    return Answer(answer="".join([first, *[piece async for piece in pieces]]), sources=found)


async def join(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for piece in rest:
        yield piece


@app.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}


@app.get("/health/ready")
async def ready(services: OpenServices, response: Response) -> dict[str, bool]:
    """Tell whether Qdrant answers, and each model by its name whether it was pulled."""
    checks = {"vectors": True, "models": True}
    try:
        await services.vectors.ping()
    except httpx2.HTTPError as error:
        log.warning("not ready: %s", error)
        checks["vectors"] = False
    try:
        checks |= await services.models.available()
    except httpx2.HTTPError as error:
        log.warning("not ready: %s", error)
        checks["models"] = False
    if not all(checks.values()):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return checks
