"""The lock: what is in it, and what happens when it is not whole."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Done, change, cli, disk, generated, project

from composegen import __version__
from composegen.commands.outdated import outdated
from composegen.project.lock import FORMAT, LOCK, Lock, LockError, read_lock, write_lock

SPEC = """\
name: app
services:
  api: {component: fastapi, needs: [db]}
  db: postgres
environments: {dev: {}, prod: {}}
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(project(tmp_path_factory.mktemp("lock"), SPEC))


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture(scope="module")
def whole(original: Path) -> bytes:
    return (original / LOCK).read_bytes()


def test_round_trip(whole: bytes) -> None:
    lock = read_lock(whole)
    assert lock is not None
    assert write_lock(lock).encode() == whole
    assert lock.text("docker-compose.yml") is not None
    assert lock.text("other") is None
    assert read_lock(None) is None


def test_text_is_what_was_written(original: Path, whole: bytes) -> None:
    lock = read_lock(whole)
    assert lock is not None
    for path in lock.files:
        assert lock.text(path) == (original / path).read_text()


def test_it_merges_well_in_git(whole: bytes) -> None:
    """Sorted, and a line for every line of a file: two branches seldom touch the same one."""
    text = whole.decode()
    raw = json.loads(text)
    assert text == json.dumps(raw, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    lines = text.splitlines()
    for line in raw["files"]["Dockerfile"]["text"]:
        assert json.dumps(line, ensure_ascii=False) in {one.strip().rstrip(",") for one in lines}
    assert [line for line in lines if '"prod/app-prod_db_data": {' in line]


def test_identity_of_a_volume(whole: bytes) -> None:
    raw = json.loads(whole)
    assert sorted(raw["volumes"]) == ["dev/app_db_data", "prod/app-prod_db_data"]
    assert raw["volumes"]["dev/app_db_data"] == {
        "append_only": None,
        "component": "postgres",
        "driver": None,
        "driver_opts": {},
        "external": False,
        "first_start": {"POSTGRES_DB": "app", "POSTGRES_USER": "app"},
        "format": "postgres-18",
        "key": "db_data",
        "kind": "database",
        "labels": {},
        "named_by": {},
        "service": "db",
        "target": "/var/lib/postgresql",
        "unused": False,
        "user": "999:999",
        "version": "18",
    }
    assert (raw["generator"], raw["format"], raw["project"]) == (__version__, FORMAT, "app")


def test_nothing_of_this_machine_is_in_it(original: Path, whole: bytes) -> None:
    text = whole.decode()
    secret = (original / ".env").read_text().partition("DB_PASSWORD=")[2].partition("\n")[0]
    assert len(secret) == 32
    assert secret not in text
    assert str(original) not in text
    assert not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)


def test_the_same_spec_gives_the_same_lock(whole: bytes, tmp_path: Path) -> None:
    assert (generated(project(tmp_path, SPEC)) / LOCK).read_bytes() == whole


def with_key(data: bytes, key: str, value: Any) -> bytes:
    return json.dumps({**json.loads(data), key: value}).encode()


