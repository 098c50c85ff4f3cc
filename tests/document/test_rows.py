"""The page beside this file: its specs hold, its tests exist, and composegen says what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from support import cli, config, generated, project

ENGINE = Path(__file__).parents[1] / "engine"
TEXT = Path(__file__).with_name("README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    part = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


SHOWN, CAUTIONS, WRONG = map(rows, ("What it shows", "Its cautions", "Where it is wrong by now"))


def spec(cell: str) -> str:
    """Return the spec of a cell: entries of `services:`, and perhaps the environments."""
    lines = re.findall(r"`([^`]+)`", cell)
    top = [line for line in lines if line.startswith("environments:")]
    services = [f"  {line}" for line in lines if line not in top]
    return "\n".join(["name: x", *top, "services:", *services, ""])


def made(folder: Path, cell: str) -> Path:
    package = '{"name": "x", "dependencies": {"express": "5", "vite": "8"}}'
    given = {f"{name}/package.json": package for name in ("api", "web")}
    return project(folder, spec(cell), given)


def plain(text: str) -> str:
    """Return a text as it reads: without comment marks and line breaks."""
    return re.sub(r"\s+(# )?", " ", text)


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row[0][:30])
def test_spec_holds_and_compose_takes_it(row: list[str], tmp_path: Path) -> None:
    root = generated(made(tmp_path, row[1]))
    for name in ("docker-compose.yml", "docker-compose.prod.yml"):
        found = config(root / name)
        assert (found.code, found.err) == (0, "")


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row[0][:30])
def test_named_tests_exist(row: list[str]) -> None:
    named = re.findall(r"`((?:\.\./(?:\w+/)?)?test_\w+\.py)::(test_\w+)`", row[2])
    assert named
    for file, function in named:
        body = ast.parse((ENGINE / file).read_text(encoding="utf-8")).body
        assert function in [one.name for one in body if isinstance(one, ast.FunctionDef)]


@pytest.mark.parametrize("row", CAUTIONS, ids=lambda row: row[1])
def test_caution_is_said(row: list[str], tmp_path: Path) -> None:
    root = made(tmp_path, row[2])
    done = cli("generate", cwd=root)
    written = [path.read_text(encoding="utf-8") for path in root.glob("docker-compose*.yml")]
    assert row[3] in plain(" ".join([done.err, *written]))


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row[0])
def test_explain_says_why(row: list[str], tmp_path: Path) -> None:
    root = generated(made(tmp_path, row[2]))
    assert row[3] in plain(cli("explain", "--env", "dev", cwd=root).out)


def test_preset_has_all_of_the_whole_example(examples: dict[str, Path]) -> None:
    dev = config(examples["ai-agent"] / "docker-compose.yml").document
    api, db = dev["services"]["api"], dev["services"]["db"]
    binds = {one["target"]: one for one in api["volumes"] + db["volumes"] if one["type"] == "bind"}
    assert set(binds) == {"/app/app", "/docker-entrypoint-initdb.d"}
    assert binds["/docker-entrypoint-initdb.d"]["read_only"] is True
    assert {one.partition(":")[0] for one in api["tmpfs"]} == {"/tmp", "/app/temp"}
    assert set(dev["volumes"]) == {"cache_data", "db_data", "vectors_data"}
    assert {one["condition"] for one in api["depends_on"].values()} == {"service_healthy"}
    assert "--reload" in api["command"]
    assert dev["services"]["cache"]["command"] == ["redis-server", "--appendonly", "yes"]
