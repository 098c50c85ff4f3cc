"""What `status` says about real volumes."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .guard_support import (
    PGDATA,
    NewStack,
    accept,
    ask,
    assert_rows,
    fill,
    rename_service,
    shell,
    stacks,
    start,
    users_of,
    volume,
    write,
)
from .support import Project, attempt, free_ports, run


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[NewStack]:
    with stacks(tmp_path) as make:
        yield make


def status(project: Project) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code and what is said for scripts, by volume; people are told the same."""
    words = (sys.executable, "-m", "composegen", "status")
    code, text = attempt(*words, "--format=json", cwd=project.root)
    found = json.loads(text)
    again, table = ask(project, "status")
    assert again == code
    head, *lines = table.splitlines()
    assert head.split() == ["volume", "environment", "service", "state"]
    for one, line in zip(found, lines, strict=True):
        cells = (one["volume"], one["environment"], one["service"], one["state"], one["what"])
        assert line.split() == " ".join(cells).split()
    return code, {one["volume"]: one for one in found}


def states(project: Project) -> tuple[int, dict[str, str]]:
    code, found = status(project)
    return code, {name: one["state"] for name, one in found.items()}


def test_volumes_that_are_not_made_yet_and_then_are_fine(new_stack: NewStack) -> None:
    project = new_stack("dev", "test", "prod")
    dev, prod = volume(project.dev), volume(project.prod)

    assert states(project) == (0, {dev: "not made yet", prod: "not made yet"})
    fill(project.dev)
    assert states(project) == (0, {dev: "fine", prod: "not made yet"})
    assert status(project)[1][dev] == {
        "volume": dev,
        "environment": "dev",
        "service": "db",
        "state": "fine",
        "what": "postgres 18",
    }
    assert_rows(project.dev)


def test_volume_that_is_not_used_any_more(new_stack: NewStack) -> None:
    project = new_stack()
    cache = {"component": "redis", "port": free_ports("cache")["cache"]}
    fill(project.dev)
    db, redis = volume(project.dev), volume(project.dev, "cache_data")
    write(project, {**project.spec(), "services": {"cache": cache}})
    accept(project, f"orphan:dev/{db}")

    assert states(project) == (0, {db: "unused", redis: "not made yet"})

    project.dev.compose("down", "--remove-orphans")
    run("docker", "volume", "rm", db)
    code, found = status(project)
    assert code == 0
    # nobody uses it, so no `up` makes it
    assert "up creates it" not in found.get(db, {"what": ""})["what"]


def test_volume_that_nobody_knows(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    for environment in (project.dev, project.prod):
        label = f"com.docker.compose.project={environment.project}"
        name = volume(environment, "by_hand")
        run("docker", "volume", "create", "--label", label, name)
        expected = f"created by project {environment.project}, but no service in the spec uses it"

        code, found = status(project)

        assert code == 1
        assert found[name]["state"] == "orphaned"
        assert found[name]["what"] == expected


def test_volume_of_another_project_is_none_of_ours(new_stack: NewStack) -> None:
    project, other = new_stack(), new_stack()
    fill(other.dev)

    assert states(project) == (0, {volume(project.dev): "not made yet"})


def test_volume_that_was_made_in_another_way(new_stack: NewStack) -> None:
    project = new_stack()
    options = ("--opt", "type=tmpfs", "--opt", "device=tmpfs")
    run("docker", "volume", "create", *options, volume(project.dev))

    assert states(project) == (1, {volume(project.dev): "differs"})


def test_volume_that_was_made_as_the_spec_says(new_stack: NewStack) -> None:
    project = new_stack()
    options = {"type": "tmpfs", "device": "tmpfs", "o": "uid=999,gid=999"}
    data = ("services", "db", "data", PGDATA)
    project.change_spec({"volume": {"key": "fast", "driver_opts": options}}, *data)
    accept(project, f"orphan:dev/{volume(project.dev)}")
    start(project.dev)

    code, found = states(project)

    assert found[volume(project.dev, "fast")] == "fine"
    # the old one is in nobody's way, since it was never made
    assert code == 0


def test_volume_of_another_major(new_stack: NewStack) -> None:
    project = new_stack(version="17")
    fill(project.dev)
    name = volume(project.dev)
    project.dev.down()
    assert states(project) == (0, {name: "fine"})
    project.change_spec("18", "services", "db", "version")
    accept(project, f"format:dev/{name}")

    code, found = status(project)

    assert code == 1
    assert found[name]["state"] == "other version"
    assert found[name]["what"] == "its data was made by version 17, not 18"
    project.change_spec("17", "services", "db", "version")
    accept(project, f"format:dev/{name}")
    start(project.dev)
    assert_rows(project.dev)
    assert states(project) == (0, {name: "fine"})


@pytest.mark.parametrize("what", ["service", "project"])
def test_server_that_a_rename_left_running(new_stack: NewStack, what: str) -> None:
    project = new_stack("prod")
    fill(project.prod)
    name = volume(project.prod)
    (old,) = users_of(name)
    if what == "service":
        rename_service(project, "db", "store")
        project.change_spec("db", "services", "store", "renamed_from")
    else:
        write(project, {**project.spec(), "name": f"{project.root.name}-new"})
        project.change_spec(project.root.name, "renamed_from")
    accept(project)

    code, found = status(project)

    assert code == 1
    assert found[name]["state"] == "other server"
    _, _, command = found[name]["what"].partition(": ")
    assert command == f"docker stop {old}"
    shell(command, project)
    start(project.prod)
    assert states(project) == (0, {name: "fine"})
    assert_rows(project.prod, "store" if what == "service" else "db")


def test_version_is_read_with_the_image_that_the_service_has(
    stand_in: None, new_stack: NewStack
) -> None:
    """Of version 16 only the stand-in with pgvector is here, and it is 17 inside."""
    image = "pgvector/pgvector:pg16-trixie"
    run("docker", "tag", "pgvector/pgvector:pg17", image)
    try:
        project = new_stack(version="16", pgvector=True)
        start(project.dev)
        assert states(project) == (1, {volume(project.dev): "other version"})
    finally:
        project.dev.down()
        run("docker", "rmi", image)


def test_status_without_an_engine(new_stack: NewStack) -> None:
    project = new_stack()

    for words in (("status",), ("status", "--format=json")):
        code, said = ask(project, *words, DOCKER_HOST="unix:///nonexistent.sock")

        assert code == 2
        assert len(said.splitlines()) == 1
        assert said.startswith("error: docker")
        assert "nonexistent.sock" in said
