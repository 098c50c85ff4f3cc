"""Edits of the spec of a stack that runs: the files follow, and so do the containers."""

from typing import Any

import pytest

from .support import (
    APPS,
    FILES,
    STORES,
    Environment,
    NewProject,
    Project,
    assert_kept,
    assert_no_anonymous_volume,
    free_ports,
    make_note,
    replace,
    request,
)


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    project = new_project("--env=dev")
    project.dev.up("--build")
    return project


@pytest.fixture
def note(project: Project) -> dict[str, Any]:
    return make_note(project.dev)


def generate(project: Project) -> set[str]:
    """Return the files that a run writes for Docker; another run right after it writes none."""
    before = project.times()
    project.generate()
    after = project.times()
    project.generate()
    assert project.times() == after
    # the folder with what composegen remembers is its own business
    written = {path for path, time in after.items() if before.get(path) != time}
    return {path for path in written if not path.startswith(".composegen")}


def ids(dev: Environment) -> dict[str, str]:
    return {service: one["Id"] for service, one in dev.containers().items()}


def test_another_service(project: Project, note: dict[str, Any]) -> None:
    before = ids(project.dev)
    for service in sorted(APPS):
        project.change_spec([*sorted(STORES), "queue"], "services", service, "needs")
    port = free_ports("queue")["queue"]
    queue = {"component": "redis", "version": "8", "port": port}
    project.change_spec(queue, "services", "queue")

    assert generate(project) == {FILES["dev"]}

    # what a user has to do as well: there are two of them now
    replace(project.root / "app/settings.py", '"REDIS_URL"', '"CACHE_REDIS_URL"')
    dev = project.dev
    dev.up()
    config = dev.config()
    for service in sorted(APPS):
        variables = config["services"][service]["environment"]
        assert variables["CACHE_REDIS_URL"] == "redis://cache:6379/0"
        assert variables["QUEUE_REDIS_URL"] == "redis://queue:6379/0"
        assert "REDIS_URL" not in variables
    assert dev.volume("queue", "/data") == f"{dev.project}_queue_data"
    assert dev.health() == dict.fromkeys(STORES | APPS | {"queue"}, "healthy")
    assert {service: ids(dev)[service] for service in STORES} == {
        service: before[service] for service in STORES
    }
    assert_kept(dev, note)
    assert_no_anonymous_volume(dev)


def test_another_port(project: Project, note: dict[str, Any]) -> None:
    old, new = project.ports["api"], free_ports("api")["api"]
    project.change_spec(new, "services", "api", "port")

    assert generate(project) == {FILES["dev"]}

    project.dev.up()
    project.ports["api"] = new
    assert request(old, "/health/live").status == 0
    assert project.dev.is_ready()
    assert_kept(project.dev, note)


def test_another_data_path(project: Project, note: dict[str, Any]) -> None:
    dev = project.dev
    data = {"/app/uploads": "uploads", "/app/temp": {"kind": "temp", "size": "16M"}}
    project.change_spec(data, "services", "api", "data")

    assert generate(project) == {FILES["dev"], "Dockerfile"}

    dev.up("--build")
    assert dev.volume("api", "/app/uploads") == f"{dev.project}_api_uploads"
    dev.python("api", "[open(f'/app/{name}/made', 'w') for name in ('temp', 'uploads')]")
    assert "made" in dev.files_in("api", "/app/uploads")
    assert_kept(dev, note)
    assert_no_anonymous_volume(dev)


def test_another_environment(project: Project, note: dict[str, Any]) -> None:
    before = ids(project.dev)
    assert not (project.root / FILES["prod"]).exists()
    # a stage that nobody asked for yet may be missing, and must not be wrong
    stage = (project.root / "Dockerfile").read_text().partition(" AS prod\n")[2]
    assert "--reload" not in stage
    project.change_spec({}, "environments", "prod")

    written = generate(project)

    assert {FILES["prod"]} <= written <= {FILES["prod"], "Dockerfile"}
    assert project.prod.config()["name"] == f"{project.dev.project}-prod"
    project.dev.up()
    assert ids(project.dev) == before
    assert_kept(project.dev, note)
