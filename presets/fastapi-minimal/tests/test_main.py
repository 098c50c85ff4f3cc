from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_hello_greets_by_name() -> None:
    assert client.get("/").json() == {"message": "Hello, world"}
    assert client.get("/", params={"name": "Ada"}).json() == {"message": "Hello, Ada"}


def test_live() -> None:
    assert client.get("/health/live").status_code == 200
