"""Stacks of little more than a database, rows that must stay, and what composegen says."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from .support import Environment, Project, attempt, free_ports, run

ROWS = 1000
# what holds the data in 18; 17 has it one folder below
PGDATA = "/var/lib/postgresql"

Advice = dict[str, list[str]]
NewStack = Callable[..., Project]


@contextmanager
def stacks(folder: Path) -> Iterator[NewStack]:
    """Give a function that makes a project with a database; all are taken down in the end."""
    with ExitStack() as cleanup:

        def make(*environments: str, **database: object) -> Project:
            root = folder / f"guard-{uuid4().hex[:12]}"
            root.mkdir()
            port = free_ports("db")["db"]
            project = Project(root, {"api": port, "db": port})
            cleanup.callback(remove, root.name)
            entry = {"component": "postgres", "version": "18", "port": port, **database}
            write(
                project,
                {
                    "name": root.name,
                    "services": {"db": entry},
                    "environments": {name: {} for name in environments or ("dev",)},
                },
            )
            project.generate()
            return project

        yield make


def remove(name: str) -> None:
    """Take away all that has the stack's own name in its name, made by Compose or by hand."""
    for listed, delete in (
        (("ps", "-a"), ("rm", "-f", "-v")),
        (("volume", "ls"), ("volume", "rm")),
        (("network", "ls"), ("network", "rm")),
    ):
        if left := run("docker", *listed, "-q", "--filter", f"name={name}").split():
            run("docker", *delete, *left)


def write(project: Project, spec: dict[str, Any]) -> None:
    (project.root / "stack.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def rename_service(project: Project, old: str, new: str) -> None:
    spec = project.spec()
    spec["services"][new] = spec["services"].pop(old)
    write(project, spec)


def shell(command: str, project: Project) -> str:
    """Run a command as a user types it, in the project's folder."""
    return run("sh", "-c", command, cwd=project.root)


def ask(project: Project, *words: str, **variables: str) -> tuple[int, str]:
    """Return the exit code of composegen, and all that it says on either stream."""
    values = [f"{name}={text}" for name, text in variables.items()]
    both = ("env", *values, "sh", "-c", 'exec "$@" 2>&1', "sh")
    return attempt(*both, sys.executable, "-m", "composegen", *words, cwd=project.root)


def accept(project: Project, *ids: str) -> str:
    code, said = ask(project, "generate", *(f"--accept={one}" for one in ids))
    assert code == 0, said
    return said


def refused(project: Project, *ids: str) -> Advice:
    """Let `plan` and `generate` refuse the very findings before they touch anything.

    Return the advice that both print for each.
    """
    before = contents(project), volumes(project)
    code, text = attempt(
        sys.executable, "-m", "composegen", "plan", "--format=json", cwd=project.root
    )
    assert code == 4, text
    found = {one["id"]: one for one in json.loads(text)["findings"]}
    assert sorted(found) == sorted(ids)
    for command in ("plan", "generate"):
        code, said = ask(project, command)
        assert code == 4, said
        for one in found.values():
            assert f"{one['volume']}: {one['what']}\n" in f"{said}\n"
            for line in (*one["advice"], f"--accept {one['id']}"):
                assert line in said
    assert (contents(project), volumes(project)) == before
    return {name: one["advice"] for name, one in found.items()}


def command_in(advice: list[str], start: str = "docker ") -> str:
    """Return the one command that some advice ends with."""
    found = [line[line.index(start) :] for line in advice if start in line]
    assert len(found) == 1, advice
    return found[0]


def compose_commands(said: str) -> list[str]:
    """Return the Compose commands that composegen tells its user to run."""
    return re.findall(r"docker compose [^`\n]*[^`\s.,;)]", said)


def assert_still(project: Project) -> None:
    """Nothing is left to do, for people and for CI, and not only at first sight."""
    before = contents(project)
    for words in (("plan",), ("check", "--format=json"), ("generate",), ("check",)):
        code, said = ask(project, *words)
        assert code == 0, said
    after = contents(project)
    assert after.keys() == before.keys()
    # what this machine has seen is not the project's
    changed = {path for path in after if after[path] != before[path] and "/local/" not in path}
    assert not changed


def contents(project: Project) -> dict[str, tuple[int, bytes | None]]:
    """Map every path to its mode and, of a file, its bytes."""
    return {
        path.relative_to(project.root).as_posix(): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else None,
        )
        for path in project.root.rglob("*")
    }


def volumes(project: Project) -> dict[str, dict[str, Any]]:
    """Map the project's volumes to what the engine says about them."""
    names = run("docker", "volume", "ls", "-q", "--filter", f"name={project.root.name}").split()
    found = json.loads(run("docker", "volume", "inspect", *names)) if names else []
    return {one["Name"]: one for one in found}


def volume(environment: Environment, key: str = "db_data") -> str:
    return f"{environment.project}_{key}"


def users_of(volume: str) -> list[str]:
    """Return the running containers that have a volume."""
    words = ("--filter", f"volume={volume}", "--format", "{{.Names}}")
    return run("docker", "ps", *words).split()


def start(environment: Environment, *words: str) -> str:
    """Bring a stack up and say yes to whatever Compose asks; return all that it says."""
    up = ("up", "-d", "--wait", "--wait-timeout=60", "--yes", *words)
    return run("sh", "-c", 'exec "$@" 2>&1', "sh", *environment.command(*up), cwd=environment.root)


def fill(environment: Environment) -> None:
    start(environment)
    environment.sql(f"create table kept as select generate_series(1, {ROWS}) as number")


def query(
    environment: Environment, statement: str, service: str = "db", database: str = "app"
) -> str:
    words = ("psql", "-U", "app", "-d", database, "-v", "ON_ERROR_STOP=1", "-qtAc", statement)
    return environment.execute(service, *words)


def assert_rows(environment: Environment, service: str = "db", database: str = "app") -> None:
    """Count the rows; the database can be written, too."""
    touch = "insert into kept values (0); delete from kept where number = 0"
    count = query(environment, f"{touch}; select count(*) from kept", service, database)
    assert count == str(ROWS)


def password(project: Project, name: str = "DB_PASSWORD") -> str:
    found = re.findall(rf"^ *{name}=(.*)$", (project.root / ".env").read_text(), re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def can_log_in(environment: Environment, password: str, database: str = "app") -> bool:
    """Try a password over TCP; not from the own loopback, which the image trusts."""
    words = ("exec", "-T", "-e", f"PGPASSWORD={password}", "db", "psql", "-h", "db", "-U", "app")
    select = ("-d", database, "-tAc", "select 1")
    code, said = attempt(*environment.command(*words, *select), cwd=environment.root)
    assert code == 0 or "password authentication failed" in said, said
    return code == 0
