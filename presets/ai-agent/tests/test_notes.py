from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from app import notes, texts
from app.stores import Stores


def create(client: TestClient, text: str) -> dict[str, Any]:
    response = client.post("/notes", json={"text": text})
    assert response.status_code == 201
    return response.json()


def test_note_is_stored_in_postgres_and_chroma(client: TestClient, stores: Stores) -> None:
    text = f"The lighthouse {uuid4()} keeps its own log"

    note = create(client, text)

    note_id = UUID(note["id"])
    assert notes.get(stores, note_id).text == text
    assert next(iter(stores.vectors.nearest(texts.embed(text), limit=1))) == note_id


def test_counter_counts_created_notes(client: TestClient) -> None:
    before = client.get("/stats").json()["notes_created"]

    create(client, "Counted once")

    assert client.get("/stats").json()["notes_created"] == before + 1


def test_search_finds_the_nearest_note_first(client: TestClient) -> None:
    crop = f"tomato{uuid4().hex}"
    create(client, "Bake the sourdough bread at 240 degrees")
    watering = create(client, f"Water the {crop} in the greenhouse every morning")
    create(client, "The quarterly invoice is due on Friday")

    matches = client.get("/notes/search", params={"q": f"watering {crop}"}).json()

    assert matches[0]["note"]["id"] == watering["id"]
    scores = [match["score"] for match in matches]
    assert scores == sorted(scores, reverse=True)


def test_search_returns_no_more_than_the_limit(client: TestClient) -> None:
    for number in range(3):
        create(client, f"Limited note {number}")

    response = client.get("/notes/search", params={"q": "limited note", "limit": 2})

    assert len(response.json()) == 2


def test_get_returns_the_note(client: TestClient) -> None:
    note = create(client, "Read me back: ünïcode, 'quotes' and \\ backslashes")

    stored = client.get(f"/notes/{note['id']}").json()

    assert stored["text"] == note["text"]


def test_unknown_note_is_not_found(client: TestClient) -> None:
    assert client.get(f"/notes/{uuid4()}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": 7}, {"text": "a\0b"}])
def test_unusable_text_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/notes", json=body).status_code == 422


@pytest.mark.parametrize("path", ["/notes/42", "/notes/search", "/notes/search?q=a&limit=0"])
def test_unusable_request_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422
