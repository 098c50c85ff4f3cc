"""What the source document shows, as far as no other test here has shown it yet.

`tests/document/README.md` says which test belongs to which of its rows.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from .conftest import OWNER
from .guard_support import ask, start
from .support import Environment, NewStack, Project, attempt, free_ports, replace, request, run
from .support import wait_for as wait

IDLE = "import time\nwhile True:\n    time.sleep(1)\n"
INIT = "create table made as select 'once' as text;\n"

DATA = """
services:
  api:
    component: python
    command: [python, -m, app.idle]
    consistency: cached
    data:
      /app/config: {{kind: config, source: ./config}}
      /app/elsewhere: {{kind: config, source: {elsewhere}, insist: true}}
      /app/temp: {{kind: temp, size: 64M, mode: "1777"}}
      /app/private: {{kind: temp, size: 16M, mode: "0700"}}
      /data/disk: {{kind: files, volume: {{driver: local, driver_opts: {disk}}}}}
      /data/fast: {{kind: cache, persist: true, volume: {{driver_opts: {fast}}}}}
      /data/shared: {{kind: files, volume: shared}}
  worker:
    component: python
    command: [python, -m, app.idle]
    code: ["."]
    data: {{/data/shared: {{kind: files, volume: shared}}}}
  mine:
    component: image
    image: busybox:1.37
    command: [sleep, infinity]
    user: "${{UID}}:${{GID}}"
    data: {{/out: log}}
    compose: {{init: true}}
  db:
    component: postgres
    port: {port}
    init: db/init
    settings: {{max_connections: 200, shared_buffers: 256MB}}
environments: {{dev: {{}}}}
"""

WATCHED = """
services:
  api:
    component: fastapi
    port: {api}
    sync: watch
    data: {{/app/config: {{kind: config, source: ./config}}}}
  slow: {{component: fastapi, port: {slow}, sync: volume}}
environments: {{dev: {{}}}}
"""
MAIN = """\
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
config = Path("/app/config/name")
name = config.read_text() if config.exists() else ""


@app.get("/health/live")
def live() -> dict[str, object]:
    return {"text": "first", "name": name, "humanize": find_spec("humanize") is not None}
"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disk")
    if os.getuid() == 0:
        os.chown(folder, OWNER, OWNER)
        for parent in (folder.parent, folder.parent.parent):
            parent.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    folder.chmod(0o755)
    (folder / "name").write_text("absolute")
    return folder


@pytest.fixture(scope="module")
def project(new_stack: NewStack, disk: Path, elsewhere: Path) -> Project:
    ports = free_ports("db")
    spec = DATA.format(
        disk=f"{{type: none, o: bind, device: {disk}}}",
        fast="{type: tmpfs, device: tmpfs, o: 'size=32m,mode=1777'}",
        elsewhere=elsewhere,
        port=ports["db"],
    )
    files = {
        "app/__init__.py": "",
        "app/idle.py": IDLE,
        "config/name": "relative",
        "db/init/1.sql": INIT,
        "requirements.txt": "",
        ".venv/lib/python3.13/site-packages/watchfiles/__init__.py": "raise SystemExit('stale')\n",
    }
    return new_stack(spec, files, ports)


@pytest.fixture(scope="module")
def dev(project: Project) -> Environment:
    project.dev.up("--build")
    return project.dev


def refused(dev: Environment, service: str, *words: str) -> str:
    """Return what is said where a command in a container fails, as it must."""
    code, said = attempt(*dev.command("exec", "-T", service, *words), cwd=dev.root)
    assert code != 0
    return said


def mounted(dev: Environment, target: str) -> tuple[str, set[str]]:
    """Return the type and the options of a mount of the api, as its kernel says."""
    lines = dev.execute("api", "cat", "/proc/mounts").splitlines()
    (found,) = [line.split() for line in lines if line.split()[1] == target]
    return found[2], set(found[3].split(","))


def test_config_is_read_and_never_written(project: Project, dev: Environment) -> None:
    assert dev.execute("api", "cat", "/app/config/name") == "relative"
    assert "Read-only" in refused(dev, "api", "touch", "/app/config/other")
    (project.root / "config/name").write_text("edited")
    assert dev.execute("api", "cat", "/app/config/name") == "edited"


def test_absolute_path_on_request(dev: Environment) -> None:
    assert dev.execute("api", "cat", "/app/elsewhere/name") == "absolute"
    assert "Read-only" in refused(dev, "api", "touch", "/app/elsewhere/other")


