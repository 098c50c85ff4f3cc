"""The table of cases, row by row: what we wrote last, what is on the disk, what we would write."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import change, cli, config, disk, files, generated, posix, project

from composegen.commands.files import carry_out, generate, work_of
from composegen.formats import envfile
from composegen.project.folder import Project, load
from composegen.project.lock import LOCK
from composegen.project.seen import nothing_to_do
from composegen.project.write import Changed

SPEC = """\
name: app
services:
  api: {component: fastapi, port: 8000, needs: [db]}
  db: postgres:17
environments:
  dev: {}
  test: {}
"""
DEV, TEST = "docker-compose.yml", "docker-compose.test.yml"
NEW = ".composegen-new"
# What an edit of the spec changes: the Compose file and the Dockerfile.
PORT = ("port: 8000", "port: 8080")
PYTHON = ("component: fastapi", 'component: fastapi, version: "3.12"')

OURS = (DEV, TEST, "Dockerfile", ".dockerignore", ".env.example")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(project(tmp_path_factory.mktemp("update"), SPEC))


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "project")
    return tmp_path / "project"


def fresh(root: Path, folder: Path) -> dict[str, bytes]:
    """Return what a first run gives for a project's spec and passwords."""
    folder.mkdir()
    for name in ("stack.yaml", "requirements.txt", ".env"):
        shutil.copyfile(root / name, folder / name)
    return ours(generated(folder))


def ours(root: Path) -> dict[str, bytes]:
    return {path: data for path, data in files(root).items() if "local/" not in path}


def look_again(root: Path) -> None:
    """Take away what lets a run see at once that nothing is to do."""
    (root / ".composegen/local/seen.json").unlink()


def test_same(root: Path) -> None:
    before = disk(root)
    look_again(root)
    done = cli("generate", cwd=root)
    assert (done.code, done.err) == (0, "nothing to do\n")
    after = disk(root)
    seen = ".composegen/local/seen.json"
    assert {**after, seen: None} == {**before, seen: None}


def test_new_text_over_an_untouched_file(root: Path, tmp_path: Path) -> None:
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    assert cli("generate", cwd=root).code == 0
    assert ours(root) == fresh(root, tmp_path / "fresh")


@pytest.mark.parametrize("path", OURS)
def test_edited(path: str, root: Path) -> None:
    text = (root / path).read_text() + "# mine\n"
    (root / path).write_text(text)
    done = cli("generate", cwd=root)
    assert (done.code, f"kept your edits in {path}" in done.err) == (0, True)
    assert (root / path).read_text() == text
    assert cli("check", cwd=root).code == 0
    assert f"kept your edits in {path}" in cli("generate", cwd=root).err


def test_edits_are_merged(root: Path, tmp_path: Path) -> None:
    change(root, DEV, "    stop_grace_period: 1m\n", "    stop_grace_period: 9m\n")
    change(root, "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL mine=1\n")
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    done = cli("generate", cwd=root)
    assert done.code == 0, done.err
    wanted = fresh(root, tmp_path / "fresh")
    dev = wanted[DEV].replace(b"stop_grace_period: 1m", b"stop_grace_period: 9m")
    docker = wanted["Dockerfile"].replace(b"WORKDIR /app\n", b"WORKDIR /app\nLABEL mine=1\n")
    # the lock has what we would have written, so that the edits are still known as edits
    assert ours(root) == {**wanted, DEV: dev, "Dockerfile": docker}
    assert f"kept your edits in {DEV}" in done.err
    assert cli("check", cwd=root).code == 0


