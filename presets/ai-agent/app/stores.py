from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpx2
import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import database
from app.jobs import Jobs
from app.settings import Settings
from app.vectors import Vectors

# what the clients raise when a store is gone, as opposed to when it says no
UNAVAILABLE = (
    psycopg.OperationalError,
    redis.ConnectionError,
    redis.TimeoutError,
    httpx2.TransportError,
)


@dataclass(frozen=True)
class Stores:
    pool: database.Pool
    redis: redis.Redis
    jobs: Jobs
    vectors: Vectors


@contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """Make the clients. None of them waits: a store that is down shows at its first use."""
    with (
        database.create_pool(settings.database_url) as pool,
        create_redis(settings.redis_url) as client,
        closing(Vectors(settings.chroma_url)) as vectors,
    ):
        yield Stores(pool, client, Jobs(client), vectors)


def create_redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        # a push or a take that is silently sent again would count or move a job twice
        retry=Retry(NoBackoff(), 0),
    )
