"""The data guard: from an edit of the spec to what is said, before a byte is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import Done, change, cli, disk, files, generated, project

from composegen.project.lock import LOCK

PG17, PG18 = "/var/lib/postgresql/data", "/var/lib/postgresql"


def spec(services: str, name: str = "app", environments: str = "{dev: {}}") -> str:
    return f"name: {name}\nservices:\n  {services}\nenvironments: {environments}\n"


def api(data: str, more: str = "") -> str:
    return spec(f"api: {{component: fastapi, data: {{{data}}}{more}}}")


def db(more: str = "", version: str = "17", key: str = "db") -> str:
    return spec(f'{key}: {{component: postgres, version: "{version}"{more}}}')


LABELS = "compose: {volumes: {db_data: {labels: [team=a]}}}\n"


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
        ("the volume stays", "finds it again if it returns"),
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
    "a different driver": Case(
        db(),
        db(f", data: {{{PG17}: {{volume: {{driver: nfs}}}}}}"),
        ("options:dev/app_db_data",),
        ("restore the old options", "app_db_data:/from:ro"),
    ),
    "other options of the driver": Case(
        db(f", data: {{{PG17}: {{volume: {{driver_opts: {{type: nfs, o: rw}}}}}}}}"),
        db(f", data: {{{PG17}: {{volume: {{driver_opts: {{type: nfs, o: ro}}}}}}}}"),
        ("options:dev/app_db_data",),
        ("restore the old options",),
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
    "a log of every write is turned on": Case(
        spec('cache: {component: redis, settings: {appendonly: "no"}}'),
        spec("cache: redis"),
        ("append-only:dev/app_cache_data",),
        ("starts empty", 'appendonly: "no"', "exec -T cache sh -c 'redis-cli CONFIG SET"),
    ),
    "a command without the log goes": Case(
        spec("cache: {component: valkey, command: [valkey-server]}"),
        spec("cache: valkey"),
        ("append-only:dev/app_cache_data",),
        ("starts empty", "exec -T cache sh -c 'valkey-cli CONFIG SET"),
    ),
    "a raw command goes": Case(
        spec("cache: {component: redis, compose: {command: redis-server --appendonly no}}"),
        spec("cache: redis"),
        ("append-only:dev/app_cache_data",),
        ("starts empty",),
    ),
    "a log of every write is turned off": Case(
        spec("cache: redis"),
        spec('cache: {component: redis, settings: {appendonly: "no"}}'),
        ("append-only:dev/app_cache_data",),
        ("the last dump", 'appendonly: "yes"', "exec -T cache redis-cli SAVE"),
    ),
    "a log is turned on in another volume": Case(
        spec('cache: {component: redis, settings: {appendonly: "no"}}'),
        spec("cache: {component: redis, data: {/data: {volume: main}}}"),
        ("orphan:dev/app_cache_data",),
        ("or move the data, with the old server still running", "CONFIG SET appendonly yes"),
    ),
    "a broker gets another hostname": Case(
        spec("mq: rabbitmq"),
        spec("mq: {component: rabbitmq, compose: {hostname: other}}"),
        ("hostname:dev/app_mq_data",),
        ('under hostname: "other"', 'services.mq: {compose: {hostname: "mq"}}'),
    ),
    "a broker's node gets a name": Case(
        spec("mq: rabbitmq"),
        spec("mq: {component: rabbitmq, environment: {RABBITMQ_NODENAME: other@localhost}}"),
        ("hostname:dev/app_mq_data",),
        ("RABBITMQ_NODENAME", 'services.mq: {compose: {hostname: "mq"}}'),
    ),
    "a broker's data moves to a broker of another name": Case(
        spec("mq: rabbitmq"),
        spec("main: rabbitmq"),
        ("orphan:dev/app_mq_data",),
        ('or move the data, keep the name: services.main: {compose: {hostname: "mq"}}; then',),
    ),
    "a node gets another name": Case(
        spec("vectors: weaviate"),
        spec("vectors: {component: weaviate, environment: {CLUSTER_HOSTNAME: node2}}"),
        ("hostname:dev/app_vectors_data",),
        ('services.vectors: {environment: {CLUSTER_HOSTNAME: "node1"}}',),
    ),
    "labels of a volume": Case(
        db(),
        f"{db()}{LABELS}",
        ("options:dev/app_db_data",),
        ('from {} to {"team": "a"}', "remove the labels"),
    ),
    "labels of a volume go": Case(
        f"{db()}{LABELS}",
        db(),
        ("options:dev/app_db_data",),
        ('compose: {volumes: {db_data: {labels: {"team": "a"}}}}', "external: true"),
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
    "a broker renamed": (
        spec("mq: rabbitmq"),
        spec("main: {component: rabbitmq, renamed_from: mq}"),
    ),
    "another group of the same user": (db(), db(', user: "999:1000"')),
    "labels of a service": (db(), db(", compose: {labels: {team: a}}")),
    "the log by a command": (
        spec("cache: redis"),
        spec("cache: {component: redis, command: redis-server --save 60 1 --appendonly yes}"),
    ),
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


def advice(root: Path) -> dict[str, list[str]]:
    """Return what a run that is refused advises, by finding."""
    found = json.loads(cli("plan", "--adopt", "--format=json", cwd=root).out)["findings"]
    return {one["id"]: one["advice"] for one in found}


STAYS = "the volume stays; nothing deletes it, and the service finds it again if it returns"
CHANGED = {
    "a database that stays is no place for another's data": (
        spec("one: postgres\n  two: postgres"),
        spec("two: postgres"),
        {"orphan:dev/app_one_data": STAYS},
    ),
    "nor is its next volume": (
        spec("one: postgres\n  two: postgres"),
        spec(f"two: {{component: postgres, data: {{{PG18}: {{volume: main}}}}}}"),
        {"orphan:dev/app_one_data": STAYS, "orphan:dev/app_two_data": "app_two_data:/from:ro"},
    ),
    "a path that stays is no place for another's data": (
        api("/app/a: uploads, /app/b: uploads"),
        api("/app/b: uploads"),
        {"orphan:dev/app_api_a": STAYS},
    ),
    "nor is its next volume, of a path": (
        api("/app/a: uploads, /app/b: uploads"),
        api("/app/b: {kind: uploads, volume: main}"),
        {"orphan:dev/app_api_a": STAYS, "orphan:dev/app_api_b": "app_main:/to"},
    ),
    "by path": (
        spec("vectors: qdrant"),
        spec("main: qdrant"),
        {
            "orphan:dev/app_vectors_snapshots": "app_main_snapshots:/to",
            "orphan:dev/app_vectors_storage": "app_main_storage:/to",
        },
    ),
    "two to choose from": (
        api("/app/a: uploads, /app/b: uploads"),
        api("/app/c: uploads, /app/d: uploads"),
        {
            "orphan:dev/app_api_a": "one of app_api_c, app_api_d take it over?",
            "orphan:dev/app_api_b": "{key: NEW, renamed_from: api_b}",
        },
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_only_what_is_new_takes_data_over(name: str, tmp_path: Path) -> None:
    before, after, expected = CHANGED[name]
    root = generated(project(tmp_path, before))
    (root / "stack.yaml").write_text(after)
    told = advice(root)
    assert told.keys() == expected.keys()
    for finding, word in expected.items():
        assert word in "\n".join(told[finding])
        copies = [line for line in told[finding] if "cp -a" in line]
        assert len(copies) == (":/" in word or "/to" in word), copies


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_an_image_that_a_component_takes_over(name: str, tmp_path: Path) -> None:
    """The image says what server it is, and its command whether that keeps a log."""
    image = "redis:8" if name == "redis" else "valkey/valkey:9"
    volume = "{kind: database, volume: {name: kept}}"
    before = f"cache: {{component: image, image: '{image}', data: {{/data: {volume}}}"
    after = spec(f"cache: {{component: {name}, data: {{/data: {{volume: {{name: kept}}}}}}}}")
    for command, asked in ((", command: [server, --appendonly, 'yes']", False), ("", True)):
        root = project(tmp_path / name / str(asked), spec(f"{before}{command}}}"))
        generated(root)
        (root / "stack.yaml").write_text(after)
        found_ids = found(cli("plan", "--format=json", cwd=root))
        assert ("append-only:dev/kept" in found_ids) is asked


def test_a_renamed_broker_keeps_its_hostname(tmp_path: Path) -> None:
    """In the run after it as well, where nobody speaks of a rename any more."""
    root = generated(project(tmp_path, spec("mq: rabbitmq")))
    keep = "data: {/var/lib/rabbitmq: {volume: {key: mq_data}}}"
    for entry in ("renamed_from: mq", keep):
        (root / "stack.yaml").write_text(spec(f"main: {{component: rabbitmq, {entry}}}"))
        generated(root)
        assert "hostname: mq\n" in (root / "docker-compose.yml").read_text()


def test_labels_by_hand(tmp_path: Path) -> None:
    """In the generated file, which no change of the spec touches, and beside one that does."""
    root = generated(project(tmp_path, spec("db: postgres:17\n  cache: redis")))
    change(root, "docker-compose.yml", "  db_data: {}", "  db_data: {labels: {team: a}}")
    finding = "options:dev/app_db_data"
    assert list(advice(root)) == [finding]
    assert cli("check", cwd=root).code == 4
    change(root, "stack.yaml", "redis", "valkey")
    assert finding in advice(root)
    change(root, "stack.yaml", "valkey", "redis")

    generated(root, f"--accept={finding}")
    assert advice(root) == {}
    assert "team: a" in (root / "docker-compose.yml").read_text()
    change(root, "docker-compose.yml", "{labels: {team: a}}", "{}")
    assert list(advice(root)) == [finding]


# what a lock of format 1 has not got
LATER = ("append_only", "labels", "named_by")


def of_format_1(root: Path) -> None:
    lock = json.loads((root / LOCK).read_text())
    for entry in lock["volumes"].values():
        for key in LATER:
            del entry[key]
    (root / LOCK).write_text(json.dumps({**lock, "format": 1}))


def test_a_lock_of_format_1(tmp_path: Path) -> None:
    """Brokers were all called rabbitmq, logs were kept, and nobody is asked about labels."""
    services = spec("mq: rabbitmq\n  cache: redis\n  vectors: weaviate")
    root = generated(project(tmp_path, f"{services}{LABELS.replace('db', 'cache')}"))
    of_format_1(root)
    assert found(cli("plan", "--format=json", cwd=root)) == []
    (root / "stack.yaml").write_text(services.replace("mq:", "events:"))
    change(root, "stack.yaml", "rabbitmq", "{component: rabbitmq, renamed_from: mq}")
    for _ in range(2):
        generated(root)
        assert "hostname: rabbitmq\n" in (root / "docker-compose.yml").read_text()
        change(root, "stack.yaml", "name: app", "name: app # again")


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
    assert said == f"run this first, or two servers write to one volume: {command}"
    assert more == "composegen status shows whether an old one is still running"


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
