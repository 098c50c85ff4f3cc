from typing import Any
from uuid import UUID

import httpx2

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


class Vectors:
    """The three calls of Chroma's REST API that the app needs.

    The chromadb client offers more, and takes longer to import than the whole app.
    """

    def __init__(self, url: str, collection: str = "notes") -> None:
        # a proxy for the internet is none for a store next door
        self._http = httpx2.Client(base_url=url, timeout=5, trust_env=False)
        self._collection = collection

    def put(self, note_id: UUID, embedding: list[float]) -> None:
        self._call("upsert", {"ids": [str(note_id)], "embeddings": [embedding]})

    def nearest(self, embedding: list[float], limit: int) -> dict[UUID, float]:
        """Map the ids of the nearest notes to their cosine similarity, best first."""
        body = {"query_embeddings": [embedding], "n_results": limit, "include": ["distances"]}
        found = self._call("query", body)
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return {UUID(note_id): round(1 - distance, 4) for note_id, distance in pairs}

    def ping(self) -> None:
        self._http.get("/api/v2/heartbeat").raise_for_status()

    def close(self) -> None:
        self._http.close()

    def _call(self, action: str, body: dict[str, Any]) -> Any:
        # the id is asked for each time: it changes when Chroma comes back empty
        return self._post(f"{COLLECTIONS}/{self._collection_id()}/{action}", body)

    def _collection_id(self) -> str:
        body = {
            "name": self._collection,
            "get_or_create": True,
            "configuration": {"hnsw": {"space": "cosine"}},
        }
        return str(self._post(COLLECTIONS, body)["id"])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()
