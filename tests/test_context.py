from __future__ import annotations

from pathlib import Path

import pytest
from support import project

from composegen.context import Context, look

GROUPS = "[dependency-groups]\ndev = []\n"


@pytest.mark.parametrize(
    ("files", "context"),
    [
        ([], Context()),
        (["requirements.txt"], Context("requirements.txt")),
        (["requirements-dev.txt"], Context()),
        (["requirements.txt", "requirements-dev.txt"], Context("requirements.txt", dev=True)),
        (["pyproject.toml"], Context("pyproject.toml")),
        (["pyproject.toml", "requirements.txt"], Context("pyproject.toml")),
        (["pyproject.toml", "uv.lock", "requirements.txt"], Context("uv.lock")),
        (["dev:pyproject.toml"], Context("pyproject.toml", dev=True)),
        (["dev:pyproject.toml", "uv.lock"], Context("uv.lock", dev=True)),
        (["dev:pyproject.toml", "requirements-dev.txt"], Context("pyproject.toml", dev=True)),
        (["broken:pyproject.toml"], Context("pyproject.toml")),
        (["requirements.txt", "tests/test_a.py"], Context("requirements.txt", tests=True)),
        (["tests"], Context()),
        (["requirements.txt/a"], Context()),
    ],
)
def test_look(files: list[str], context: Context, tmp_path: Path) -> None:
    texts = {"dev": GROUPS, "broken": "[", "": ""}
    pairs = (name.rpartition(":") for name in files)
    root = project(tmp_path / "all", "", {f"in/{name}": texts[kind] for kind, _, name in pairs})
    assert look(root / "in", "python") == context


def test_no_folder(tmp_path: Path) -> None:
    assert look(tmp_path / "none", "python") == Context()


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    assert look(tmp_path, "python") == Context("pyproject.toml")


def test_uv_lock_alone(tmp_path: Path) -> None:
    """The build copies both; without pyproject.toml it could not."""
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert look(tmp_path, "python") == Context()
