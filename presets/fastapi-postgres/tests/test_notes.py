from typing import Any

import pytest
from fastapi.testclient import TestClient

UNKNOWN = "/notes/999999999999999999999"


def create(client: TestClient, text: str) -> dict[str, Any]:
    response = client.post("/notes", json={"text": text})
    assert response.status_code == 201
    return response.json()


def test_created_note_is_read_back(client: TestClient) -> None:
    note = create(client, "Ünïcode, 'quotes' and \\ backslashes")

    assert client.get(f"/notes/{note['id']}").json() == note


def test_list_has_the_newest_note_first(client: TestClient) -> None:
    older = create(client, "older")
    newer = create(client, "newer")

    assert client.get("/notes", params={"limit": 2}).json() == [newer, older]


def test_changed_note_keeps_its_id(client: TestClient) -> None:
    note = create(client, "before")

    changed = client.put(f"/notes/{note['id']}", json={"text": "after"}).json()

    assert changed == note | {"text": "after"}
    assert client.get(f"/notes/{note['id']}").json() == changed


def test_deleted_note_is_gone(client: TestClient) -> None:
    path = f"/notes/{create(client, 'short-lived')['id']}"

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_unknown_note_is_not_found(client: TestClient) -> None:
    assert client.get(UNKNOWN).status_code == 404
    assert client.put(UNKNOWN, json={"text": "anything"}).status_code == 404
    assert client.delete(UNKNOWN).status_code == 404


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": 7}, {"text": "a\0b"}])
def test_unusable_text_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/notes", json=body).status_code == 422


@pytest.mark.parametrize("path", ["/notes/abc", "/notes?limit=0", "/notes?limit=101"])
def test_unusable_request_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422
