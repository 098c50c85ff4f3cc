from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from fastapi.testclient import TestClient

from app.main import app
from app.settings import Settings
from app.stores import Stores, open_stores
from app.tasks import celery


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    with open_stores(Settings.from_env()) as stores:
        yield stores


@pytest.fixture
def worker() -> Iterator[None]:
    """Run a worker in a thread; it takes its events from the real broker."""
    with start_worker(celery, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield
