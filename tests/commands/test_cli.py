"""Command lines, what they print and where, and their exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
from support import COMPOSE_FILES, cli, files, generated, posix, process, project

from composegen import __version__
from composegen.cli import app
from composegen.formats.yaml12 import read

GROUP: Any = typer.main.get_command(app)
SPEC = "name: x\nservices:\n  api: {component: fastapi, needs: [db]}\n  db: postgres\n"
MINIMAL = ("--preset", "fastapi-minimal")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a spec, a broken one, and a project that was generated."""
    project(tmp_path, SPEC, {"broken.yaml": "name: x\nservices: {db: postgress}\n"})
    generated(project(tmp_path / "done", SPEC))
    return tmp_path


def all_commands() -> list[list[str]]:
    found: list[list[str]] = [[]]
    for name, command in GROUP.commands.items():
        found.append([name])
        found += [[name, inner] for inner in getattr(command, "commands", ())]
    return found


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_help(words: list[str]) -> None:
    done = process(*words, "--help", env={"COLUMNS": "80"})
    assert (done.code, done.err) == (0, "")
    assert f"Usage: {' '.join(['composegen', *words])} " in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize("words", all_commands()[1:], ids=" ".join)
def test_the_first_sentence_fits_into_its_line_of_the_list(words: list[str]) -> None:
    listed = process(*words[:-1], "--help", env={"COLUMNS": "80"}).out
    (line,) = re.findall(rf"^│ {words[-1]} +(.*\S) +│$", listed, re.MULTILINE)
    assert line.endswith(".")


def test_no_colour_where_none_is_wanted() -> None:
    plain = process("--help", env={"NO_COLOR": "1", "FORCE_COLOR": "1"}).out
    assert "\x1b[3" not in plain


# The command line, the exit code, a part of stdout, a part of stderr; None: nothing at all.
LINES = [
    ("--version", 0, f"composegen {__version__}\n", None),
    ("", 2, "Usage: composegen", None),
    ("nothing", 2, None, "nothing"),
    ("generate --nothing", 2, None, "--nothing"),
    ("generate extra", 2, None, "extra"),
    ("generate", 0, None, "wrote docker-compose.yml\n"),
    ("generate --env prod", 0, None, "wrote docker-compose.prod.yml\n"),
    ("generate --env stage", 2, None, "error: unknown environment 'stage'"),
    ("generate --env test", 2, None, "error: unknown environment 'test'"),
    ("generate --env", 2, None, "--env"),
    ("generate --file done/stack.yaml", 0, None, "nothing to do\n"),
    ("generate --file none.yaml", 2, None, "none.yaml: no such file"),
    ("generate --file done", 2, None, "done: not a file"),
    ("generate --file ''", 2, None, "not a file"),
    ("generate --file broken.yaml", 2, None, "broken.yaml:2:12: services.db.component: unknown"),
    ("generate --file stack.yaml/x", 2, None, "stack.yaml/x: "),
    (f"generate --file {'a' * 300}", 2, None, "File name too long"),
    ("generate --stdout", 0, "services:\n", None),
    ("generate --stdout --env prod", 0, 'name: "x-prod"\n', None),
    ("generate --diff", 1, "+services:\n", None),
    ("generate --diff --file done/stack.yaml", 0, None, None),
    ("explain", 0, "dev · api (fastapi ", None),
    ("explain db --env prod", 0, "prod · db (postgres 18)\n", None),
    ("explain dbb", 2, None, "error: unknown service 'dbb'; did you mean 'db'?"),
    ("explain --format json", 0, '"reason": ', None),
    ("explain --format xml", 2, None, "xml"),
    ("components", 0, "postgres ", None),
    ("components postgres", 0, "source: ", None),
    ("components postgress", 2, None, "error: unknown component 'postgress'"),
    ("components --format json", 0, '"name": "postgres"', None),
    ("components postgres --format json", 0, '"facts"', None),
    ("presets", 0, "ai-agent ", None),
    ("presets --format json", 0, '"name": "ai-agent"', None),
    ("schema", 0, '"$schema"', None),
    (f"new app {' '.join(MINIMAL)}", 0, None, "now: cd app && docker compose up"),
    ("new app --preset nothing", 2, None, "error: unknown preset 'nothing'"),
    ("new app", 2, None, "--preset"),
    (f"new {' '.join(MINIMAL)}", 2, None, "DIR"),
    (f"new done {' '.join(MINIMAL)}", 2, None, "error: done: not empty"),
    (f"new stack.yaml {' '.join(MINIMAL)}", 2, None, "error: stack.yaml: "),
    (f"new stack.yaml/app {' '.join(MINIMAL)}", 2, None, "error: stack.yaml"),
    (f"new {'a' * 300} {' '.join(MINIMAL)}", 2, None, "File name too long"),
    (f"new app {' '.join(MINIMAL)} --env stage", 2, None, "error: unknown environment 'stage'"),
    (f"new app {' '.join(MINIMAL)} --set x", 2, None, "error: --set x: write PATH=VALUE"),
    (f"new app {' '.join(MINIMAL)} --set =x", 2, None, "error: --set =x: write PATH=VALUE"),
    (f"new app {' '.join(MINIMAL)} --set name=[", 2, None, "not a YAML value"),
    (f"new app {' '.join(MINIMAL)} --set services.api.prot=1", 2, None, "did you mean 'port'?"),
]


