"""Stores and tools whose images are not run here, held against what is known about them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support import generated, plan, project, service, spec, stack

from composegen.catalog.catalog import BUILTIN, Catalog
from composegen.engine import credentials

STORES = "{api: {component: fastapi, needs: [store]}, store: %s}"
TOOLS = "{db: postgres, cache: redis, tool: {component: %s, needs: [db, cache]}}"


@pytest.mark.parametrize(
    ("component", "wanted"),
    [
        ("mysql", {"DATABASE_URL": "mysql://app:PASSWORD@store:3306/app"}),
        ("mariadb", {"DATABASE_URL": "mysql://app:PASSWORD@store:3306/app"}),
        ("mongo", {"MONGO_URL": "mongodb://app:PASSWORD@store:27017/app?authSource=admin"}),
        ("elasticsearch", {"ELASTICSEARCH_URL": "http://elastic:PASSWORD@store:9200"}),
        ("opensearch", {"OPENSEARCH_URL": "http://store:9200"}),
        (
            "neo4j",
            {
                "NEO4J_PASSWORD": "PASSWORD",
                "NEO4J_URI": "bolt://store:7687",
                "NEO4J_USERNAME": "neo4j",
            },
        ),
    ],
)
def test_what_an_app_is_told(component: str, wanted: dict[str, str]) -> None:
    told = service(spec(STORES % component), "api").environment
    found = {
        key: re.sub(r"\$\{STORE_PASSWORD:[^}]*\}", "PASSWORD", text) for key, text in told.items()
    }
    assert wanted.items() <= found.items()


@pytest.mark.parametrize("component", ["elasticsearch", "mongo", "neo4j", "opensearch"])
@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_every_volume_of_the_image_is_covered(component: str, environment: str) -> None:
    """The two of mongo and of neo4j: the one that is missing would be anonymous."""
    volumes = {
        "elasticsearch": {"/usr/share/elasticsearch/data"},
        "mongo": {"/data/configdb", "/data/db"},
        "neo4j": {"/data", "/logs"},
        "opensearch": {"/usr/share/opensearch/data"},
    }
    store = service(spec(STORES % component), "store", environment)
    assert volumes[component] <= {mount.target for mount in store.mounts}
    assert store.user
    for mount in store.mounts:
        if mount.type == "tmpfs" and mount.target in volumes[component]:
            assert f"{mount.uid}:{mount.gid}" == store.user, mount


def test_mongo_is_probed_where_its_first_start_does_not_listen() -> None:
    """A server without passwords answers on 127.0.0.1 while the database is being initialised."""
    check = service(spec(STORES % "mongo"), "store").healthcheck
    assert check
    assert "$$(hostname)" in check.test[-1]
    assert not re.search(r"127\.0\.0\.1|localhost", check.test[-1])


def test_a_search_engine_has_half_of_its_memory_as_heap() -> None:
    for component in ("elasticsearch", "opensearch"):
        store = service(spec(STORES % component), "store", "prod")
        (options,) = [text for key, text in store.environment.items() if "JAVA_OPTS" in key]
        assert options == "-Xms1024m -Xmx1024m"
        assert store.limits
        assert store.limits.memory == "2G"
        assert store.ulimits["memlock"] == -1


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("DB_PASSWORD", "ALTER USER 'app'@'%' IDENTIFIED BY 'fresh';"),
        ("DB_ROOT_PASSWORD", "fresh\n"),
    ],
)
def test_one_password_of_two_is_changed(name: str, statement: str) -> None:
    made = stack("name: app\nservices: {db: mysql}\nenvironments: {dev: {}}\n")
    (variable,) = [one for one in made.secrets if one.name == name]
    options = {("dev", "db"): {"account": "app", "database": "app"}}
    (found,) = credentials.rotations(made, variable, "fresh", options, Catalog((BUILTIN,)))
    assert found.text == statement
    assert "fresh" not in " ".join(found.command)


@pytest.mark.parametrize("component", ["adminer", "pgadmin", "redisinsight"])
def test_a_tool_is_in_dev_alone_and_on_demand(component: str) -> None:
    text = spec(TOOLS % component)
    assert service(text, "tool").profiles == ("tools",)
    for environment in ("test", "prod"):
        assert {one.name for one in plan(text, environment).services} == {"db", "cache"}


def test_adminer_and_redisinsight_know_the_first_that_they_need() -> None:
    insight = "{cache: redis, tool: {component: redisinsight, needs: [cache]}}"
    assert service(spec(TOOLS % "adminer"), "tool").environment == {"ADMINER_DEFAULT_SERVER": "db"}
    assert service(spec(insight), "tool").environment == {
        "RI_REDIS_HOST": "cache",
        "RI_REDIS_PORT": "6379",
    }


@pytest.mark.parametrize("needs", ["[]", "[db]", "[cache, db, other]"])
def test_pgadmin_knows_its_servers(needs: str, tmp_path: Path) -> None:
    tool = f"{{component: pgadmin, needs: {needs}}}"
    services = f"{{db: postgres, other: postgres, cache: redis, tool: {tool}}}"
    root = generated(project(tmp_path, spec(services)))
    servers = json.loads((root / "tool/servers.json").read_text())["Servers"]
    wanted = [name for name in ("db", "other") if name in needs]
    assert [one["Host"] for one in servers.values()] == wanted
    assert "password" not in (root / "tool/servers.json").read_text().lower()


def test_tools_alone_are_a_file_that_compose_can_read(tmp_path: Path) -> None:
    root = generated(project(tmp_path, spec("{tool: adminer}")))
    assert "services: {}" in (root / "docker-compose.prod.yml").read_text()


@pytest.mark.parametrize(
    ("component", "wanted"),
    [
        (
            "weaviate",
            {"CLUSTER_BASIC_AUTH_PASSWORD": "PASSWORD", "CLUSTER_BASIC_AUTH_USERNAME": "node"},
        ),
        (
            "neo4j",
            {"NEO4J_client_allow__telemetry": "false", "NEO4J_dbms_usage__report_enabled": "false"},
        ),
        ("nats", {"NATS_PASSWORD": "'PASSWORD'", "NATS_USER": "'app'"}),
    ],
)
def test_what_a_store_is_told(component: str, wanted: dict[str, str]) -> None:
    said = service(spec(f"{{x: {component}}}"), "x", "prod").environment
    told = {key: re.sub(r"[$][{]\w+_PASSWORD:.*?[}]", "PASSWORD", said[key]) for key in wanted}
    assert told == wanted


def test_every_key_of_the_object_store_is_its_own() -> None:
    made = stack(spec("{x: s3}", "{prod: {}}"))
    said = made.plans[0].services[0]
    keys = [text for name, text in said.environment.items() if name.startswith("WEED_JWT_")]
    assert len(set(keys)) == 4
    assert all(text.startswith("${X_") for text in keys)
    assert {"-whiteList=127.0.0.1,@", "-master.telemetry=false"} <= set(said.command)
    assert len(made.secrets) == 6


def test_neo4j_tries_a_password_with_what_system_allows() -> None:
    rotate = Catalog()["neo4j"].facts_for({"version": "2026"}).secrets["password"].rotate
    assert rotate is not None
    assert "echo 'SHOW CURRENT USER;' |" in rotate.command[-1]
    assert "RETURN" not in rotate.command[-1]


class Milvus(BaseHTTPRequestHandler):
    """Its HTTP API, as far as a rotation asks it: the one password is the user root's."""

    password = ""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers["Authorization"] == f"Bearer root:{Milvus.password}"
        if known and self.path.endswith("/users/update_password"):
            known = (body["userName"], body["password"]) == ("root", Milvus.password)
            Milvus.password = body["newPassword"] if known else Milvus.password
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"code": 0 if known else 1800, "data": {}}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("old", ["old-one", "it's", 'a"b', "a\\b", "$a `b`", "12k34"])
def test_milvus_is_told_a_new_password(old: str) -> None:
    rotate = Catalog()["milvus"].facts_for({"version": "2.6.18"}).secrets["password"].rotate
    assert rotate is not None
    if not shutil.which("curl"):
        pytest.skip("NO curl")
    with HTTPServer(("127.0.0.1", 0), Milvus) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words = [word.replace("19530", str(server.server_port)) for word in rotate.command]

        def told(new: str) -> int:
            variables = {**os.environ, "COMMON_SECURITY_DEFAULTROOTPASSWORD": old}
            text = rotate.text.replace("{new}", new)
            return subprocess.run(
                words, input=text, text=True, env=variables, timeout=20
            ).returncode

        Milvus.password = old
        assert (told("new"), Milvus.password) == (0, "new")
        # a run that was cut off has set it already
        assert (told("new"), Milvus.password) == (0, "new")
        assert (told("newer"), Milvus.password) == (1, "new")
        server.shutdown()
