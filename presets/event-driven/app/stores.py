from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import database
from app.settings import Settings

# what the clients raise when a store is gone, as opposed to when it says no
UNAVAILABLE = (psycopg.OperationalError, redis.ConnectionError, redis.TimeoutError)


@dataclass(frozen=True)
class Stores:
    pool: database.Pool
    redis: redis.Redis


@contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """Make the clients. None of them waits: a store that is down shows at its first use."""
    with (
        database.create_pool(settings.database_url) as pool,
        create_redis(settings.redis_url) as client,
    ):
        yield Stores(pool, client)


def create_redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        # a count that is silently sent again would be counted twice
        retry=Retry(NoBackoff(), 0),
    )
