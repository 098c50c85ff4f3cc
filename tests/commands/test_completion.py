"""What a shell offers when a person presses the tab key: Typer's completion with our words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import project

from composegen.resources import resource_dir


def completed(line: str, cwd: Path) -> list[str]:
    """Return what Bash would offer for a command line."""
    position = len(line.split(" ")) - 1
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(position)}
    done = subprocess.run(
        [sys.executable, "-m", "composegen"],
        cwd=cwd,
        env={**os.environ, "_COMPOSEGEN_COMPLETE": "complete_bash", **asked},
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("composegen gen", ["generate"]),
        ("composegen generate --st", ["--stdout"]),
        ("composegen generate --env ", ["dev", "test", "prod"]),
        ("composegen generate --env dev --env p", ["prod"]),
        ("composegen check --format ", ["text", "json", "github"]),
        ("composegen plan --format ", ["text", "json"]),
        ("composegen new x --preset fastapi-m", ["fastapi-minimal"]),
        ("composegen components po", ["postgres"]),
        ("composegen components min", ["mine"]),
        ("composegen add val", ["valkey"]),
        ("composegen secrets ", ["list", "rotate"]),
        ("composegen --ver", ["--version"]),
        ("composegen nothing-like-it", []),
    ],
)
def test_complete(line: str, found: list[str], tmp_path: Path) -> None:
    project(tmp_path, "", {"components/mine.yaml": ""})
    assert completed(line, tmp_path) == found


def test_every_preset_is_offered(tmp_path: Path) -> None:
    presets = sorted(path.parent.name for path in resource_dir("presets").glob("*/preset.yaml"))
    assert completed("composegen new x --preset ", tmp_path) == presets
