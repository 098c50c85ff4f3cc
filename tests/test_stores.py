"""Stores and tools whose images are not run here, held against what is known about them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support import generated, plan, project, service, spec, stack

from composegen import credentials
from composegen.catalog import BUILTIN, Catalog

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
    (variable,) = [one for one in credentials.generated(made) if one.name == name]
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
