"""SIGKILL at every step of a run: each file is wholly old or new, and the next run ends it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import change, cli, files, generated, posix, project

pytestmark = posix("FORK AND NO SIGKILL")

# Runs composegen in the folders 0, 1, 2 …, and each is killed before its n-th call that changes
# the disk, until one gets through; prints how each ended. A fork spares it the imports.
KILLER = """\
import json, os, signal, sys
import composegen.cli, composegen.commands.files, composegen.project.folder, composegen.render
import composegen.project.update, composegen.project.merge
from composegen.__main__ import main

def deadly(function):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

folder, words, ends = sys.argv[1], sys.argv[2:], []
while not ends or ends[-1]:
    left = len(ends)
    child = os.fork()
    if not child:
        os.chdir(f"{folder}/{left}")
        for name in ("chmod", "fsync", "mkdir", "rename", "replace", "unlink"):
            setattr(os, name, deadly(getattr(os, name)))
        main(words)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(ends))
"""
SPEC = """\
name: app
services:
  api: {component: fastapi, port: 8000, needs: [db], data: {/app/x: {kind: files, mount: bind}}}
  db: postgres
environments: {dev: {secrets: files}, test: {}}
"""
SMALL = """\
name: app
services: {db: {component: postgres, port: 8000}}
environments: {dev: {}, test: {}}
"""
ENV = "DB_PASSWORD=given\n"
MOST = 60


def first(root: Path) -> list[str]:
    """A first run."""
    project(root, SPEC, {".env": ENV})
    return ["generate"]


def again(root: Path) -> list[str]:
    """A run that changes, merges, adds to and deletes files, and one has the line ends of DOS."""
    first(root)
    generated(root)
    change(root, "docker-compose.yml", "services:\n", "services:\n  # mine\n")
    change(root, "Dockerfile", "\n", "\r\n")
    change(root, "stack.yaml", "port: 8000", 'port: 8080, version: "3.12"')
    change(root, "stack.yaml", "  db: postgres\n", "  db: postgres\n  cache: redis\n")
    change(root, "stack.yaml", ", test: {}", "")
    change(root, ".gitignore", ".env\n", "*.log\n")
    return ["generate"]


def gone(root: Path) -> list[str]:
    """A run that deletes a file, and the new text beside one with a conflict."""
    generated(project(root, SMALL, {".env": ENV}))
    change(root, "docker-compose.yml", "127.0.0.1:8000:", "127.0.0.1:7777:")
    change(root, "stack.yaml", "port: 8000", "port: 8080")
    change(root, "stack.yaml", ", test: {}", "")
    assert cli("generate", cwd=root).code == 1
    return ["generate", "--keep=docker-compose.yml"]


def adopted(root: Path) -> list[str]:
    """A run that takes a file over."""
    project(root, SMALL, {".env": ENV, "docker-compose.yml": "services: {}\n"})
    return ["generate", "--adopt"]


def steady(root: Path) -> dict[str, bytes]:
    """Return all files but those that are of one machine only."""
    return {path: data for path, data in files(root).items() if "local/" not in path}


def whole(now: dict[str, bytes], old: dict[str, bytes], new: dict[str, bytes]) -> None:
    for path, data in now.items():
        if not path.endswith(".composegen-tmp"):
            assert data in (old.get(path), new.get(path)), path
    for path in old.keys() & new.keys():
        assert path in now, path


@pytest.mark.parametrize("scene", [first, again, gone, adopted])
def test_killed(scene: Callable[[Path], list[str]], tmp_path: Path) -> None:
    start, undisturbed = tmp_path / "start", tmp_path / "undisturbed"
    words = scene(start)
    old = steady(start)
    for name in ("undisturbed", *map(str, range(MOST))):
        shutil.copytree(start, tmp_path / name)
    assert cli(*words, cwd=undisturbed).code == 0
    new = steady(undisturbed)
    assert old != new

    killer = [sys.executable, "-c", KILLER, str(tmp_path), *words]
    done = subprocess.run(killer, capture_output=True, text=True, check=True)
    ends = json.loads(done.stdout.splitlines()[-1])

    assert ends == [-signal.SIGKILL] * (len(ends) - 1) + [0]
    assert len(ends) > 8
    wrong = []
    for steps in range(len(ends)):
        root = tmp_path / str(steps)
        whole(steady(root), old, new)
        again = cli(*words, cwd=root)
        if again.code or steady(root) != new:
            now = steady(root)
            paths = [path for path in {**now, **new} if now.get(path) != new.get(path)]
            wrong.append((steps, again.code, again.err[:200] if again.code else paths))
    assert wrong == []
