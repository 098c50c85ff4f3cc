import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from app import worker
from app.stores import Stores


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {seconds} s"
        time.sleep(0.02)


def create(client: TestClient, text: str) -> str:
    return client.post("/notes", json={"text": text}).json()["id"]


def read(client: TestClient, stores: Stores, note_id: str) -> dict[str, Any]:
    while stores.jobs.waiting():
        worker.run_next_job(stores)
    # a worker in a container of its own may have been faster
    wait_for(lambda: client.get(f"/notes/{note_id}").json()["word_count"] is not None)
    return client.get(f"/notes/{note_id}").json()


def test_worker_reads_the_note(client: TestClient, stores: Stores) -> None:
    subject = f"gardening{uuid4().hex}"
    first = create(client, f"{subject} needs patience, and {subject} needs water")
    second = create(client, f"{subject} needs patience, and {subject} needs light")

    note = read(client, stores, second)

    assert note["word_count"] == 7
    assert note["keywords"][:2] == [subject, "needs"]
    assert first in note["related"]
    assert second not in note["related"]


def test_job_of_a_dead_worker_is_done_by_the_next(client: TestClient, stores: Stores) -> None:
    note_id = create(client, "Taken by a worker that dies")
    while stores.jobs.waiting():
        stores.jobs.take(timeout=1)

    stores.jobs.recover()

    assert read(client, stores, note_id)["keywords"] == ["taken", "by", "worker", "dies"]


def test_impossible_job_is_put_aside(stores: Stores) -> None:
    failed = stores.jobs.failed()
    stores.jobs.push("not the id of a note")

    while stores.jobs.waiting():
        worker.run_next_job(stores)

    wait_for(lambda: stores.jobs.failed() == failed + 1)


def test_worker_beats_until_it_is_told_to_stop(stores: Stores) -> None:
    worker.HEARTBEAT.unlink(missing_ok=True)
    stop = Event()
    thread = Thread(target=worker.run, args=(stores, stop))

    thread.start()
    wait_for(worker.HEARTBEAT.exists)
    stop.set()

    wait_for(lambda: not thread.is_alive())