@pytest.mark.parametrize(("line", "code", "out", "err"), LINES, ids=[one[0][:40] for one in LINES])
def test_line(line: str, code: int, out: str | None, err: str | None, root: Path) -> None:
    before = files(root)
    words = [word if word != "''" else "" for word in line.split()]
    done = cli(*words, cwd=root)
    assert done.code == code, done.err
    assert (out or "") in done.out
    assert (err or "") in done.err
    assert out is not None or done.out == ""
    assert err is not None or done.err == ""
    assert "Traceback" not in done.err
    if code:
        assert files(root) == before, "an error that leaves something behind"
    if code == 2 and err and err.startswith("error: "):
        assert all(text.startswith(("error: ", "broken")) for text in done.err.splitlines())


@pytest.mark.parametrize("line", [LINES[0], LINES[2], LINES[5], LINES[11], LINES[18], LINES[21]])
def test_line_in_a_process(line: tuple[str, int, str | None, str | None], root: Path) -> None:
    words, code, out, err = line
    done = process(*words.split(), cwd=root)
    assert done.code == code
    assert (out or "") in done.out
    assert (err or "") in done.err
    assert (out is None) <= (done.out == "")
    assert (err is None) <= (done.err == "")


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_json_wherever_it_is_offered(words: list[str], root: Path) -> None:
    command = GROUP
    for word in words:
        command = command.commands[word]
    if not any("--format" in parameter.opts for parameter in command.params):
        return
    done = cli(*words, "--format", "json", cwd=root / "done")
    if "docker" in done.err:
        return
    assert done.code in (0, 1), done.err
    assert isinstance(json.loads(done.out), list | dict)


@pytest.mark.parametrize("command", sorted(GROUP.commands))
def test_a_broken_spec_is_exit_2_everywhere(command: str, root: Path) -> None:
    leaves = getattr(GROUP.commands[command], "commands", {"": GROUP.commands[command]})
    for name, leaf in leaves.items():
        if not any("--file" in parameter.opts for parameter in leaf.params):
            continue
        needed = ["X"] * sum(p.param_type_name == "argument" and p.required for p in leaf.params)
        words = [word for word in (command, name) if word]
        done = cli(*words, *needed, "--file", "broken.yaml", cwd=root)
        assert (done.code, done.out) == (2, ""), words
        assert "Traceback" not in done.err
        if not needed:
            assert done.err.startswith("broken.yaml:2:12: ")


def test_stdout_has_compose_files_only(root: Path) -> None:
    done = cli("generate", "--stdout", cwd=root)
    parts = done.out.split("\n# ")
    assert len([one for one in parts if "written by composegen" in one]) == 2
    assert "FROM " not in done.out
    assert "DB_PASSWORD=" not in done.out
    one = cli("generate", "--stdout", "--env", "prod", cwd=root).out
    assert read(one.encode()).value["name"] == "x-prod"
    assert sorted(path.name for path in root.iterdir()) == [
        "broken.yaml",
        "done",
        "requirements.txt",
        "stack.yaml",
    ]