MIXED = """\
name: app
services:
  api: {component: fastapi, port: 8000, needs: [db]}
  db: postgres:17
  extra: redis
environments:
  dev: {}
"""
# What the user wrote, what the spec says then, and a word of the new text beside it.
CONFLICTS = {
    "both changed a line": (
        lambda root: change(root, DEV, "'127.0.0.1:8000:8000'", "'127.0.0.1:7777:8000'"),
        PORT,
        "127.0.0.1:8080:8000",
    ),
    "the user changed what goes": (
        lambda root: change(root, DEV, "redis:8-alpine", "redis:8.2-alpine"),
        ("  extra: redis\n", ""),
        "postgres:17",
    ),
    "the user took away what changes": (
        lambda root: change(root, DEV, "    ports:\n      - '127.0.0.1:8000:8000'\n", ""),
        PORT,
        "127.0.0.1:8080:8000",
    ),
    "a service that is needed goes": (
        lambda root: change(
            root,
            DEV,
            "\nservices:\n",
            "\nservices:\n  admin:\n    image: adminer:5\n    depends_on: [extra]\n",
        ),
        ("  extra: redis\n", ""),
        "postgres:17",
    ),
    "a volume that is used goes": (
        lambda root: change(
            root,
            DEV,
            "\nservices:\n",
            "\nservices:\n  admin:\n    image: adminer:5\n    volumes: ['extra_data:/x']\n",
        ),
        ("  extra: redis\n", ""),
        "postgres:17",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict(name: str, tmp_path: Path) -> None:
    edit, (old, new), word = CONFLICTS[name]
    root = generated(project(tmp_path, MIXED))
    edit(root)
    change(root, "stack.yaml", old, new)
    accept = ("--accept=orphan:dev/app_extra_data",) if "extra" in old else ()
    before = disk(root)

    plan = cli("plan", *accept, cwd=root)
    assert (plan.code, f"{DEV}: conflict: " in plan.out) == (1, True)
    assert f"composegen generate --keep {DEV}\n" in plan.out.partition("\nRefused: ")[2]
    assert disk(root) == before
    assert cli("check", cwd=root).code == (4 if accept else 1)
    done = cli("generate", *accept, cwd=root)

    assert done.code == 1
    assert f"--keep {DEV}" in done.err
    assert word in (root / f"{DEV}{NEW}").read_text()
    after = disk(root)
    del after[f"{DEV}{NEW}"]
    assert after == before
    # it stays one until it is settled
    assert cli("generate", *accept, cwd=root).code == 1

    assert cli("generate", f"--keep={DEV}", *accept, cwd=root).code == 0
    assert disk(root)[DEV] == before[DEV]
    assert not (root / f"{DEV}{NEW}").exists()
    assert cli("check", cwd=root).code == 0
    assert cli("generate", cwd=root).code == 0
    assert disk(root)[DEV] == before[DEV]


def test_a_conflict_stops_everything(root: Path) -> None:
    """Half a project is worse than an old one: no other file moves on before it is settled."""
    change(root, DEV, "'127.0.0.1:8000:8000'", "'127.0.0.1:7777:8000'")
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    before = disk(root)
    assert cli("generate", cwd=root).code == 1
    assert before.items() <= disk(root).items()
    assert cli("generate", f"--keep={DEV}", cwd=root).code == 0
    assert "3.12" in (root / "Dockerfile").read_text()


def test_a_conflict_settled_by_hand(root: Path) -> None:
    change(root, DEV, "'127.0.0.1:8000:8000'", "'127.0.0.1:7777:8000'")
    change(root, "stack.yaml", *PORT)
    assert cli("generate", cwd=root).code == 1
    change(root, DEV, "'127.0.0.1:7777:8000'", "'127.0.0.1:8080:8000'")
    assert cli("generate", cwd=root).code == 0
    assert not (root / f"{DEV}{NEW}").exists()


def test_what_a_user_wrote_into_the_new_text_stays(root: Path) -> None:
    change(root, DEV, "'127.0.0.1:8000:8000'", "'127.0.0.1:7777:8000'")
    change(root, "stack.yaml", *PORT)
    assert cli("generate", cwd=root).code == 1
    change(root, f"{DEV}{NEW}", "\nservices:\n", "\nservices:\n  # half merged by hand\n")
    cli("generate", cwd=root)
    cli("generate", f"--keep={DEV}", cwd=root)
    assert any(b"half merged by hand" in data for data in files(root).values())


def test_keep_of_another_environment(root: Path) -> None:
    done = cli("generate", "--env", "dev", "--keep", "docker-compose.prod.yml", cwd=root)
    assert done.code == 2
    assert "docker-compose.prod.yml: its environment is not being written" in done.err


def test_keep_names_a_file_of_ours(root: Path) -> None:
    done = cli("generate", "--keep=docker-compose.yaml", cwd=root)
    assert (done.code, f"did you mean '{DEV}'" in done.err) == (2, True)


@pytest.mark.parametrize("path", OURS)
def test_foreign(path: str, tmp_path: Path) -> None:
    foreign = b"services: {}\n# a file that somebody wrote long ago\n"
    root = project(tmp_path, SPEC)
    (root / path).write_bytes(foreign)
    before = disk(root)

    for command in ("plan", "check", "generate"):
        done = cli(command, cwd=root)
        assert (done.code, done.err.startswith(f"error: {path}: ")) == (2, True)
        assert "--adopt" in done.err
    after = disk(root)
    assert after == before

    done = cli("generate", "--adopt", cwd=root)
    assert done.code == 0, done.err
    assert (root / f"{path}.before-1").read_bytes() == foreign
    assert (root / path).read_bytes() != foreign
    assert cli("check", cwd=root).code == 0


def test_all_foreign_files_are_named_at_once(tmp_path: Path) -> None:
    root = project(tmp_path, SPEC, {path: "x" for path in OURS})
    lines = cli("generate", cwd=root).err.splitlines()
    assert [line.split(": ")[1] for line in lines] == sorted(OURS)


def test_copies_are_numbered(tmp_path: Path) -> None:
    root = project(tmp_path, SPEC, {DEV: "second", f"{DEV}.before-1": "first"})
    (root / DEV).chmod(0o600)
    assert cli("generate", "--adopt", cwd=root).code == 0
    assert (root / f"{DEV}.before-1").read_text() == "first"
    assert (root / f"{DEV}.before-2").read_text() == "second"


def test_a_foreign_file_with_our_text_is_ours(root: Path) -> None:
    shutil.rmtree(root / ".composegen")
    before = ours(root)
    assert cli("generate", cwd=root).code == 0
    assert {path: ours(root)[path] for path in before} == before
    change(root, "stack.yaml", *PORT)
    assert cli("generate", cwd=root).code == 0


def test_keep_takes_a_foreign_file_as_it_is(tmp_path: Path) -> None:
    root = project(tmp_path, SPEC, {".dockerignore": "*\n!app\n!mine\n"})
    assert cli("generate", "--keep=.dockerignore", cwd=root).code == 0
    assert (root / ".dockerignore").read_text() == "*\n!app\n!mine\n"
    assert cli("check", cwd=root).code == 0


@pytest.mark.parametrize("path", ["Dockerfile", ".dockerignore", ".env.example"])
def test_deleted_by_the_user(path: str, root: Path) -> None:
    text = (root / path).read_bytes()
    (root / path).unlink()
    change(root, "stack.yaml", "name: app", "name: app ")
    for _ in range(2):
        done = cli("generate", cwd=root)
        assert done.code == 0
        assert not (root / path).exists()
        assert cli("check", cwd=root).code == 0
        look_again(root)
    assert f"left out {path}: you deleted it (--restore" in done.err
    done = cli("generate", "--restore", cwd=root)
    assert (done.code, (root / path).read_bytes()) == (0, text)


@pytest.mark.parametrize("path", [DEV, TEST])
def test_a_deleted_compose_file_comes_back(path: str, root: Path) -> None:
    text = (root / path).read_bytes()
    (root / path).unlink()
    assert cli("check", cwd=root).code == 1
    assert cli("generate", cwd=root).code == 0
    assert (root / path).read_bytes() == text


def test_no_longer_produced(root: Path) -> None:
    change(root, "stack.yaml", "  test: {}\n", "")
    assert f"{TEST}: deleted" in cli("plan", cwd=root).out
    assert (root / TEST).exists()
    done = cli("generate", cwd=root)
    assert (done.code, f"deleted {TEST}" in done.err) == (0, True)
    assert not (root / TEST).exists()
    assert cli("check", cwd=root).code == 0


def test_no_longer_produced_and_edited(root: Path) -> None:
    change(root, TEST, "services:\n", "services:\n  # mine\n")
    text = (root / TEST).read_bytes()
    change(root, "stack.yaml", "  test: {}\n", "")
    done = cli("generate", cwd=root)
    assert (done.code, f"left {TEST}" in done.err) == (0, True)
    assert (root / TEST).read_bytes() == text
    # and when it is wanted again, it is still the same file with the same edit
    change(root, "stack.yaml", "  dev: {}\n", "  dev: {}\n  test: {}\n")
    change(root, "stack.yaml", *PORT)
    assert cli("generate", cwd=root).code == 0
    assert b"# mine" in (root / TEST).read_bytes()


def test_no_longer_produced_and_deleted_by_the_user(root: Path) -> None:
    """What nobody has and nobody wants is forgotten, as if the run had deleted it itself."""
    (root / TEST).unlink()
    change(root, "stack.yaml", "  test: {}\n", "")
    assert cli("generate", cwd=root).code == 0
    assert TEST not in json.loads((root / ".composegen/lock.json").read_text())["files"]


def test_one_environment_says_nothing_of_another(root: Path) -> None:
    change(root, TEST, "services:\n", "services:\n  # mine\n")
    change(root, "stack.yaml", *PORT)
    before = (root / TEST).read_bytes()
    assert cli("generate", "--env=dev", cwd=root).code == 0
    assert (root / TEST).read_bytes() == before
    assert cli("generate", cwd=root).code == 0
    assert b"# mine" in (root / TEST).read_bytes()


@pytest.mark.parametrize("path", OURS)
def test_other_line_ends_are_no_edit_and_stay(path: str, root: Path, tmp_path: Path) -> None:
    data = (root / path).read_bytes().replace(b"\n", b"\r\n")
    (root / path).write_bytes(data)
    done = cli("generate", cwd=root)
    assert (done.code, "kept your edits" in done.err) == (0, False)
    assert (root / path).read_bytes() == data
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    assert cli("generate", cwd=root).code == 0
    wanted = fresh(root, tmp_path / "fresh")[path].replace(b"\n", b"\r\n")
    assert (root / path).read_bytes() == wanted
    assert cli("check", cwd=root).code == 0


def test_an_edit_in_a_file_with_other_line_ends(root: Path) -> None:
    data = (root / DEV).read_bytes().replace(b"\n", b"\r\n") + b"# mine\r\n"
    (root / DEV).write_bytes(data)
    change(root, "stack.yaml", *PORT)
    assert cli("generate", cwd=root).code == 0
    after = (root / DEV).read_bytes()
    assert after == data.replace(b"127.0.0.1:8000:", b"127.0.0.1:8080:")


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from([DEV, "Dockerfile"]), st.sampled_from([b"", b"# mine\n"]))
def test_each_line_keeps_its_own_end(
    original: Path, data: st.DataObject, path: str, mine: bytes
) -> None:
    """Mixed line ends: what nobody touched stays as it is, and new lines end as most do."""
    lines = [*(original / path).read_bytes().splitlines(keepends=True), *filter(None, [mine])]
    ends = st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))
    crlf = data.draw(ends)
    before = [
        line.replace(b"\n", b"\r\n") if one else line for line, one in zip(lines, crlf, strict=True)
    ]
    most = b"\r\n" if 2 * sum(crlf) > len(crlf) else b"\n"
    changed = (b"127.0.0.1:8000:", b"127.0.0.1:8080:") if path == DEV else (b":3.13", b":3.12")
    with tempfile.TemporaryDirectory() as folder:
        root = shutil.copytree(original, Path(folder, "project"))
        (root / path).write_bytes(b"".join(before))
        change(root, "stack.yaml", *(PORT if path == DEV else PYTHON))
        assert cli("generate", cwd=root).code == 0
        wanted = [
            line.rstrip(b"\r\n").replace(*changed) + most if changed[0] in line else line
            for line in before
        ]
        assert (root / path).read_bytes().splitlines(keepends=True) == wanted


