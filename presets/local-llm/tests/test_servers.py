"""The same questions to the fakes and to the real servers, which docker-compose.test.yml starts."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from app import library
from app.models import ModelError
from app.services import Services, open_services
from app.settings import Settings
from app.vectors import Chunk
from tests.conftest import PULLED, SETTINGS
from tests.fakes import FakeOllama, FakeQdrant

Ask = Callable[[Services], Awaitable[None]]
Run = Callable[[Ask], None]


def real() -> Settings:
    if "QDRANT_URL" not in os.environ:
        pytest.skip("NO SERVERS ARE NAMED: run docker-compose.test.yml to ask the real ones")
    return Settings.from_env()


@pytest.fixture(params=["fake", "real"])
def run(request: pytest.FixtureRequest) -> Run:
    """Return a function that asks both servers; there is no such model, and no collection yet."""
    fake = request.param == "fake"
    settings = replace(SETTINGS if fake else real(), embedding_model=f"test-{uuid4()}")
    servers = (FakeOllama(PULLED), FakeQdrant(settings.qdrant_api_key)) if fake else ()

    async def ask(question: Ask) -> None:
        async with open_services(settings, *servers) as services:
            await question(services)

    return lambda question: asyncio.run(ask(question))


def chunk(position: int, of: int = 2) -> Chunk:
    return Chunk(document_id=uuid4(), title="T", position=position, of=of, text=f"{position}")


def test_chunks_are_stored_found_and_removed(run: Run) -> None:
    async def ask(services: Services) -> None:
        first, second = chunk(0), chunk(1)
        assert await services.vectors.nearest([1, 0, 0], limit=5) == []

        await services.vectors.put([first, second], [[1, 0, 0], [0.6, 0.8, 0]])
        await services.vectors.put([first], [[1, 0, 0]])

        found = await services.vectors.nearest([2, 0, 0], limit=5)
        assert [match.chunk for match in found] == [first, second]
        assert [match.score for match in found] == pytest.approx([1, 0.6], abs=1e-5)
        assert await services.vectors.first_chunks(limit=5) == [first]

        await services.vectors.remove(first.document_id)
        assert [match.chunk for match in await services.vectors.nearest([1, 0, 0], 5)] == [second]
        await services.vectors.remove(second.document_id)

    run(ask)


def test_both_servers_answer(run: Run) -> None:
    async def ask(services: Services) -> None:
        await services.vectors.ping()
        assert len(await services.models.available()) == 2

    run(ask)


def test_missing_model_has_no_answer(run: Run) -> None:
    async def ask(services: Services) -> None:
        with pytest.raises(ModelError, match="ollama pull test-"):
            await services.models.embed(["anything"])

    run(ask)


def test_real_models_find_and_answer() -> None:
    """Needs both models; they stay in a volume once they are pulled."""

    async def ask() -> None:
        async with open_services(real()) as services:
            for model, pulled in (await services.models.available()).items():
                if not pulled:
                    compose = "docker compose -f docker-compose.test.yml"
                    pytest.skip(f"NO MODEL {model}: {compose} exec models ollama pull {model}")
            added = await library.add(services, "Lighthouse", "The lamp was first lit in 1871.")
            found = await library.find(services, "In which year did the light begin to shine?")
            assert found[0].chunk.document_id == added.id
            pieces = library.answer(services, "In which year was the lamp lit?", found)
            assert "1871" in "".join([piece async for piece in pieces])

    asyncio.run(ask())
