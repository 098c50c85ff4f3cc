"""Writing all files or none, and one run at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import change, cli, disk, files, generated, posix, process, project

from composegen.project.write import (
    Change,
    Changed,
    Disk,
    WriteError,
    apply,
    current,
    exclusive,
)

SPEC = """\
name: app
services:
  api: {component: fastapi, port: 8000, needs: [db]}
  db: postgres
environments: {dev: {}, test: {}, prod: {}}
"""
ENV = "DB_PASSWORD=given\nHOST_GID=1000\nHOST_UID=1000\n"


@posix("MODES OF FILES")
def test_written(tmp_path: Path) -> None:
    apply(
        tmp_path,
        [
            Change("a", None, b"1"),
            Change("x/y/b", None, b"\x00\r\n", 0o640),
            Change(".composegen/local/c", None, b"", 0o600),
        ],
    )
    assert files(tmp_path) == {"a": b"1", "x/y/b": b"\x00\r\n", ".composegen/local/c": b""}
    modes = {path: mode for path, (mode, _, _) in disk(tmp_path).items()}
    assert modes == {"a": 0o644, "x/y/b": 0o640, ".composegen/local/c": 0o600}
    assert (tmp_path / ".composegen/local").stat().st_mode & 0o777 == 0o700


@posix("MODES OF FILES")
def test_replaced_and_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o755)
    (tmp_path / "b").write_text("old")
    inode = (tmp_path / "a").stat().st_ino
    apply(tmp_path, [Change("a", b"old", b"new")], {"b": b"old", "missing": None})
    assert files(tmp_path) == {"a": b"new"}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755
    # a reader who has it open goes on reading the old text
    assert (tmp_path / "a").stat().st_ino != inode


@pytest.mark.parametrize("bad", ["a/b", "folder/c/d"])
def test_none_where_one_can_not_be(bad: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/c").write_text("old")
    before = disk(tmp_path)
    wanted = [
        Change("new/deep/one", None, b"1"),
        Change("a", b"old", b"new"),
        Change(bad, None, b""),
    ]
    with pytest.raises(WriteError, match="nothing was written"):
        apply(tmp_path, wanted, {"folder/c": b"old"})
    assert disk(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".a.x1y2z3.composegen-tmp").write_text("half")
    (tmp_path / ".b.x1y2z3.composegen-tmp").write_text("of somebody else")
    apply(tmp_path, [Change("a", None, b"1")])
    assert set(files(tmp_path)) == {"a", ".b.x1y2z3.composegen-tmp"}


SAVES: dict[str, Callable[[Path], object]] = {
    "edited": lambda root: (root / "a").write_text("mine"),
    "deleted": lambda root: (root / "a").unlink(),
    "made": lambda root: (root / "new").write_text("mine"),
    "edited before it goes": lambda root: (root / "gone").write_text("mine"),
}


@pytest.mark.parametrize("name", SAVES)
def test_what_was_saved_meanwhile_stays(name: str, tmp_path: Path) -> None:
    """Of a change that was worked out before, nothing is written."""
    for path in ("a", "gone"):
        (tmp_path / path).write_text("old")
    seen = Disk(tmp_path)
    wanted = [Change(path, seen.file(path), b"ours") for path in ("x/y", "a", "new", "last")]
    removed = {"gone": seen.file("gone")}
    SAVES[name](tmp_path)
    before = disk(tmp_path)
    with pytest.raises(Changed, match="saved meanwhile; nothing was written"):
        apply(tmp_path, wanted, removed)
    assert disk(tmp_path) == before
    assert not (tmp_path / "x").exists()


def test_a_disk_is_what_it_was(tmp_path: Path) -> None:
    seen = Disk(tmp_path)
    (tmp_path / "a").write_text("1")
    assert (seen.file("a"), seen.file("b")) == (b"1", None)
    for path in "ab":
        (tmp_path / path).write_text("2")
    assert (seen.file("a"), seen.file("b")) == (b"1", None)
    assert Disk(tmp_path).file("a") == b"2"


@posix("LINKS BUT FOR ADMINISTRATORS")
@pytest.mark.parametrize("name", ["a", "a/b", "a/b/c"])
def test_current(name: str, tmp_path: Path) -> None:
    assert current(tmp_path, name) is None
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"x\r\n")
    assert current(tmp_path, name) == b"x\r\n"
    (tmp_path / "away").mkdir()
    shutil.rmtree(tmp_path / "a") if "/" in name else (tmp_path / "a").unlink()
    (tmp_path / "a").symlink_to("away")
    with pytest.raises(WriteError, match="a: a symbolic link"):
        current(tmp_path, name)


@posix("FIFO")
def test_a_fifo_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    with pytest.raises(WriteError, match="a: not a regular file"):
        current(tmp_path, "a")


@posix("LOCK ON A FOLDER")
def test_a_second_run_waits_and_gives_up(tmp_path: Path) -> None:
    (tmp_path / ".composegen").mkdir()
    import fcntl

    handle = os.open(tmp_path / ".composegen", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with (
            pytest.raises(WriteError, match="another composegen"),
            exclusive(tmp_path, seconds=0.1),
        ):
            pytest.fail("two at once")
    finally:
        os.close(handle)
    with exclusive(tmp_path, seconds=0):
        pass


@posix("SIGKILL")
def test_a_run_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal\n"
        "from composegen.project.write import exclusive\n"
        "with exclusive(pathlib.Path()):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode < 0
    with exclusive(tmp_path, seconds=0):
        pass


@posix("LOCK ON A FOLDER")
@pytest.mark.parametrize("edited", [False, True])
def test_ten_runs_at_once(edited: bool, tmp_path: Path) -> None:
    one, many = (project(tmp_path / name, SPEC, {".env": ENV}) for name in ("one", "many"))
    for root in (one, many):
        if edited:
            generated(root)
            change(root, "docker-compose.yml", "services:\n", "services:\n  # mine\n")
            change(root, "stack.yaml", "port: 8000", "port: 8080")
    generated(one)
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda _: process("generate", cwd=many), range(10)))
    assert [(each.code, "error" in each.err) for each in done] == [(0, False)] * 10
    assert sum("wrote" in each.err or "updated" in each.err for each in done) == 1
    assert steady(many) == steady(one)
    assert cli("check", cwd=many).code == 0


def steady(root: Path) -> dict[str, bytes]:
    """Return all files but the one that holds the salted prints of one machine."""
    return {path: data for path, data in files(root).items() if "local/" not in path}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, with room for 256 KiB."""
    if not hasattr(os, "getuid") or os.getuid() or not shutil.which("mount"):
        pytest.skip("NOT ROOT: what a full disk does was not looked at")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NO MOUNT: what a full disk does was not looked at")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, pages: int) -> None:
    """Leave only so much room, in pages of 4 KiB."""
    room = os.statvfs(folder)
    size = max(0, room.f_bavail * room.f_bsize - pages * 4096)
    (folder / "full").write_bytes(b"x" * size)


