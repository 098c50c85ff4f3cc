"""The volumes of the lock against those of an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import generated, posix, process, project

from composegen.engine.docker import Container, EngineError, RealVolume, check_api
from composegen.engine.status import compare
from composegen.project.lock import VolumeEntry

OPTIONS = "a different driver or options"

DB = VolumeEntry(
    service="db",
    component="postgres",
    version="17.6",
    format="postgres-17",
    target="/var/lib/postgresql/data",
    kind="database",
)


def entry(**changes: Any) -> VolumeEntry:
    return replace(DB, **changes)


def real(**changes: Any) -> RealVolume:
    return replace(RealVolume("app_db_data", "local", {}, "app"), **changes)


@pytest.mark.parametrize(
    ("locked", "volume", "version", "state", "words"),
    [
        (DB, real(), "17", "fine", "postgres 17.6"),
        (DB, real(), None, "fine", "postgres 17.6"),
        (DB, None, None, "not made yet", "the next up creates it"),
        (
            entry(external=True),
            None,
            None,
            "not made yet",
            "docker volume create app_db_data creates it",
        ),
        (entry(unused=True), real(), "17", "unused", "db kept its data there"),
        (DB, real(), "18", "other version", "version 18, not 17.6"),
        (DB, real(driver="nfs"), "17", "differs", "a different driver"),
        (DB, real(driver_opts={"type": "nfs"}), "17", "differs", OPTIONS),
        (
            entry(driver_opts={"type": "nfs"}),
            real(),
            "17",
            "differs",
            OPTIONS,
        ),
        (entry(driver_opts={"o": "${O}"}), real(driver_opts={"o": "x"}), "17", "fine", "postgres"),
        (
            entry(driver_opts={"o": "${O}"}),
            real(driver_opts={"p": "x"}),
            "17",
            "differs",
            OPTIONS,
        ),
        (entry(driver="local"), real(), "17", "fine", "postgres"),
        (entry(external=True), real(driver="nfs"), "17", "fine", "postgres"),
    ],
)
def test_one_volume(
    locked: VolumeEntry, volume: RealVolume | None, version: str | None, state: str, words: str
) -> None:
    there = {volume.name: volume} if volume else {}
    (found,) = compare({"dev/app_db_data": locked}, there, {"app"}, lambda *_: version)
    assert (found.volume, found.environment, found.service) == ("app_db_data", "dev", "db")
    assert found.state == state
    assert words in found.what


OLD = Container("app-old-1", "app", "old", ("app_db_data", "app_tmp"))


@pytest.mark.parametrize(
    ("locked", "container", "state"),
    [
        (DB, OLD, "other server"),
        (DB, replace(OLD, project="", service=""), "other server"),
        (DB, replace(OLD, volumes=("app_db_data_2",)), "fine"),
        (entry(kind="uploads"), OLD, "fine"),
        (entry(unused=True), OLD, "unused"),
    ],
)
def test_a_server_of_before(locked: VolumeEntry, container: Container, state: str) -> None:
    places = {"dev/app_db_data": locked}
    (found,) = compare(places, {"app_db_data": real()}, {"app"}, lambda *_: None, [container])
    assert found.state == state
    told = "before starting db: docker stop app-old-1" in found.what
    assert told == (state == "other server")
    assert ("(old of project app)" in found.what) == (told and bool(container.service))


@pytest.mark.parametrize(
    ("volume", "names"),
    [
        (real(name="app_old"), ["app_old"]),
        (real(name="app-prod_old", project="app-prod"), ["app-prod_old"]),
        (real(name="other_data", project="other"), []),
        (real(name="by_hand", project=""), []),
    ],
)
def test_orphans(volume: RealVolume, names: list[str]) -> None:
    found = compare({}, {volume.name: volume}, {"app", "app-prod"}, lambda *_: None)
    assert [one.volume for one in found] == names
    assert {one.state for one in found} <= {"orphaned"}


def test_a_version_is_not_asked_of_a_volume_that_is_missing() -> None:
    asked: list[str] = []
    compare({"dev/app_db_data": DB}, {}, {"app"}, lambda name, _: asked.append(name))
    assert asked == []


@pytest.mark.parametrize("words", [("status",), ("secrets", "rotate", "DB_PASSWORD")])
def test_without_an_engine(words: tuple[str, ...], tmp_path: Path) -> None:
    root = generated(project(tmp_path, "name: app\nservices:\n  db: postgres\n"))
    done = process(*words, cwd=root, env={"PATH": str(tmp_path)})
    assert (done.code, done.err) == (2, "error: docker: not found; this command needs Docker\n")


@pytest.mark.parametrize("version", ["1.44", "1.51", "2.0", "of another engine"])
def test_an_engine_that_is_new_enough(version: str) -> None:
    check_api(version)


@pytest.mark.parametrize("version", ["1.9", "1.41", "1.43"])
def test_an_engine_that_is_too_old(version: str) -> None:
    with pytest.raises(EngineError, match=f"API {version}.*upgrade to Docker 25 or newer"):
        check_api(version)


@posix("SCRIPT THAT RUNS BY ITS FIRST LINE")
def test_an_older_engine_that_answers(tmp_path: Path) -> None:
    root = generated(project(tmp_path, "name: app\nservices:\n  db: postgres\n"))
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 1.43\n")
    docker.chmod(0o755)
    done = process("status", cwd=root, env={"PATH": str(tmp_path)})
    assert done.code == 2
    assert "error: docker: the engine has API 1.43" in done.err
