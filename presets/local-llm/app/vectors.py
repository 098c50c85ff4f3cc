import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import httpx2
from pydantic import BaseModel


class Chunk(BaseModel):
    document_id: UUID
    title: str
    # of the chunk in its document, from 0
    position: int
    # how many chunks the document has
    of: int
    text: str


class Match(BaseModel):
    chunk: Chunk
    # the cosine of the angle between both vectors: 1 means the same
    score: float


class Vectors:
    """The chunks of all documents, in a collection of Qdrant.

    Vectors of two models can't be compared, so each embedding model has a collection of its own.
    """

    def __init__(self, http: httpx2.AsyncClient, embedding_model: str) -> None:
        self._http = http
        self._path = f"/collections/{re.sub(r'[^\w.-]', '-', embedding_model)}"

    async def put(self, chunks: Sequence[Chunk], embeddings: Sequence[list[float]]) -> None:
        if not await self._exists():
            await self._create(dimensions=len(embeddings[0]))
        points = [
            {
                "id": str(uuid5(chunk.document_id, str(chunk.position))),
                "vector": embedding,
                "payload": chunk.model_dump(mode="json"),
            }
            for chunk, embedding in zip(chunks, embeddings, strict=True)
        ]
        await self._call("PUT", "/points?wait=true", {"points": points})

    async def nearest(self, embedding: list[float], limit: int) -> list[Match]:
        if not await self._exists():
            return []
        body = {"query": embedding, "limit": limit, "with_payload": True}
        found = await self._call("POST", "/points/query", body)
        return [
            Match(chunk=Chunk.model_validate(point["payload"]), score=point["score"])
            for point in found["points"]
        ]

    async def first_chunks(self, limit: int) -> list[Chunk]:
        """Return the first chunk of each document."""
        if not await self._exists():
            return []
        body = {"filter": _where("position", 0), "limit": limit, "with_payload": True}
        found = await self._call("POST", "/points/scroll", body)
        return [Chunk.model_validate(point["payload"]) for point in found["points"]]

    async def remove(self, document_id: UUID) -> None:
        if await self._exists():
            body = {"filter": _where("document_id", str(document_id))}
            await self._call("POST", "/points/delete?wait=true", body)

    async def ping(self) -> None:
        (await self._http.get("/readyz")).raise_for_status()

    # asked each time: Qdrant may have come back empty
    async def _exists(self) -> bool:
        return bool((await self._call("GET", "/exists"))["exists"])

    async def _create(self, dimensions: int) -> None:
        body = {"vectors": {"size": dimensions, "distance": "Cosine"}}
        answer = await self._http.put(self._path, json=body)
        # somebody else was faster
        if answer.status_code != httpx2.codes.CONFLICT:
            answer.raise_for_status()

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = await self._http.request(method, self._path + path, json=body)
        return answer.raise_for_status().json()["result"]


def _where(key: str, value: object) -> dict[str, object]:
    return {"must": [{"key": key, "match": {"value": value}}]}
