import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from grpc import RpcError
from pydantic import BaseModel
from pymilvus import DataType, MilvusClient, MilvusException

COLLECTION = "chunks"
TIMEOUT_SECONDS = 5
# the longest piece of text that Milvus takes here, in bytes
TEXT_BYTES = 8000
# timeout, no connection, too busy; the collection is gone, or not loaded yet
UNAVAILABLE = {1, 2, 8, 100, 101}

# it prints a traceback for every failed call, which is ours to report
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


class UnavailableError(Exception):
    """Milvus is gone, or not ready yet."""


class Match(BaseModel):
    document_id: UUID
    title: str
    # of the chunk in its document, from 0
    position: int
    text: str
    # the cosine of the angle between both vectors: 1 means the same
    score: float


class Vectors:
    """The collection of chunks in Milvus, each with its text and the vector of that."""

    def __init__(self, uri: str, user: str, password: str, dimensions: int) -> None:
        self._uri = uri
        self._user = user
        self._password = password
        self._dimensions = dimensions

    def put(
        self,
        document_id: UUID,
        title: str,
        chunks: Sequence[tuple[int, str]],
        embeddings: Sequence[list[float]],
    ) -> None:
        """Store chunks under their position in a document; those that are there are replaced."""
        rows = [
            {
                "id": f"{document_id}:{position}",
                "document_id": str(document_id),
                "title": title,
                "position": position,
                "text": text,
                "embedding": embedding,
            }
            for (position, text), embedding in zip(chunks, embeddings, strict=True)
        ]
        with self._collection() as client:
            client.upsert(COLLECTION, rows, timeout=TIMEOUT_SECONDS)

    def remove(self, document_id: UUID) -> None:
        with self._collection() as client:
            of_it = f'document_id == "{document_id}"'
            client.delete(COLLECTION, filter=of_it, timeout=TIMEOUT_SECONDS)

    def nearest(self, embedding: list[float], limit: int) -> list[Match]:
        with self._collection() as client:
            (found,) = client.search(
                COLLECTION,
                data=[embedding],
                limit=limit,
                output_fields=["document_id", "title", "position", "text"],
                timeout=TIMEOUT_SECONDS,
            )
        return [Match(score=one["distance"], **one["entity"]) for one in found]

    def ping(self) -> None:
        # a search: for a while after a restart, Milvus calls loaded what it cannot search yet
        self.nearest([1.0] * self._dimensions, limit=1)

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()

    @contextmanager
    def _collection(self) -> Iterator[MilvusClient]:
        """Yield the client; the collection is there and can be searched.

        It is asked each time: Milvus may have come back empty, or with nothing loaded.
        """
        try:
            if not self._client.has_collection(COLLECTION, timeout=TIMEOUT_SECONDS):
                self._create()
            self._client.load_collection(COLLECTION, timeout=TIMEOUT_SECONDS)
            yield self._client
        except RpcError as error:
            raise UnavailableError(cast(Any, error).details()) from error
        except MilvusException as error:
            if error.code in UNAVAILABLE:
                raise UnavailableError(str(error)) from error
            raise

    # made at first use, as it connects at once; a failure is not cached
    @cached_property
    def _client(self) -> MilvusClient:
        return MilvusClient(self._uri, self._user, self._password, timeout=TIMEOUT_SECONDS)

    def _create(self) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
        schema.add_field("document_id", DataType.VARCHAR, max_length=36)
        schema.add_field("title", DataType.VARCHAR, max_length=TEXT_BYTES)
        schema.add_field("position", DataType.INT64)
        schema.add_field("text", DataType.VARCHAR, max_length=TEXT_BYTES)
        schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=self._dimensions)
        index = cast(Any, self._client.prepare_index_params())
        index.add_index("embedding", index_type="AUTOINDEX", metric_type="COSINE")
        # strong: who has been told that a document is ready finds it
        self._client.create_collection(
            COLLECTION, schema=schema, index_params=index, consistency_level="Strong"
        )
