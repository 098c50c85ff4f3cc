"""A whole stack: what each environment gets, and what all share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import PRESETS, plan, problems, service, spec, stack

from composegen.plan.model import Limits
from composegen.project.folder import load
from composegen.resources import resource_dir

WHOLE = """{
  api: {component: fastapi, port: 8000, needs: [db, cache],
    data: {/srv/up: uploads, /srv/log: log}},
  worker: {component: python, heartbeat: /tmp/beat, needs: [db]},
  db: postgres, cache: redis, vectors: chroma}"""
ENVIRONMENTS = ("dev", "test", "prod")


def test_names() -> None:
    plans = stack(spec(WHOLE)).plans
    assert [(one.environment, one.name) for one in plans] == [
        ("dev", "app"),
        ("test", "app-test"),
        ("prod", "app-prod"),
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("{prod: {}, dev: {}}", ["dev", "prod"]),
        ("{test: }", ["test"]),
        ("{dev, test, prod}", ["dev", "test", "prod"]),
    ],
)
def test_only_the_environments_that_are_named(said: str, wanted: list[str]) -> None:
    assert [one.environment for one in stack(spec(WHOLE, said)).plans] == wanted


@settings(max_examples=30)
@given(st.permutations(["api", "db", "cache", "vectors", "worker"]))
def test_the_order_of_the_spec_changes_nothing(order: list[str]) -> None:
    parts = {
        "api": "{component: fastapi, needs: [db, cache]}",
        "worker": "{component: python, needs: [db]}",
        "db": "postgres",
        "cache": "redis",
        "vectors": "{component: chroma, port: 8001}",
    }
    services = ", ".join(f"{name}: {parts[name]}" for name in order)
    got = stack(spec(f"{{{services}}}"))
    assert got == stack(spec(f"{{{services}}}"))
    sorted_services = ", ".join(f"{name}: {parts[name]}" for name in sorted(order))
    assert got == stack(spec(f"{{{sorted_services}}}"))


def test_networks() -> None:
    assert plan(spec(WHOLE), "dev").networks == ()
    assert plan(spec(WHOLE), "test").networks == ()
    prod = plan(spec(WHOLE), "prod")
    assert [(one.name, one.internal) for one in prod.networks] == [
        ("backend", True),
        ("edge", False),
    ]
    assert {one.name: one.networks for one in prod.services} == {
        "api": ("backend", "edge"),
        "cache": ("backend",),
        "db": ("backend",),
        "vectors": ("backend",),
        "worker": ("backend", "edge"),
    }


def test_networks_of_other_shapes() -> None:
    assert plan(spec("{api: fastapi}"), "prod").networks == ()
    published = spec("{db: redis}", "{prod: {db: {port: 6379}}}")
    assert service(published, "db", "prod").networks == ("backend", "edge")


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ("dev", (None, False, False)),
        ("test", (None, False, False)),
        ("prod", ("unless-stopped", True, True)),
    ],
)
def test_what_prod_has(environment: str, wanted: tuple[str | None, bool, bool]) -> None:
    for one in plan(spec(WHOLE), environment).services:
        assert (one.restart, one.read_only, one.log_rotation) == wanted


@pytest.mark.parametrize(
    ("keys", "dev", "prod"),
    [
        ("", None, Limits("0.5", "256M", 100)),
        (", memory: 1g", Limits(None, "1G"), Limits("0.5", "1G", 100)),
        (", cpus: 2", Limits("2.0", None), Limits("2.0", "256M", 100)),
        (", cpus: 0.25", Limits("0.25", None), Limits("0.25", "256M", 100)),
        (", cpus: 1.5", Limits("1.5", None), Limits("1.5", "256M", 100)),
        (", cpus: 10", Limits("10.0", None), Limits("10.0", "256M", 100)),
        (", cpus: 0.01", Limits("0.01", None), Limits("0.01", "256M", 100)),
    ],
)
def test_limits(keys: str, dev: Limits | None, prod: Limits) -> None:
    text = spec(f"{{x: {{component: redis{keys}}}}}")
    assert service(text, "x", "dev").limits == dev
    assert service(text, "x", "prod").limits == prod


@given(st.decimals("0.01", "99", places=3, allow_nan=False))
def test_a_limit_is_never_less_than_nothing(number: object) -> None:
    text = spec(f"{{x: {{component: redis, cpus: {number}}}}}", "{dev: {}}")
    limits = service(text, "x").limits
    assert limits
    assert limits.cpus
    assert abs(float(limits.cpus) - float(str(number))) <= 0.0051
    assert float(limits.cpus) > 0


@pytest.mark.parametrize(
    ("key", "base", "over"),
    [
        ("restart", "always", "no"),
        ("replicas", 2, 3),
        ("profiles", ["a"], ["b", "c"]),
        ("user", "1:1", "2:2"),
        ("compose", {"tty": True}, {"tty": False}),
    ],
)
def test_an_override_is_for_its_environment(key: str, base: object, over: object) -> None:
    def word(value: object) -> str:
        return str(value) if isinstance(value, dict | list | int) else f'"{value}"'

    text = spec(
        f"{{x: {{component: fastapi, {key}: {word(base)}}}}}",
        f"{{dev: {{}}, prod: {{x: {{{key}: {word(over)}}}}}}}",
    )
    for environment, wanted in (("dev", base), ("prod", over)):
        got = getattr(service(text, "x", environment), key)
        assert (list(got) if isinstance(got, tuple) else got) == wanted


def test_users() -> None:
    text = spec(WHOLE)
    users = {
        environment: {one.name: one.user for one in plan(text, environment).services}
        for environment in ENVIRONMENTS
    }
    stores = {"cache": "999:1000", "db": "999:999", "vectors": None}
    assert users["dev"] == {"api": None, "worker": None, **stores}
    assert users["prod"] == {"api": "1000:1000", "worker": "1000:1000", **stores}


KEPT = ("redis-server", "--appendonly", "yes")
LOST = ("redis-server", "--save", "", "--appendonly", "no")
REFUSES = ("--maxmemory", "128mb", "--maxmemory-policy", "noeviction")
FORGETS = ("--maxmemory", "128mb", "--maxmemory-policy", "allkeys-lru")


@pytest.mark.parametrize(
    ("keys", "environment", "command"),
    [
        ("", "dev", KEPT),
        ("", "test", LOST),
        ("", "prod", (*KEPT, *REFUSES)),
        (", memory: 1G", "dev", (*KEPT, "--maxmemory", "512mb", *REFUSES[2:])),
        (", data: {/data: cache}", "dev", (*LOST, *FORGETS[2:])),
        (", data: {/data: cache}", "prod", (*LOST, *FORGETS)),
        (", data: {/data: {kind: cache, persist: true}}", "prod", (*KEPT, *FORGETS)),
        (", data: {/data: {persist: false, insist: true}}", "prod", (*LOST, *REFUSES)),
        (", settings: {maxmemory: 9mb}", "prod", (*KEPT, "--maxmemory", "9mb", *REFUSES[2:])),
        (
            ", settings: {maxmemory-policy: allkeys-lfu}",
            "prod",
            (*KEPT, *REFUSES[:3], "allkeys-lfu"),
        ),
        (", data: {/data: {mount: bind, insist: true}}", "dev", KEPT),
        (
            ", settings: {maxmemory: 100mb}",
            "dev",
            (*KEPT, "--maxmemory", "100mb"),
        ),
        (", settings: {requirepass: a$b}", "test", (*LOST, "--requirepass", "a$$b")),
        (", command: [redis-server, /x.conf]", "dev", ("redis-server", "/x.conf")),
    ],
)
def test_redis_keeps_what_its_data_keeps(
    keys: str, environment: str, command: tuple[str, ...]
) -> None:
    assert service(spec(f"{{x: {{component: redis{keys}}}}}"), "x", environment).command == command


@pytest.mark.parametrize(
    ("keys", "environment", "said"),
    [
        ("", "prod", True),
        ("", "dev", False),
        (", settings: {maxmemory: 9mb}", "prod", False),
        (", settings: {databases: 4}", "prod", True),
        (", command: [redis-server]", "prod", False),
    ],
)
def test_why_a_store_holds_half_of_its_memory_is_said_where_it_does(
    keys: str, environment: str, said: bool
) -> None:
    one = service(spec(f"{{x: {{component: redis{keys}}}}}"), "x", environment)
    assert ("half of the memory limit" in one.why.get("command", "")) == said


@pytest.mark.parametrize(
    ("component", "variable", "by_default", "with_more"),
    [
        ("elasticsearch", "ES_JAVA_OPTS", "-Xms1024m -Xmx1024m", "-Xms4096m -Xmx4096m"),
        ("opensearch", "OPENSEARCH_JAVA_OPTS", "-Xms1024m -Xmx1024m", "-Xms4096m -Xmx4096m"),
        ("neo4j", "NEO4J_server_memory_heap_max__size", "512m", "2048m"),
        ("neo4j", "NEO4J_server_memory_pagecache_size", "512m", "2048m"),
        ("nats", "GOMEMLIMIT", "409MiB", "6553MiB"),
        ("weaviate", "LIMIT_RESOURCES", "true", "true"),
    ],
)
def test_what_a_server_takes_follows_the_memory_limit(
    component: str, variable: str, by_default: str, with_more: str
) -> None:
    text = spec(f"{{x: {component}, y: {{component: {component}, memory: 8G}}}}")
    for environment in ("dev", "prod"):
        assert service(text, "x", environment).environment[variable] == by_default
        assert service(text, "y", environment).environment[variable] == with_more


def test_memcached_fills_half_of_its_memory() -> None:
    text = spec("{a: memcached, b: {component: memcached, memory: 1G, settings: {threads: 2}}}")
    assert service(text, "a").command == ()
    assert service(text, "a", "prod").command == ("memcached", "--memory-limit=64")
    wanted = ("memcached", "--memory-limit=512", "--threads=2")
    assert [service(text, "b", one).command for one in ("dev", "prod")] == [wanted, wanted]


@pytest.mark.parametrize("name", ["elasticsearch", "opensearch"])
def test_a_single_node_starts_with_any_number_of_memory_maps(name: str) -> None:
    why = service(spec(f"{{x: {name}}}"), "x").why["image"]
    assert why.startswith("it starts with any vm.max_map_count of the host")


def test_what_pgadmin_and_an_old_chroma_need_no_more() -> None:
    """pgAdmin has a Python without the capability; Chroma logs to the console alone."""
    text = spec("{db: postgres, look: {component: pgadmin, needs: [db]}, old: chroma:0.5.23}")
    assert service(text, "look").cap_add == ()
    old = service(text, "old", "prod")
    assert old.environment["CHROMA_LOG_CONFIG"] == "/chroma/log_config.yml"
    assert [one.source for one in old.mounts if one.target == "/chroma/log_config.yml"] == [
        "./old/log_config.yml"
    ]
    config = next(one for one in stack(text).files if one.path == "old/log_config.yml")
    assert "File" not in (resource_dir("templates") / config.template).read_text()


def test_a_store_without_settings_starts_as_its_image_does() -> None:
    assert service(spec("{x: postgres}"), "x").command == ()
    assert service(spec("{x: chroma}"), "x").command == ()


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        ("{x: redis}", {}),
        ("{x: postgres}", {"X_PASSWORD": "generated"}),
        ("{my-db: postgres}", {"MY_DB_PASSWORD": "generated"}),
        ("{x: fastapi}", {"HOST_GID": "host-gid", "HOST_UID": "host-uid"}),
        ("{x: {component: redis, environment: {A: '${TOKEN}'}}}", {"TOKEN": "user"}),
        ("{x: {component: redis, environment: {A: '${TOKEN:?why}'}}}", {"TOKEN": "user"}),
        ("{x: {component: redis, environment: {A: '${TOKEN:-x} $B $${C}'}}}", {}),
        ("{x: {component: redis, environment: {A: '${A:-${TOKEN}}'}}}", {"TOKEN": "user"}),
        ("{x: {component: redis, command: [a, '${TOKEN}']}}", {"TOKEN": "user"}),
        ("{x: {component: redis, compose: {labels: {a: ['${TOKEN}']}}}}", {"TOKEN": "user"}),
        ("{x: {component: redis, user: '${TOKEN}'}}", {"TOKEN": "user"}),
        (
            "{x: {component: redis, healthcheck: {test: [CMD, '${TOKEN}']}}}",
            {"TOKEN": "user"},
        ),
        (
            "{x: {component: redis, data:"
            " {/x: {kind: files, volume: {driver_opts: {o: '${TOKEN}'}}}}}}",
            {"TOKEN": "user"},
        ),
        (
            "{db: postgres, x: {component: redis, environment: {A: '${DB_PASSWORD}'}}}",
            {"DB_PASSWORD": "generated"},
        ),
    ],
)
def test_variables_of_the_env_file(services: str, wanted: dict[str, str]) -> None:
    assert {one.name: one.source for one in stack(spec(services)).variables} == wanted


@pytest.mark.parametrize(
    ("needs", "in_url"),
    [("[db]", True), ("{db: {PGPASSWORD: password}}", False), ("[]", False)],
)
def test_a_password_in_a_url_is_known_to_be(needs: str, in_url: bool) -> None:
    services = f"{{db: postgres, x: {{component: fastapi, needs: {needs}}}}}"
    (password,) = [one for one in stack(spec(services)).variables if one.source == "generated"]
    assert password.in_url == in_url
    assert password.about == "the password of the role app of db"


def test_host_variables_are_for_dev() -> None:
    assert stack(spec("{x: fastapi}", "{prod: {}}")).variables == ()


@pytest.mark.parametrize(
    ("data", "folders"),
    [
        ("{/x: log}", ("./x",)),
        ("{/x: {kind: log, source: a/b}}", ("./a/b",)),
        ("{/x: {kind: config, source: ./nginx.conf}}", ()),
        ("{/x: {kind: config, source: ../x}}", ()),
        ("{/x: {kind: config, source: /srv/x, insist: true}}", ()),
        ("{/x: files}", ()),
    ],
)
def test_folders_of_bind_mounts(data: str, folders: tuple[str, ...]) -> None:
    services = f"{{x: {{component: fastapi, data: {data}}}}}"
    assert stack(spec(services)).folders == folders


def test_raw_keys_are_kept() -> None:
    text = spec("{x: {component: redis, compose: {tty: true}}}") + "compose: {x-a: 1}\n"
    assert service(text, "x").compose == {"tty": True}
    assert plan(text, "prod").compose == {"x-a": 1}


def test_every_decision_belongs_to_a_mount_or_the_image() -> None:
    for one in stack(spec(WHOLE)).plans:
        targets = {(two.name, mount.target) for two in one.services for mount in two.mounts}
        for decision in one.decisions:
            here = (decision.service, decision.target) in targets
            assert here == (decision.place not in ("image", "nowhere"))
        assert [item.service for item in one.decisions] == sorted(
            item.service for item in one.decisions
        )


def test_reasons_for_keys_are_filled() -> None:
    for one in stack(spec(WHOLE)).plans:
        for two in one.services:
            assert all(two.why.values())
            assert not [text for text in two.why.values() if "{" in text]


@pytest.mark.parametrize("name", sorted(file.parent.name for file in PRESETS.glob("*/stack.yaml")))
def test_presets_resolve(name: str) -> None:
    project = load(Path(PRESETS / name / "stack.yaml"))
    assert len(project.stack.plans) == 3
    assert project.stack.warnings == ()


def test_problems_are_said_once() -> None:
    got = problems(spec("{x: redis:9, y: {component: redis, data: {/data: {persist: false}}}}"))
    assert len(got) == len(set(got)) == 2
