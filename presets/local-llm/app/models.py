import json
from collections.abc import AsyncIterator, Sequence

import httpx2

Message = dict[str, str]


class ModelError(Exception):
    """A model that is missing, or fails while it answers."""


class Models:
    """What the app asks of Ollama: one model embeds, another one chats."""

    def __init__(self, http: httpx2.AsyncClient, chat: str, embedding: str) -> None:
        self._http = http
        self._chat = chat
        self._embedding = embedding

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        body = {"model": self._embedding, "input": list(texts)}
        answer = await self._http.post("/api/embed", json=body)
        _check(answer, self._embedding)
        return [[float(value) for value in vector] for vector in answer.json()["embeddings"]]

    async def chat(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        """Yield the answer in pieces, as the model finds them."""
        body = {"model": self._chat, "messages": list(messages), "stream": True}
        async with self._http.stream("POST", "/api/chat", json=body) as answer:
            _check(answer, self._chat)
            async for line in answer.aiter_lines():
                piece = json.loads(line)
                if "error" in piece:
                    raise ModelError(f"{self._chat}: {piece['error']}")
                yield str(piece["message"]["content"])

    async def available(self) -> dict[str, bool]:
        """Map both models to whether they were pulled."""
        answer = (await self._http.get("/api/tags")).raise_for_status()
        names = {model["name"] for model in answer.json()["models"]}
        return {model: _with_tag(model) in names for model in (self._embedding, self._chat)}


def _check(answer: httpx2.Response, model: str) -> None:
    if answer.status_code == httpx2.codes.NOT_FOUND:
        raise ModelError(f"{model} is missing: docker compose exec models ollama pull {model}")
    answer.raise_for_status()


def _with_tag(model: str) -> str:
    return model if ":" in model else f"{model}:latest"
