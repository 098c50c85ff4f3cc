from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app.main import app, get_stores
from app.stores import Stores, create_redis
from app.vectors import Vectors

CLOSED_PORT = "127.0.0.1:9"


@pytest.fixture
def broken(client: TestClient, stores: Stores) -> Iterator[TestClient]:
    """Yield a client of an app whose stores are both gone."""
    with (
        create_redis(f"redis://{CLOSED_PORT}/0") as redis,
        closing(Vectors(f"http://{CLOSED_PORT}", "", "", dimensions=1)) as vectors,
    ):
        gone = replace(stores, redis=redis, vectors=vectors)
        app.dependency_overrides[get_stores] = lambda: gone
        yield client
        app.dependency_overrides.clear()


def test_ready_asks_both_stores(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"redis": True, "vectors": True})


def test_lost_stores_are_reported(broken: TestClient) -> None:
    response = broken.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"redis": False, "vectors": False})
    assert broken.get("/search?q=anything").status_code == 503
    assert broken.get("/documents").status_code == 503
    assert broken.get("/health/live").status_code == 200


def test_collection_comes_back_when_milvus_is_empty(client: TestClient, stores: Stores) -> None:
    stores.vectors._client.drop_collection("chunks")

    assert client.get("/health/ready").status_code == 200
    assert client.get("/search?q=anything").json() == []
