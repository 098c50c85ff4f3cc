"""The data guard: from an edit of the spec to what is said, before a byte is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import Done, change, cli, disk, files, generated, project

from composegen.lock import LOCK

PG17, PG18 = "/var/lib/postgresql/data", "/var/lib/postgresql"


def spec(services: str, name: str = "app", environments: str = "{dev: {}}") -> str:
    return f"name: {name}\nservices:\n  {services}\nenvironments: {environments}\n"


def api(data: str, more: str = "") -> str:
    return spec(f"api: {{component: fastapi, data: {{{data}}}{more}}}")


def db(more: str = "", version: str = "17", key: str = "db") -> str:
    return spec(f'{key}: {{component: postgres, version: "{version}"{more}}}')


class Case(NamedTuple):
    """Two specs, what the guard says between them, and words of the advice."""

    before: str
    after: str
    ids: tuple[str, ...]
    words: tuple[str, ...]


CASES = {
    "a volume gets another key": Case(
        db(),
        db(f", data: {{{PG17}: {{volume: main}}}}"),
        ("orphan:dev/app_db_data",),
        ("renamed_from: db_data", "docker volume create", "app_db_data:/from:ro"),
    ),
    "a volume gets another name": Case(
        db(),
        db(f", data: {{{PG17}: {{volume: {{name: main}}}}}}"),
        ("orphan:dev/app_db_data",),
        ("app_db_data:/from:ro", "main:/to"),
    ),
    "a service gets another name": Case(
        db(),
        db(key="main"),
        ("orphan:dev/app_db_data",),
        ("renamed_from: db", "app_db_data:/from:ro", "app_main_data:/to"),
    ),
    "the project gets another name": Case(
        db(),
        spec("db: postgres:17", name="other"),
        ("orphan:dev/app_db_data",),
        ("renamed_from: app", "app_db_data:/from:ro", "other_db_data:/to"),
    ),
    "a service goes": Case(
        spec("db: postgres:17\n  cache: redis"),
        spec("cache: redis"),
        ("orphan:dev/app_db_data",),
        ("the volume stays", "finds it when it returns"),
    ),
    "an environment goes": Case(
        spec("db: postgres:17", environments="{dev: {}, prod: {}}"),
        db(),
        ("orphan:prod/app-prod_db_data",),
        ("the volume stays",),
    ),
    "postgres, a newer one": Case(
        db(),
        db(version="18"),
        ("format:dev/app_db_data",),
        ("postgres 17", "postgres 18", 'version: "17"'),
    ),
    "postgres, an older one": Case(
        db(version="18"),
        db(),
        ("format:dev/app_db_data",),
        ("postgres 18", "postgres 17", 'version: "18"'),
    ),
    "redis, an older one": Case(
        spec("cache: redis:8"),
        spec("cache: redis:7"),
        ("format:dev/app_cache_data",),
        ("redis 8", "redis 7", 'version: "8"'),
    ),
    "chroma, a newer one": Case(
        spec("vectors: chroma:0.5.23"),
        spec("vectors: chroma:1.5.9"),
        ("format:dev/app_vectors_data",),
        ("chroma 0.5.23", "chroma 1.5.9"),
    ),
    "chroma, an older one": Case(
        spec("vectors: chroma:1.5.9"),
        spec("vectors: chroma:0.5.23"),
        ("format:dev/app_vectors_data",),
        ("chroma 1.5.9",),
    ),
    "another server on the same volume": Case(
        spec("db: postgres:17"),
        spec("db: redis:8"),
        ("format:dev/app_db_data",),
        ("postgres 17", "redis 8"),
    ),
    "a newer server and other options at once": Case(
        db(),
        db(f", data: {{{PG18}: {{volume: {{driver_opts: {{type: nfs}}}}}}}}", version="18"),
        ("format:dev/app_db_data", "options:dev/app_db_data"),
        ("postgres 17",),
    ),
    "a database in memory": Case(
        db(),
        db(f", data: {{{PG17}: {{persist: false, insist: true}}}}"),
        ("memory:dev/app_db_data",),
        ("kept in memory", "persist: false"),
    ),
    "uploads in memory": Case(
        api("/app/uploads: uploads"),
        api("/app/uploads: temp"),
        ("memory:dev/app_api_uploads",),
        ("kept in memory",),
    ),
    "data on the host": Case(
        db(),
        db(f", data: {{{PG17}: {{mount: bind}}}}"),
        ("orphan:dev/app_db_data",),
        ("on the host", "app_db_data:/from:ro"),
    ),
    "another path": Case(
        api("/app/uploads: uploads"),
        api("/app/files: uploads"),
        ("orphan:dev/app_api_uploads",),
        ("app_api_uploads:/from:ro", "app_api_files:/to"),
    ),
    "another path on the same volume": Case(
        api("/srv/a: {kind: files, volume: shared}"),
        api("/srv/b: {kind: files, volume: shared}"),
        ("path:dev/app_shared",),
        ("keep the path /srv/a",),
    ),
    "another driver": Case(
        db(),
        db(f", data: {{{PG17}: {{volume: {{driver: nfs}}}}}}"),
        ("options:dev/app_db_data",),
        ("take the options back", "app_db_data:/from:ro"),
    ),
    "other options of the driver": Case(
        db(f", data: {{{PG17}: {{volume: {{driver_opts: {{type: nfs, o: rw}}}}}}}}"),
        db(f", data: {{{PG17}: {{volume: {{driver_opts: {{type: nfs, o: ro}}}}}}}}"),
        ("options:dev/app_db_data",),
        ("take the options back",),
    ),
    "no longer external": Case(
        db(f", data: {{{PG17}: {{volume: {{external: true}}}}}}"),
        db(),
        ("options:dev/app_db_data",),
        ("external",),
    ),
    "another user": Case(
        db(),
        db(', user: "1000:1000"'),
        ("owner:dev/app_db_data",),
        ("999:999", "chown -R 1000:1000"),
    ),
    "another database": Case(
        db(),
        db(", database: other"),
        ("first-start:dev/app_db_data",),
        ("POSTGRES_DB: app → other",),
    ),
    "another role": Case(
        db(", environment: {POSTGRES_USER: one}"),
        db(", environment: {POSTGRES_USER: two}"),
        ("first-start:dev/app_db_data",),
        ("POSTGRES_USER: one → two",),
    ),
    "two stores at once": Case(
        spec("db: postgres:17\n  cache: redis:8"),
        spec("db: postgres:18\n  cache: redis:7"),
        ("format:dev/app_cache_data", "format:dev/app_db_data"),
        ("postgres 17", "redis 8"),
    ),
    "two environments at once": Case(
        spec("db: postgres:17", environments="{dev: {}, test: {}, prod: {}}"),
        spec("db: postgres:18", environments="{dev: {}, test: {}, prod: {}}"),
        ("format:dev/app_db_data", "format:prod/app-prod_db_data"),
        ("postgres 17",),
    ),
}


def found(done: Done) -> list[str]:
    return [one["id"] for one in json.loads(done.out)["findings"]]


def accepting(*ids: str) -> list[str]:
    return [f"--accept={one}" for one in ids]


@pytest.mark.parametrize("name", CASES)
def test_at_risk(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    root = generated(project(tmp_path, case.before))
    (root / "stack.yaml").write_text(case.after)
    before = disk(root)

    plan = cli("plan", "--format=json", cwd=root)
    assert (plan.code, found(plan)) == (4, list(case.ids))
    assert cli("plan", cwd=root).code == 4
    assert cli("check", cwd=root).code == 4
    done = cli("generate", cwd=root)
    assert (done.code, done.err.splitlines()[-1]) == (4, "nothing was written")
    for word in (*case.words, *accepting(*case.ids)):
        assert word.replace("=", " ") in done.err.replace("=", " ")

    # all but one is still refused, each by its own name
    for one in case.ids:
        rest = [other for other in case.ids if other != one]
        done = cli("generate", *accepting(*rest), cwd=root)
        assert (done.code, f"--accept {one}" in done.err) == (4, True)
        assert not [other for other in rest if f"--accept {other}" in done.err]
    assert disk(root) == before

    assert cli("generate", *accepting(*case.ids), cwd=root).code == 0
    change(root, "stack.yaml", "services:", "services: # a comment")
    done = cli("generate", cwd=root)
    assert done.code == 0, f"accepted once, and asked again: {done.err}"
    assert cli("check", cwd=root).code == 0


ALLOWED = {
    "redis, a newer one": (spec("cache: redis:7"), spec("cache: redis:8")),
    "a service renamed": (db(), db(", renamed_from: db", key="main")),
    "a volume renamed": (
        db(),
        db(f", data: {{{PG17}: {{volume: {{key: main, renamed_from: db_data}}}}}}"),
    ),
    "the project renamed": (db(), f"renamed_from: app\n{spec('db: postgres:17', name='other')}"),
    "a volume named as it is called": (
        db(),
        db(f", data: {{{PG17}: {{volume: {{key: main, name: app_db_data}}}}}}"),
    ),
    "a volume becomes external": (
        db(),
        db(f", data: {{{PG17}: {{volume: {{external: true}}}}}}"),
    ),
    "another extension": (db(), db(", pgvector: true")),
    "other settings": (db(), db(", settings: {max_connections: 50}")),
    "another store": (db(), spec("db: postgres:17\n  cache: redis")),
    "another environment": (
        db(),
        spec("db: postgres:17", environments="{dev: {}, test: {}, prod: {}}"),
    ),
    "the test environment goes": (
        spec("db: postgres:17", environments="{dev: {}, test: {}}"),
        db(),
    ),
    "other files of a program run by another user": (
        api("/app/uploads: uploads"),
        api("/app/uploads: files"),
    ),
    "an owner of a shared volume goes": (
        spec(
            "a: {component: python, data: {/s: {kind: files, volume: s}}}\n"
            "  b: {component: python, data: {/s: {kind: files, volume: s}}}"
        ),
        spec("b: {component: python, data: {/s: {kind: files, volume: s}}}"),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_not_at_risk(name: str, tmp_path: Path) -> None:
    before, after = ALLOWED[name]
    root = generated(project(tmp_path, before))
    (root / "stack.yaml").write_text(after)
    done = cli("plan", "--format=json", cwd=root)
    assert (done.code, found(done)) == (1, [])
    assert cli("generate", cwd=root).code == 0
    assert cli("check", cwd=root).code == 0


# what says so goes with the lock: a file of no environment of the spec is not taken over
ONLY_IN_THE_LOCK = {"an environment goes"}


@pytest.mark.parametrize("name", sorted({*CASES, *ALLOWED} - ONLY_IN_THE_LOCK))
def test_the_lock_is_lost(name: str, tmp_path: Path) -> None:
    """The Compose files that are taken over say what volumes there were."""
    before, after = (CASES[name] if name in CASES else ALLOWED[name])[:2]
    ids = list(CASES[name].ids) if name in CASES else []
    root = generated(project(tmp_path, before))
    (root / LOCK).unlink()
    (root / "stack.yaml").write_text(after)
    done = cli("plan", "--adopt", "--format=json", cwd=root)
    assert found(done) == ids, done.err
    assert json.loads(done.out)["unknown"] == []
    assert cli("generate", "--adopt", *accepting(*ids), cwd=root).code == 0
    assert cli("check", cwd=root).code == 0


def test_a_renamed_service_keeps_volume_and_password(tmp_path: Path) -> None:
    root = generated(project(tmp_path, spec("db: postgres:17", environments="{dev: {}, prod: {}}")))
    env = (root / ".env").read_bytes()
    change(root, "stack.yaml", "db: postgres:17", "main: {component: postgres, renamed_from: db}")
    change(root, "stack.yaml", "renamed_from: db", 'renamed_from: db, version: "17"')
    generated(root)
    assert (root / ".env").read_bytes() == env
    text = (root / "docker-compose.yml").read_text()
    assert f"- db_data:{PG17}" in text
    assert "${DB_PASSWORD:?" in text
    assert "MAIN" not in text
    assert 'name: "app-prod_db_data"' in (root / "docker-compose.prod.yml").read_text()


def test_a_renamed_project_keeps_its_volumes(tmp_path: Path) -> None:
    root = generated(project(tmp_path, spec("db: postgres:17", environments="{dev: {}, prod: {}}")))
    change(root, "stack.yaml", "name: app\n", "name: other\nrenamed_from: app\n")
    generated(root)
    for file, project_name, name in (
        ("docker-compose.yml", "other", "app_db_data"),
        ("docker-compose.prod.yml", "other-prod", "app-prod_db_data"),
    ):
        text = (root / file).read_text()
        assert f'name: "{project_name}"\n' in text
        assert f'name: "{name}"\n' in text


@pytest.mark.parametrize(
    ("after", "command"),
    [
        (
            db(", renamed_from: db", key="main"),
            "docker compose --file docker-compose.yml up -d --remove-orphans",
        ),
        (
            f"renamed_from: app\n{spec('db: postgres:17', name='other')}",
            "docker compose --project-name app --file docker-compose.yml down --remove-orphans",
        ),
    ],
)
def test_a_rename_says_how_to_stop_the_old_server(after: str, command: str, tmp_path: Path) -> None:
    """Last of all, where it is seen; and to scripts."""
    root = generated(project(tmp_path, db()))
    (root / "stack.yaml").write_text(after)
    assert json.loads(cli("plan", "--format=json", cwd=root).out)["to_stop"] == [command]
    *_, said, more = cli("generate", cwd=root).err.splitlines()
    assert said == f"before anything else, or two servers write one volume: {command}"
    assert more == "composegen status says whether an old one still runs"


def test_a_service_that_returns(tmp_path: Path) -> None:
    with_db, without = spec("db: postgres:17\n  cache: redis"), spec("cache: redis")
    root = generated(project(tmp_path, with_db))
    env = (root / ".env").read_bytes()
    (root / "stack.yaml").write_text(without)
    generated(root, "--accept=orphan:dev/app_db_data")
    generated(root)
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root)

    (root / "stack.yaml").write_text(with_db.replace("17", "18"))
    done = cli("generate", cwd=root)
    assert (done.code, "format:dev/app_db_data" in done.err) == (4, True)
    (root / "stack.yaml").write_text(with_db)
    generated(root)
    assert (root / ".env").read_bytes() == env
    (root / "stack.yaml").write_text(without)
    assert cli("generate", cwd=root).code == 4


def test_a_password_that_returns_is_the_old_one(tmp_path: Path) -> None:
    """The volume still has the old password while its service is away."""
    root = generated(project(tmp_path, spec("db: postgres:17\n  cache: redis")))
    (root / "stack.yaml").write_text(spec("cache: redis"))
    generated(root, "--accept=orphan:dev/app_db_data")
    (root / ".env").write_text("DB_PASSWORD=another\n")
    (root / "stack.yaml").write_text(spec("db: postgres:17\n  cache: redis"))
    done = cli("generate", cwd=root)
    assert (done.code, "credential:DB_PASSWORD" in done.err) == (4, True)


def test_one_environment_does_not_speak_of_another(tmp_path: Path) -> None:
    root = generated(project(tmp_path, spec("db: postgres:17", environments="{dev: {}, prod: {}}")))
    change(root, "stack.yaml", "postgres:17", "postgres:18")
    done = cli("plan", "--format=json", "--env=dev", cwd=root)
    assert found(done) == ["format:dev/app_db_data"]
    prod = (root / "docker-compose.prod.yml").read_bytes()
    generated(root, "--env=dev", "--accept=format:dev/app_db_data")
    assert (root / "docker-compose.prod.yml").read_bytes() == prod
    # prod's turn comes, and nothing was accepted for it
    assert found(cli("plan", "--format=json", cwd=root)) == ["format:prod/app-prod_db_data"]


def test_a_version_of_one_environment_is_that_ones(tmp_path: Path) -> None:
    """What only prod says must not become what dev gets in the next run."""
    text = spec("db: postgres", environments='{dev: {}, prod: {db: {version: "17"}}}')
    root = generated(project(tmp_path, text))
    before = files(root)
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root)
    for path in ("docker-compose.yml", "docker-compose.prod.yml"):
        assert (root / path).read_bytes() == before[path]


@pytest.mark.parametrize(
    "env", ["DB_PASSWORD=another\n", "DB_PASSWORD='another'\n", "DB_PASSWORD=\n", "", None]
)
def test_another_password(env: str | None, tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    first = (root / ".env").read_bytes()
    if env is None:
        (root / ".env").unlink()
    else:
        (root / ".env").write_text(env)
    before = disk(root)
    assert found(cli("plan", "--format=json", cwd=root)) == ["credential:DB_PASSWORD"]
    done = cli("generate", cwd=root)
    assert (done.code, "secrets rotate DB_PASSWORD" in done.err) == (4, True)
    assert first.decode().strip().partition("=")[2] not in done.err
    assert disk(root) == before

    generated(root, "--accept=credential:DB_PASSWORD")
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    generated(root)
    (root / ".env").write_bytes(first)
    assert cli("generate", cwd=root).code == 4


def test_another_password_and_another_name_at_once(tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    (root / "stack.yaml").write_text(db(", renamed_from: db", key="main"))
    (root / ".env").write_text("DB_PASSWORD=another\n")
    assert found(cli("plan", "--format=json", cwd=root)) == ["credential:DB_PASSWORD"]


def test_a_password_of_nothing_yet_is_the_users_choice(tmp_path: Path) -> None:
    root = project(tmp_path, db())
    (root / ".env").write_text("DB_PASSWORD=mine\n")
    generated(root)
    assert (root / ".env").read_text().startswith("DB_PASSWORD=mine\n")


def test_a_password_of_a_database_in_memory_is_free(tmp_path: Path) -> None:
    root = generated(project(tmp_path, spec("db: postgres:17", environments="{test: {}}")))
    (root / ".env").write_text("DB_PASSWORD=another\n")
    generated(root)


def test_another_machine_has_a_password_of_its_own(tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    (root / ".composegen/local/seen.json").unlink()
    (root / ".env").unlink()
    generated(root)


def test_the_same_password_in_quotes_is_the_same(tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    secret = (root / ".env").read_text().strip().partition("=")[2]
    (root / ".env").write_text(f"# mine\nDB_PASSWORD='{secret}'\n")
    generated(root)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("format:dev/app_db_dat", "did you mean 'format:dev/app_db_data'?"),
        ("all", "known: format:dev/app_db_data"),
        ("*", "known: format:dev/app_db_data"),
        ("format", "format:dev/app_db_data"),
        ("", "known: format:dev/app_db_data"),
    ],
)
def test_there_is_no_accept_all(said: str, hint: str, tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    change(root, "stack.yaml", '"17"', '"18"')
    before = disk(root)
    for command in ("plan", "generate"):
        done = cli(command, f"--accept={said}", cwd=root)
        assert (done.code, hint in done.err) == (2, True)
    assert disk(root) == before


def test_nothing_to_accept(tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    change(root, "stack.yaml", "name: app", "name: app # a comment")
    done = cli("generate", "--accept=format:dev/app_db_data", cwd=root)
    assert (done.code, "there is nothing to accept" in done.err) == (2, True)


def test_findings_in_every_format(tmp_path: Path) -> None:
    root = generated(project(tmp_path, db()))
    change(root, "stack.yaml", '"17"', '"18"')
    one: dict[str, Any] = json.loads(cli("check", "--format=json", cwd=root).out)["data"][0]
    assert (one["id"], one["kind"], one["volume"]) == (
        "format:dev/app_db_data",
        "format",
        "app_db_data",
    )
    lines = cli("check", "--format=github", cwd=root).out.splitlines()
    assert [line for line in lines if line.startswith("::error file=stack.yaml::format:dev/")]
