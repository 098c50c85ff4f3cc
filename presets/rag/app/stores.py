from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import redis

from app.database import Pool, create_pool
from app.queue import Queue
from app.settings import Settings

# what the clients raise when a store is gone, as opposed to when it says no
UNAVAILABLE = (psycopg.OperationalError, redis.ConnectionError, redis.TimeoutError)


@dataclass(frozen=True)
class Stores:
    pool: Pool
    queue: Queue


@contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """Make the clients. None of them waits: a store that is down shows at its first use."""
    with create_pool(settings.database_url) as pool, closing(Queue(settings.redis_url)) as queue:
        yield Stores(pool, queue)
