"""Passwords: listed without a value, and changed where they count."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from support import (
    Done,
    change,
    cli,
    config,
    disk,
    files,
    generated,
    posix,
    process,
    project,
    stack,
)

from composegen.catalog.catalog import Catalog
from composegen.engine import credentials
from composegen.formats import envfile

SPEC = """\
name: app
services:
  api: {component: fastapi, needs: [db]}
  db: {component: postgres, version: "17", database: shop}
environments: {dev: {}, prod: {}}
"""


def test_listed() -> None:
    found = credentials.listed(stack(SPEC))
    assert found == [
        {
            "name": "DB_PASSWORD",
            "about": "the password of the role app of db",
            "used_by": ["api", "db"],
        }
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_shown(form: str, tmp_path: Path) -> None:
    root = generated(project(tmp_path, SPEC))
    secret = envfile.values((root / ".env").read_text())["DB_PASSWORD"]
    done = cli("secrets", "list", f"--format={form}", cwd=root)
    assert (done.code, "DB_PASSWORD" in done.out, secret in done.out) == (0, True, False)


def test_what_a_server_is_told() -> None:
    made = stack(SPEC)
    (variable,) = made.secrets
    options = {("dev", "db"): {"role": "app", "database": "shop"}}
    options["prod", "db"] = options["dev", "db"]
    found = credentials.rotations(made, variable, "new", options, Catalog())
    assert [(one.environment, one.service, one.volume) for one in found] == [
        ("dev", "db", "app_db_data"),
        ("prod", "db", "app-prod_db_data"),
    ]
    for one in found:
        assert one.text == "ALTER ROLE app PASSWORD 'new';"
        assert "new" not in one.command
        assert one.command[-1] == "shop"


def test_a_database_in_memory_is_told_nothing() -> None:
    made = stack("name: app\nservices: {db: postgres}\nenvironments: {test: {}}\n")
    (variable,) = made.secrets
    assert credentials.rotations(made, variable, "new", {}, Catalog()) == []


# An engine as the command line of Docker shows it: volumes, one running container of each service,
# and whatever is said to a container ends up in a file.
ENGINE = """\
#!{python}
import json, pathlib, sys
here, words = pathlib.Path(__file__).parent, sys.argv[1:]
volumes = json.loads((here / "volumes.json").read_text())
if words[:2] == ["volume", "ls"]:
    print(*volumes, sep="\\n")
elif words[:2] == ["volume", "inspect"]:
    print(json.dumps([{{"Name": one, "Driver": "local"}} for one in words[2:] if one in volumes]))
    missing = [one for one in words[2:] if one not in volumes]
    sys.exit(f"Error response from daemon: get {{missing[0]}}: no such volume" if missing else 0)
elif "ps" in words:
    print("" if (here / "stopped").exists() else "1234")
elif "exec" in words:
    if (here / "broken").exists() and words[2] == (here / "broken").read_text():
        sys.exit("broken")
    with (here / "told").open("a") as told:
        told.write(json.dumps([words, sys.stdin.read()]) + "\\n")