@posix("MODES OF FILES")
@pytest.mark.parametrize("mode", [0o600, 0o755, 0o444])
def test_the_mode_is_kept(mode: int, root: Path) -> None:
    for path in (DEV, "Dockerfile", ".gitignore"):
        (root / path).chmod(mode)
    change(root, ".gitignore", ".env\n", "")
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    assert cli("generate", cwd=root).code == 0
    for path in (DEV, "Dockerfile", ".gitignore"):
        assert (root / path).stat().st_mode & 0o777 == mode, path


ENVS = (
    b"# mine\nDB_PASSWORD=secret\nHOST_UID=1\nHOST_GID=1",
    b"A='x y'\r\nDB_PASSWORD=secret\r\n",
    b"export DB_PASSWORD=secret\n\n\n",
    b"DB_PASSWORD=secret\nUMLAUT=\xc3\xa4\n\xe2\x80\xa8\n",
    b"\xef\xbb\xbfA=1\nDB_PASSWORD=secret\n",
)


@pytest.mark.parametrize("before", ENVS)
def test_env_is_only_added_to(before: bytes, tmp_path: Path) -> None:
    root = project(tmp_path, SPEC)
    (root / ".env").write_bytes(before)
    generated(root)
    after = (root / ".env").read_bytes()
    assert after.startswith(before)
    lines = after[len(before) :].decode().split()
    assert not [line for line in lines if line.startswith("DB_PASSWORD")]
    assert {"HOST_UID", "HOST_GID"} <= {
        line.partition("=")[0] for line in after.decode().splitlines()
    }
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", "db: postgres:17", "db: postgres:17\n  more: postgres:17")
    generated(root)
    assert (root / ".env").read_bytes().startswith(after)
    assert b"MORE_PASSWORD=" in (root / ".env").read_bytes()


