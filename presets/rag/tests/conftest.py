from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app import worker
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
    """Return a function that puts a document in and lets a worker index it."""

    def add(text: str, title: str = "A title") -> dict[str, Any]:
        response = client.post("/documents", json={"title": title, "text": text})
        assert response.status_code == 202, response.text
        document_id = response.json()["id"]
        worker.index(stores, UUID(document_id))
        return dict(client.get(f"/documents/{document_id}").json())

    return add
