from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from support import COMPOSE_FILES, PRESETS, Done, cli, files, process

from composegen.errors import ComposegenError
from composegen.formats.yaml12 import read
from composegen.spec.presets import blank, find, presets, starter

NAMES = [preset.name for preset in presets()]


def test_every_folder_is_a_preset() -> None:
    assert sorted(folder.name for folder in PRESETS.iterdir() if folder.is_dir()) == NAMES
    assert len(NAMES) >= 3
    for preset in presets():
        assert 10 < len(preset.about) < 120
        assert "\n" not in preset.about


@pytest.mark.parametrize("name", NAMES)
def test_starter(name: str) -> None:
    made = starter(find(name), "other", (), ())
    given = {
        path: data for path, data in files(PRESETS / name).items() if ".ruff_cache" not in path
    }
    del given["preset.yaml"]
    assert set(made) == set(given)
    for path in set(given) - {"stack.yaml"}:
        assert made[path] == given[path]
    assert {"README.md", "stack.yaml"} <= set(made)
    before, after = (read(one["stack.yaml"]).value for one in (given, made))
    assert after == {**before, "name": "other"}


@pytest.mark.parametrize("name", NAMES)
def test_readme_names_no_file_that_is_missing(name: str, examples: dict[str, Path]) -> None:
    text = (PRESETS / name / "README.md").read_text()
    for word in text.replace("`", " ").split():
        if word.endswith((".py", ".yml", ".yaml")):
            assert (examples[name] / word).exists(), word


@pytest.mark.parametrize("name", NAMES)
def test_what_tools_leave_behind_is_ignored(name: str, examples: dict[str, Path]) -> None:
    left = {"package.json": "node_modules/", "requirements.txt": "__pycache__/"}
    lines = (examples[name] / ".gitignore").read_text().splitlines()
    assert ".env" in lines
    for file, folder in left.items():
        assert (folder in lines) == any((PRESETS / name).rglob(file)), folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file", COMPOSE_FILES.values())
def test_app_is_given_each_variable_that_it_reads(
    name: str, file: str, examples: dict[str, Path]
) -> None:
    compose = (examples[name] / file).read_text()
    for settings in (PRESETS / name).rglob("settings.py"):
        for variable in re.findall(r'environ\["(\w+)"\]', settings.read_text()):
            assert f"\n      {variable}: " in compose, variable


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ai-agnet", "unknown preset 'ai-agnet'; did you mean 'ai-agent'?"),
        ("fastapi-postgrs", "did you mean 'fastapi-postgres'?"),
        ("./nothing", "./nothing: not a preset"),
        ("..", "not a preset"),
        ("", "unknown preset ''"),
    ],
)
def test_unknown(name: str, said: str) -> None:
    with pytest.raises(ComposegenError, match=re.escape(said)):
        find(name)


@pytest.mark.parametrize("environments", [("dev",), ("prod", "dev"), ("test",)])
def test_environments(environments: tuple[str, ...]) -> None:
    text = starter(find("ai-agent"), "x", environments, ())["stack.yaml"]
    assert set(read(text).value["environments"]) == set(environments)


@pytest.mark.parametrize("name", NAMES)
def test_readme_without_tests(name: str) -> None:
    """What tells how to run the tests is for a project that has the file for them."""
    whole = (PRESETS / name / "README.md").read_text()
    assert starter(find(name), "x", ("test",), ())["README.md"].decode() == whole
    short = starter(find(name), "x", ("dev", "prod"), ())["README.md"].decode()
    assert "docker-compose.test.yml" not in short
    heads = [line for line in whole.splitlines() if line.startswith("#")]
    assert [line for line in short.splitlines() if line.startswith("#")] == [
        head for head in heads if head != "## Test"
    ]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My App", "my-app"), ("été", "t"), ("_", "app"), ("a" * 100, "a" * 63), ("x_y", "x-y")],
)
def test_name_comes_from_the_folder(folder: str, name: str, tmp_path: Path) -> None:
    done = cli("new", folder, "--preset", "fastapi-minimal", cwd=tmp_path)
    assert done.code == 0, done.err
    assert read((tmp_path / folder / "stack.yaml").read_bytes()).value["name"] == name


def answered(text: str, cwd: Path) -> Done:
    """Run `composegen new shop` on a terminal, and answer what it asks."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, f"{text}\n".encode())
        return process("new", "shop", cwd=cwd, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("fastapi-minimal", {"api"}),
        (str(NAMES.index("fastapi-postgres") + 1), {"api", "db"}),
        ("fastapi postgres redis", {"fastapi", "postgres", "redis"}),
        ("fastapi, vite, nginx", {"fastapi", "vite", "nginx"}),
        ("redis", {"redis"}),
    ],
)
def test_a_terminal_is_asked(text: str, wanted: set[str], tmp_path: Path) -> None:
    done = answered(text, tmp_path)
    assert done.code == 0, done.err
    for name in NAMES:
        assert f" {name} " in done.err
    assert set(read((tmp_path / "shop/stack.yaml").read_bytes()).value["services"]) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "unknown preset ''"),
        ("99", "unknown preset '99'"),
        ("fastapi postgress", "unknown component 'postgress'; did you mean 'postgres'?"),
        ("image", "needs an image:"),
    ],
)
def test_an_answer_that_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    done = answered(text, tmp_path)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "shop").exists()


def test_components_that_need_each_other() -> None:
    roles = {"nginx": "proxy", "fastapi": "app", "express": "app", "postgres": "store"}
    services = read(blank({**roles, "adminer": "tool"}, "x", (), ())["stack.yaml"]).value[
        "services"
    ]
    assert services == {
        "nginx": {"component": "nginx", "port": 8080, "needs": ["fastapi", "express"]},
        "fastapi": {"component": "fastapi", "build": "fastapi", "needs": ["postgres"]},
        "express": {"component": "express", "build": "express", "needs": ["postgres"]},
        "postgres": "postgres",
        "adminer": "adminer",
    }


def test_without_a_terminal_it_says_what_to_pass(tmp_path: Path) -> None:
    done = process("new", "shop", cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert done.code == 2
    assert "--preset is missing; use one of ai-agent," in done.err
