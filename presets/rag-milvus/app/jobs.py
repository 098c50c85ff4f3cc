from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from redis import Redis, ResponseError
from redis.client import Pipeline

STREAM = "jobs"
GROUP = "workers"
# a worker that does not say for so long that it is at its job has died
SILENCE_SECONDS = 15


@dataclass(frozen=True)
class Job:
    id: str
    document_id: UUID


def put(pipeline: Pipeline, document_id: UUID) -> None:
    """Add a job to the transaction that adds its document: there is never one without the other."""
    pipeline.xadd(STREAM, {"document_id": str(document_id)})


class Jobs:
    """The jobs as one worker sees them: a consumer of a Redis stream.

    A job stays in the stream until it is done. When the worker that took it falls silent, the
    next one that asks gets it.
    """

    def __init__(self, redis: Redis, worker: str, silence: float = SILENCE_SECONDS) -> None:
        self._redis = redis
        self._worker = worker
        self._silence = int(silence * 1000)

    def open(self) -> None:
        """Make the group of workers, which is gone when Redis has come back empty."""
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def take(self, timeout: float) -> Job | None:
        """Return a job of a silent worker, or the next one; None after `timeout` seconds."""
        _, entries, *_ = cast(
            Any,
            self._redis.xautoclaim(STREAM, GROUP, self._worker, self._silence, count=1),
        )
        if not entries:
            block = int(timeout * 1000)
            news = self._redis.xreadgroup(GROUP, self._worker, {STREAM: ">"}, count=1, block=block)
            entries = [entry for _, found in cast(Any, news or []) for entry in found]
        return next((Job(id_, UUID(fields["document_id"])) for id_, fields in entries), None)

    def hold(self, job: Job) -> None:
        """Say that the worker is at its job."""
        self._redis.xclaim(STREAM, GROUP, self._worker, 0, [job.id], justid=True)

    def done(self, job: Job) -> None:
        with self._redis.pipeline() as pipeline:
            pipeline.xack(STREAM, GROUP, job.id)
            pipeline.xdel(STREAM, job.id)
            pipeline.execute()
