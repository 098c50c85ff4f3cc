from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app import database
from app.main import app, get_stores
from app.queue import Queue
from app.stores import Stores

CLOSED_PORT = "127.0.0.1:9"


@pytest.fixture
def broken(client: TestClient, stores: Stores) -> Iterator[TestClient]:
    """Yield a client of an app whose stores are both gone."""
    with (
        database.create_pool(f"postgresql://app@{CLOSED_PORT}/app") as pool,
        closing(Queue(f"redis://{CLOSED_PORT}/0")) as queue,
    ):
        pool.timeout = 1
        app.dependency_overrides[get_stores] = lambda: Stores(pool, queue)
        yield client
        app.dependency_overrides.clear()


def test_ready_asks_both_stores(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"db": True, "queue": True})


def test_lost_stores_are_reported(broken: TestClient) -> None:
    response = broken.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"db": False, "queue": False})
    assert broken.get("/search?q=anything").status_code == 503
    assert broken.get("/health/live").status_code == 200


def test_document_is_accepted_without_the_queue(client: TestClient, stores: Stores) -> None:
    with closing(Queue(f"redis://{CLOSED_PORT}/0")) as queue:
        app.dependency_overrides[get_stores] = lambda: replace(stores, queue=queue)
        response = client.post("/documents", json={"title": "Late", "text": "It can wait."})
        app.dependency_overrides.clear()

    assert response.status_code == 202
    assert response.json()["status"] == "waiting"
