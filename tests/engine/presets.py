"""The presets that run on an engine, each a row: what it is made of, and what it must do."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from .support import Environment, request, wait_for

Check = Callable[[], None]


@dataclass(frozen=True)
class Edit:
    """A change of the code that the answer at a path shows."""

    file: str = "app/main.py"
    old: str = '{"live": True}'
    new: str = '{"live": True, "edited": True}'
    path: str = "/health/live"


def unprepared(_environment: Environment) -> None:
    """Leave an image as it is."""


@dataclass(frozen=True)
class Row:
    """A preset.

    `servers` have a port, `api` among them; `workers` have none. `store` puts something in and
    returns the check that it is there. `words` go to `composegen new`. `prepare` is called before
    the first start, and makes of a stand-in what the published image is.
    """

    preset: str
    store: Callable[[Environment], Check]
    servers: tuple[str, ...] = ("api",)
    workers: tuple[str, ...] = ()
    edit: Edit = Edit()
    words: tuple[str, ...] = ()
    prepare: Callable[[Environment], None] = unprepared


def answers(api: Environment) -> Check:
    """Nothing is kept: it only has to answer."""

    def check() -> None:
        assert api.ask("/?name=you") == {"message": "Hello, you"}

    return check


def note(api: Environment) -> Check:
    made = api.ask("/notes", {"text": f"The lighthouse {uuid4().hex}"})

    def check() -> None:
        assert api.ask(f"/notes/{made['id']}") == made

    return check


def document(api: Environment) -> Check:
    """Put a document in, and wait until the worker has made it one that can be found."""
    ship = f"Argo{uuid4().hex}"
    text = f"Ships come and go. The {ship} was built in 1932. Rust is everywhere."
    made = api.ask("/documents", {"title": "Ships", "text": text})
    path = f"/documents/{made['id']}"
    wait_for(lambda: api.ask(path)["status"] == "ready", 15, "the worker's part")

    def check() -> None:
        assert api.ask(f"/search?q={ship}")[0]["document_id"] == made["id"]
        answered = api.ask("/ask", {"question": f"When was the {ship} built?"})
        assert answered["answer"] == f"The {ship} was built in 1932."

    return check


def set_password(environment: Environment) -> None:
    """Do what Milvus from 2.4 on does by itself at its first start; the stand-in is 2.3."""
    environment.up("vectors")
    program = (
        "import os; from pymilvus import MilvusClient\n"
        "root = MilvusClient(os.environ['MILVUS_URI'], token='root:Milvus')\n"
        "root.update_password('root', 'Milvus', os.environ['MILVUS_PASSWORD'])"
    )
    environment.compose("run", "--rm", "--build", "--no-deps", "api", "python", "-c", program)


def order(api: Environment) -> Check:
    """Order something, and wait until the worker has heard of it and confirmed."""
    made = api.ask("/orders", {"item": f"tea {uuid4().hex}", "quantity": 2})
    path = f"/orders/{made['id']}"
    wait_for(lambda: api.ask(path)["confirmed_at"] is not None, 15, "the worker's part")
    confirmed = api.ask(path)

    def check() -> None:
        assert api.ask(path) == confirmed
        stats = api.ask("/stats")
        assert stats["received"] == stats["confirmed"] > 0

    return check


def open_files(service: str) -> tuple[str, ...]:
    """Return what the spec has to say where the engine itself may not open 65536 files."""
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    few = 0 <= mine < 65536
    return (f"--set=services.{service}.compose={{ulimits: {{nofile: {mine}}}}}",) if few else ()


def is_ready(api: Environment) -> bool:
    """A preset with stores tells at /health/ready; one without has no such path."""
    return request(api.port, "/health/ready").status in (200, 404)


ROWS = (
    Row(
        "event-driven",
        order,
        servers=("api", "cache", "db", "queue"),
        workers=("worker",),
        words=open_files("queue"),
    ),
    Row("fastapi-minimal", answers),
    Row("fastapi-postgres", note, servers=("api", "db")),
    Row("rag", document, servers=("api", "db", "queue"), workers=("worker",)),
    Row(
        "rag-milvus",
        document,
        servers=("api", "redis", "vectors"),
        workers=("worker",),
        prepare=set_password,
    ),
)
# preset: where else it is tested
ELSEWHERE = {
    "ai-agent": "test_dev.py, test_prod.py and test_testing.py",
    "express-mongo": "only what needs no MongoDB, of which there is no image here",
    "fullstack": "test_fullstack.py",
    "local-llm": "only what needs no Ollama and no Qdrant, of which there are no images here",
}
# preset: its own tests that need no server
NO_SERVER = {
    "express-mongo": ("node", "--test", "test/routes.test.js"),
    "local-llm": ("python", "-m", "pytest", "-k", "not real"),
}
