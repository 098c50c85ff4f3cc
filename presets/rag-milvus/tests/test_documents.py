from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from app import documents
from app.stores import Stores
from tests.conftest import Add


def test_document_waits_until_it_is_indexed(client: TestClient, add: Add) -> None:
    made = client.post("/documents", json={"title": " Log ", "text": "Fog."}).json()
    assert (made["title"], made["status"], made["chunks"]) == ("Log", "waiting", 0)

    indexed = add("One sentence of many. " * 500, title="Ünïcode, 'quotes' and \\ backslashes")

    assert indexed["status"] == "ready"
    assert indexed["chunks"] > 10
    assert client.get("/documents", params={"limit": 2}).json() == [indexed, made]


def test_nearest_chunk_comes_first(client: TestClient, add: Add) -> None:
    ship = f"Argo{uuid4().hex}"
    add("Bake the sourdough at 240 degrees.")
    document = add(f"The {ship} was built in 1932.", title="Ships")

    found = client.get("/search", params={"q": f"building the {ship}", "limit": 2}).json()

    assert len(found) == 2
    assert found[0]["document_id"] == document["id"]
    assert (found[0]["title"], found[0]["position"]) == ("Ships", 0)
    assert found[0]["text"] == f"The {ship} was built in 1932."
    assert 1 >= found[0]["score"] > found[1]["score"]


def test_answer_names_its_sources(client: TestClient, add: Add) -> None:
    ship = f"Argo{uuid4().hex}"
    document = add(f"Ships come and go. The {ship} was built in 1932. Rust is everywhere.")

    answered = client.post("/ask", json={"question": f"When was the {ship} built?"}).json()

    assert answered["answer"] == f"The {ship} was built in 1932."
    assert answered["sources"][0]["document_id"] == document["id"]


def test_removed_document_is_found_no_more(client: TestClient, add: Add) -> None:
    word = f"zeppelin{uuid4().hex}"
    path = f"/documents/{add(f'The {word} has landed.')['id']}"
    assert word in client.get("/search", params={"q": word}).text

    assert client.delete(path).status_code == 204

    assert word not in client.get("/search", params={"q": word}).text
    assert word not in client.get("/documents").text
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404


def test_removed_document_does_not_come_back(client: TestClient, add: Add, stores: Stores) -> None:
    document_id = UUID(add("Short-lived.")["id"])
    client.delete(f"/documents/{document_id}")

    assert not documents.change(stores.redis, document_id, status="ready")

    assert documents.get(stores.redis, document_id) is None


@pytest.mark.parametrize(
    "body",
    [{}, {"title": "x"}, {"title": " ", "text": "x"}, {"title": "x", "text": " "}, {"text": 7}],
)
def test_unusable_document_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/documents", json=body).status_code == 422


@pytest.mark.parametrize("path", ["/documents/42", "/documents?limit=0", "/search", "/search?q="])
def test_unusable_request_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422
