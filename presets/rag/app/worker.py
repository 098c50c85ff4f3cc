import logging
import signal
from pathlib import Path
from threading import Event
from uuid import UUID

from app import documents
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores

# the container's healthcheck wants it younger than 15 s
HEARTBEAT = Path("/tmp/heartbeat")
# also the longest a stop has to wait for when the queue is empty
TAKE_TIMEOUT_SECONDS = 1
RETRY_PAUSE_SECONDS = 2

log = logging.getLogger("worker")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stop = Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    with open_stores(Settings.from_env()) as stores:
        run(stores, stop)


def run(stores: Stores, stop: Event) -> None:
    while not stop.is_set():
        HEARTBEAT.touch()
        try:
            # whenever there is nothing else to do: what a dead worker began, or the queue lost
            stores.queue.put(documents.unfinished(stores.pool))
            empty_queue(stores, stop)
        except UNAVAILABLE as error:
            log.warning("store unavailable, trying again: %s", error)
            stop.wait(RETRY_PAUSE_SECONDS)


def empty_queue(stores: Stores, stop: Event) -> None:
    while not stop.is_set() and (document_id := stores.queue.take(TAKE_TIMEOUT_SECONDS)):
        HEARTBEAT.touch()
        index(stores, document_id)


def index(stores: Stores, document_id: UUID) -> None:
    try:
        count = documents.index(stores.pool, document_id, HEARTBEAT.touch)
    except UNAVAILABLE:
        raise
    except Exception as error:
        log.exception("document %s failed", document_id)
        documents.fail(stores.pool, document_id, str(error))
    else:
        log.info("document %s has %d chunks", document_id, count)


if __name__ == "__main__":
    main()
