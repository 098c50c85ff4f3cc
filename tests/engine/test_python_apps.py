"""Celery, Django, Streamlit and a lock of Poetry's on a real engine, in dev and in prod."""

from __future__ import annotations

import itertools
import subprocess
import time

import pytest

from .python_apps import BROWSER, DASH, JOBS, READER, SITE
from .support import (
    Environment,
    NewStack,
    Project,
    Response,
    assert_no_anonymous_volume,
    attempt,
    free_ports,
    replace,
    request,
    wait_for,
)

EDIT_SECONDS = 3
WORKER_SECONDS = 15
SERVICES = ("beat", "dash", "db", "mailer", "queue", "reader", "site", "worker")
SCHEDULE = "/var/lib/celery"
RESULT = "from app import tasks; print(tasks.text.delay().get(timeout=3))"


@pytest.fixture(scope="module")
def project(new_stack: NewStack) -> Project:
    ports = free_ports("dash", "db", "queue", "site")
    spec = f"""\
services:
  worker:
    component: celery
    build: jobs
    needs: {{queue: {{CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url}}}}
  beat:
    component: celery-beat
    build: jobs
    needs: {{queue: {{CELERY_BROKER_URL: url}}}}
  queue: {{component: redis, port: {ports["queue"]}}}
  site:
    component: django
    build: site
    port: {ports["site"]}
    needs: [db]
    collectstatic: true
  mailer:
    component: celery
    build: site
    app: config.celery
    code: [.]
    needs:
      db:
      queue: {{CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url}}
      site: {{DJANGO_SETTINGS_MODULE: settings, DJANGO_SECRET_KEY: secret_key}}
  db: {{component: postgres, port: {ports["db"]}}}
  dash: {{component: streamlit, build: dash, port: {ports["dash"]}}}
  reader: {{component: python, build: reader, heartbeat: /tmp/beat}}
environments: {{dev: {{}}, test: {{}}, prod: {{}}}}
"""
    apps = {"dash": DASH, "jobs": JOBS, "reader": READER, "site": SITE}
    files = {f"{name}/{path}": text for name, app in apps.items() for path, text in app.items()}
    return new_stack(spec, files, ports)


@pytest.fixture(scope="module")
def dev(project: Project) -> Environment:
    project.dev.up("--build")
    return project.dev


def site(project: Project, path: str = "/") -> Response:
    return request(project.ports["site"], path)


def task(environment: Environment, name: str) -> str:
    """Return the result of a task that the worker runs."""
    script = f"from app import tasks; print(tasks.{name}.delay().get(timeout=5))"
    return environment.python("worker", script)


def users(environment: Environment) -> str:
    """Return what a task of the site's project finds in its database."""
    script = "from config import celery; print(celery.users.delay().get(timeout=5))"
    return environment.python("mailer", script)


def ticks(environment: Environment) -> int:
    return int(environment.execute("queue", "redis-cli", "get", "ticks") or 0)


def probe(environment: Environment, service: str) -> int:
    """Return the exit code of a service's healthcheck, asked for now and given as long."""
    check = environment.config()["services"][service]["healthcheck"]
    kind, *test = (word.replace("$$", "$") for word in check["test"])
    assert kind == "CMD"
    words = ("exec", "-T", service, "timeout", check["timeout"], *test)
    return attempt(*environment.command(*words), cwd=environment.root)[0]


def assert_healthy(environment: Environment) -> None:
    assert environment.health() == dict.fromkeys(SERVICES, "healthy")


def test_services_are_healthy(dev: Environment) -> None:
    assert_healthy(dev)
    assert_no_anonymous_volume(dev)


def test_worker_runs_a_task_and_a_scheduled_one_arrives(dev: Environment) -> None:
    assert task(dev, "text") == "first text"
    before = ticks(dev)
    wait_for(lambda: ticks(dev) > before + 1, 10, "two scheduled tasks")
    processes = [one for one in dev.processes("worker").values() if "celery" in one]
    assert len([one for one in processes if "watchfiles" not in one]) == 3, "one, and two workers"


def test_edit_restarts_worker_and_scheduler(project: Project, dev: Environment) -> None:
    file = project.root / "jobs/app/tasks.py"

    def result(wanted: str) -> bool:
        code, output = attempt(
            *dev.command("exec", "-T", "worker", "python", "-c", RESULT), cwd=dev.root
        )
        return code == 0 and output.strip() == wanted

    replace(file, "first text", "second text")
    seconds = wait_for(lambda: result("second text"), WORKER_SECONDS, "the task's new result")
    replace(file, "second text", "first text")
    wait_for(lambda: result("first text"), WORKER_SECONDS, "the old result")
    before = ticks(dev)
    wait_for(lambda: ticks(dev) > before, 10, "a scheduled task after the edit")
    print(f"worker: the new result after {seconds:.2f} s")


def test_worker_without_its_broker_is_not_healthy(dev: Environment) -> None:
    assert probe(dev, "worker") == 0
    dev.compose("pause", "queue")
    try:
        assert probe(dev, "worker") != 0
    finally:
        dev.compose("unpause", "queue")
    wait_for(lambda: probe(dev, "worker") == 0, 30, "the worker is back")


