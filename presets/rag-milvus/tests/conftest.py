from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app.indexing import index
from app.main import app
from app.settings import Settings
from app.stores import Stores, open_stores

Add = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    with open_stores(Settings.from_env()) as stores:
        yield stores


@pytest.fixture
def add(client: TestClient, stores: Stores) -> Add:
    """Return a function that puts a document in and indexes it, as a worker would."""

    def add(text: str, title: str = "Untitled") -> dict[str, Any]:
        made = client.post("/documents", json={"title": title, "text": text})
        assert made.status_code == 202
        index(stores, UUID(made.json()["id"]), beat=lambda: None)
        return dict(client.get(f"/documents/{made.json()['id']}").json())

    return add
