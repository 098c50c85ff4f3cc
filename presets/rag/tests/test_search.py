from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app import search
from app.model import DIMENSIONS
from app.stores import Stores
from tests.conftest import Add


def test_nearest_chunk_comes_first(client: TestClient, add: Add) -> None:
    crop = f"tomato{uuid4().hex}"
    add("Bake the sourdough at 240 degrees.")
    watering = add(f"Water the {crop} in the greenhouse every morning.", title="Garden")
    add("The quarterly invoice is due on Friday.")

    found = client.get("/search", params={"q": f"watering {crop}"}).json()

    assert found[0]["document_id"] == watering["id"]
    assert (found[0]["title"], found[0]["position"]) == ("Garden", 0)
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert 0.3 < scores[0] <= 1


def test_no_more_than_the_limit(client: TestClient, add: Add) -> None:
    add("A limited sentence. " * 200)

    assert len(client.get("/search", params={"q": "limited", "limit": 3}).json()) == 3


def test_index_is_there_for_the_distance_that_is_asked_for(stores: Stores) -> None:
    with stores.pool.connection() as connection:
        connection.execute("set local enable_seqscan = off")
        values = {"vector": str([1.0] * DIMENSIONS), "limit": 3}
        plan = connection.execute("explain " + search.NEAREST, values).fetchall()

    assert any("chunks_embedding" in str(line) for line in plan)


def test_answer_names_its_sources(client: TestClient, add: Add) -> None:
    ship = f"Argo{uuid4().hex}"
    document = add(f"Ships come and go. The {ship} was built in 1932. Rust is everywhere.")

    answered = client.post("/ask", json={"question": f"When was the {ship} built?"}).json()

    assert answered["answer"] == f"The {ship} was built in 1932."
    assert answered["sources"][0]["document_id"] == document["id"]


def test_no_answer_without_documents(client: TestClient, stores: Stores) -> None:
    with stores.pool.connection() as connection:
        connection.execute("delete from documents")

    response = client.post("/ask", json={"question": "Is anybody here?"})

    assert response.json() == {"answer": None, "sources": []}


@pytest.mark.parametrize("path", ["/search", "/search?q=", "/search?q=a&limit=21"])
def test_unusable_search_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422
