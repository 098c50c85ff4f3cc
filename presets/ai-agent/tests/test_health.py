from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.main import app, get_stores
from app.stores import Stores, create_redis
from app.vectors import Vectors

CLOSED_PORT = "127.0.0.1:9"


@pytest.fixture
def client_without_stores(client: TestClient, stores: Stores) -> Iterator[TestClient]:
    with (
        closing(Vectors(f"http://{CLOSED_PORT}")) as vectors,
        create_redis(f"redis://{CLOSED_PORT}/0") as redis,
    ):
        broken = replace(stores, vectors=vectors, redis=redis)
        app.dependency_overrides[get_stores] = lambda: broken
        yield client
        app.dependency_overrides.clear()


def test_ready_asks_every_store(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"db": True, "cache": True, "vectors": True}


def test_ready_names_the_stores_that_fail(client_without_stores: TestClient) -> None:
    response = client_without_stores.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"db": True, "cache": False, "vectors": False}


def test_live_needs_no_store(client_without_stores: TestClient) -> None:
    assert client_without_stores.get("/health/live").status_code == 200


def test_request_that_needs_a_lost_store_is_told_so(client_without_stores: TestClient) -> None:
    assert client_without_stores.get("/notes/search?q=anything").status_code == 503


def test_note_is_not_stored_by_halves(client_without_stores: TestClient, stores: Stores) -> None:
    text = f"Lost with its store {uuid4()}"

    response = client_without_stores.post("/notes", json={"text": text})

    assert response.status_code == 503
    with stores.pool.connection() as connection:
        assert connection.execute("select id from notes where text = %s", (text,)).fetchall() == []


def test_app_survives_the_loss_of_every_database_connection(
    client: TestClient, stores: Stores
) -> None:
    with stores.pool.connection() as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = current_user and pid <> pg_backend_pid()"
        )

    assert client.get("/health/ready").status_code == 200
