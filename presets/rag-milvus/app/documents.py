from datetime import UTC, datetime
from typing import Any, Literal, cast
from uuid import UUID, uuid4

from pydantic import BaseModel
from redis import Redis
from redis.client import Pipeline

from app import jobs

# the ids of all, by the time when they came
BY_TIME = "documents"


class Document(BaseModel):
    id: UUID
    title: str
    # waiting until the worker has indexed it
    status: Literal["waiting", "ready", "failed"] = "waiting"
    error: str | None = None
    chunks: int = 0
    created_at: datetime


def add(redis: Redis, title: str, text: str) -> Document:
    document = Document(id=uuid4(), title=title, created_at=datetime.now(UTC))
    with redis.pipeline(transaction=True) as pipeline:
        fields = {**document.model_dump(mode="json", exclude_none=True), "text": text}
        pipeline.hset(_key(document.id), mapping=cast(Any, fields))
        pipeline.zadd(BY_TIME, {str(document.id): document.created_at.timestamp()})
        jobs.put(pipeline, document.id)
        pipeline.execute()
    return document


def newest(redis: Redis, limit: int) -> list[Document]:
    ids = cast("list[str]", redis.zrevrange(BY_TIME, 0, limit - 1))
    found = [get(redis, UUID(id_)) for id_ in ids]
    return [document for document in found if document]


def get(redis: Redis, document_id: UUID) -> Document | None:
    fields = redis.hgetall(_key(document_id))
    return Document.model_validate(fields) if fields else None


def text(redis: Redis, document_id: UUID) -> str:
    return cast("str | None", redis.hget(_key(document_id), "text")) or ""


def change(redis: Redis, document_id: UUID, **fields: str | int) -> bool:
    """Set fields of a document; return whether it is there, for it may have been removed."""
    key = _key(document_id)

    def set_fields(pipeline: Pipeline) -> bool:
        found = bool(pipeline.exists(key))
        pipeline.multi()
        if found:
            pipeline.hset(key, mapping=cast(Any, fields))
        return found

    # tried again when somebody else changes the document in between
    return bool(redis.transaction(cast(Any, set_fields), key, value_from_callable=True))


def remove(redis: Redis, document_id: UUID) -> bool:
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(_key(document_id))
        pipeline.zrem(BY_TIME, str(document_id))
        deleted, _ = pipeline.execute()
    return bool(deleted)


def _key(document_id: UUID) -> str:
    return f"document:{document_id}"
