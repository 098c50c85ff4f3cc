from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import COMPOSE_FILES, PRESETS, cli, files

from composegen.errors import ComposegenError
from composegen.presets import find, presets, starter
from composegen.yaml12 import read

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


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My App", "my-app"), ("été", "t"), ("_", "app"), ("a" * 100, "a" * 63), ("x_y", "x-y")],
)
def test_name_comes_from_the_folder(folder: str, name: str, tmp_path: Path) -> None:
    done = cli("new", folder, "--preset", "fastapi-minimal", cwd=tmp_path)
    assert done.code == 0, done.err
    assert read((tmp_path / folder / "stack.yaml").read_bytes()).value["name"] == name