@pytest.mark.parametrize("first", [True, False])
def test_a_full_disk(first: bool, small: Path, tmp_path: Path) -> None:
    """Nothing partial, whatever it is that has no room any more."""
    whole = project(tmp_path / "whole", SPEC, {".env": ENV})
    old = steady(whole) if first else steady(generated(whole))
    if not first:
        change(whole, "stack.yaml", "port: 8000", "port: 8080")
        old = steady(whole)
    new = steady(generated(whole))
    refused = 0
    for pages in range(24):
        shutil.rmtree(small / "project", ignore_errors=True)
        (small / "full").unlink(missing_ok=True)
        for path, data in old.items():
            (small / "project" / path).parent.mkdir(parents=True, exist_ok=True)
            (small / "project" / path).write_bytes(data)
        fill(small, pages)
        done = cli("generate", cwd=small / "project")
        now = steady(small / "project")
        assert done.code in (0, 2), done.err
        assert all(now[path] in (old.get(path), new[path]) for path in now)
        if done.code:
            refused += 1
            assert "No space left on device" in done.err
        assert now == (old if "nothing was written" in done.err else new)
        (small / "full").unlink()
        assert cli("generate", cwd=small / "project").code == 0
        assert steady(small / "project") == new
    assert 0 < refused < 24


def test_a_disk_that_is_read_only(small: Path) -> None:
    root = generated(project(small / "project", SPEC))
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    before = disk(root)
    for command in ("check", "plan", "generate"):
        assert cli(command, cwd=root).code == 0
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    change(root, "stack.yaml", "port: 8000", "port: 8080")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    assert cli("plan", cwd=root).code == 1
    done = cli("generate", cwd=root)
    assert (done.code, "Read-only file system" in done.err) == (2, True)
    del before["stack.yaml"]
    assert before.items() <= disk(root).items()