def test_diff_hides_secrets(root: Path) -> None:
    done = cli("generate", "--diff", cwd=root)
    assert ".env: lines are added (values not shown)" in done.out
    assert not re.search(r"PASSWORD=[^?}\s]", done.out)
    assert "\033" not in done.out


def test_diff_can_be_applied(root: Path) -> None:
    """The diff of a changed file is one that `patch` and `git apply` understand."""
    spec = root / "done/stack.yaml"
    spec.write_text(SPEC.replace("db: postgres", "db: {component: postgres, memory: 2G}"))
    text = cli("generate", "--diff", cwd=root / "done").out
    assert text.startswith("--- docker-compose.prod.yml\n+++ docker-compose.prod.yml\n@@ ")
    assert '-          memory: "1G"\n+          memory: "2G"\n' in text


def test_set(tmp_path: Path) -> None:
    settings = (
        "services.api.port=9000",
        "services.db=postgres:17",
        "environments.prod.db.memory=2G",
    )
    words = [word for one in settings for word in ("--set", one)]
    done = cli("new", "app", *MINIMAL, *words, "--env", "prod", cwd=tmp_path)
    assert done.code == 0, done.err
    spec = read((tmp_path / "app/stack.yaml").read_bytes()).value
    assert spec["services"]["api"]["port"] == 9000
    assert spec["environments"]["prod"]["db"] == {"memory": "2G"}
    assert set(spec["environments"]) == {"prod"}
    assert not (tmp_path / "app/docker-compose.yml").exists()
    document = read((tmp_path / "app/docker-compose.prod.yml").read_bytes()).value
    assert document["services"]["db"]["image"].startswith("postgres:17")


@pytest.mark.parametrize("place", ["app", "deep/er/app", "."])
def test_new_leaves_nothing_behind(place: str, tmp_path: Path) -> None:
    """What goes wrong in the end takes the whole project with it."""
    done = cli("new", place, *MINIMAL, "--set", "services.api.port=0", cwd=tmp_path)
    assert done.code == 2, done.err
    assert list(tmp_path.iterdir()) == []


