"""What a run sees at once: nothing to do, before anything heavy is imported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import change, cli, generated, posix, process, project

from composegen.commands.files import carry_out, work_of
from composegen.project import seen
from composegen.project.folder import load

SPEC = """\
name: app
services:
  api: {component: fastapi, data: {/app/drafts: {kind: files, mount: bind}}, needs: [db]}
  db: {component: postgres, init: sql}
environments: {dev: {}, prod: {}}
"""
GIVEN = {
    "components/mine.yaml": "extends: redis\n",
    "templates/dockerignore.j2": "*\n!app\n",
    "sql/init.sql": "",
    "app/main.py": "",
}
HEAVY = {"jinja2", "pydantic", "rich", "ruamel", "yaml"}
SEEN = ".composegen/local/seen.json"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(project(tmp_path_factory.mktemp("seen"), SPEC, GIVEN))


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "project")
    return tmp_path / "project"


def imported(root: Path, command: str) -> set[str]:
    """Return the packages that a whole process has imported at its end."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from composegen.__main__ import main\n"
        f"main([{command!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("command", ["generate", "check"])
def test_nothing_heavy_is_imported(command: str, root: Path) -> None:
    assert not imported(root, command) & HEAVY


def test_what_is_looked_for_would_be_seen(root: Path) -> None:
    (root / SEEN).unlink()
    assert {"jinja2", "pydantic"} <= imported(root, "generate")


@pytest.mark.parametrize("command", ["generate", "check"])
def test_nothing_to_do(command: str, root: Path) -> None:
    done = process(command, cwd=root)
    said = "nothing to do\n" if command == "generate" else ""
    assert (done.code, done.out, done.err) == (0, "", said)


def test_edits_are_still_spoken_of(root: Path) -> None:
    (root / "Dockerfile").write_text((root / "Dockerfile").read_text() + "# mine\n")
    generated(root)
    assert seen.nothing_to_do(root / "stack.yaml") == ["Dockerfile"]
    assert cli("generate", cwd=root).err == "kept your edits in Dockerfile\nnothing to do\n"


def write(path: str, text: str = "x") -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return edit


def remove(path: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()

    return edit


def append(path: str) -> Callable[[Path], None]:
    return lambda root: write(path, (root / path).read_text() + "# more\n")(root)


OUTPUTS = (
    ".composegen/.gitignore",
    ".composegen/lock.json",
    ".dockerignore",
    ".env",
    ".env.example",
    ".gitignore",
    "Dockerfile",
    "docker-compose.prod.yml",
    "docker-compose.yml",
)
EDITS = {
    "the spec": append("stack.yaml"),
    **{f"{path} changed": append(path) for path in OUTPUTS},
    **{f"{path} deleted": remove(path) for path in OUTPUTS},
    "requirements": remove("requirements.txt"),
    "requirements for development": write("requirements-dev.txt"),
    "another way to install": write("pyproject.toml", "[project]\n"),
    "a lock of the requirements": write("uv.lock"),
    "tests": write("tests/test_it.py"),
    "a component changed": append("components/mine.yaml"),
    "a component more": write("components/postgres.yaml", "extends: redis\n"),
    "a component less": remove("components/mine.yaml"),
    "a template changed": append("templates/dockerignore.j2"),
    "a template more": write("templates/dockerfile/python.j2"),
    "a template less": remove("templates/dockerignore.j2"),
    "a folder of the host less": remove("drafts"),
    "scripts for the first start less": remove("sql"),
    "what was seen, not whole": write(SEEN, "{"),
    "what was seen, something else": write(SEEN, "[]"),
    "what was seen, no object": write(SEEN, '"x"'),
    "what was seen, too deep": write(SEEN, "[" * 100_000),
    "what was seen, gone": remove(SEEN),
    "another version of composegen": lambda root: write(
        SEEN, json.dumps({**json.loads((root / SEEN).read_text()), "version": "0.0"})
    )(root),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_change_is_seen(name: str, root: Path) -> None:
    assert seen.nothing_to_do(root / "stack.yaml") == []
    EDITS[name](root)
    assert seen.nothing_to_do(root / "stack.yaml") is None


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"prints": ["x"]}', '{"prints": {"x": 1}}', "\x00"]
)
def test_prints_that_are_none(text: str, root: Path) -> None:
    write(SEEN, text)(root)
    assert cli("generate", cwd=root).code == 0