def test_env_that_is_no_text(root: Path) -> None:
    (root / ".env").write_bytes(b"A=\xff\n" + (root / ".env").read_bytes())
    before = disk(root)
    change(root, "stack.yaml", *PORT)
    done = cli("generate", cwd=root)
    assert (done.code, ".env: not UTF-8" in done.err) == (2, True)
    assert (root / ".env").read_bytes() == before[".env"][2]


def link_file(root: Path, path: str) -> None:
    (root / "elsewhere").write_text("mine")
    (root / path).symlink_to("elsewhere")


def link_outside(root: Path, path: str) -> None:
    (root / path).symlink_to("/etc/hostname")


def link_nowhere(root: Path, path: str) -> None:
    (root / path).symlink_to("nowhere")


def folder(root: Path, path: str) -> None:
    (root / path).mkdir()
    (root / path / "mine").write_text("mine")


IN_THE_WAY: dict[str, tuple[Callable[[Path, str], None], str]] = {
    "a link": (link_file, "a symbolic link"),
    "a link that leads out": (link_outside, "a symbolic link"),
    "a link that leads nowhere": (link_nowhere, "a symbolic link"),
    "a folder": (folder, "not a regular file"),
}


@posix("LINKS BUT FOR ADMINISTRATORS")
@pytest.mark.parametrize("path", [DEV, "Dockerfile", ".env", ".gitignore", ".composegen/lock.json"])
@pytest.mark.parametrize("what", IN_THE_WAY)
@pytest.mark.parametrize("words", [(), ("--adopt", "--restore")])
def test_in_the_way(what: str, path: str, words: tuple[str, ...], tmp_path: Path) -> None:
    root = project(tmp_path, SPEC)
    make, said = IN_THE_WAY[what]
    (root / path).parent.mkdir(exist_ok=True)
    make(root, path)
    before = disk(root)
    done = cli("generate", *words, cwd=root)
    assert (done.code, said in done.err, path in done.err) == (2, True, True)
    assert disk(root) == before


