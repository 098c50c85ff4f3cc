"""Node apps on a real engine: a server, a worker, Vite and Next.js, in dev and in prod."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from .node_apps import API, NEXT, NPMRC, WEB
from .support import (
    Environment,
    NewStack,
    Project,
    assert_no_anonymous_volume,
    attempt,
    free_ports,
    replace,
    run,
    wait_for,
)

NODE = "node:24-slim"
EDIT_SECONDS = 3


def lock(folder: Path) -> None:
    """Let npm write the lock file of a folder, in a container: the host may have no npm."""
    status = folder.stat()
    words = ("--rm", "--user", "0:0", "--volume", f"{folder}:/app", "--workdir", "/app")
    run("docker", "run", *words, NODE, "npm", "install", "--package-lock-only")
    owner = f"{status.st_uid}:{status.st_gid}"
    run("docker", "run", *words, NODE, "chown", owner, "/app/package-lock.json")


@pytest.fixture(scope="module")
def locked(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Map the folder of each app to the text of its lock file."""
    texts = {}
    for name, files in (("api", API), ("web", WEB)):
        folder = tmp_path_factory.mktemp(name)
        (folder / "package.json").write_text(files["package.json"])
        (folder / ".npmrc").write_text(NPMRC)
        lock(folder)
        texts[name] = (folder / "package-lock.json").read_text()
    return texts


def app(folder: str, files: Mapping[str, str], locked: Mapping[str, str]) -> dict[str, str]:
    """Return the files of an app; without a lock, package.json alone says what is installed."""
    known = {**files, ".npmrc": NPMRC}
    known |= {"package-lock.json": locked[folder]} if folder in locked else {}
    return {f"{folder}/{path}": text for path, text in known.items()}


@pytest.fixture(scope="module")
def project(new_stack: NewStack, locked: Mapping[str, str], with_wget: None) -> Project:
    ports = free_ports("api", "web")
    spec = f"""\
services:
  api: {{component: express, build: api, port: {ports["api"]}}}
  jobs:
    component: node
    build: api
    command: [node, src/worker.js]
    heartbeat: /tmp/beat
  web:
    component: vite
    build: web
    port: {ports["web"]}
    needs: [api]
    environment: {{VITE_TITLE: from the spec}}
environments: {{dev: {{}}, test: {{}}, prod: {{}}}}
"""
    return new_stack(spec, {**app("api", API, locked), **app("web", WEB, locked)}, ports)


@pytest.fixture(scope="module")
def paths(project: Project) -> set[str]:
    return project.paths()


@pytest.fixture(scope="module")
def dev(project: Project, paths: set[str]) -> Environment:
    project.dev.up("--build")
    return project.dev


