from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.conftest import PULLED, Serve

LAMP = "The lamp was lit in 1871."


def add(client: TestClient, text: str, title: str = "Lighthouse") -> dict[str, Any]:
    response = client.post("/documents", json={"title": title, "text": text})
    assert response.status_code == 201, response.text
    return dict(response.json())


def test_document_is_cut_embedded_and_listed(serve: Serve) -> None:
    client = serve()

    document = add(client, "\n\n".join(f"Paragraph {number} " * 50 for number in range(40)))

    assert document["title"] == "Lighthouse"
    assert document["chunks"] > 20
    assert client.get("/documents").json() == [document]


def test_search_finds_the_nearest_chunk_first(serve: Serve) -> None:
    client = serve()
    add(client, "Sourdough is baked at 240 degrees.")
    document = add(client, LAMP)

    found = client.get("/search", params={"q": "when was the lamp lit", "limit": 2}).json()

    assert found[0]["chunk"]["text"] == LAMP
    assert found[0]["chunk"]["document_id"] == document["id"]
    assert found[0]["score"] > found[1]["score"]


def test_model_gets_question_and_passages(serve: Serve) -> None:
    client = serve()
    add(client, LAMP)

    answered = client.post("/ask", json={"question": "When was it lit?"}).json()

    assert answered["answer"].endswith(f"[1] Lighthouse: {LAMP} When was it lit? ")
    assert [source["chunk"]["text"] for source in answered["sources"]] == [LAMP]


def test_stream_is_the_same_answer(serve: Serve) -> None:
    client = serve()
    add(client, LAMP)
    asked = {"question": "When was it lit?"}

    whole = client.post("/ask", json=asked).json()["answer"]
    streamed = client.post("/ask", json={**asked, "stream": True})

    assert streamed.headers["content-type"].startswith("text/plain")
    assert streamed.text == whole


def test_question_without_documents_goes_to_the_model_alone(serve: Serve) -> None:
    answered = serve().post("/ask", json={"question": "Is anybody here?"}).json()

    assert answered["sources"] == []
    assert answered["answer"].endswith("say so. Is anybody here? ")


def test_removed_document_is_found_no_more(serve: Serve) -> None:
    client = serve()
    document = add(client, LAMP)

    assert client.delete(f"/documents/{document['id']}").status_code == 204

    assert client.get("/documents").json() == []
    assert client.get("/search", params={"q": "lamp"}).json() == []
    assert client.delete(f"/documents/{uuid4()}").status_code == 204


def test_missing_model_is_named_with_the_way_to_get_it(serve: Serve) -> None:
    client = serve(models=["talker:1b"])

    ready = client.get("/health/ready")
    refused = client.post("/documents", json={"title": "x", "text": LAMP})

    assert ready.status_code == 503
    assert ready.json() == {"vectors": True, "models": True, "reader": False, "talker:1b": True}
    assert refused.status_code == 503
    assert refused.json()["detail"].endswith("docker compose exec models ollama pull reader")


def test_missing_chat_model_is_told_before_the_stream_begins(serve: Serve) -> None:
    client = serve(models=["reader:latest"])

    response = client.post("/ask", json={"question": "Hello?", "stream": True})

    assert response.status_code == 503
    assert "ollama pull talker:1b" in response.json()["detail"]


def test_model_that_fails_on_its_way_is_no_answer(serve: Serve) -> None:
    response = serve().post("/ask", json={"question": "Please fail now"})

    assert response.status_code == 503
    assert response.json() == {"detail": "talker:1b: out of memory"}


def test_ready_when_all_is_there(serve: Serve) -> None:
    response = serve(models=[*PULLED, "another:7b"]).get("/health/ready")

    assert response.status_code == 200
    assert set(response.json().values()) == {True}


def test_qdrant_that_refuses_the_key_is_unavailable(serve: Serve) -> None:
    client = serve(key="another-key")

    assert client.get("/documents").status_code == 503
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"title": "x"}, {"title": " ", "text": "x"}, {"title": "x", "text": " ?! "}, {"text": 7}],
)
def test_unusable_document_is_refused(serve: Serve, body: dict[str, Any]) -> None:
    assert serve().post("/documents", json=body).status_code == 422
