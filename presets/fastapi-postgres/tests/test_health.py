from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app import database
from app.main import app, get_pool
from app.settings import Settings


@pytest.fixture
def client_without_database(client: TestClient) -> Iterator[TestClient]:
    with database.create_pool("postgresql://app@127.0.0.1:9/app") as pool:
        pool.timeout = 1
        app.dependency_overrides[get_pool] = lambda: pool
        yield client
        app.dependency_overrides.clear()


def test_ready(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"db": True}


def test_lost_database_is_reported(client_without_database: TestClient) -> None:
    ready = client_without_database.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json() == {"db": False}
    assert client_without_database.get("/notes").status_code == 503
    assert client_without_database.get("/health/live").status_code == 200


def test_app_survives_the_loss_of_every_connection(client: TestClient) -> None:
    with (
        database.create_pool(Settings.from_env().database_url) as pool,
        pool.connection() as connection,
    ):
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = current_user and pid <> pg_backend_pid()"
        )

    assert client.get("/health/ready").status_code == 200
