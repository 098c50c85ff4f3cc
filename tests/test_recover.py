"""What a Compose file tells of its volumes where there is no lock: files that others wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import cli, generated, project

from composegen.lock import LOCK

PATH = "/var/lib/postgresql/data"
SPEC = f"""\
name: shop
services:
  db:
    component: postgres
    version: "17"
    database: shop
    data: {{{PATH}: {{volume: {{name: shop_pgdata}}}}}}
environments: {{dev: {{}}}}
"""
FOREIGN = f"""\
name: shop
services:
  db:
    image: postgres:17-alpine
    environment: {{POSTGRES_DB: shop, POSTGRES_USER: app, POSTGRES_PASSWORD: literal}}
    volumes: ["pgdata:{PATH}"]
volumes:
  pgdata:
"""
FORMAT, FIRST, ORPHAN = (f"{kind}:dev/shop_pgdata" for kind in ("format", "first-start", "orphan"))


def adopted(root: Path, foreign: str, spec: str = SPEC) -> dict[str, Any]:
    """Return what a run would do that takes the foreign file over."""
    project(root, spec, {"docker-compose.yml": foreign})
    return json.loads(cli("plan", "--adopt", "--format=json", cwd=root).out)


def ids(work: dict[str, Any]) -> list[str]:
    return [one["id"] for one in work["findings"]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("postgres:17-alpine", "docker.io/library/postgres:17.4@sha256:0", []),
        ("postgres:17-alpine", "pgvector/pgvector:pg17", []),
        ("postgres:17-alpine", "postgres:16-alpine", [FORMAT]),
        ("postgres:17-alpine", "postgres:9.6", [FORMAT]),
        ("postgres:17-alpine", "pgvector/pgvector:pg16", [FORMAT]),
        ("postgres:17-alpine", "redis:8", [FORMAT]),
        ("POSTGRES_DB: shop", "POSTGRES_DB: other", [FIRST]),
        ("POSTGRES_DB: shop", "POSTGRES_DB: $NAME", []),
        ("  pgdata:\n", "  pgdata: {driver_opts: {type: nfs}}\n", ["options:dev/shop_pgdata"]),
        ("  pgdata:\n", "  pgdata: {name: old}\n", ["orphan:dev/old"]),
        ("  pgdata:\n", "  pgdata: {external: true}\n", ["orphan:dev/pgdata"]),
        ("name: shop\n", "", ["orphan:dev/myshop_pgdata"]),
        (f'"pgdata:{PATH}"', f"{{type: volume, source: pgdata, target: {PATH}/}}", []),
        (f'"pgdata:{PATH}"', f'"./pgdata:{PATH}", "/srv/anonymous"', []),
        (f'"pgdata:{PATH}"', f'"pgdata:{PATH}:rw"', []),
        ("    image: postgres:17-alpine\n", "    build: db\n    user: root\n", ["owner"]),
    ],
)
def test_told(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    assert old in FOREIGN
    found = ids(adopted(tmp_path / "My.Shop", FOREIGN.replace(old, new, 1)))
    assert found == ["owner:dev/shop_pgdata" if one == "owner" else one for one in expected]


@pytest.mark.parametrize(
    ("component", "image", "path", "reads"),
    [
        ("rabbitmq:4.2", "rabbitmq:4.1-management", "/var/lib/rabbitmq", True),
        ("rabbitmq:4.2", "rabbitmq:4.1.8", "/var/lib/rabbitmq", True),
        ("rabbitmq:4.2", "rabbitmq:3.13", "/var/lib/rabbitmq", True),
        ("rabbitmq:4.2", "rabbitmq:3.12", "/var/lib/rabbitmq", False),
        ("rabbitmq:4.2", "rabbitmq:4.3", "/var/lib/rabbitmq", False),
        ("rabbitmq:4.3", "rabbitmq:4.1", "/var/lib/rabbitmq", False),
        ("rabbitmq:4.3", "rabbitmq:4.2.9", "/var/lib/rabbitmq", True),
        ("redis:8", "redis:6.2-alpine", "/data", True),
        ("redis:7", "redis:6.2-alpine", "/data", True),
        ("redis:7", "redis:8", "/data", False),
        ("redis:8", "redis:9", "/data", False),
        ("valkey:9", "valkey/valkey:7.2", "/data", True),
        ("valkey:9", "redis:6", "/data", True),
        ("valkey:9", "redis:7.4", "/data", False),
        ("nats:2.14", "nats:2.10-alpine", "/data", True),
        ("nats:2.12", "nats:2.11.4", "/data", True),
        ("nats:2.12", "nats:2.14", "/data", False),
        ("mongo:7.0", "mongo:6.0.19", "/data/db", True),
        ("mongo:8.0", "mongo:6.0.19", "/data/db", False),
        ("mysql:8.4", "mysql:8.0.36", "/var/lib/mysql", True),
        ("mysql:9", "mysql:8.0.36", "/var/lib/mysql", False),
        ("mariadb:11.8", "mariadb:11.4", "/var/lib/mysql", True),
        ("mariadb:12.3", "mariadb:10.11", "/var/lib/mysql", False),
        ("elasticsearch:8.19.20", "elasticsearch:7.17.3", "/usr/share/elasticsearch/data", True),
        ("elasticsearch:9.5.2", "elasticsearch:7.17.3", "/usr/share/elasticsearch/data", False),
        ("neo4j:5.26", "neo4j:5.20-community", "/data", True),
        ("neo4j:2026", "neo4j:4.4-community", "/data", False),
        ("milvus:2.6.18", "milvusdb/milvus:v2.6.4", "/var/lib/milvus", True),
        ("chroma:0.5.23", "chromadb/chroma:0.5.20", "/chroma/chroma", True),
        ("chroma:1.5.9", "chromadb/chroma:1.0.15", "/data", True),
        ("qdrant:1.18", "qdrant/qdrant:v1.17.1-unprivileged", "/qdrant/storage", True),
        ("qdrant:1.19", "qdrant/qdrant:v1.17.1-unprivileged", "/qdrant/storage", False),
    ],
)
def test_what_reads_the_data_of_a_version_that_the_catalog_has_not(
    component: str, image: str, path: str, reads: bool, tmp_path: Path
) -> None:
    name, _, version = component.partition(":")
    spec = f"""\
