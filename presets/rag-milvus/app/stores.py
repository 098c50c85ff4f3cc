import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.jobs import Jobs
from app.model import DIMENSIONS
from app.settings import Settings
from app.vectors import UnavailableError, Vectors

# what is raised when a store is gone, as opposed to when it says no
UNAVAILABLE = (redis.ConnectionError, redis.TimeoutError, UnavailableError)


@dataclass(frozen=True)
class Stores:
    redis: redis.Redis
    jobs: Jobs
    vectors: Vectors


@contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """Make the clients. None of them waits: a store that is down shows at its first use."""
    milvus = (settings.milvus_uri, settings.milvus_user, settings.milvus_password)
    with (
        create_redis(settings.redis_url) as client,
        closing(Vectors(*milvus, DIMENSIONS)) as vectors,
    ):
        # the name of the container
        yield Stores(client, Jobs(client, worker=socket.gethostname()), vectors)


def create_redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        # a document that is silently sent again would be there twice
        retry=Retry(NoBackoff(), 0),
    )
