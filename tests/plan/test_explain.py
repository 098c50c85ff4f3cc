from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import cli, config, generated, project

from composegen.formats.yaml12 import read

SPEC = """\
name: x
services:
  api:
    component: fastapi
    data: {/data/up: uploads, /data/log: log, /tmp/x: temp}
    needs: [db]
  db: postgres
environments: {dev: {}, test: {}, prod: {}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return generated(project(tmp_path, SPEC))


def told(root: Path, *words: str) -> list[dict[str, object]]:
    done = cli("explain", "--format", "json", *words, cwd=root)
    assert done.code == 0, done.err
    result: list[dict[str, object]] = json.loads(done.out)
    return result


def test_json_covers_everything(root: Path) -> None:
    entries = told(root)
    pairs = [(entry["environment"], entry["service"]) for entry in entries]
    assert pairs == [(name, one) for name in ("dev", "test", "prod") for one in ("api", "db")]
    for entry in entries:
        assert entry["decisions"]
        for decision in entry["decisions"]:
            assert {"target", "kind", "place", "read_only", "reason", "path"} <= set(decision)
            assert all({"question", "answer", "because"} == set(one) for one in decision["path"])


def test_json_says_what_compose_does(root: Path) -> None:
    """The place of each decision is the type of the mount that Compose sees."""
    files = {"dev": "", "test": ".test", "prod": ".prod"}
    documents = {
        name: config(root / f"docker-compose{part}.yml").document["services"]
        for name, part in files.items()
    }
    for entry in told(root):
        service = documents[entry["environment"]][entry["service"]]
        places = {one["target"]: one["type"] for one in service.get("volumes", [])}
        places |= {one.partition(":")[0]: "tmpfs" for one in service.get("tmpfs", [])}
        for decision in entry["decisions"]:
            place = decision["place"]
            assert places.get(decision["target"], "image") == place


@pytest.mark.parametrize(("words", "count"), [(["db"], 3), (["--env", "prod"], 2)])
def test_filters(words: list[str], count: int, root: Path) -> None:
    assert len(told(root, *words)) == count


def test_text(root: Path) -> None:
    done = cli("explain", "db", "--env", "prod", cwd=root)
    lines = done.out.splitlines()
    assert lines[0] == "prod · db (postgres 18)"
    assert lines[1] == "  /var/lib/postgresql (database) → named volume x-prod_db_data"
    assert "    Must it outlive the container? yes: must be kept" in lines
    assert "    not tmpfs: it would be lost with the container" in lines
    assert "    edited: true would use a bind mount" in lines


def test_the_comment_is_the_reason(root: Path) -> None:
    text = (root / "docker-compose.prod.yml").read_text().replace("\n      # ", " ")
    for entry in told(root, "--env", "prod"):
        for decision in entry["decisions"]:
            if decision["place"] in ("bind", "volume", "tmpfs"):
                assert decision["reason"] in text


def test_says_how_to_change_it(root: Path) -> None:
    """Each `persist:` or `edited:` that is named leads elsewhere when it is said."""
    before = read((root / "stack.yaml").read_bytes()).value
    assert before["services"]["api"]["data"]["/data/up"] == "uploads"
    for change, place in (("persist: false", "tmpfs"), ("edited: true", "bind mount")):
        edited = SPEC.replace("/data/up: uploads", f"/data/up: {{kind: uploads, {change}}}")
        (root / "stack.yaml").write_text(edited)
        out = cli("explain", "api", "--env", "dev", cwd=root).out
        assert f"/data/up (uploads) → {place}" in out


def test_says_why_beside_data(root: Path) -> None:
    out = cli("explain", "--env", "dev", cwd=root).out
    assert out.startswith("dev · docker-compose.yml\n")
    assert "  version: left out: Compose ignores it and warns\n" in out
    api, db = told(root, "--env", "dev")
    assert {"build", "depends_on", "environment", "ports"} <= set(api["why"])
    assert "another libc" in db["why"]["image"]
    for key, text in {**api["why"], **db["why"]}.items():
        assert f"\n  {key}: {text}\n" in out
    assert "    18 keeps it in 18/docker below this path\n" in out


def test_consistency_is_explained_where_it_is_said(tmp_path: Path) -> None:
    spec = SPEC.replace("needs: [db]", "consistency: delegated")
    out = cli("explain", "api", cwd=generated(project(tmp_path, spec))).out
    assert "delegated is accepted but has no effect; use sync: watch instead" in out


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ("[db]", ["needs db: DATABASE_URL (url)", "needs: {db: {NAME: url}} would use another"]),
        ("[db, old]", ["needs db: DB_DATABASE_URL (url)", "needs old: OLD_DATABASE_URL (url)"]),
        ("{db: {PGHOST: host, PGPORT: port}}", ["needs db: PGHOST (host), PGPORT (port)"]),
        ("[cache]", ["needs cache: REDIS_URL (url)"]),
    ],
)
def test_variables_of_what_is_needed(needs: str, wanted: list[str], tmp_path: Path) -> None:
    stores = "db: postgres, old: postgres, cache: redis"
    project(
        tmp_path, f"name: x\nservices: {{{stores}, api: {{component: fastapi, needs: {needs}}}}}\n"
    )
    text = cli("explain", "api", cwd=tmp_path).out
    for line in wanted:
        assert line in text
    told = json.loads(cli("explain", "api", "--format", "json", cwd=tmp_path).out)[0]["needs"]
    assert {f"needs {one['service']}:" in text for one in told.values()} == {True}


def test_a_variable_that_the_spec_says_tells_of_nothing(tmp_path: Path) -> None:
    said = "needs: [db], environment: {DATABASE_URL: mine}"
    project(tmp_path, f"name: x\nservices: {{db: postgres, api: {{component: fastapi, {said}}}}}\n")
    assert "needs db" not in cli("explain", "api", cwd=tmp_path).out


@pytest.mark.parametrize("component", ["nats", "qdrant", "s3", "weaviate"])
def test_every_secret_is_said_to_come_from_env(component: str, tmp_path: Path) -> None:
    spec = f"name: x\nservices:\n  store: {component}\n"
    (entry,) = told(generated(project(tmp_path, spec + "environments: {prod: {}}\n")))
    why = entry["why"]
    assert isinstance(why, dict)
    assert why["environment"].startswith("secrets come from .env")
