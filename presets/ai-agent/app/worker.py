import logging
import signal
from pathlib import Path
from threading import Event
from uuid import UUID

from app import notes
from app.settings import Settings
from app.stores import UNAVAILABLE, Stores, open_stores

# the container's healthcheck wants it younger than 15 s: a long job should touch it too
HEARTBEAT = Path("/tmp/heartbeat")
# also the longest a stop has to wait for when the queue is empty
TAKE_TIMEOUT_SECONDS = 1
RETRY_PAUSE_SECONDS = 2

log = logging.getLogger("worker")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    stop = Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    with open_stores(Settings.from_env()) as stores:
        run(stores, stop)


def run(stores: Stores, stop: Event) -> None:
    while not stop.is_set():
        try:
            work(stores, stop)
        except UNAVAILABLE as error:
            log.warning("store unavailable, trying again: %s", error)
            HEARTBEAT.touch()
            stop.wait(RETRY_PAUSE_SECONDS)


def work(stores: Stores, stop: Event) -> None:
    # at start and after each outage: a job may have been taken and not finished
    if count := stores.jobs.recover():
        log.info("queued %d unfinished jobs again", count)
    while not stop.is_set():
        HEARTBEAT.touch()
        run_next_job(stores)


def run_next_job(stores: Stores) -> None:
    job = stores.jobs.take(TAKE_TIMEOUT_SECONDS)
    if job is None:
        return
    try:
        notes.enrich(stores, UUID(job))
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("job failed: %s", job)
        stores.jobs.fail(job)
    else:
        log.info("job done: %s", job)
        stores.jobs.done(job)


if __name__ == "__main__":
    main()