@posix("LINKS BUT FOR ADMINISTRATORS")
@pytest.mark.parametrize("name", [".composegen", "api"])
def test_a_folder_that_is_a_link(name: str, tmp_path: Path) -> None:
    root = project(tmp_path / "project", SPEC.replace("port: 8000", "build: ./api, port: 8000"))
    away = tmp_path / "away"
    away.mkdir()
    (root / name).symlink_to(away)
    before = disk(root)
    done = cli("generate", cwd=root)
    assert (done.code, "a symbolic link" in done.err) == (2, True)
    assert disk(root) == before
    assert not list(away.iterdir())


@pytest.mark.parametrize("name", [".composegen", "api"])
def test_a_folder_that_is_a_file(name: str, tmp_path: Path) -> None:
    spec = SPEC.replace("port: 8000", "build: ./api, port: 8000")
    root = project(tmp_path, spec, {name: "mine"})
    before = disk(root)
    assert cli("generate", cwd=root).code == 2
    assert disk(root) == before


def test_the_users_own_override_is_never_touched(root: Path) -> None:
    (root / "docker-compose.override.yml").write_text("services: {api: {labels: [a]}}\n")
    before = disk(root)["docker-compose.override.yml"]
    change(root, "stack.yaml", *PORT)
    assert cli("generate", "--adopt", "--restore", cwd=root).code == 0
    assert disk(root)["docker-compose.override.yml"] == before


@pytest.mark.parametrize("edits", [(), (PORT,), (PORT, PYTHON), (("  test: {}\n", ""),)])
def test_generate_does_what_plan_showed(edits: tuple[tuple[str, str], ...], root: Path) -> None:
    change(root, DEV, "    stop_grace_period: 1m\n", "    stop_grace_period: 9m\n")
    for old, new in edits:
        change(root, "stack.yaml", old, new)
    before = disk(root)
    plan = cli("plan", "--format=json", cwd=root)
    assert disk(root) == before
    shown = json.loads(plan.out)
    assert plan.code == (1 if edits else 0)
    assert cli("generate", cwd=root).code == 0
    after = disk(root)
    written = {path for path in after if after[path] != before.get(path)}
    names = {one["path"] for one in shown["files"]}
    assert {path for path in written if not path.startswith(".composegen/")} == names
    assert set(before) - set(after) == set(shown["removed"])
    assert shown["edited"] == [DEV]
    assert cli("plan", cwd=root).code == 0


