import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient

from app import documents, worker
from app.stores import Stores


class KilledError(BaseException):
    """What no worker survives."""


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {seconds} s"
        time.sleep(0.02)


def status(client: TestClient, document_id: object) -> object:
    return client.get(f"/documents/{document_id}").json()["status"]


def test_worker_that_dies_leaves_no_half_document_behind(
    client: TestClient, stores: Stores
) -> None:
    text = "A sentence that is not the last. " * 2000
    document = documents.add(stores, "Long", text)

    def die() -> None:
        raise KilledError

    with pytest.raises(KilledError):
        documents.index(stores.pool, document.id, beat=die)

    found = client.get(f"/documents/{document.id}").json()
    assert (found["status"], found["chunks"]) == ("waiting", 0)


def test_running_worker_finds_what_the_queue_lost(client: TestClient, stores: Stores) -> None:
    document = documents.add(stores, "Lost", "Taken by a worker that died.")
    while stores.queue.take(timeout=1):
        pass
    worker.HEARTBEAT.unlink(missing_ok=True)
    stop = Event()
    thread = Thread(target=worker.run, args=(stores, stop))

    thread.start()
    wait_for(lambda: status(client, document.id) == "ready")
    assert worker.HEARTBEAT.exists()
    stop.set()

    wait_for(lambda: not thread.is_alive())


def test_document_that_another_worker_has_is_left_to_it(stores: Stores) -> None:
    document = documents.add(stores, "Busy", "One sentence.")
    with stores.pool.connection() as other:
        other.execute("select 1 from documents where id = %s for update", [document.id])

        assert documents.index(stores.pool, document.id, beat=worker.HEARTBEAT.touch) == 0

    assert documents.index(stores.pool, document.id, beat=worker.HEARTBEAT.touch) == 1
    assert documents.index(stores.pool, document.id, beat=worker.HEARTBEAT.touch) == 0
