import logging
import signal
from pathlib import Path
from threading import Event

from app import documents
from app.indexing import index
from app.jobs import Job
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores

# the container's healthcheck wants it younger than 15 s
HEARTBEAT = Path("/tmp/heartbeat")
# also the longest a stop has to wait for when there is no job
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
            stores.jobs.open()
            while not stop.is_set():
                HEARTBEAT.touch()
                if job := stores.jobs.take(TAKE_TIMEOUT_SECONDS):
                    do(stores, job)
        except UNAVAILABLE as error:
            log.warning("store unavailable, trying again: %s", error)
            stop.wait(RETRY_PAUSE_SECONDS)


def do(stores: Stores, job: Job) -> None:
    def beat() -> None:
        HEARTBEAT.touch()
        stores.jobs.hold(job)

    try:
        index(stores, job.document_id, beat)
    except UNAVAILABLE:
        # not done: it comes again
        raise
    except Exception as error:
        log.exception("document %s failed", job.document_id)
        stores.vectors.remove(job.document_id)
        documents.change(stores.redis, job.document_id, status="failed", error=str(error))
    else:
        log.info("document %s is indexed", job.document_id)
    stores.jobs.done(job)


if __name__ == "__main__":
    main()
