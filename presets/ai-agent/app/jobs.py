from typing import cast

from redis import Redis

WAITING = "jobs:waiting"
RUNNING = "jobs:running"
FAILED = "jobs:failed"


class Jobs:
    """A job is the id of a note. It stays in Redis until it is done, so it outlives its worker."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def push(self, job: str) -> None:
        self._redis.lpush(WAITING, job)

    def take(self, timeout: int) -> str | None:
        job = self._redis.blmove(WAITING, RUNNING, timeout, src="RIGHT", dest="LEFT")
        return cast("str | None", job)

    def done(self, job: str) -> None:
        self._redis.lrem(RUNNING, 1, job)

    def fail(self, job: str) -> None:
        with self._redis.pipeline() as pipeline:
            pipeline.lrem(RUNNING, 1, job)
            pipeline.lpush(FAILED, job)
            pipeline.execute()

    def recover(self) -> int:
        """Queue again what a dead worker left behind.

        It may be a job that another worker is busy with; running a job twice does no harm.
        """
        count = 0
        while self._redis.lmove(RUNNING, WAITING, src="LEFT", dest="RIGHT"):
            count += 1
        return count

    def waiting(self) -> int:
        return self._redis.llen(WAITING)

    def failed(self) -> int:
        return self._redis.llen(FAILED)
