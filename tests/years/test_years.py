"""A stack over the years: what its owner changed by hand is there after every change of the spec.

The owner starts with `composegen new --preset ai-agent`, edits what was generated (`BY_HAND`), and
then changes the spec, again and again (`OVER_THE_YEARS`). Both tables can be read from top to
bottom as the story of one project.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from support import cli, config, files

DEV, PROD = "docker-compose.yml", "docker-compose.prod.yml"


class Edit(NamedTuple):
    """One edit in an editor: `new` takes the place of `old`, at the first place after `after`."""

    what: str
    file: str
    after: str
    old: str
    new: str


BY_HAND = (
    Edit(
        "a label, which the reverse proxy reads",
        PROD,
        "\n  api:\n",
        "    restart: unless-stopped\n",
        "    restart: unless-stopped\n    labels:\n      traefik.enable: 'true'\n",
    ),
    Edit(
        "a port for the debugger",
        DEV,
        "\n  api:\n",
        "      - '127.0.0.1:8000:8000'\n",
        "      - '127.0.0.1:8000:8000'\n      - '127.0.0.1:5678:5678'\n",
    ),
    Edit(
        "a service that no component knows",
        DEV,
        "\n  worker:\n",
        "\nvolumes:\n",
        "\n  mailpit:\n    image: axllent/mailpit:v1.27\n    ports:\n"
        "      - '127.0.0.1:8025:8025'\n\nvolumes:\n",
    ),
    Edit(
        "a library of the system",
        "Dockerfile",
        "FROM base AS deps\n",
        "# the environment lies outside /app",
        "RUN apt-get update && apt-get install -y --no-install-recommends libmagic1 \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
        "# the environment lies outside /app",
    ),
    Edit(
        "a comment above a service",
        DEV,
        "services:\n",
        "\n  db:\n",
        "\n  # ask Ada before you touch this one\n  db:\n",
    ),
    Edit(
        "a healthcheck for a slow disk",
        PROD,
        "\n  db:\n",
        "      interval: 10s\n      timeout: 3s\n",
        "      interval: 45s  # the disk is slow\n      timeout: 20s\n",
    ),
    Edit(
        "an environment variable",
        DEV,
        "\n  worker:\n",
        '      REDIS_URL: "redis://cache:6379/0"\n',
        '      REDIS_URL: "redis://cache:6379/0"\n      TRACE: "1"\n',
    ),
    Edit(
        "more memory",
        PROD,
        "\n  worker:\n",
        '          memory: "512M"\n',
        '          memory: "640M"\n',
    ),
    Edit(
        "a folder with certificates",
        DEV,
        "\n  worker:\n",
        "    environment:\n",
        "      - ./certs:/etc/ssl/private:ro\n    environment:\n",
    ),
    Edit(
        "a label of the cache, which is going to have another name",
        PROD,
        "\n  cache:\n",
        "    restart: unless-stopped\n",
        "    restart: unless-stopped\n    labels:\n      backup: never\n",
    ),
    Edit("files for the build", ".dockerignore", "*\n", "!tests\n", "!tests\n!certs/public.pem\n"),
)


class Change(NamedTuple):
    """One edit of the spec; `accepted` are the data findings that the owner agrees to."""

    what: str
    text: dict[str, str]
    accepted: tuple[str, ...] = ()


OVER_THE_YEARS = (
    Change("another port", {"port: 8000": "port: 8080"}),
    Change("a second redis", {"  vectors: chroma\n": "  vectors: chroma\n  queue: redis:8\n"}),
    Change(
        "another Python",
        {"component: python\n": 'component: python\n    version: "3.14"\n'},
    ),
    Change(
        "a folder for uploads",
        {"data: {/app/temp: temp}": "data: {/app/temp: temp, /app/uploads: uploads}"},
    ),
    Change(
        "the worker needs the queue, too",
        {
            "heartbeat: /tmp/heartbeat\n    needs: [db, cache, vectors]": (
                "heartbeat: /tmp/heartbeat\n    needs: [db, cache, vectors, queue]"
            )
        },
    ),
    Change("more memory in prod", {"api: {memory: 512M}": "api: {memory: 768M}"}),
    Change(
        "an option of the database",
        {"init: db/init}": "init: db/init, pgvector: true}"},
    ),
    Change(
        "an environment variable",
        {"    app: app.main:app\n": "    app: app.main:app\n    environment: {LOG_LEVEL: debug}\n"},
    ),
    Change(
        "the cache gets another name",
        {
            "  cache: redis:8\n": (
                '  sessions: {component: redis, version: "8", renamed_from: cache}\n'
            ),
            "[db, cache": "[db, sessions",
        },
    ),
    Change(
        "no vectors any more",
        {"  vectors: chroma\n": "", ", vectors": ""},
        ("orphan:dev/agent_vectors_data", "orphan:prod/agent-prod_vectors_data"),
    ),
)


def edited(text: str, edit: Edit) -> str:
    head, after, rest = text.partition(edit.after)
    assert edit.old in rest, edit.what
    return head + after + rest.replace(edit.old, edit.new, 1)


def lines_by_hand() -> list[tuple[str, str]]:
    return [
        (edit.file, line)
        for edit in BY_HAND
        for line in edit.new.splitlines()
        if line.strip() and line not in edit.old.splitlines()
    ]


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after the edits by hand and before the years."""
    folder = tmp_path_factory.mktemp("years")
    done = cli("new", "agent", "--preset", "ai-agent", cwd=folder)
    assert done.code == 0, done.err
    root = folder / "agent"
    for edit in BY_HAND:
        file = root / edit.file
        file.write_text(edited(file.read_text(), edit))
    return root


def test_years(agent: Path) -> None:
    secrets = (agent / ".env").read_bytes()
    identity = volumes(agent)
    for change in OVER_THE_YEARS:
        spec = (agent / "stack.yaml").read_text()
        for old, new in change.text.items():
            assert old in spec, change.what
            spec = spec.replace(old, new)
        (agent / "stack.yaml").write_text(spec)

        accept = [f"--accept={one}" for one in change.accepted]
        if accept:
            assert cli("generate", cwd=agent).code == 4, change.what
        done = cli("generate", *accept, cwd=agent)

        assert done.code == 0, f"{change.what}: {done.err}{done.out}"
        for path, line in lines_by_hand():
            assert line in (agent / path).read_text().splitlines(), f"{change.what}: {path}"
        assert (agent / ".env").read_bytes() == secrets, change.what
        for name in (DEV, "docker-compose.test.yml", PROD):
            read = config(agent / name)
            assert (read.code, read.err) == (0, ""), f"{change.what}: {name}"
        assert cli("check", cwd=agent).code == 0, change.what

    assert not [path for path in files(agent) if ".composegen-new" in path or ".before-" in path]
    now = volumes(agent)
    assert {name: now[name] for name in identity} == identity


def volumes(root: Path) -> dict[str, tuple[str, str]]:
    """Return what the data of each volume depends on."""
    lock = json.loads((root / ".composegen/lock.json").read_text())
    return {name: (one["format"], one["target"]) for name, one in lock["volumes"].items()}
