import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .support import (
    APPS,
    STORES,
    Environment,
    NewProject,
    Project,
    assert_kept,
    assert_no_anonymous_volume,
    attempt,
    make_note,
    replace,
    request,
    wait_for,
)

DATA = "{/app/temp: {kind: temp, size: 64M}, /app/uploads: uploads}"
RELOAD_SECONDS = 3
WORKER = "python -m app.worker"


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    return new_project("--env=dev", f"--set=services.api.data={DATA}")


@pytest.fixture(scope="module")
def paths(project: Project) -> set[str]:
    return project.paths()


@pytest.fixture(scope="module")
def dev(project: Project, paths: set[str]) -> Environment:
    project.dev.up("--build")
    return project.dev


@contextmanager
def edited(file: Path, old: str, new: str) -> Iterator[None]:
    replace(file, old, new)
    try:
        yield
    finally:
        replace(file, new, old)


def worker_pids(dev: Environment) -> set[int]:
    return {pid for pid, command in dev.processes("worker").items() if command == WORKER}


def test_stack_is_healthy_and_ready(dev: Environment) -> None:
    assert dev.health() == dict.fromkeys(STORES | APPS, "healthy")
    assert dev.is_ready()


def test_note_is_stored_and_found_and_read_by_the_worker(dev: Environment) -> None:
    note = make_note(dev)

    assert_kept(dev, note)
    wait_for(lambda: dev.ask(f"/notes/{note['id']}")["word_count"] == 7, 10, "the worker's part")


def test_data_outlives_the_containers(dev: Environment) -> None:
    note = make_note(dev)
    dev.python("api", "open('/app/uploads/kept', 'w').write('uploaded')")
    before = {one["Id"] for one in dev.containers().values()}

    dev.down()
    assert dev.containers() == {}
    dev.up()

    assert before.isdisjoint(one["Id"] for one in dev.containers().values())
    assert_kept(dev, note)
    assert dev.python("api", "print(open('/app/uploads/kept').read())") == "uploaded"
    # the second start, too, must leave both folders open to the container's user
    dev.python("api", "[open(f'/app/{name}/again', 'w') for name in ('temp', 'uploads')]")


def test_temporary_data_is_gone_with_the_container(dev: Environment) -> None:
    dev.python("api", "open('/app/temp/lost', 'w').write('x' * 1000)")

    dev.up("--force-recreate", "--no-deps", "api")

    assert dev.python("api", "import os; print(os.listdir('/app/temp'))") == "[]"
    size = "import os; s = os.statvfs('/app/temp'); print(s.f_blocks * s.f_frsize >> 20)"
    assert dev.python("api", size) == "64"


def test_no_volume_is_anonymous(dev: Environment) -> None:
    assert_no_anonymous_volume(dev)


def test_edit_of_the_api_shows_without_a_docker_command(dev: Environment) -> None:
    with edited(dev.root / "app/main.py", '{"live": True}', '{"live": True, "edited": True}'):
        seconds = wait_for(
            lambda: request(dev.port, "/health/live").body == {"live": True, "edited": True},
            RELOAD_SECONDS,
            "the new answer",
        )
    print(f"api: the new answer after {seconds:.2f} s")
    wait_for(
        lambda: request(dev.port, "/health/live").body == {"live": True},
        RELOAD_SECONDS,
        "the old answer",
    )


def test_edit_of_the_app_restarts_the_worker(dev: Environment) -> None:
    before = worker_pids(dev)
    assert len(before) == 1
    words = 'return re.findall(r"\\w+", text.casefold())'

    with edited(dev.root / "app/texts.py", words, f"{words} + ['edited']"):
        seconds = wait_for(
            lambda: len(worker_pids(dev) - before) == 1, RELOAD_SECONDS, "another process"
        )
        wait_for(dev.is_ready, RELOAD_SECONDS, "the api, which has the same code")
        note = make_note(dev)
        wait_for(lambda: dev.ask(f"/notes/{note['id']}")["word_count"] == 8, 10, "the new count")
    print(f"worker: another process after {seconds:.2f} s")
    wait_for(dev.is_ready, RELOAD_SECONDS, "the api with the old code")


@pytest.mark.parametrize("service", sorted(APPS))
def test_files_that_a_container_makes_belong_to_the_host_user(
    project: Project, dev: Environment, service: str
) -> None:
    dev.python(service, "import os; os.makedirs('app/made'); open('app/made/file', 'w')")

    owners = {
        (status.st_uid, status.st_gid)
        for status in (path.stat() for path in (dev.root / "app/made", dev.root / "app/made/file"))
    }
    dev.python(service, "import shutil; shutil.rmtree('app/made')")
    assert owners == {project.owner}


def test_host_tree_gets_nothing_from_docker(
    project: Project, dev: Environment, paths: set[str]
) -> None:
    for service in sorted(APPS):
        dev.python(service, "import app.main, app.worker")
    make_note(dev)

    assert project.paths() == paths


def test_new_requirement_is_there_after_a_build_and_gone_after_the_next(dev: Environment) -> None:
    use = dev.command("exec", "-T", "api", "python", "-c", "import humanize")
    assert attempt(*use, cwd=dev.root)[0] == 1
    requirements = dev.root / "requirements.txt"
    text = requirements.read_text()

    requirements.write_text(f"{text}humanize==4.*\n")
    dev.up("--build")
    for service in sorted(APPS):
        big = "import humanize; print(humanize.intcomma(1234567))"
        assert dev.python(service, big) == "1,234,567"

    requirements.write_text(text)
    dev.up("--build")
    code, output = attempt(*use, cwd=dev.root)
    assert code == 1
    assert "ModuleNotFoundError" in output


def test_environment_on_the_host_goes_unnoticed(dev: Environment) -> None:
    dev.up("--build")
    processes = {service: dev.processes(service) for service in APPS}
    listing = "import os; print(sorted(os.listdir('/app')))"
    inside = dev.python("api", listing)
    package = dev.root / ".venv/lib/python3.13/site-packages/fastapi"

    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('the host is not the container')\n")
    assert dev.python("api", listing) == inside
    dev.up("--build")
    shutil.rmtree(dev.root / ".venv")

    assert {service: dev.processes(service) for service in APPS} == processes
    assert dev.python("api", "import fastapi; print(fastapi.__file__)").startswith("/opt/venv/")
    assert dev.is_ready()
