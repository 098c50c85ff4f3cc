from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app import documents, worker
from app.model import DIMENSIONS
from app.stores import Stores
from tests.conftest import Add


def test_new_document_waits_for_the_worker(client: TestClient) -> None:
    document = client.post("/documents", json={"title": " Log ", "text": "Nothing yet."}).json()

    assert (document["title"], document["status"], document["chunks"]) == ("Log", "waiting", 0)


def test_worker_cuts_and_stores_it(client: TestClient, add: Add) -> None:
    document = add("One sentence of many. " * 200, title="Ünïcode, 'quotes' and \\ backslashes")

    assert document["status"] == "ready"
    assert document["chunks"] > 5
    assert client.get("/documents", params={"limit": 1}).json() == [document]


def test_removed_document_is_found_no_more(client: TestClient, add: Add) -> None:
    word = f"zeppelin{uuid4().hex}"
    path = f"/documents/{add(f'The {word} has landed.')['id']}"
    assert client.get("/search", params={"q": word}).json()[0]["text"] == f"The {word} has landed."

    assert client.delete(path).status_code == 204

    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert word not in client.get("/search", params={"q": word}).text


def test_document_that_cannot_be_indexed_says_why(client: TestClient, stores: Stores) -> None:
    document = documents.add(stores, "Bad", "Bad luck.")
    in_the_way = (document.id, str([1.0] * DIMENSIONS))
    with stores.pool.connection() as connection:
        connection.execute("insert into chunks values (%s, 0, '', %s)", in_the_way)

    worker.index(stores, document.id)

    failed = client.get(f"/documents/{document.id}").json()
    assert failed["status"] == "failed"
    assert "duplicate key" in failed["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "x"},
        {"title": " ", "text": "x"},
        {"title": "x", "text": "  "},
        {"title": "x", "text": "a\0b"},
        {"title": "x", "text": 7},
    ],
)
def test_unusable_document_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/documents", json=body).status_code == 422


@pytest.mark.parametrize("path", ["/documents/42", "/documents?limit=0", "/documents?limit=101"])
def test_unusable_request_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_unknown_document_is_not_found(client: TestClient) -> None:
    assert client.get(f"/documents/{uuid4()}").status_code == 404
