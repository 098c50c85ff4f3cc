from pathlib import PurePosixPath

import pytest

from .support import Environment, NewProject, Project, assert_no_anonymous_volume, request

CHROMA = "/api/v2/tenants/default_tenant/databases/default_database/collections"


@pytest.fixture(scope="module")
def others(new_project: NewProject) -> Project:
    project = new_project("--env=dev", "--set=services.cache.version='7'")
    project.dev.up("cache", "vectors")
    return project


def restart(dev: Environment, *services: str) -> None:
    dev.down()
    assert dev.containers() == {}
    dev.up(*services)


@pytest.mark.parametrize(
    ("version", "target"),
    [("17", "/var/lib/postgresql/data"), ("18", "/var/lib/postgresql")],
)
def test_postgres_mounts_where_its_version_keeps_the_data(
    new_project: NewProject, version: str, target: str
) -> None:
    dev = new_project("--env=dev", f"--set=services.db.version='{version}'").dev
    dev.up("db")
    dev.sql("create table kept as select 'still here' as text")

    folder = PurePosixPath(dev.sql("show data_directory"))
    assert dev.sql("show server_version").split(".")[0] == version
    assert str(folder.relative_to(target) / "PG_VERSION") in dev.files_in("db", target)
    assert_no_anonymous_volume(dev)

    restart(dev, "db")

    assert dev.sql("select text from kept") == "still here"


def test_pgvector_has_the_extension(new_project: NewProject) -> None:
    dev = new_project("--env=dev", "--set=services.db.pgvector=true").dev
    dev.up("db")

    dev.sql("create extension vector")
    dev.sql("create table points as select '[1,2,3]'::vector as point")
    assert_no_anonymous_volume(dev)

    restart(dev, "db")

    assert dev.sql("select point <-> '[1,2,7]' from points") == "4"


def test_chroma_keeps_its_data_in_the_volume(others: Project) -> None:
    dev, port = others.dev, others.ports["vectors"]
    made = request(port, CHROMA, {"name": "kept"})
    assert made.status == 200, made
    item = {"ids": ["one"], "embeddings": [[1.0, 2.0, 3.0]]}
    assert request(port, f"{CHROMA}/{made.body['id']}/add", item).status == 201

    assert "chroma.sqlite3" in dev.files_in("vectors", "/data")
    assert_no_anonymous_volume(dev)

    restart(dev, "cache", "vectors")

    found = request(port, f"{CHROMA}/{made.body['id']}/get", {"ids": ["one"]})
    assert found.body["ids"] == ["one"]


def test_redis_keeps_every_write(others: Project) -> None:
    dev = others.dev
    assert dev.containers()["cache"]["Config"]["Image"] == "redis:7-alpine"
    assert dev.execute("cache", "redis-cli", "set", "kept", "still here") == "OK"
    assert any(file.endswith(".aof") for file in dev.files_in("cache", "/data"))

    restart(dev, "cache", "vectors")

    assert dev.execute("cache", "redis-cli", "get", "kept") == "still here"