def test_plan_names_the_services_that_are_made_anew(root: Path) -> None:
    change(root, "stack.yaml", *PORT)
    shown = json.loads(cli("plan", "--format=json", cwd=root).out)
    assert shown["recreated"] == {DEV: ["api"]}


def test_plan_as_data_has_all_that_was_decided(root: Path) -> None:
    shown = json.loads(cli("plan", "--format=json", "--env=dev", cwd=root).out)
    (plan,) = shown["plans"]
    assert plan["environment"] == "dev"
    services = {one["name"]: one for one in plan["services"]}
    assert services["api"]["depends_on"] == {"db": "service_healthy"}
    (decision,) = [one for one in plan["decisions"] if one["service"] == "db"]
    assert decision["place"] == "volume"
    value = envfile.values((root / ".env").read_text())["DB_PASSWORD"]
    assert value not in json.dumps(shown)


def test_plan_shows_a_summary_and_the_diff_only_when_asked(root: Path) -> None:
    change(root, "stack.yaml", *PORT)
    done, whole = cli("plan", cwd=root), cli("plan", "--diff", cwd=root)
    assert (done.code, whole.code) == (1, 1)
    assert f"  {DEV}: changed\n" in done.out
    assert f"Services to be recreated:\n  {DEV}: api\n" in done.out
    assert "@@" not in done.out
    assert whole.out.startswith(done.out)
    assert "\n@@ " in whole.out


def test_plan_with_nothing_to_do_says_so_and_names_kept_edits(root: Path) -> None:
    change(root, DEV, "    stop_grace_period: 1m\n", "    stop_grace_period: 9m\n")
    done = cli("plan", cwd=root)
    assert (done.code, done.out) == (0, f"Files:\n  {DEV}: your edits kept\n\nnothing to do\n")


def test_plan_ends_with_what_is_refused_and_how_to_go_on(root: Path) -> None:
    change(root, "stack.yaml", "db: postgres:17", 'db: {component: postgres, version: "16"}')
    done = cli("plan", cwd=root)
    assert done.code == 4
    data, refused = done.out.index("\nData at risk:\n"), done.out.index("\nRefused: ")
    assert data < refused
    assert "--accept" not in done.out[:refused]
    assert "--accept format:dev/app_db_data\n" in done.out[refused:]


def test_plan_shows_no_secret(root: Path) -> None:
    secret = (root / ".env").read_text().partition("DB_PASSWORD=")[2].partition("\n")[0]
    change(root, "stack.yaml", "db: postgres:17", "db: postgres:17\n  more: postgres:17")
    for words in ((), ("--diff",), ("--format=json",)):
        done = cli("plan", *words, cwd=root)
        assert (done.code, ".env" in done.out) == (1, True)
        assert secret not in done.out + done.err


@pytest.mark.parametrize("path", [DEV, "Dockerfile"])
def test_an_edit_that_is_no_utf8(path: str, root: Path) -> None:
    mine = b"# f\xfcr Jos\xe9\n"
    (root / path).write_bytes((root / path).read_bytes() + mine)
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    for command in ("plan", "check", "generate"):
        assert cli(command, cwd=root).code in (0, 1), command
    assert mine in (root / path).read_bytes()