CONFLICT = b'<<<<<<< HEAD\n "spec": "a",\n=======\n "spec": "b",\n>>>>>>> branch\n'
BROKEN = {
    "empty": (lambda data: b"", "incomplete"),
    "truncated": (lambda data: data[: len(data) // 2], "incomplete"),
    "without its last line": (lambda data: data.rstrip()[:-1], "incomplete"),
    "no JSON": (lambda data: b"hello", "incomplete"),
    "no text": (lambda data: b"\xff\xfe\x00", "incomplete"),
    "too deep": (lambda data: b"[" * 100_000, "incomplete"),
    "half a character": (lambda data: with_key(data, "spec", "\ud800"), "incomplete"),
    "half a character in a name": (lambda data: with_key(data, "\ud800", 1), "incomplete"),
    "no number": (lambda data: with_key(data, "ports", {"db": float("nan")}), "incomplete"),
    "a list": (lambda data: b"[]", "restore it"),
    "a number": (lambda data: b"7", "restore it"),
    "nothing": (lambda data: b"null", "restore it"),
    "files: of another type": (lambda data: with_key(data, "files", []), "restore it"),
    "volumes: of another type": (lambda data: with_key(data, "volumes", {"a": 1}), "restore it"),
    "ports: that are words": (lambda data: with_key(data, "ports", {"db": "x"}), "restore it"),
    "ports: that are none": (lambda data: with_key(data, "ports", {"db": 99999999}), "restore it"),
    "a file outside": (
        lambda data: with_key(data, "files", {"../other": {"text": ["a"]}}),
        "restore it",
    ),
    "a file somewhere": (
        lambda data: with_key(data, "files", {"/etc/hostname": {"text": ["a"]}}),
        "restore it",
    ),
    "a newer format": (
        lambda data: with_key(with_key(data, "format", FORMAT + 1), "generator", "9.0"),
        "written by composegen 9.0; upgrade composegen",
    ),
    "a conflict": (lambda data: data.replace(b' "spec"', CONFLICT + b' "spec"'), "git checkout"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_lock_that_is_not_whole(name: str, root: Path) -> None:
    spoil, said = BROKEN[name]
    (root / LOCK).write_bytes(spoil((root / LOCK).read_bytes()))
    change(root, "stack.yaml", "needs: [db]", "needs: [db], port: 8080")
    before = disk(root)
    for command in ("plan", "check", "generate", "outdated"):
        done = cli(command, cwd=root)
        assert done.code == 2, f"{command}: {done.err}"
        assert done.err.startswith(f"error: {LOCK}: ")
        assert said in done.err
        assert "Traceback" not in done.err
    assert disk(root) == before


def test_the_way_out_works(root: Path) -> None:
    (root / LOCK).write_text("{")
    assert "delete it and run composegen generate --adopt" in cli("generate", cwd=root).err
    change(root, "docker-compose.yml", "services:\n", "services:\n  # mine\n")
    (root / LOCK).unlink()
    done = cli("generate", cwd=root)
    assert (done.code, "--adopt" in done.err) == (2, True)
    assert cli("generate", "--adopt", cwd=root).code == 0
    assert "# mine" in (root / "docker-compose.yml.before-1").read_text()
    assert cli("check", cwd=root).code == 0


def test_deleted_with_nothing_changed(root: Path, whole: bytes) -> None:
    shutil.rmtree(root / ".composegen")
    env = (root / ".env").read_bytes()
    assert cli("check", cwd=root).code == 1
    assert cli("generate", cwd=root).code == 0
    assert (root / LOCK).read_bytes() == whole
    assert (root / ".env").read_bytes() == env


def test_of_another_project(root: Path, tmp_path: Path) -> None:
    """Copied together with a folder, it must not make strange files ours."""
    other = project(tmp_path / "other", SPEC.replace("name: app", "name: other"))
    foreign = "services:\n  db: {image: 'postgres:12', volumes: ['db:/var/lib/postgresql/data']}\n"
    (other / "docker-compose.yml").write_text(foreign)
    shutil.copytree(root / ".composegen", other / ".composegen")
    before = disk(other)
    done = cli("generate", cwd=other)
    assert done.code in (2, 4)
    assert "renamed_from: app" in done.err
    assert disk(other) == before


def test_an_older_lock_is_read(root: Path, whole: bytes) -> None:
    """What a later version added is not in it."""
    raw = json.loads(whole)
    older = {key: raw[key] for key in ("format", "project", "spec", "files", "volumes")}
    older["generator"] = "0.1"
    for entry in older["volumes"].values():
        del entry["user"], entry["first_start"], entry["unused"]
    (root / LOCK).write_text(json.dumps(older))
    done = cli("generate", cwd=root)
    assert done.code in (0, 4)
    assert not [line for line in done.err.splitlines() if line.startswith("error")]


def test_an_unknown_key_of_the_same_format_is_ignored(root: Path, whole: bytes) -> None:
    (root / LOCK).write_bytes(with_key(whole, "later", {"a": 1}))
    assert cli("generate", cwd=root).code == 0


def run(root: Path, data: bytes) -> Done:
    (root / LOCK).write_bytes(data)
    return cli("plan", "--format=json", cwd=root)


@settings(max_examples=60)
@given(data=st.data())
def test_any_mutation_is_read_or_refused(data: st.DataObject, whole: bytes) -> None:
    spoiled = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(spoiled)))
        end = min(len(spoiled), start + data.draw(st.integers(0, 40)))
        spoiled[start:end] = data.draw(st.binary(max_size=12) | st.sampled_from(PIECES))
    read = lock_or_error(bytes(spoiled))
    assert isinstance(read, Lock) or LOCK in read


def lock_or_error(data: bytes) -> Lock | str:
    try:
        return read_lock(data) or Lock()
    except LockError as error:
        return str(error)


PIECES = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"NaN",
    b"true",
    b"\\",
]


@settings(max_examples=25)
@given(data=st.data())
def test_any_value_in_it_is_taken_or_refused(
    data: st.DataObject, whole: bytes, original: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A lock of the right form may still say anything; no run ends in a traceback."""
    root = tmp_path_factory.mktemp("any") / "project"
    shutil.copytree(original, root)
    raw = json.loads(whole)
    node, path = raw, data.draw(st.sampled_from(paths(raw)))
    for key in path[:-1]:
        node = node[key]
    old = node[path[-1]]
    same = {str: st.text(), int: st.integers(), bool: st.booleans()}.get(type(old), st.none())
    node[path[-1]] = data.draw(same | st.sampled_from(["", "a/b", "../x", 0, -1, None, {}, []]))
    done = run(root, json.dumps(raw).encode())
    assert done.code in (0, 1, 2, 4), done.err


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = list(enumerate(value))[:2]
    else:
        return [before]
    found = [(*before, key) for key, _ in inner]
    return found + [path for key, one in inner for path in paths(one, (*before, key))]


PINNED = """\
about: "a store of our own"
role: store
extends: redis
versions: ["8", "7"]
default: "7"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A project with a component whose default can move on."""
    spec = "name: app\nservices:\n  keep: mine\nenvironments: {dev: {}, prod: {}}\n"
    return generated(project(tmp_path, spec, {"components/mine.yaml": PINNED}))


def move_on(root: Path) -> None:
    change(root, "components/mine.yaml", 'default: "7"', 'default: "8"')


def images(root: Path) -> set[str]:
    text = (root / "docker-compose.yml").read_text()
    return set(re.findall(r'image: "(.+)"', text))


def test_a_default_that_moves_on_moves_nothing(own: Path) -> None:
    assert cli("outdated", cwd=own).code == 0
    move_on(own)
    assert cli("check", cwd=own).code == 0
    generated(own)
    assert images(own) == {"redis:7-alpine"}
    done = cli("outdated", "--format=json", cwd=own)
    assert done.code == 1
    assert json.loads(done.out) == [
        {"service": "keep", "component": "mine", "version": "7", "newest": "8", "fixes": ""}
    ]
    assert "keep" in cli("outdated", cwd=own).out
    change(own, "stack.yaml", "keep: mine", "keep: mine\n  more: mine")
    generated(own)
    assert images(own) == {"redis:7-alpine", "redis:8-alpine"}
    change(own, "stack.yaml", "keep: mine", "keep: mine:8")
    generated(own)
    assert images(own) == {"redis:8-alpine"}
    assert cli("outdated", cwd=own).code == 0


def test_a_renamed_service_keeps_its_version(own: Path) -> None:
    move_on(own)
    change(own, "stack.yaml", "keep: mine", "kept: {component: mine, renamed_from: keep}")
    generated(own)
    assert images(own) == {"redis:7-alpine"}


def test_a_version_that_is_known_no_more(own: Path) -> None:
    """The spec does not say a version: what is wrong is what the lock says, and the way out."""
    change(own, "components/mine.yaml", 'versions: ["8", "7"]\ndefault: "7"', 'versions: ["8"]')
    change(own, "components/mine.yaml", 'versions: ["8"]', 'versions: ["8"]\ndefault: "8"')
    done = cli("plan", cwd=own)
    assert (done.code, LOCK in done.err, "version" in done.err) == (2, True, True)


def test_another_component_is_another_thing(own: Path) -> None:
    move_on(own)
    change(own, "stack.yaml", "keep: mine", "keep: redis")
    generated(own)
    assert images(own) == {"redis:8-alpine"}


def published(root: Path) -> dict[str, str]:
    text = (root / "docker-compose.yml").read_text()
    return dict(
        re.findall(r"\n  (\w+):\n(?:    .*\n)*?    ports:\n      - '127.0.0.1:(\d+):\d+'", text)
    )


def test_ports_of_the_host_stay_when_services_come(tmp_path: Path) -> None:
    spec = "name: app\nservices:\n  b: redis\n  c: redis\nenvironments: {dev: {}}\n"
    root = generated(project(tmp_path, spec))
    assert published(root) == {"b": "6379", "c": "6380"}
    change(root, "stack.yaml", "  b: redis\n", "  a: redis\n  b: redis\n")
    generated(root)
    assert published(root) == {"a": "6381", "b": "6379", "c": "6380"}
    change(root, "stack.yaml", "  b: redis\n", "")
    generated(root, "--accept=orphan:dev/app_b_data")
    assert published(root) == {"a": "6381", "c": "6380"}
    change(root, "stack.yaml", "  a: redis\n", "  a: {component: redis, port: 6380}\n")
    generated(root)
    assert published(root) == {"a": "6380", "c": "6381"}


def hosts(root: Path, service: str) -> list[str]:
    text = (root / "docker-compose.yml").read_text()
    (entries,) = re.findall(rf"\n  {service}:\n(?:    .*\n)*?    ports:\n((?:      - .*\n)+)", text)
    return re.findall(r"127\.0\.0\.1:(\d+):", entries)


def test_every_port_of_a_server_stays_when_services_come(tmp_path: Path) -> None:
    queue = "{component: rabbitmq, management: true}"
    spec = f"name: app\nservices:\n  b: {queue}\n  c: {queue}\nenvironments: {{dev: {{}}}}\n"
    root = generated(project(tmp_path, spec))
    assert (hosts(root, "b"), hosts(root, "c")) == (["15672", "5672"], ["15673", "5673"])
    change(root, "stack.yaml", "  b: ", f"  a: {queue}\n  b: ")
    generated(root)
    assert (hosts(root, "b"), hosts(root, "c")) == (["15672", "5672"], ["15673", "5673"])
    assert hosts(root, "a") == ["15674", "5674"]
    change(root, "stack.yaml", "  b: {", "  d: {renamed_from: b, port: 6000, ")
    change(root, "stack.yaml", f"  c: {queue}\n", "")
    generated(root, "--accept=orphan:dev/app_c_data")
    assert hosts(root, "d") == ["15672", "6000"]
    change(root, "stack.yaml", "port: 6000, ", "")
    generated(root)
    assert hosts(root, "d") == ["15672", "5672"]
    assert cli("check", cwd=root).code == 0


def test_a_lock_of_before_keeps_the_main_port(tmp_path: Path) -> None:
    spec = "name: app\nservices:\n  a: qdrant\nenvironments: {dev: {}}\n"
    root = generated(project(tmp_path, spec))
    lock = json.loads((root / LOCK).read_text())
    assert lock["ports"] == {"a": 6333, "a.grpc": 6334}
    (root / LOCK).write_text(json.dumps({**lock, "ports": {"a": 6400}}))
    generated(root)
    assert hosts(root, "a") == ["6334", "6400"]


ENDED = """\
extends: redis
versions: ["8"]
default: "8"
ends: {"7": {date: "2026-04-14", source: "our choice: a test"}}
"""


def test_a_version_that_is_offered_no_more(own: Path) -> None:
    """Who has it keeps it and is told; nothing new can have it."""
    (own / "components/mine.yaml").write_text(ENDED)
    done = cli("generate", cwd=own)
    word = 'mine 7 has had no fixes since 2026-04-14 and is for nothing new; say version: "8"'
    assert (done.code, f"keep: {word}" in done.err) == (0, True)
    assert images(own) == {"redis:7-alpine"}
    done = cli("outdated", "--format=json", cwd=own)
    assert (done.code, json.loads(done.out)) == (
        1,
        [
            {
                "service": "keep",
                "component": "mine",
                "version": "7",
                "newest": "8",
                "fixes": "until 2026-04-14",
            }
        ],
    )
    done = cli("add", "mine:7", "--as=more", cwd=own)
    assert (done.code, word in done.err) == (2, True)
    change(own, "stack.yaml", "keep: mine", "keep: mine:8")
    assert word not in cli("generate", cwd=own).err
    assert images(own) == {"redis:8-alpine"}


@pytest.mark.parametrize("version", ["1.28", "1.28.3"])
def test_nginx_1_28_is_for_those_who_have_it(version: str, tmp_path: Path) -> None:
    web = f'  web: {{component: nginx, version: "{version}", needs: [api]}}\n'
    spec = f"name: app\nservices:\n{web}  api: fastapi\nenvironments: {{dev: {{}}}}\n"
    root = project(tmp_path, spec)
    word = f"nginx {version} has had no fixes since 2026-04-14 and is for nothing new"
    way = 'say version: "1.30"'
    done = cli("generate", cwd=root)
    assert (done.code, f"services.web.version: {word}; {way}" in done.err) == (2, True)

    change(root, "stack.yaml", f'version: "{version}"', 'version: "1.30"')
    generated(root)
    change(root, "stack.yaml", 'version: "1.30"', f'version: "{version}"')
    done = cli("generate", cwd=root)
    assert (done.code, f"web: {word}; {way}" in done.err) == (0, True)
    assert cli("outdated", cwd=root).code == 1
    assert f"nginx:{version}-alpine" in (root / "docker-compose.yml").read_text()


@pytest.mark.parametrize(
    ("service", "rows"),
    [
        ("postgres:18", []),
        ("rabbitmq:4.2", [("rabbitmq", "4.2", "4.3", "until 2026-07-31")]),
        ("rabbitmq:4.3", []),
        ("postgres:16", [("postgres", "16", "18", "until 2028-11-09")]),
    ],
)
def test_outdated_says_until_when_there_are_fixes(
    service: str, rows: list[tuple[str, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = f"name: app\nservices:\n  x: {service}\nenvironments: {{dev: {{}}}}\n"
    file = project(tmp_path, spec) / "stack.yaml"
    code = outdated(file, as_json=True, today=date(2026, 11, 1))
    told = json.loads(capsys.readouterr().out)
    assert [tuple(one.values())[1:] for one in told] == rows
    assert code == (1 if rows else 0)


def test_a_renamed_service_keeps_its_port(tmp_path: Path) -> None:
    spec = "name: app\nservices:\n  a: redis\n  b: redis\nenvironments: {dev: {}}\n"
    root = generated(project(tmp_path, spec))
    assert published(root) == {"a": "6379", "b": "6380"}
    (root / "stack.yaml").write_text(
        "name: app\nservices:\n  c: {component: redis, renamed_from: b}\n"
        "  a: {component: redis, renamed_from: a}\n"
        "environments: {dev: {}}\n"
    )
    generated(root)
    change(root, "stack.yaml", "  a: {component: redis, renamed_from: a}\n", "")
    generated(root, "--accept=orphan:dev/app_a_data")
    assert published(root) == {"c": "6380"}
