import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from app import database, orders, tasks
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


async def unavailable(_request: Request, error: Exception) -> Response:
    log.warning("unavailable: %s", error)
    content = {"detail": "a store or the broker is unavailable"}
    return JSONResponse(content, status.HTTP_503_SERVICE_UNAVAILABLE)


app = FastAPI(
    title="Orders",
    lifespan=lifespan,
    exception_handlers=dict.fromkeys((*UNAVAILABLE, tasks.BrokerUnavailable), unavailable),
)

OpenStores = Annotated[Stores, Depends(get_stores)]
# Postgres has no NUL in text
Item = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$"),
]


class NewOrder(BaseModel):
    item: Item
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1


class Stats(BaseModel):
    received: int
    confirmed: int


def publish(order_id: UUID) -> None:
    tasks.confirm.delay(str(order_id))


@app.post("/orders", status_code=status.HTTP_201_CREATED)
def create_order(new: NewOrder, stores: OpenStores) -> orders.Order:
    return orders.create(stores, new.item, new.quantity, publish)


@app.get("/orders/{order_id}")
def get_order(order_id: UUID, stores: OpenStores) -> orders.Order:
    order = orders.get(stores, order_id)
    if order is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such order")
    return order


@app.get("/stats")
def get_stats(stores: OpenStores) -> Stats:
    return Stats(
        received=int(stores.redis.get(orders.RECEIVED) or 0),
        confirmed=int(stores.redis.get(orders.CONFIRMED) or 0),
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
        "queue": answers(tasks.ping),
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