def page(port: int, path: str = "/", host: str = "localhost") -> tuple[int, str, str]:
    """Return status, text and caching of an answer; status 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host, "Accept": "text/html,*/*"})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, text, answer.headers.get("Cache-Control", "")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error), ""
    finally:
        connection.close()


def node(environment: Environment, service: str, script: str) -> str:
    return environment.execute(service, "node", "-e", script)


def test_services_are_healthy(project: Project, dev: Environment) -> None:
    assert dev.health() == dict.fromkeys(("api", "jobs", "web"), "healthy")
    assert page(project.ports["api"])[:2] == (200, '{"text":"first text"}')
    assert "/@vite/client" in page(project.ports["web"])[1]
    assert "first text" in page(project.ports["web"], "/src/main.js")[1]


def test_no_volume_is_anonymous(dev: Environment) -> None:
    assert_no_anonymous_volume(dev)
    for container in dev.containers().values():
        assert "/app/node_modules" not in [one["Destination"] for one in container["Mounts"]]


def test_edit_of_the_server_and_of_the_worker_shows(project: Project, dev: Environment) -> None:
    file, port = project.root / "api/src/text.js", project.ports["api"]

    replace(file, "first text", "second text")
    api = wait_for(lambda: "second text" in page(port)[1], EDIT_SECONDS, "the server's answer")
    jobs = wait_for(
        lambda: "second text" in dev.execute("jobs", "cat", "/tmp/beat"),
        EDIT_SECONDS,
        "the worker's heartbeat",
    )
    replace(file, "second text", "first text")
    wait_for(lambda: "first text" in page(port)[1], EDIT_SECONDS, "the old answer")
    print(f"api: the new answer after {api:.2f} s; jobs: the new text {jobs:.2f} s later")


@pytest.mark.parametrize(
    ("path", "old", "new", "asked"),
    [
        ("src/main.js", "first text", "second text", "/src/main.js"),
        ("index.html", "<title>page", "<title>second page", "/"),
        ("public/robots.txt", "agent: *", "agent: me", "/robots.txt"),
    ],
)
def test_edit_of_the_front_end_shows(
    path: str, old: str, new: str, asked: str, project: Project, dev: Environment
) -> None:
    file, port = project.root / "web" / path, project.ports["web"]
    replace(file, old, new)
    seconds = wait_for(lambda: new in page(port, asked)[1], EDIT_SECONDS, path)
    # Vite takes changes within a few milliseconds for one, and nobody types that fast
    time.sleep(0.5)
    replace(file, new, old)
    wait_for(lambda: new not in page(port, asked)[1], EDIT_SECONDS, path)
    print(f"web: {path} after {seconds:.2f} s")


def test_front_end_reaches_the_server_and_is_reached_by_name(
    project: Project, dev: Environment
) -> None:
    assert page(project.ports["web"], "/api")[0] == 404, "the server has no such path, and says so"
    assert page(project.ports["web"], host="web")[0] == 200
    assert page(project.ports["web"], host="elsewhere.example")[0] == 403
    script = "fetch('http://web:8080/').then(answer => console.log(answer.status))"
    assert node(dev, "api", script) == "200"


def test_host_tree_gets_nothing_from_docker(
    project: Project, dev: Environment, paths: set[str]
) -> None:
    assert project.paths() == paths
    node(dev, "api", "require('fs').writeFileSync('src/made', '')")
    made = project.root / "api/src/made"
    owner = (made.stat().st_uid, made.stat().st_gid)
    made.unlink()
    assert owner == project.owner
    assert {(path.stat().st_uid, path.stat().st_gid) for path in project.root.rglob("*")} == {
        project.owner
    }


def test_new_dependency_is_there_after_a_build_and_gone_after_the_next(
    project: Project, dev: Environment
) -> None:
    folder = project.root / "api"
    before = {name: (folder / name).read_text() for name in ("package.json", "package-lock.json")}
    use = dev.command("exec", "-T", "api", "node", "-p", "require('ms')('2 days')")
    script = "console.log(require('left-pad')('5', 2))"
    missing = dev.command("exec", "-T", "api", "node", "-e", script)
    assert attempt(*use, cwd=dev.root)[0] == 0, "Express itself has it"
    assert attempt(*missing, cwd=dev.root)[0] == 1

    package = json.loads(before["package.json"])
    package["dependencies"]["left-pad"] = "^1.3.0"
    (folder / "package.json").write_text(json.dumps(package))
    lock(folder)
    dev.up("--build")
    for service in ("api", "jobs"):
        assert node(dev, service, script) == "5"

    for name, text in before.items():
        (folder / name).write_text(text)
    dev.up("--build")
    assert attempt(*missing, cwd=dev.root)[0] == 1


def test_packages_on_the_host_go_unnoticed(project: Project, dev: Environment) -> None:
    dev.up("--build")
    ids = {name: one["Id"] for name, one in dev.containers().items()}
    packages = [
        project.root / "api/node_modules/express",
        project.root / "web/node_modules/vite",
        project.root / "api/src/node_modules/unused",
    ]
    for folder in packages:
        folder.mkdir(parents=True)
        (folder / "index.js").write_text("throw new Error('the host is not the container')\n")
    dev.up("--build")

    try:
        assert {name: one["Id"] for name, one in dev.containers().items()} == ids
        found = node(dev, "api", "console.log(require.resolve('express'))")
        assert found == "/app/node_modules/express/index.js"
        names = node(dev, "web", "console.log(fs.readdirSync('node_modules/vite').length > 1)")
        assert names == "true"
    finally:
        for folder in packages:
            (folder / "index.js").unlink()
            folder.rmdir()
            folder.parent.rmdir()


def test_tests_run_in_a_container(project: Project) -> None:
    test = project.test
    output = test.compose("run", "--rm", "--build", "--no-deps", "api")
    assert "pass 1" in output
    assert "fail 0" in output


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
    assert prod.health() == dict.fromkeys(("api", "jobs", "web"), "healthy")
    assert page(project.ports["api"])[:2] == (200, '{"text":"first text"}')
    for container in prod.containers().values():
        assert container["HostConfig"]["ReadonlyRootfs"] is True
        assert [one for one in container["Mounts"] if one["Type"] != "tmpfs"] == []
    assert {name: one["Config"]["User"] for name, one in prod.containers().items()} == {
        "api": "1000:1000",
        "jobs": "1000:1000",
        "web": "101:101",
    }


def test_files_of_the_front_end(project: Project, prod: Environment) -> None:
    port = project.ports["web"]
    status, text, caching = page(port)
    asset = text.partition('src="')[2].partition('"')[0]
    assert (status, caching) == (200, "no-cache")
    assert asset.startswith("/assets/")
    status, script, caching = page(port, asset)
    assert (status, "immutable" in caching) == (200, True)
    assert "first text" in script
    assert "from the spec" in script
    assert page(port, "/robots.txt")[1] == WEB["public/robots.txt"]
    assert page(port, "/some/route/of/the/page")[:2] == (200, text)
    assert page(port, "/assets/missing.js")[0] == 404


def test_prod_has_no_package_for_development(project: Project, prod: Environment) -> None:
    assert node(prod, "api", "console.log(process.env.NODE_ENV, process.getuid())") == (
        "production 1000"
    )
    assert attempt(*prod.command("exec", "-T", "web", "ls", "/app"), cwd=prod.root)[0] != 0


@pytest.fixture(scope="module")
def site(new_stack: NewStack) -> Project:
    ports = free_ports("site")
    spec = f"""\
