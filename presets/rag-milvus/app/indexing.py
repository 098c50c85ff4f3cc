from collections.abc import Callable
from itertools import batched
from uuid import UUID

from app import documents, model
from app.stores import Stores
from app.texts import cut

# how many chunks the model and Milvus get at once
BATCH = 32


def index(stores: Stores, document_id: UUID, beat: Callable[[], object]) -> None:
    """Store the chunks of a document with their vectors; `beat` is called after each batch.

    Doing it twice does no harm: a chunk has the same id each time.
    """
    document = documents.get(stores.redis, document_id)
    if document is None or document.status == "ready":
        return
    chunks = cut(documents.text(stores.redis, document_id))
    for batch in batched(enumerate(chunks), BATCH, strict=False):
        embeddings = model.embed([chunk for _, chunk in batch])
        stores.vectors.put(document_id, document.title, batch, embeddings)
        beat()
    if not documents.change(stores.redis, document_id, status="ready", chunks=len(chunks)):
        # removed in the meantime
        stores.vectors.remove(document_id)
