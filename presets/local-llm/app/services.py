from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from app.models import Models
from app.settings import Settings
from app.vectors import Vectors

# a model is loaded at its first use, and thinks for a while on a processor without a graphics card
MODEL_SECONDS = 300


@dataclass(frozen=True)
class Services:
    models: Models
    vectors: Vectors


@asynccontextmanager
async def open_services(
    settings: Settings,
    ollama: httpx2.AsyncBaseTransport | None = None,
    qdrant: httpx2.AsyncBaseTransport | None = None,
) -> AsyncIterator[Services]:
    """Make the clients, which wait for nobody: a server that is down shows at its first use.

    A transport that is given stands in for the way to a server.
    """
    async with (
        # a proxy for the internet is none for a server next door
        httpx2.AsyncClient(
            base_url=settings.ollama_host,
            timeout=httpx2.Timeout(5, read=MODEL_SECONDS),
            transport=ollama,
            trust_env=False,
        ) as to_ollama,
        httpx2.AsyncClient(
            base_url=settings.qdrant_url,
            headers={"api-key": settings.qdrant_api_key},
            timeout=5,
            transport=qdrant,
            trust_env=False,
        ) as to_qdrant,
    ):
        yield Services(
            Models(to_ollama, settings.chat_model, settings.embedding_model),
            Vectors(to_qdrant, settings.embedding_model),
        )