YAML = {
    "an anchor": ("services:\n", "x-log: &log {driver: local}\nservices:\n"),
    "a tag": ("services:\n", "x-a: !!str 1\nservices:\n"),
    "a tag of Compose": (
        "    shm_size: 256m\n",
        "    shm_size: 256m\n    labels: !reset null\n",
    ),
    "a merge key": (
        "services:\n",
        "x-a: &a {restart: always}\nservices:\n  tool:\n    <<: *a\n    image: busybox:1\n",
    ),
    "an old spelling of a boolean": ("    shm_size: 256m\n", "    shm_size: 256m\n    tty: yes\n"),
    "a mount of one word": (
        "      - db_data:/var/lib/postgresql/data\n",
        "      - db_data:/var/lib/postgresql/data\n      - /var/scratch\n",
    ),
    "depends_on as a list": ("services:\n", "services:\n  t: {image: a:1, depends_on: [db]}\n"),
    "extends": ("services:\n", "services:\n  t: {extends: {service: db}}\n"),
    "a service that is empty": ("services:\n", "services:\n  t:\n"),
    "volumes: as a mapping": ("services:\n", "services:\n  t: {volumes: {a: b}}\n"),
    "depends_on: of one word": ("services:\n", "services:\n  t: {depends_on: db}\n"),
    "volumes: of one word": ("services:\n", "services:\n  t: {volumes: 7}\n"),
    "a service of one word": ("services:\n", "services:\n  t: 7\n"),
    "volumes: of no names": ("services:\n", "services:\n  t: {volumes: [[a], {b: c}, 7]}\n"),
    "depends_on: no names": ("services:\n", "services:\n  t: {depends_on: [[a], {b: c}, 7]}\n"),
    "no volumes but a list": ("\nvolumes:\n  db_data: {}\n", "\nvolumes: [[a], {b: c}, 7]\n"),
    "no volumes but a number": ("\nvolumes:\n  db_data: {}\n", "\nvolumes: 7\n"),
    "no YAML at all": ("services:\n", "{{{\nservices:\n"),
    "no date": ("services:\n", "x-a: &a\n  day: 2026-02-31\nservices:\n"),
    **{
        tag: ("services:\n", f"x-a: {tag}\nservices:\n")
        for tag in ("!!int MARK", "!!float mark", "!!timestamp x", "!!bool yes", "!!binary é")
    },
    "a merge key for nothing": ("services:\n", "x-a: {<<: !!int 5}\nservices:\n"),
    "a key that is no text": ("services:\n", "x-a: &a {? [b] : c}\nservices:\n"),
    "an alias of itself": ("services:\n", "x-a: &a [*a]\nservices:\n"),
    "a huge number": ("services:\n", f"x-a: &a {9 * '123456789' * 99}\nservices:\n"),
    "a deep nest": ("services:\n", f"x-a: &a {'[' * 2000}{']' * 2000}\nservices:\n"),
}


@pytest.mark.parametrize("name", YAML)
def test_edits_may_use_all_of_yaml(name: str, root: Path) -> None:
    """Whatever a Compose file may say, right or wrong, is kept and never the end of a run."""
    old, new = YAML[name]
    change(root, DEV, old, new)
    change(root, "stack.yaml", *PORT)
    done = cli("generate", cwd=root)
    assert done.code == 0, done.err
    assert new in (root / DEV).read_text()
    assert "127.0.0.1:8080:8000" in (root / DEV).read_text()


@pytest.fixture
def behind(root: Path) -> Path:
    """A project in which each of six files would be written."""
    change(root, "stack.yaml", *PORT)
    change(root, "stack.yaml", *PYTHON)
    change(root, "stack.yaml", "db: postgres:17", "db: postgres:17\n  mail: rabbitmq")
    (root / ".gitignore").write_text("mine\n")
    return root


@pytest.mark.parametrize("path", [DEV, "Dockerfile", ".env.example", LOCK, ".env", ".gitignore"])
def test_a_save_meanwhile_counts(path: str, behind: Path) -> None:
    """An editor saves when all is worked out and nothing is written yet."""
    mine = b"\n" if path == LOCK else b"# mine\n"
    saved: list[bytes] = []

    def look(file: Path) -> Project:
        read = load(file)
        work_of(read)
        if not saved:
            saved.append(mine + (read.disk.file(path) or b""))
            (behind / path).write_bytes(saved[0])
        return read

    assert generate(behind / "stack.yaml", look=look) == 0
    assert path == LOCK or mine in (behind / path).read_bytes()
    assert "rabbitmq" in (behind / DEV).read_text()
    assert "127.0.0.1:8080:8000" in (behind / DEV).read_text()


@pytest.mark.parametrize("path", [DEV, "Dockerfile", ".env.example", LOCK, ".env", ".gitignore"])
def test_saves_again_and_again_are_never_overwritten(path: str, behind: Path) -> None:
    saved: list[bytes] = []

    def look(file: Path) -> Project:
        read = load(file)
        work_of(read)
        saved.append(b"\n" + (read.disk.file(path) or b""))
        (behind / path).write_bytes(saved[-1])
        return read

    before = files(behind)
    with pytest.raises(Changed, match=f"{re.escape(path)}: it was saved meanwhile"):
        generate(behind / "stack.yaml", look=look)
    assert len(saved) == 2
    assert files(behind) == {**before, path: saved[-1]}


