"""Linters that no one of us wrote, run by the script that COMPOSEGEN_JUDGES names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support import COMPOSE_FILES, PRESETS

SCRIPT = os.environ.get("COMPOSEGEN_JUDGES", "")
SHARED = ("Dockerfile", ".dockerignore", ".env", ".env.example")
CASES = [
    (preset.parent.name, environment)
    for preset in sorted(PRESETS.glob("*/preset.yaml"))
    for environment in COMPOSE_FILES
]
# the presets with a service that starts as root and without a capability, as its catalog file says
AS_ROOT = {"ai-agent", "local-llm", "rag-milvus"}
# how many musts a judge has against the writable root of Milvus, which does not start without
WRITABLE = {("rag-milvus", "prod"): {"compose-lint": 1, "compose-harden": 1}}

pytestmark = [
    pytest.mark.judges,
    pytest.mark.skipif(not SCRIPT, reason="COMPOSEGEN_JUDGES IS NOT SET: nobody judged the output"),
]


def judged(root: Path, environment: str, folder: Path, *options: str) -> dict[str, tuple[int, str]]:
    """Map each judge to its number of musts, and its line."""
    names = (COMPOSE_FILES[environment], *SHARED)
    for file in (path for path in root.rglob("*") if path.name in names):
        copy = folder / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    mode = "prod" if environment == "prod" else "dev"
    done = subprocess.run(
        [SCRIPT, *options, str(folder)],
        env={**os.environ, "MODE": mode, "ALLOW_ROOT": "models vectors"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    return {row[0]: (int(row[3]), " ".join(row)) for row in rows}


@pytest.mark.parametrize(("preset", "environment"), CASES)
def test_no_must(preset: str, environment: str, examples: dict[str, Path], tmp_path: Path) -> None:
    found = judged(examples[preset], environment, tmp_path / preset, "--fast")
    assert len(found) >= 14, sorted(found)
    known = WRITABLE.get((preset, environment), {})
    assert [line for name, (musts, line) in found.items() if musts != known.get(name, 0)] == []
    if environment == "prod":
        assert "score=100" in found["compose-harden"][1] or preset in AS_ROOT


def test_no_must_of_the_slow_ones(examples: dict[str, Path], tmp_path: Path) -> None:
    found = judged(examples["ai-agent"], "prod", tmp_path / "all")
    assert "checkov-dockerfile" in found
    assert [line for musts, line in found.values() if musts] == []


def test_a_judge_can_say_no(examples: dict[str, Path], tmp_path: Path) -> None:
    """The gate is shut for a file that deserves it."""
    root = tmp_path / "bad"
    shutil.copytree(examples["fastapi-postgres"], root)
    file = root / COMPOSE_FILES["prod"]
    file.write_text(file.read_text().replace("no-new-privileges:true", "seccomp:unconfined"))
    found = judged(root, "prod", tmp_path / "judged", "--fast")
    assert [name for name, (musts, _) in found.items() if musts]
