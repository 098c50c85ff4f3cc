from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.rows import class_row
from pydantic import BaseModel

from app.stores import Stores

RECEIVED = "orders:received"
CONFIRMED = "orders:confirmed"


class Order(BaseModel):
    id: UUID
    item: str
    quantity: int
    received_at: datetime
    # null until the worker has handled the order
    confirmed_at: datetime | None


class MissingError(Exception):
    """The order is not there, or not yet: its event can arrive before the commit."""


def create(stores: Stores, item: str, quantity: int, publish: Callable[[UUID], object]) -> Order:
    with stores.pool.connection() as connection:
        cursor = connection.cursor(row_factory=class_row(Order))
        cursor.execute(
            "insert into orders (id, item, quantity) values (%s, %s, %s) returning *",
            (uuid4(), item, quantity),
        )
        order = cursor.fetchone()
        assert order is not None
        # before the commit: a broker that is down leaves no order that nobody handles
        publish(order.id)
    stores.redis.incr(RECEIVED)
    return order


def get(stores: Stores, order_id: UUID) -> Order | None:
    with stores.pool.connection() as connection:
        cursor = connection.cursor(row_factory=class_row(Order))
        return cursor.execute("select * from orders where id = %s", (order_id,)).fetchone()


def confirm(stores: Stores, order_id: UUID) -> None:
    """Confirm an order; a second time changes nothing."""
    with stores.pool.connection() as connection:
        cursor = connection.execute(
            "update orders set confirmed_at = now() where id = %s and confirmed_at is null",
            (order_id,),
        )
    if cursor.rowcount:
        stores.redis.incr(CONFIRMED)
    elif get(stores, order_id) is None:
        raise MissingError(str(order_id))