def test_a_file_that_was_to_be_deleted_is_saved_meanwhile(root: Path) -> None:
    change(root, "stack.yaml", "  test: {}\n", "")
    read = load(root / "stack.yaml")
    done = work_of(read)
    assert done.removed == (TEST,)
    mine = (root / TEST).read_bytes() + b"# mine\n"
    (root / TEST).write_bytes(mine)
    with pytest.raises(Changed):
        carry_out(read, done, whole=True)
    assert (root / TEST).read_bytes() == mine


def test_a_save_right_after_the_writing_is_seen(root: Path) -> None:
    """What a run remembers of a file is what it met, not what is there at its end."""
    change(root, "Dockerfile", "\n", "\n# mine\n")
    read = load(root / "stack.yaml")
    done = work_of(read)
    change(root, "Dockerfile", "# mine", "# other")
    assert carry_out(read, done, whole=True) == 0
    assert nothing_to_do(root / "stack.yaml") is None


UNREAD = {
    "x-a: !!int MARK": ":6: 'MARK' is no !!int",
    "x-a: @b": ":6: found character that cannot start any token",
    "x-a: {<<: 5}": ":7: <<: merges a mapping",
    "x-a: *b": ":6: *b has no anchor (&b) before it",
}


@pytest.mark.parametrize("line", UNREAD)
@pytest.mark.parametrize("edits", [(), (PORT,)], ids=["edited", "merged"])
def test_what_is_not_read_is_named(
    line: str, edits: tuple[tuple[str, str], ...], root: Path
) -> None:
    change(root, DEV, "services:\n", f"{line}\nservices:\n")
    for edit in edits:
        change(root, "stack.yaml", *edit)
    (root / ".composegen/local/seen.json").unlink()
    place = (root / DEV).read_text().splitlines().index(line) + 1
    done = cli("generate", cwd=root)
    (said,) = (one for one in done.err.splitlines() if one.startswith("warning: docker-compose"))
    assert said.startswith(f"warning: {DEV}:{place}{UNREAD[line]}")
    assert said.endswith("; your edit is kept, but the file is not checked")
    assert (done.code, line in (root / DEV).read_text()) == (0, True)


def test_compose_takes_what_was_merged(root: Path) -> None:
    change(root, DEV, "\nvolumes:\n", "\n  mail:\n    image: axllent/mailpit:v1.27\n\nvolumes:\n")
    change(root, "stack.yaml", *PORT)
    generated(root)
    read = config(root / DEV)
    assert (read.code, read.err) == (0, "")
    assert set(read.document["services"]) == {"api", "db", "mail"}


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_an_own_template_may_end_as_it_likes(end: str, tmp_path: Path) -> None:
    template = "templates/dockerignore.j2"
    root = generated(project(tmp_path, SPEC, {template: f"*\n!app{end}"}))
    (root / template).write_text(f"*\n!app\n!more{end}")
    done = cli("generate", cwd=root)
    assert (done.code, (root / ".dockerignore").read_text()) == (0, f"*\n!app\n!more{end}")


def test_check_in_a_checkout(tmp_path: Path) -> None:
    """What git does not have is no drift: `.env`, the files with secrets, what one machine saw."""
    root = project(tmp_path, SPEC.replace("dev: {}", "dev: {secrets: files}"))
    generated(root)
    for path in (".env", ".composegen/local", "secrets"):
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
    assert cli("check", cwd=root).code == 0


@pytest.mark.parametrize("output", ["text", "json", "github"])
def test_check_names_the_files(output: str, root: Path) -> None:
    change(root, "stack.yaml", *PORT)
    done = cli("check", f"--format={output}", cwd=root)
    assert done.code == 1
    if output == "json":
        names = set(json.loads(done.out)["drift"])
    else:
        start = "::error file=" if output == "github" else ""
        names = {line.removeprefix(start).partition(":")[0] for line in done.out.splitlines()}
    assert {DEV, ".composegen/lock.json"} <= names
    assert TEST not in names


def test_check_writes_nothing(root: Path) -> None:
    change(root, "stack.yaml", *PORT)
    shutil.rmtree(root / ".composegen")
    before = disk(root)
    cli("check", cwd=root)
    assert disk(root) == before
    assert not (root / ".composegen").exists()