def test_whole_folder_is_mounted_and_its_environment_ignored(
    project: Project, dev: Environment
) -> None:
    where = "import sys, watchfiles, app; print(sys.prefix, watchfiles.__file__, app.__file__)"

    prefix, package, code = dev.python("worker", where).split()

    assert (prefix, code) == ("/opt/venv", "/app/app/__init__.py")
    assert package.startswith("/opt/venv/")
    assert not [path for path in project.paths() if "__pycache__" in path]


@pytest.mark.parametrize(
    ("target", "size", "mode"), [("/app/temp", 64, "1777"), ("/app/private", 16, "700")]
)
def test_memory_has_its_size_and_mode_for_a_user_who_is_not_root(
    dev: Environment, target: str, size: int, mode: str
) -> None:
    first = ("up", "-d", "--wait", "--force-recreate", "--no-deps", "api")
    # runc 1.1 takes the mode of the folder below when a container starts again, never its owner
    for words, modes in ((first, {mode}), (("restart", "--timeout=1", "api"), {mode, "755"})):
        dev.compose(*words)

        kind, options = mounted(dev, target)
        user = dev.execute("api", "id", "-u")
        said, owner = dev.execute("api", "stat", "-c", "%a %u", target).split()

        assert kind == "tmpfs"
        assert f"size={size << 10}k" in options
        assert said in modes
        assert owner == user != "0"
        dev.execute("api", "sh", "-c", f"test ! -e {target}/made && touch {target}/made")


def test_options_of_a_driver(dev: Environment, disk: Path) -> None:
    dev.execute("api", "touch", "/data/disk/made")
    assert [path.name for path in disk.iterdir()] == ["made"]
    kind, options = mounted(dev, "/data/fast")
    assert kind == "tmpfs"
    assert "size=32768k" in options
    dev.execute("api", "touch", "/data/fast/made")


def test_consistency_is_accepted(dev: Environment) -> None:
    (code,) = [
        one for one in dev.config()["services"]["api"]["volumes"] if one["target"] == "/app/app"
    ]
    assert code["consistency"] == "cached"
    assert dev.execute("api", "cat", "/app/app/idle.py") == IDLE.strip()


def test_two_services_share_a_volume(dev: Environment) -> None:
    dev.python("api", "open('/data/shared/note', 'w').write('from the api')")
    assert dev.python("worker", "print(open('/data/shared/note').read())") == "from the api"
    dev.python("worker", "open('/data/shared/note', 'a').write(', and back')")
    assert dev.execute("api", "cat", "/data/shared/note") == "from the api, and back"


def test_files_belong_to_the_user_that_is_said(project: Project, dev: Environment) -> None:
    dev.execute("mine", "touch", "/out/made")
    status = (project.root / "out/made").stat()
    assert (status.st_uid, status.st_gid) == project.owner


def test_settings_and_scripts_of_postgres(dev: Environment) -> None:
    assert dev.sql("show shared_buffers") == "256MB"
    assert dev.sql("show max_connections") == "200"
    assert dev.containers()["db"]["HostConfig"]["ShmSize"] == 256 << 20
    assert dev.sql("select text from made") == "once"
    dev.sql("update made set text = 'kept'")

    dev.compose("up", "-d", "--wait", "--force-recreate", "db")

    assert dev.sql("select text from made") == "kept"


def test_setting_that_the_server_refuses_is_shown(new_stack: NewStack) -> None:
    ports = free_ports("db")
    db = f"{{component: postgres, port: {ports['db']}, settings: {{max_connections: lots}}}}"
    dev = new_stack(f"services: {{db: {db}}}\nenvironments: {{dev: {{}}}}\n", {}, ports).dev

    code, said = attempt(*dev.command("up", "-d", "--wait"), cwd=dev.root)

    assert code != 0
    assert "db-1" in said
    assert 'invalid value for parameter "max_connections": "lots"' in dev.compose("logs", "db")


