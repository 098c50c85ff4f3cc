"""Each preset as its user meets it: start, store, edit, test, and the same in prod."""

from __future__ import annotations

import dataclasses
import re

import pytest

from composegen.spec.presets import presets

from .presets import ELSEWHERE, NO_SERVER, ROWS, Row, is_ready, unprepared
from .support import (
    Environment,
    NewProject,
    Project,
    assert_no_anonymous_volume,
    attempt,
    replace,
    request,
    wait_for,
)

RELOAD_SECONDS = 5
# Milvus loads its vectors only once it has noticed that the server before it is gone
READY_SECONDS = 60


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.preset)
def row(request: pytest.FixtureRequest, published: bool) -> Row:
    row: Row = request.param
    return dataclasses.replace(row, prepare=unprepared) if published else row


@pytest.fixture(scope="module")
def project(row: Row, new_project: NewProject) -> Project:
    return new_project(*row.words, preset=row.preset, servers=row.servers)


def processes(dev: Environment, row: Row) -> set[int]:
    return {pid for worker in row.workers for pid in dev.processes(worker)}


def start_twice(environment: Environment, row: Row) -> None:
    """Both starts are healthy, the second one with what was stored after the first."""
    row.prepare(environment)
    environment.up("--build")
    wait_for(lambda: is_ready(environment), READY_SECONDS, "the app")
    check = row.store(environment)
    check()
    assert_no_anonymous_volume(environment)

    environment.down()
    assert environment.containers() == {}
    environment.up()

    assert environment.health() == dict.fromkeys((*row.servers, *row.workers), "healthy")
    wait_for(lambda: is_ready(environment), READY_SECONDS, "the app")
    check()
    row.store(environment)()


def test_every_preset_has_a_row() -> None:
    assert {row.preset for row in ROWS} | set(ELSEWHERE) == {one.name for one in presets()}


def test_dev_keeps_what_was_stored(project: Project, row: Row) -> None:
    start_twice(project.dev, row)


def test_edit_shows_without_a_docker_command(project: Project, row: Row) -> None:
    dev, edit = project.dev, row.edit
    dev.up("--build")
    before = request(dev.port, edit.path)
    workers = processes(dev, row)

    replace(dev.root / edit.file, edit.old, edit.new)

    seconds = wait_for(
        lambda: (
            request(dev.port, edit.path).status == 200 and request(dev.port, edit.path) != before
        ),
        RELOAD_SECONDS,
        "the new answer",
    )
    print(f"{row.preset}: the new answer after {seconds:.2f} s")
    wait_for(
        lambda: not row.workers or bool(processes(dev, row) - workers),
        RELOAD_SECONDS,
        "other processes of the workers",
    )
    replace(dev.root / edit.file, edit.new, edit.old)
    dev.down()


def test_its_tests_pass(project: Project, row: Row) -> None:
    testing = project.test
    row.prepare(testing)
    code, output = attempt(*testing.command("run", "--rm", "--build", "api"), cwd=testing.root)

    assert code == 0, output
    summary = output.strip().splitlines()[-1]
    assert re.search(r"[1-9]\d* passed", summary), output
    assert not re.search(r"failed|error|skipped", summary), output
    for service, container in testing.containers().items():
        assert [one for one in container["Mounts"] if one["Type"] == "volume"] == [], service
    testing.down()
    assert testing.listed("volume", "ls") == []


@pytest.mark.parametrize("preset", NO_SERVER)
def test_its_tests_without_a_server_pass(preset: str, new_project: NewProject) -> None:
    project = new_project(preset=preset, servers=["api"])
    words = ("run", "--rm", "--build", "--no-deps", "api", *NO_SERVER[preset])
    code, output = attempt(*project.test.command(*words), cwd=project.root)
    assert code == 0, output
    assert re.search(r"\b(1\d|[2-9]\d) passed|^. pass (1\d|[2-9]\d)$", output, re.MULTILINE), output


def test_prod_keeps_what_was_stored(project: Project, row: Row) -> None:
    start_twice(project.prod, row)
    project.prod.down()