@pytest.mark.parametrize(
    "edit",
    [
        write("app/main.py", "print()"),
        write("README.md"),
        write("docker-compose.override.yml", "services: {}\n"),
        write("drafts/one"),
        write("sql/more.sql"),
    ],
)
def test_the_users_own_files_are_not_looked_at(edit: Callable[[Path], None], root: Path) -> None:
    edit(root)
    assert seen.nothing_to_do(root / "stack.yaml") == []


def test_a_run_for_one_environment_has_not_seen_all(root: Path) -> None:
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root, "--env=dev")
    assert seen.nothing_to_do(root / "stack.yaml") is None


def test_another_spec_beside_it(root: Path) -> None:
    shutil.copyfile(root / "stack.yaml", root / "other.yaml")
    assert seen.nothing_to_do(root / "other.yaml") is None


def test_a_refused_run_has_seen_nothing(root: Path) -> None:
    change(root, "stack.yaml", "name: app", "name: other")
    before = (root / SEEN).read_bytes()
    assert cli("generate", cwd=root).code == 4
    assert (root / SEEN).read_bytes() == before
    assert cli("generate", cwd=root).code == 4


@posix("MODES OF FILES")
def test_it_is_nobody_elses(root: Path) -> None:
    """No password can be found from it, git does not get it, and nobody else reads it."""
    text = (root / SEEN).read_text()
    secret = (root / ".env").read_text().partition("DB_PASSWORD=")[2].partition("\n")[0]
    assert secret not in text
    assert str(root) not in text
    assert (root / SEEN).stat().st_mode & 0o777 == 0o600
    assert (root / ".composegen/local").stat().st_mode & 0o777 == 0o700
    assert "local/" in (root / ".composegen/.gitignore").read_text().splitlines()


def test_prints_are_salted() -> None:
    one, two = seen.fingerprint("same"), seen.fingerprint("same")
    assert one != two
    assert seen.matches("same", one)
    assert seen.matches("same", two)
    assert not seen.matches("other", one)
    assert not seen.matches("same", "")


def test_a_password_keeps_its_print(root: Path) -> None:
    """A new salt in every run would change a file in every run."""
    before = seen.prints(root)
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root)
    assert list(before) == ["DB_PASSWORD"]
    assert seen.prints(root) == before


DURING_A_RUN = {
    "the spec": append("stack.yaml"),
    "requirements": remove("requirements.txt"),
    "requirements for development": write("requirements-dev.txt"),
    "a component changed": append("components/mine.yaml"),
    "a component more": write("components/other.yaml", "extends: redis\n"),
    "a template changed": append("templates/dockerignore.j2"),
}


@pytest.mark.parametrize("name", DURING_A_RUN)
def test_what_is_saved_during_a_run_was_not_seen(name: str, root: Path) -> None:
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    read = load(root / "stack.yaml")
    work = work_of(read)
    DURING_A_RUN[name](root)
    assert carry_out(read, work, whole=True) == 0
    assert seen.nothing_to_do(root / "stack.yaml") is None
    generated(root)
    assert seen.nothing_to_do(root / "stack.yaml") == []


def test_a_new_file_beside_package_json_is_seen(tmp_path: Path) -> None:
    """What lies there decides what is mounted; what is in it does not."""
    spec = "name: x\nservices:\n  web: {component: vite, build: web}\n"
    files = {"web/package.json": "{}", "web/index.html": "", "web/src/main.js": ""}
    root = generated(project(tmp_path, spec, files))
    write("web/index.html", "<p>")(root)
    write("web/src/more.js")(root)
    assert seen.nothing_to_do(root / "stack.yaml") == []
    write("web/public/robots.txt")(root)
    assert seen.nothing_to_do(root / "stack.yaml") is None
    generated(root)
    assert "./web/public" in (root / "docker-compose.yml").read_text()
