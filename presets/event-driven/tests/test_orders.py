import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from app import orders
from app.stores import Stores


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen in {seconds} s"
        time.sleep(0.05)


def test_order_is_received_and_then_confirmed(client: TestClient, worker: None) -> None:
    before = client.get("/stats").json()

    response = client.post("/orders", json={"item": " tea ", "quantity": 2})

    assert response.status_code == 201
    order = response.json()
    assert (order["item"], order["quantity"]) == ("tea", 2)
    path = f"/orders/{order['id']}"
    wait_for(lambda: client.get(path).json()["confirmed_at"] is not None)
    wait_for(lambda: client.get("/stats").json()["confirmed"] > before["confirmed"])
    assert client.get("/stats").json()["received"] == before["received"] + 1


def test_event_that_arrives_twice_counts_once(client: TestClient, stores: Stores) -> None:
    order = orders.create(stores, "tea", 1, lambda _: None)
    before = client.get("/stats").json()["confirmed"]

    orders.confirm(stores, order.id)
    confirmed = orders.get(stores, order.id)
    orders.confirm(stores, order.id)

    assert orders.get(stores, order.id) == confirmed
    assert client.get("/stats").json()["confirmed"] == before + 1


def test_event_before_its_order_is_tried_again(stores: Stores) -> None:
    with pytest.raises(orders.MissingError):
        orders.confirm(stores, uuid4())


@pytest.mark.parametrize(
    "body",
    [{}, {"item": ""}, {"item": " "}, {"item": "a\0b"}, {"item": "tea", "quantity": 0}],
)
def test_bad_order_is_refused(client: TestClient, body: dict[str, object]) -> None:
    assert client.post("/orders", json=body).status_code == 422


def test_unknown_order(client: TestClient) -> None:
    assert client.get(f"/orders/{UUID(int=0)}").status_code == 404