def test_external_volume_that_is_missing(new_stack: NewStack) -> None:
    ports, name = free_ports("cache"), f"kept-{uuid4().hex[:12]}"
    volume = f"{{key: kept, external: true, name: {name}}}"
    cache = f"{{component: redis, port: {ports['cache']}, data: {{/data: {{volume: {volume}}}}}}}"
    project = new_stack(f"services: {{cache: {cache}}}\nenvironments: {{dev: {{}}}}\n", {}, ports)
    dev, command = project.dev, f"docker volume create {name}"

    with (project.root / "stack.yaml").open("a") as file:
        file.write("# another text, so that it is read again\n")
    for words in ("plan", "generate", "status"):
        assert command in ask(project, words)[1]
    assert f"# not made by Compose: {command}\n" in (dev.root / "docker-compose.yml").read_text()
    code, said = attempt(*dev.command("up", "-d", "--wait"), cwd=dev.root)
    assert code != 0
    assert f'external volume "{name}" not found' in said

    run(*command.split())
    try:
        dev.up()
        assert dev.execute("cache", "redis-cli", "set", "kept", "still here") == "OK"
        dev.compose("down", "-v")
        dev.up()
        assert dev.execute("cache", "redis-cli", "get", "kept") == "still here"
    finally:
        dev.compose("down")
        run("docker", "volume", "rm", name)


def test_missing_file_is_an_error_and_becomes_no_folder(new_stack: NewStack) -> None:
    ports = free_ports("cache")
    data = "{/etc/redis/one.conf: {kind: config, source: one.conf}, /etc/Redis: "
    data += "{kind: config, source: Redis}}"
    cache = f"{{component: redis, port: {ports['cache']}, data: {data}}}"
    project = new_stack(f"services: {{cache: {cache}}}\nenvironments: {{dev: {{}}}}\n", {}, ports)
    dev = project.dev

    for name in ("one.conf", "Redis"):
        code, said = attempt(*dev.command("up", "-d", "--wait"), cwd=dev.root)
        assert code != 0
        assert "bind source path does not exist" in said
        assert f"{dev.root}/" in said
        assert not (dev.root / name).exists()
        (dev.root / "one.conf").write_text("# here\n")
    (dev.root / "Redis").write_text("# here\n")

    start(dev)

    assert dev.execute("cache", "cat", "/etc/redis/one.conf", "/etc/Redis") == "# here\n# here"


@pytest.fixture(scope="module")
def watched(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give a stack whose code `docker compose watch` brings in, while that runs."""
    ports = free_ports("api", "slow")
    requirements = "fastapi\nuvicorn[standard]\n"
    files = {
        "app/__init__.py": "",
        "app/main.py": MAIN,
        "config/name": "first name",
        "requirements.txt": requirements,
    }
    project = new_stack(WATCHED.format(**ports), files, ports)
    project.dev.up("--build")
    log = tmp_path_factory.mktemp("watch") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            project.dev.command("watch", "--no-up"), cwd=project.root, stdout=output, stderr=output
        )
        try:
            wait(lambda: "Watch enabled" in log.read_text(), 30, "watch")
            yield project
        finally:
            process.terminate()
            process.wait(30)


def answer(project: Project, service: str, key: str) -> object:
    body = request(project.ports[service], "/health/live").body
    return body.get(key) if isinstance(body, dict) else None


@pytest.mark.parametrize("service", ["api", "slow"])
def test_watch_brings_an_edit_in(watched: Project, service: str) -> None:
    before = watched.dev.containers()[service]["Id"]
    mounts = watched.dev.containers()[service]["Mounts"]
    assert not [one for one in mounts if one["Destination"] == "/app/app" and one["Type"] == "bind"]
    assert answer(watched, service, "text") == "first"
    replace(watched.root / "app/main.py", '"first"', f'"edited for {service}"')

    seconds = wait(
        lambda: answer(watched, service, "text") == f"edited for {service}", 10, "the new answer"
    )

    print(f"{service}: the new answer after {seconds:.2f} s")
    assert watched.dev.containers()[service]["Id"] == before
    replace(watched.root / "app/main.py", f'"edited for {service}"', '"first"')
    for name in ("api", "slow"):
        wait(lambda name=name: answer(watched, name, "text") == "first", 10, "the old answer")


def test_watch_restarts_for_a_config_file(watched: Project) -> None:
    before = watched.dev.containers()["api"]
    (watched.root / "config/name").write_text("second name")

    wait(lambda: answer(watched, "api", "name") == "second name", 30, "the restart")

    after = watched.dev.containers()["api"]
    assert after["Id"] == before["Id"]
    assert after["State"]["StartedAt"] > before["State"]["StartedAt"]


def test_watch_builds_again_for_a_new_requirement(watched: Project) -> None:
    assert answer(watched, "api", "humanize") is False
    with (watched.root / "requirements.txt").open("a") as file:
        file.write("humanize==4.*\n")

    for service in ("api", "slow"):
        wait(
            lambda service=service: answer(watched, service, "humanize") is True,
            90,
            "the new package",
        )
    assert answer(watched, "slow", "text") == "first"
