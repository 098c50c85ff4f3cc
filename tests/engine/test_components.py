"""Components of the catalog as servers: honest about their health, and keeping what they are told.

A component is here once its image, or a stand-in for it, is on the engine.
"""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from composegen.catalog.catalog import BUILTIN, Catalog
from composegen.formats import envfile
from composegen.project.folder import load

from .support import (
    Environment,
    NewStack,
    Project,
    assert_no_anonymous_volume,
    attempt,
    composegen,
    free_ports,
    run,
)

CATALOG = Catalog((BUILTIN,))


@dataclass(frozen=True)
class Case:
    """How the container of a store asks its server what an app would ask.

    `ask` is a shell script that reaches it by the container's own name, as an app does and with
    the app's credentials, and gives it the statement `$1`. `more` is said in the spec, too.
    """

    ask: str
    write: str
    read: str
    answer: str
    ping: str
    more: str = ""


ROWS = (
    "create table kept as select 'still here' as text",
    "select text from kept",
    "still here",
    "select 1",
)
MYSQL = 'MYSQL_PWD="${0}_PASSWORD" {1} -h "$(hostname)" -u "${0}_USER" "${0}_DATABASE" -Ne "$1"'
MARIADB = Case(MYSQL.replace("{0}", "MARIADB").replace("{1}", "mariadb"), *ROWS)
# Debian's package, which stands in, logs into a file that a read-only root has no place for
ORACLE = Case(
    MYSQL.replace("{0}", "MYSQL").replace("{1}", "mysql"),
    *ROWS,
    'data: {/var/log/mysql: {kind: temp, mode: "0750"}}',
)
# One version of each: a stand-in is the same server for all of them.
COMPONENTS = {
    "mariadb:12.3": MARIADB,
    "mysql:9": ORACLE,
}


@dataclass(frozen=True)
class Server:
    """A project with one store, and how it is asked."""

    project: Project
    case: Case

    def ask(self, environment: Environment, statement: str) -> tuple[int, str]:
        words = ("exec", "-T", "store", "sh", "-c", self.case.ask, "sh", statement)
        return attempt(*environment.command(*words), cwd=environment.root)

    def tell(self, environment: Environment, statement: str) -> str:
        code, said = self.ask(environment, statement)
        assert code == 0, said
        return said.strip()


@pytest.fixture(scope="module", params=COMPONENTS)
def server(request: pytest.FixtureRequest, new_stack: NewStack) -> Server:
    ports = free_ports("api")
    component, _, version = request.param.partition(":")
    case = COMPONENTS[request.param]
    spec = f"""\
services:
  store: {{component: {component}, version: "{version}", {case.more}}}
environments:
  dev: {{store: {{port: {ports["api"]}}}}}
  test: {{}}
  prod: {{}}
"""
    return Server(new_stack(spec, {}, ports), case)


def health(environment: Environment) -> str:
    """Return what the engine says about the health of the store; "gone" where it does not run."""
    (container,) = environment.listed("ps", "-a")
    words = "{{.State.Status}} {{.State.Health.Status}}"
    status, said = run("docker", "inspect", "-f", words, container).split()
    return said if status == "running" else "gone"


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_it_is_healthy_once_it_answers_and_keeps_what_it_is_told(server: Server, name: str) -> None:
    environment: Environment = getattr(server.project, name)

    assert_never_healthy_too_early(server, environment)
    server.tell(environment, server.case.write)
    assert server.tell(environment, server.case.read) == server.case.answer
    assert_no_anonymous_volume(environment)
    environment.down()
    assert_never_healthy_too_early(server, environment)

    code, said = server.ask(environment, server.case.read)
    kept = code == 0 and said.strip() == server.case.answer
    assert kept == (name != "test"), said
    if name == "test":
        environment.down()


def assert_never_healthy_too_early(server: Server, environment: Environment) -> None:
    """Start the store and look at it all the time: whenever it is healthy, it answers."""
    environment.compose("up", "-d")
    seen: list[str] = []
    deadline = time.monotonic() + 120
    while seen.count("healthy") < 3:
        assert time.monotonic() < deadline, seen
        seen.append(health(environment))
        assert seen[-1] in ("starting", "healthy"), environment.compose("logs")
        if seen[-1] == "healthy":
            server.tell(environment, server.case.ping)
        time.sleep(0.1)
    assert seen[0] == "starting"


def test_prod_is_hardened(server: Server) -> None:
    prod = server.project.prod
    prod.up()
    (container,) = prod.containers().values()
    assert container["HostConfig"]["ReadonlyRootfs"] is True
    assert container["HostConfig"]["CapDrop"] == ["ALL"]
    assert not container["HostConfig"]["CapAdd"]
    assert prod.execute("store", "id", "-u") != "0"
    assert not container["HostConfig"]["PortBindings"]


def test_no_password_is_in_a_file_that_is_committed(server: Server) -> None:
    root = server.project.root
    secrets = passwords(root).values()
    assert all(len(value) == 32 for value in secrets)
    files = [path for path in root.rglob("*") if path.is_file() and path.name != ".env"]
    assert not [path for path in files if any(value in path.read_text() for value in secrets)]


def test_a_new_password_reaches_dev_and_prod(server: Server) -> None:
    environments = (server.project.dev, server.project.prod)
    for environment in environments:
        environment.up()
    for name, before in passwords(server.project.root).items():
        said = composegen("secrets", "rotate", name, cwd=server.project.root)
        assert before not in said
        for environment in environments:
            environment.up()
            assert server.tell(environment, server.case.read) == server.case.answer
        assert passwords(server.project.root)[name] != before


def passwords(root: Path) -> dict[str, str]:
    found = envfile.values((root / ".env").read_text())
    return {one.name: found[one.name] for one in load(root / "stack.yaml").stack.secrets}


def test_a_dump_of_prod_can_be_restored_in_dev(server: Server) -> None:
    said = server.project.spec()["services"]["store"]
    backup = CATALOG[said["component"]].facts_for({"version": said["version"]}).backup
    if backup is None or not (backup.dump and backup.restore):
        pytest.skip(f"{said['component']} is not dumped")
    dev, prod = server.project.dev, server.project.prod
    for environment in (dev, prod):
        environment.up()
    server.tell(prod, "insert into kept values ('from prod')")

    for environment, command, pipe in ((prod, backup.dump, ">"), (dev, backup.restore, "<")):
        words = shlex.join(environment.command("exec", "-T", "store"))
        run("sh", "-ec", f"{words} {command} {pipe} dump", cwd=environment.root)

    assert server.tell(dev, "select count(*) from kept") == "2"
