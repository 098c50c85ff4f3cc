from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager

import pytest
from fastapi.testclient import TestClient

from app.main import app, get_services
from app.services import Services, open_services
from app.settings import Settings
from tests.fakes import FakeOllama, FakeQdrant

SETTINGS = Settings(
    ollama_host="http://ollama",
    qdrant_url="http://qdrant",
    qdrant_api_key="a-key",
    chat_model="talker:1b",
    embedding_model="reader",
)
PULLED = ("reader:latest", "talker:1b")

Open = Callable[[], AbstractAsyncContextManager[Services]]
Serve = Callable[..., TestClient]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that makes a client of the app, with an Ollama that has some models."""

    def serve(models: Sequence[str] = PULLED, key: str = SETTINGS.qdrant_api_key) -> TestClient:
        ollama, qdrant = FakeOllama(models), FakeQdrant(key)

        async def get_fakes() -> object:
            async with open_services(SETTINGS, ollama, qdrant) as services:
                yield services

        app.dependency_overrides[get_services] = get_fakes
        # no `with`: it would look for the servers that the environment names
        return TestClient(app)

    yield serve
    app.dependency_overrides.clear()
