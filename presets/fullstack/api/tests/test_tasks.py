from typing import Any

import pytest
from fastapi.testclient import TestClient

UNKNOWN = "/api/tasks/999999999999999"


def create(client: TestClient, title: str) -> dict[str, Any]:
    response = client.post("/api/tasks", json={"title": title})
    assert response.status_code == 201
    return response.json()


def listed(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/api/tasks").json()


def test_new_task_is_open_and_comes_first(client: TestClient) -> None:
    task = create(client, "Water the tomatoes")

    assert task["done"] is False
    assert listed(client)[0] == task


def test_done_task_comes_last(client: TestClient) -> None:
    done, still_open = create(client, "first"), create(client, "second")

    changed = client.patch(f"/api/tasks/{done['id']}", json={"done": True}).json()

    assert changed == done | {"done": True}
    tasks = listed(client)
    assert tasks.index(changed) > tasks.index(still_open)


def test_deleted_task_is_gone(client: TestClient) -> None:
    task = create(client, "short-lived")
    path = f"/api/tasks/{task['id']}"

    assert client.delete(path).status_code == 204
    assert task not in listed(client)
    assert client.delete(path).status_code == 404


def test_unknown_task_is_not_found(client: TestClient) -> None:
    assert client.patch(UNKNOWN, json={"done": True}).status_code == 404
    assert client.delete(UNKNOWN).status_code == 404


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "  "}, {"title": "a\0b"}])
def test_unusable_title_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/api/tasks", json=body).status_code == 422


def test_health(client: TestClient) -> None:
    assert client.get("/api/health/live").json() == {"live": True}
    assert client.get("/api/health/ready").json() == {"db": True}