"""


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    if sys.platform == "win32":
        pytest.skip("WINDOWS RUNS NO SCRIPT BY ITS FIRST LINE: no password was changed")
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "docker").write_text(ENGINE.format(python=sys.executable))
    (folder / "docker").chmod(0o755)
    (folder / "volumes.json").write_text('["app_db_data", "app-prod_db_data"]')
    return folder


def rotate(root: Path, engine: Path, name: str = "DB_PASSWORD") -> Done:
    path = f"{engine}{os.pathsep}{os.environ['PATH']}"
    return process("secrets", "rotate", name, cwd=root, env={"PATH": path})


def told(engine: Path) -> list[tuple[list[str], str]]:
    text = (engine / "told").read_text() if (engine / "told").exists() else ""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("how", ["env", "files"])
def test_rotated(how: str, engine: Path, tmp_path: Path) -> None:
    root = project(tmp_path / "project", SPEC.replace("prod: {}", f"prod: {{secrets: {how}}}"))
    (root / ".env").write_text("# mine\n")
    generated(root)
    old = envfile.values((root / ".env").read_text())["DB_PASSWORD"]

    done = rotate(root, engine)

    assert done.code == 0, done.err
    env = (root / ".env").read_text()
    new = envfile.values(env)["DB_PASSWORD"]
    assert new != old
    assert len(new) == 32
    assert env.startswith("# mine\n")
    assert [text for _, text in told(engine)] == [f"ALTER ROLE app PASSWORD '{new}';"] * 2
    assert not [words for words, _ in told(engine) if new in " ".join(words)]
    assert new not in done.out + done.err
    assert old not in done.out + done.err
    assert not [path for path, data in files(root).items() if old.encode() in data]
    if how == "files":
        assert (root / "secrets/db_password").read_text() == new
    # a container that is not made anew keeps the old file
    assert ("up -d --force-recreate" in done.err) == (how == "files")
    # and no run takes the new password for a mistake
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root)
    assert cli("check", cwd=root).code == 0
    assert config(root / "docker-compose.yml").err == ""


def test_a_database_that_is_not_running(engine: Path, tmp_path: Path) -> None:
    root = generated(project(tmp_path / "project", SPEC))
    (engine / "stopped").touch()
    before = disk(root)
    done = rotate(root, engine)
    assert (done.code, "nothing was changed" in done.err) == (2, True)
    # in dev without a file, which would leave the user's override file out
    for compose in ("docker compose", "docker compose --file docker-compose.prod.yml"):
        assert f"  {compose} up -d --wait db" in done.err
    assert disk(root) == before
    assert told(engine) == []


def test_a_volume_that_was_never_made(engine: Path, tmp_path: Path) -> None:
    root = generated(project(tmp_path / "project", SPEC))
    (engine / "volumes.json").write_text('["app_db_data"]')
    assert rotate(root, engine).code == 0
    assert [words[2] for words, _ in told(engine)] == ["docker-compose.yml"]


def test_cut_off_between_two_databases(engine: Path, tmp_path: Path) -> None:
    """The first one has the new password already: the next run must give the second the same."""
    root = generated(project(tmp_path / "project", SPEC))
    (engine / "broken").write_text("docker-compose.prod.yml")
    done = rotate(root, engine)
    assert done.code == 2
    (engine / "broken").unlink()
    assert rotate(root, engine).code == 0
    texts = [text for _, text in told(engine)]
    new = envfile.values((root / ".env").read_text())["DB_PASSWORD"]
    assert texts == [f"ALTER ROLE app PASSWORD '{new}';"] * 3
    assert not [path for path in files(root) if "rotating" in path]


def test_only_what_is_generated(engine: Path, tmp_path: Path) -> None:
    root = generated(project(tmp_path / "project", SPEC))
    done = rotate(root, engine, "DB_PASSWORT")
    assert (done.code, "DB_PASSWORD" in done.err) == (2, True)
    assert told(engine) == []


@posix("MODES OF FILES")
def test_files_with_secrets_are_nobody_elses(tmp_path: Path) -> None:
    root = generated(project(tmp_path, SPEC.replace("prod: {}", "prod: {secrets: files}")))
    secret = envfile.values((root / ".env").read_text())["DB_PASSWORD"]
    assert (root / "secrets/db_password").read_text() == secret
    assert (root / "secrets").stat().st_mode & 0o777 == 0o700
    assert (root / "secrets/.gitignore").read_text().split() == ["*"]
    (root / "secrets/db_password").write_text("another")
    done = cli("generate", cwd=root)
    assert (done.code, "secrets/db_password" in done.err) == (2, True)
    shutil.rmtree(root / "secrets")
    generated(root)
    assert (root / "secrets/db_password").read_text() == secret


def test_a_password_that_nothing_can_change_is_refused(engine: Path, tmp_path: Path) -> None:
    services = SPEC.replace("  db:", "  look: {component: pgadmin, needs: [db]}\n  db:")
    root = generated(project(tmp_path / "project", services))
    (engine / "volumes.json").write_text('["app_look_data"]')
    before = disk(root)
    done = rotate(root, engine, "LOOK_PASSWORD")
    assert done.code == 2
    assert "Change Password" in done.err
    assert "composegen generate --accept credential:LOOK_PASSWORD" in done.err
    assert disk(root) == before
    assert told(engine) == []


STORES = """\
name: app
services:
  bus: nats
  graph: neo4j
  objects: s3
  vectors: weaviate
environments: {dev: {}}
"""


@pytest.mark.parametrize(
    ("line", "fit"),
    [
        ("BUS_PASSWORD=12k34", True),
        ("BUS_PASSWORD='$HOME \"x\" # {y}'", True),
        ('BUS_PASSWORD="it\'s"', False),
        ("BUS_PASSWORD='$2a$10$abc'", False),
        ("GRAPH_PASSWORD=eight-or-more", True),
        ("GRAPH_PASSWORD=short", False),
        ("GRAPH_PASSWORD=eight/or/more", False),
        ("VECTORS_API_KEY=one,two", False),
        ("OBJECTS_SECRET_KEY='a\"b'", False),
        ("OBJECTS_SECRET_KEY=a/b+c=", True),
    ],
)
def test_a_secret_that_its_server_cannot_read_is_refused(
    line: str, fit: bool, tmp_path: Path
) -> None:
    root = project(tmp_path, STORES, {".env": f"{line}\n"})
    before = disk(root)
    done = cli("generate", cwd=root)
    assert done.code == (0 if fit else 2), done.err
    assert (line.partition("=")[0] in done.err) != fit
    assert fit or disk(root) == before