services:
  site:
    component: nextjs
    build: site
    port: {ports["site"]}
    environment: {{NEXT_PUBLIC_TITLE: from the spec}}
"""
    return new_stack(spec, app("site", NEXT, {}), ports)


def test_site_in_dev(site: Project) -> None:
    paths, port = site.paths(), site.ports["site"]
    site.dev.up("--build")
    assert site.dev.health() == {"site": "healthy"}
    assert "first text" in page(port)[1]

    file = site.root / "site/app/page.jsx"
    replace(file, "first text", "second text")
    seconds = wait_for(lambda: "second text" in page(port)[1], EDIT_SECONDS, "the edit")
    print(f"site: the new page after {seconds:.2f} s")
    replace(file, "second text", "first text")

    assert site.paths() == paths
    assert_no_anonymous_volume(site.dev)
    site.dev.down()


@pytest.mark.parametrize("start", ["first", "second"])
def test_site_in_prod(start: str, site: Project) -> None:
    site.prod.up("--build")
    assert site.prod.health() == {"site": "healthy"}
    status, text, _ = page(site.ports["site"])
    assert status == 200
    assert "first text" in text
    assert "from the spec" in text
    (container,) = site.prod.containers().values()
    assert container["HostConfig"]["ReadonlyRootfs"] is True
    assert container["Config"]["User"] == "1000:1000"
    node(site.prod, "site", "fs.writeFileSync('/app/.next/cache/made', '')")
    site.prod.down()
