from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import app
from app.settings import Settings
from app.stores import Stores, open_stores


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    with open_stores(Settings.from_env()) as stores:
        yield stores
