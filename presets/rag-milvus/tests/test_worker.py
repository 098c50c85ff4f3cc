import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event, Thread
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app import documents, worker
from app.jobs import STREAM, Jobs
from app.stores import Stores
from app.vectors import Vectors


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def jobs(stores: Stores) -> Iterator[Jobs]:
    """Yield the jobs of a worker that takes over from others at once; there are none."""
    stores.redis.delete(STREAM)
    jobs = Jobs(stores.redis, worker="patient", silence=0)
    jobs.open()
    yield jobs
    stores.redis.delete(STREAM)


def test_running_worker_indexes_and_beats(client: TestClient, stores: Stores, jobs: Jobs) -> None:
    document = documents.add(stores.redis, "Log", "Fog in the morning.")
    worker.HEARTBEAT.unlink(missing_ok=True)
    stop = Event()
    thread = Thread(target=worker.run, args=(stores, stop))

    thread.start()
    wait_for(lambda: client.get(f"/documents/{document.id}").json()["status"] == "ready")
    assert worker.HEARTBEAT.exists()
    stop.set()

    wait_for(lambda: not thread.is_alive())
    assert stores.redis.xlen(STREAM) == 0


def test_job_of_a_dead_worker_goes_to_another(stores: Stores, jobs: Jobs) -> None:
    document = documents.add(stores.redis, "Log", "Fog.")
    dead = Jobs(stores.redis, worker="dead")
    taken = dead.take(timeout=1)
    assert taken
    assert dead.take(timeout=0.1) is None

    again = jobs.take(timeout=1)

    assert again == taken
    assert again.document_id == document.id
    jobs.done(again)
    assert jobs.take(timeout=0.1) is None


def test_job_of_a_busy_worker_stays_its_own(stores: Stores, jobs: Jobs) -> None:
    documents.add(stores.redis, "Log", "Fog.")
    busy = Jobs(stores.redis, worker="busy")
    impatient = Jobs(stores.redis, worker="impatient", silence=0.5)
    job = busy.take(timeout=1)
    assert job
    for _ in range(4):
        time.sleep(0.2)
        busy.hold(job)

    assert impatient.take(timeout=0.1) is None


def test_refused_document_says_why(stores: Stores, jobs: Jobs) -> None:
    document = documents.add(stores.redis, "Bad", "Bad luck.")
    documents.change(stores.redis, document.id, title="x" * 9000)
    job = jobs.take(timeout=1)
    assert job

    worker.do(stores, job)

    failed = documents.get(stores.redis, document.id)
    assert failed
    assert failed.status == "failed"
    assert "length" in str(failed.error)
    assert jobs.take(timeout=0.1) is None


def test_job_outlives_an_outage_of_milvus(stores: Stores, jobs: Jobs) -> None:
    document = documents.add(stores.redis, "Log", "Fog.")
    with closing(Vectors("http://127.0.0.1:9", "", "", dimensions=1)) as vectors:
        stop = Event()
        thread = Thread(target=worker.run, args=(replace(stores, vectors=vectors), stop))
        thread.start()
        wait_for(lambda: bool(stores.redis.xpending(STREAM, "workers")["pending"]))
        stop.set()
        wait_for(lambda: not thread.is_alive())

    job = jobs.take(timeout=1)

    assert job
    assert job.document_id == UUID(str(document.id))
    worker.do(stores, job)
    indexed = documents.get(stores.redis, document.id)
    assert indexed
    assert indexed.status == "ready"
