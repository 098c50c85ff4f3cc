import json
import re
import subprocess
from typing import Any
from uuid import uuid4

import pytest

from .support import (
    APPS,
    FILES,
    STORES,
    Environment,
    NewProject,
    assert_kept,
    assert_no_anonymous_volume,
    attempt,
    make_note,
    request,
    run,
    wait_for,
)

SERVICES = sorted(APPS | STORES)
# its published image has no folder for its data, so another user can't write a fresh volume
ROOT = {"vectors"}
DATA = "{/app/temp: {kind: temp, size: 64M}, /app/uploads: uploads}"


@pytest.fixture(scope="module")
def prod(new_project: NewProject) -> Environment:
    project = new_project(f"--set=services.api.data={DATA}")
    project.prod.up("--build")
    return project.prod


def inspected(prod: Environment, service: str) -> dict[str, Any]:
    return prod.containers()[service]


def health(prod: Environment, service: str) -> str:
    return str(inspected(prod, service)["State"]["Health"]["Status"])


def started(containers: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Map each app service to its last start: a store's trouble is no reason for another."""
    return {service: containers[service]["State"]["StartedAt"] for service in APPS}


def process_status(prod: Environment, service: str) -> dict[str, str]:
    """Return what the kernel says about a container's main process."""
    lines = prod.execute(service, "cat", "/proc/1/status").splitlines()
    return {key: text.strip() for key, text in (line.split(":", 1) for line in lines)}


def kill_main_process(prod: Environment, service: str) -> None:
    """Let a container's process crash: the engine takes `docker kill` for the user's own wish."""
    container = inspected(prod, service)
    kill = ("--user", "0:0", "--entrypoint", "sh", container["Config"]["Image"])
    pid = container["State"]["Pid"]
    run("docker", "run", "--rm", "--network=none", "--pid=host", *kill, "-c", f"kill -KILL {pid}")


def test_data_outlives_the_containers_and_both_starts_are_healthy(prod: Environment) -> None:
    for _ in range(2):
        assert prod.health() == dict.fromkeys(SERVICES, "healthy")
        assert prod.is_ready()
        note = make_note(prod)
        prod.python("api", "open('/app/uploads/kept', 'a').write('uploaded')")
        prod.python("api", "open('/app/temp/lost', 'x')")

        prod.down()
        assert prod.containers() == {}
        prod.up()

        assert_kept(prod, note)
        assert prod.python("api", "import os; print(os.listdir('/app/temp'))") == "[]"
    assert prod.python("api", "print(open('/app/uploads/kept').read())") == "uploaded" * 2


@pytest.mark.parametrize("service", SERVICES)
def test_container_is_locked_down(prod: Environment, service: str) -> None:
    host = inspected(prod, service)["HostConfig"]
    status = process_status(prod, service)

    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Privileged"] is False
    assert (int(status["CapEff"], 16), int(status["CapBnd"], 16)) == (0, 0)
    assert status["NoNewPrivs"] == "1"
    assert ("0" in status["Uid"].split()) == (service in ROOT)
    code, output = attempt(
        *prod.command("exec", "-T", service, "touch", "/etc/written"), cwd=prod.root
    )
    assert code != 0
    assert "Read-only" in output


@pytest.mark.parametrize("service", SERVICES)
def test_container_has_limits_and_comes_back(prod: Environment, service: str) -> None:
    host = inspected(prod, service)["HostConfig"]

    assert host["Memory"] >= 2**27
    assert host["NanoCpus"] >= 5 * 10**8
    assert host["PidsLimit"] >= 100
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["LogConfig"]["Type"] == "json-file"
    assert host["LogConfig"]["Config"]["max-size"]
    assert int(host["LogConfig"]["Config"]["max-file"]) > 1


@pytest.mark.parametrize("service", sorted(APPS))
def test_code_is_in_the_image(prod: Environment, service: str) -> None:
    container = inspected(prod, service)

    assert [one for one in container["Mounts"] if one["Type"] == "bind"] == []
    image = container["Config"]["Image"]
    code = "import app.worker; print(app.worker.__file__)"
    found = run("docker", "run", "--rm", "--network=none", image, "python", "-c", code)
    assert found.strip() == "/app/app/worker.py"


def test_stores_are_reached_from_the_backend_only(prod: Environment) -> None:
    backend, edge = f"{prod.project}_backend", f"{prod.project}_edge"
    containers = prod.containers()

    for service in sorted(STORES):
        assert set(containers[service]["NetworkSettings"]["Networks"]) == {backend}
        assert not containers[service]["HostConfig"]["PortBindings"]
    for service in sorted(APPS):
        assert set(containers[service]["NetworkSettings"]["Networks"]) == {backend, edge}
    assert json.loads(run("docker", "network", "inspect", backend))[0]["Internal"] is True
    assert {
        binding["HostIp"]
        for bindings in containers["api"]["HostConfig"]["PortBindings"].values()
        for binding in bindings
    } == {"127.0.0.1"}


def test_no_volume_is_anonymous(prod: Environment) -> None:
    assert_no_anonymous_volume(prod)


@pytest.mark.parametrize("store", sorted(STORES))
def test_crashed_store_comes_back_and_the_app_with_it(prod: Environment, store: str) -> None:
    note = make_note(prod)
    before = prod.containers()

    kill_main_process(prod, store)
    restarts = before[store]["RestartCount"] + 1
    wait_for(lambda: inspected(prod, store)["RestartCount"] == restarts, 15, "the restart")
    healthy = wait_for(lambda: health(prod, store) == "healthy", 60, store)
    ready = wait_for(prod.is_ready, 30, "the app")

    print(f"{store}: healthy {healthy:.1f} s after its restart, the app ready {ready:.1f} s later")
    assert_kept(prod, note)
    after = prod.containers()
    assert after[store]["Id"] == before[store]["Id"]
    assert started(after) == started(before)
    wait_for(lambda: set(prod.health().values()) == {"healthy"}, 30, "every service")


def test_app_waits_for_a_database_that_was_killed_by_hand(prod: Environment) -> None:
    note = make_note(prod)
    before = prod.containers()

    # the engine takes it for the user's wish and lets it lie, whatever the restart policy says
    run("docker", "kill", before["db"]["Id"])
    wait_for(lambda: request(prod.port, "/health/ready").status == 503, 15, "the loss to show")
    assert request(prod.port, "/health/live").status == 200
    prod.up()

    wait_for(prod.is_ready, 30, "the app")
    assert_kept(prod, note)
    assert started(prod.containers()) == started(before)


def test_edit_of_the_code_does_not_install_again(prod: Environment) -> None:
    words = ("--target=prod", "--output=type=cacheonly", "--progress=plain", ".")
    with (prod.root / "app/main.py").open("a") as file:
        # an edit that no earlier run has made: the builder would know it
        file.write(f"\nEDITED = '{uuid4().hex}'\n")

    done = subprocess.run(
        ("docker", "buildx", "build", *words), cwd=prod.root, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    install = re.search(r"^(#\d+) \[.*uv pip install", done.stderr, re.MULTILINE)
    copy = re.search(r"^(#\d+) \[.*COPY .* app \./app", done.stderr, re.MULTILINE)
    assert install
    assert copy
    assert f"\n{install[1]} CACHED\n" in done.stderr
    assert f"\n{copy[1]} DONE" in done.stderr


def test_password_is_in_no_file_but_the_env_file(prod: Environment) -> None:
    password = prod.python(
        "api",
        "import os, urllib.parse as u; print(u.urlsplit(os.environ['DATABASE_URL']).password)",
    )

    assert len(password) == 32
    for file in FILES.values():
        assert password not in (prod.root / file).read_text()
