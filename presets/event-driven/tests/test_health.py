from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app import tasks
from app.main import app, get_stores
from app.stores import Stores, create_redis


@pytest.fixture
def client_without_cache(client: TestClient, stores: Stores) -> Iterator[TestClient]:
    with create_redis("redis://127.0.0.1:9/0") as redis:
        app.dependency_overrides[get_stores] = lambda: replace(stores, redis=redis)
        yield client
        app.dependency_overrides.clear()


def test_ready_asks_every_store(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"db": True, "cache": True, "queue": True}


def test_ready_names_what_fails(client_without_cache: TestClient) -> None:
    response = client_without_cache.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"db": True, "cache": False, "queue": True}
    assert client_without_cache.get("/stats").status_code == 503
    assert client_without_cache.get("/health/live").status_code == 200


def test_order_is_not_stored_without_its_event(
    client: TestClient, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise tasks.BrokerUnavailable("no broker")

    monkeypatch.setattr(tasks.confirm, "delay", refuse)

    assert client.post("/orders", json={"item": "lost"}).status_code == 503
    with stores.pool.connection() as connection:
        assert connection.execute("select id from orders where item = 'lost'").fetchall() == []