def test_scheduler_that_hangs_is_not_healthy(dev: Environment) -> None:
    assert probe(dev, "beat") == 0
    age = "import glob, os; [os.utime(one, (0, 0)) for one in glob.glob('/var/lib/celery/*')]"
    dev.python("beat", age)
    assert probe(dev, "beat") != 0


def test_edit_of_the_dashboard_shows_in_an_open_page(project: Project, dev: Environment) -> None:
    words = ("exec", "-T", "dash", "timeout", "30", "python", "-c", BROWSER)
    texts = ("first text", "second text", "third text")
    with subprocess.Popen(
        dev.command(*words, *texts), cwd=dev.root, stdout=subprocess.PIPE, text=True
    ) as browser:
        assert browser.stdout
        assert browser.stdout.readline() == "first text\n"
        for old, new in itertools.pairwise(texts):
            # it watches a file from when the page is complete, and nobody types that fast
            time.sleep(1)
            replace(project.root / "dash/app/words.py", old, new)
            start = time.monotonic()
            assert browser.stdout.readline() == f"{new}\n"
            seconds = time.monotonic() - start
            assert seconds < EDIT_SECONDS
            print(f"dash: the new text after {seconds:.2f} s")
    replace(project.root / "dash/app/words.py", "third text", "first text")


def test_migrated_site_answers(project: Project, dev: Environment) -> None:
    assert site(project) == Response(200, {"debug": True, "text": "first text"})
    assert site(project, "/users").status == 500
    dev.compose("run", "--rm", "site", "python", "manage.py", "migrate")
    assert site(project, "/users") == Response(200, {"users": 0})
    assert users(dev) == "0"


def test_edit_of_the_site_shows(project: Project, dev: Environment) -> None:
    file = project.root / "site/config/urls.py"
    replace(file, "first text", "second text")
    before, after = (
        Response(200, {"debug": True, "text": f"{one} text"}) for one in ("first", "second")
    )
    seconds = wait_for(lambda: site(project) == after, EDIT_SECONDS, "the site's new text")
    # Django looks once a second, and takes what it sees first after a restart for unchanged
    time.sleep(1.5)
    replace(file, "second text", "first text")
    wait_for(lambda: site(project) == before, EDIT_SECONDS, "the old text")
    print(f"site: the new text after {seconds:.2f} s")


def test_poetry_installs_what_is_locked(dev: Environment) -> None:
    assert dev.execute("reader", "cat", "/tmp/beat") == "1.17.0"
    versions = (
        "import importlib.metadata as m; print(m.version('iniconfig'), m.version('watchfiles'))"
    )
    assert dev.python("reader", versions).startswith("2.3.0 ")


def test_nothing_of_the_host_belongs_to_the_container(project: Project, dev: Environment) -> None:
    owners = {
        (path.stat().st_uid, path.stat().st_gid)
        for path in project.root.rglob("*")
        if path.exists()
    }
    assert owners == {project.owner}
    made = {path for path in project.paths() if "__pycache__" in path or path.endswith(".pid")}
    assert made == set()


def test_tests_of_the_site_run_in_a_container(project: Project) -> None:
    code, output = attempt(
        *project.test.command("run", "--rm", "--build", "site"), cwd=project.root
    )
    assert code == 0, output


@pytest.fixture(scope="module")
def prod(project: Project) -> Environment:
    project.dev.down()
    project.prod.up("--build")
    return project.prod


@pytest.mark.parametrize("start", ["first", "second"])
def test_prod_is_healthy(start: str, project: Project, prod: Environment) -> None:
    if start == "second":
        prod.down()
        prod.up()
    assert_healthy(prod)
    assert task(prod, "text") == "first text"
    before = ticks(prod)
    wait_for(lambda: ticks(prod) > before, 10, "a scheduled task")
    assert site(project) == Response(200, {"debug": False, "text": "first text"})
    prod.compose("run", "--rm", "site", "python", "manage.py", "migrate")
    assert site(project, "/users") == Response(200, {"users": 0})
    assert users(prod) == "0"
    assert prod.execute("dash", "timeout", "30", "python", "-c", BROWSER, "first text")
    for service in ("beat", "dash", "mailer", "reader", "site", "worker"):
        container = prod.containers()[service]
        assert container["HostConfig"]["ReadonlyRootfs"] is True
        assert container["Config"]["User"] == "1000:1000"


def test_prod_keeps_the_schedule_and_has_the_static_files(prod: Environment) -> None:
    assert prod.files_in("beat", SCHEDULE)
    assert prod.execute("site", "cat", "collected/style.css") == SITE["static/style.css"].strip()


def test_prod_has_no_package_for_development(prod: Environment) -> None:
    for service, package in (("reader", "iniconfig"), ("reader", "watchfiles")):
        use = prod.command("exec", "-T", service, "python", "-c", f"import {package}")
        assert "ModuleNotFoundError" in attempt(*use, cwd=prod.root)[1]


def test_nothing_is_written_where_the_root_is_read_only(prod: Environment) -> None:
    """A program that can't write says so, and goes on as if nothing were."""
    for service in ("beat", "dash", "mailer", "site", "worker"):
        assert "Read-only file system" not in prod.compose("logs", "--no-log-prefix", service)
