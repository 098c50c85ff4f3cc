from typing import cast
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

WAITING = "documents:waiting"


class Queue:
    """The ids of documents that wait for a worker, the oldest first.

    What is unfinished stands in Postgres; the queue tells a worker of it at once. So an id that
    is lost here is found again, and one that comes twice does no harm.
    """

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=2,
            socket_timeout=5,
            # a lost connection is the caller's to report, at once
            retry=Retry(NoBackoff(), 0),
        )

    def put(self, document_ids: list[UUID]) -> None:
        if document_ids:
            self._redis.lpush(WAITING, *map(str, document_ids))

    def take(self, timeout: int) -> UUID | None:
        """Return the next id, None where there is none within `timeout` seconds."""
        taken = cast("tuple[str, str] | None", self._redis.brpop([WAITING], timeout))
        return UUID(taken[1]) if taken else None

    def ping(self) -> None:
        self._redis.ping()

    def close(self) -> None:
        self._redis.close()
