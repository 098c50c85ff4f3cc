from contextlib import ExitStack
from functools import cache
from uuid import UUID

from celery import Celery
from celery.exceptions import OperationalError as BrokerUnavailable

from app import orders
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores

__all__ = ["BrokerUnavailable", "celery", "confirm", "ping"]

celery = Celery("orders", broker=Settings.from_env().amqp_url)
celery.conf.update(
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    # a publish counts only when the broker has the event
    broker_transport_options={"confirm_publish": True},
    # an event goes to another worker when the one that took it dies
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # the result is what the task writes
    task_ignore_result=True,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2},
)
_open = ExitStack()


@cache
def stores() -> Stores:
    """Open the stores at the first task: a connection must not be shared by worker processes."""
    return _open.enter_context(open_stores(Settings.from_env()))


@celery.task(
    autoretry_for=(orders.MissingError, *UNAVAILABLE),
    retry_backoff=True,
    retry_backoff_max=60,
    max_retries=10,
)
def confirm(order_id: str) -> None:
    orders.confirm(stores(), UUID(order_id))


def ping() -> None:
    with celery.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
