"""The preset fullstack: one door to a page and to its API, in dev and in prod."""

from __future__ import annotations

from uuid import uuid4

import pytest

from .support import (
    Environment,
    NewProject,
    Project,
    assert_no_anonymous_volume,
    attempt,
    page,
    replace,
    wait_for,
)

SERVERS = ("api", "db", "proxy", "web")
RELOAD_SECONDS = 3
# a file, what is edited in it, and the path that shows it
EDITS = (
    ("web/src/App.tsx", "<h1>Tasks</h1>", "<h1>Chores</h1>", "/src/App.tsx"),
    ("api/app/main.py", 'title="Tasks"', 'title="Chores"', "/api/openapi.json"),
)


@pytest.fixture(scope="module")
def project(new_project: NewProject, with_wget: None) -> Project:
    return new_project(preset="fullstack", servers=SERVERS)


def door(project: Project, name: str) -> Environment:
    """Return an environment whose port is that of the proxy."""
    return Environment(project.root, name, project.ports["proxy"])


def start_twice(environment: Environment) -> None:
    """Both starts are healthy, and a task outlives the containers."""
    environment.up("--build")
    assert '<div id="root">' in page(environment.port)
    task = environment.ask("/api/tasks", {"title": f"Water {uuid4().hex}"})
    assert_no_anonymous_volume(environment)

    environment.down()
    environment.up()

    assert environment.health() == dict.fromkeys(SERVERS, "healthy")
    assert '<div id="root">' in page(environment.port)
    assert task in environment.ask("/api/tasks")


def test_dev_keeps_what_was_stored(project: Project) -> None:
    start_twice(door(project, "dev"))


def test_edits_show_through_the_proxy(project: Project) -> None:
    dev = door(project, "dev")
    dev.up()
    for file, old, new, path in EDITS:
        replace(dev.root / file, old, new)
        wait_for(lambda path=path: "Chores" in page(dev.port, path), RELOAD_SECONDS, file)
        replace(dev.root / file, new, old)
    dev.down()


@pytest.mark.parametrize("service", ["api", "web"])
def test_its_tests_pass(project: Project, service: str) -> None:
    testing = project.test
    words = testing.command("run", "--rm", "--build", service)
    code, output = attempt(*words, cwd=testing.root)
    assert code == 0, output
    assert "passed" in output
    testing.down()


def test_prod_keeps_what_was_stored(project: Project) -> None:
    prod = door(project, "prod")
    start_twice(prod)
    assert '<div id="root">' in page(prod.port, "/a/page/of/the/router")
    prod.down()