@posix("MODES OF FILES")
def test_new_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "my app").mkdir()
    assert cli("new", ".", *MINIMAL, cwd=tmp_path / "my app").code == 0
    spec = read((tmp_path / "my app/stack.yaml").read_bytes()).value
    assert spec["name"] == "my-app"
    assert (tmp_path / "my app/.env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("port", [0, 8000])
def test_new_in_an_empty_repository(port: int, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    setting = f"services.api.port={port}"
    assert cli("new", ".", *MINIMAL, "--set", setting, cwd=tmp_path).code == (0 if port else 2)
    assert (tmp_path / ".git/HEAD").read_text() == "ref: refs/heads/main\n"
    assert (tmp_path / "stack.yaml").exists() == bool(port)


@pytest.mark.parametrize("name", [*COMPOSE_FILES.values(), "Dockerfile", ".dockerignore"])
def test_foreign_files_are_refused(name: str, root: Path) -> None:
    if name == COMPOSE_FILES["test"]:
        (root / "stack.yaml").write_text(f"{SPEC}environments: {{test: {{}}}}\n")
    (root / name).write_text("# mine\nservices: {}\n")
    before = files(root)
    done = cli("generate", cwd=root)
    assert (done.code, done.out) == (2, "")
    assert f"{name}: not written by composegen" in done.err
    after = {path: data for path, data in files(root).items() if not path.startswith(".composegen")}
    assert after == before


@posix("FIFO, AND LINKS FOR ADMINISTRATORS ONLY")
@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", ".env", ".gitignore"])
@pytest.mark.parametrize("kind", ["file", "dangling", "folder", "directory", "fifo"])
def test_places_that_are_no_files(name: str, kind: str, root: Path) -> None:
    outside = root / "outside"
    outside.mkdir()
    (outside / "target").write_text("precious\n")
    match kind:
        case "file":
            (root / name).symlink_to(outside / "target")
        case "dangling":
            (root / name).symlink_to(outside / "nothing")
        case "folder":
            (root / name).symlink_to(outside)
        case "directory":
            (root / name).mkdir()
        case "fifo":
            os.mkfifo(root / name)
    done = cli("generate", cwd=root)
    assert (done.code, done.out) == (2, ""), done.err
    assert name in done.err
    assert files(outside) == {"target": b"precious\n"}
    assert not [path for path in root.iterdir() if path.name.endswith(".tmp")]


@posix("FIFO, AND LINKS FOR ADMINISTRATORS ONLY")
def test_symlinked_folder(root: Path) -> None:
    (root / "stack.yaml").write_text(SPEC.replace("fastapi,", "fastapi, build: code,"))
    (root / "outside").mkdir()
    (root / "code").symlink_to(root / "outside")
    done = cli("generate", cwd=root)
    assert (done.code, "a symbolic link" in done.err) == (2, True)
    assert list((root / "outside").iterdir()) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="ROOT MAY WRITE EVERYWHERE"
)
def test_unwritable_folder(root: Path) -> None:
    root.chmod(0o555)
    done = cli("generate", cwd=root)
    root.chmod(0o755)
    assert (done.code, "Traceback" in done.err) == (2, False)


@pytest.mark.parametrize("words", [("schema",), ("components",), ("--version",), ("presets",)])
def test_closed_pipe(words: tuple[str, ...], root: Path) -> None:
    """`composegen schema | head -1`: whoever reads may stop, and nobody complains."""
    command = [sys.executable, "-m", "composegen", *words]
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(command, cwd=root, stdout=theirs, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NO /dev/full HERE")
def test_full_disk_for_stdout(root: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "composegen", "schema"],
            cwd=root,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_any_terminal(encoding: str, root: Path) -> None:
    """An arrow that a terminal can't show is no bug."""
    for words in (["explain"], ["generate", "--stdout"], ["generate"], ["components", "redis"]):
        done = process(*words, cwd=root, env={"PYTHONIOENCODING": encoding}, encoding=encoding)
        assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("components/mine.yaml", "[]"),
        ("components/mine.yaml", "about: x\n"),
        ("components/mine.yaml", "extends: nothing\n"),
        ("components/mine.yaml", "extends: mine\n"),
        ("components/mine.yaml", "extends: [redis]\n"),
        ("components/mine.yaml", "extends: redis\nfacts: {image: {name: 5}}\n"),
        ("components/mine.yaml", "extends: redis\nfacts: []\n"),
        ("components/mine.yaml", "extends: redis\nfacts: {limits: null}\n"),
        ("components/mine.yaml", "extends: redis\noptions: {x: {type: nothing, about: x}}\n"),
        ("components/mine.yaml", "extends: fastapi\nfacts: {build: null}\n"),
        ("components/mine.yaml", "\x00"),
        ("components/mine.yaml", "a: b: c"),
        (".env", "\udcff"),
        (".gitignore", "\udcff"),
    ],
)
def test_what_else_a_user_writes(path: str, text: str, root: Path) -> None:
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text, errors="surrogateescape")
    if path.startswith("components"):
        (root / "stack.yaml").write_text("name: x\nservices:\n  db: mine\n")
    done = cli("generate", cwd=root)
    assert (done.code, "Traceback" in done.err) == (2, False), done.err[-400:]
    assert Path(path).name in done.err or "mine" in done.err


def test_errors_have_a_place_whatever_the_file_is_called(root: Path) -> None:
    """An editor finds `file:line:column` only at the start of a line."""
    for name in ("stack.yaml", "other.yaml"):
        (root / name).write_text("name: x\nservices:\n  db: {component: redis, prot: 1}\n  a: b\n")
        lines = cli("generate", "--file", name, cwd=root).err.splitlines()
        assert [line.split(" ")[0] for line in lines] == [f"{name}:3:26:", f"{name}:4:3:"]