name: shop
services:
  it:
    component: {name}
    version: "{version}"
    data: {{{path}: {{volume: {{name: shop_kept}}}}}}
environments: {{dev: {{}}}}
"""
    foreign = f"""\
name: shop
services:
  it: {{image: {image}, hostname: it, volumes: ["kept:{path}"]}}
volumes: {{kept: }}
"""
    found = [one for one in ids(adopted(tmp_path, foreign, spec)) if one.startswith("format:")]
    assert found == ([] if reads else ["format:dev/shop_kept"])


def test_a_list_is_read_as_a_mapping(tmp_path: Path) -> None:
    before, after = "{POSTGRES_DB: shop,", "[POSTGRES_DB=other, HOME,"
    foreign = FOREIGN.replace(before, after).replace(" POSTGRES_USER: app", " POSTGRES_USER=app")
    foreign = foreign.replace("POSTGRES_PASSWORD: literal}", "POSTGRES_PASSWORD=a=b]")
    assert ids(adopted(tmp_path, foreign)) == [FIRST]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "postgres:17-alpine",
            "postgres:latest",
            "docker-compose.yml: postgres:latest does not say which version made the data in "
            "shop_pgdata; make sure that postgres 17 reads it",
        ),
        ("postgres:17-alpine", "postgres:${PG}", "postgres:${PG} does not say which version"),
        ("    image: postgres:17-alpine\n", "    build: db\n", "db does not say which version"),
        ("  pgdata:\n", "  pgdata: {name: '$NAME'}\n", "$NAME is not known: a variable names it"),
        (FOREIGN, "not: [yaml", "not read, so what its volumes hold is not known"),
        (FOREIGN, "include: [other.yml]\n", "not read, so what its volumes hold is not known"),
    ],
)
def test_not_told(old: str, new: str, said: str, tmp_path: Path) -> None:
    work = adopted(tmp_path, FOREIGN.replace(old, new))
    assert ids(work) == []
    (sentence,) = work["unknown"]
    assert said in sentence
    done = cli("generate", "--adopt", cwd=tmp_path)
    assert (done.code, f"warning: {sentence}" in done.err.splitlines()) == (0, True)


def test_a_file_with_nothing_to_lose(tmp_path: Path) -> None:
    work = adopted(tmp_path, "services: {web: {image: nginx, volumes: [./a:/a]}}\n")
    assert (work["findings"], work["unknown"]) == ([], [])


def test_the_ways_that_keep_the_data(tmp_path: Path) -> None:
    """The spec that anybody would write first, and what it is told."""
    spec = SPEC.replace(f"    data: {{{PATH}: {{volume: {{name: shop_pgdata}}}}}}\n", "")
    (finding,) = adopted(tmp_path, FOREIGN, spec)["findings"]
    assert finding["id"] == ORPHAN
    assert "{key: NEW, renamed_from: pgdata}" in finding["advice"][0]
    renamed = f"data: {{{PATH}: {{volume: {{key: db_data, renamed_from: pgdata}}}}}}"
    assert (
        ids(adopted(tmp_path, FOREIGN, SPEC.replace(SPEC.splitlines()[6].strip(), renamed))) == []
    )


def test_a_password_of_the_file_is_not_in_the_lock(tmp_path: Path) -> None:
    spec = "name: shop\nservices:\n  cache: redis\nenvironments: {dev: {}}\n"
    adopted(tmp_path, FOREIGN, spec)
    assert cli("generate", "--adopt", f"--accept={ORPHAN}", cwd=tmp_path).code == 0
    lock = (tmp_path / LOCK).read_text()
    assert "literal" not in lock
    assert json.loads(lock)["volumes"]["dev/shop_pgdata"]["unused"] is True


def test_a_file_beside_others_of_ours(tmp_path: Path) -> None:
    """The environment is a new one of the spec, and its file was there before."""
    root = generated(project(tmp_path, SPEC))
    foreign = FOREIGN.replace("17", "16").replace("name: shop\n", "name: shop-prod\n")
    spec = SPEC.replace("{dev: {}}", "{dev: {}, prod: {}}")
    project(root, spec, {"docker-compose.prod.yml": foreign})
    work = json.loads(cli("plan", "--adopt", "--format=json", cwd=root).out)
    assert ids(work) == ["orphan:prod/shop-prod_pgdata"]


def test_what_was_recovered_stays(tmp_path: Path) -> None:
    """One environment is taken over, and then the other; neither is forgotten."""
    spec = SPEC.replace("{dev: {}}", "{dev: {}, prod: {}}")
    old = FOREIGN.replace("17", "16").replace("name: shop\n", "name: shop-prod\n")
    root = project(tmp_path, spec, {"docker-compose.prod.yml": old})
    assert cli("generate", "--env=dev", cwd=root).code == 0
    work = json.loads(cli("plan", "--adopt", "--format=json", cwd=root).out)
    assert ids(work) == ["orphan:prod/shop-prod_pgdata"]
