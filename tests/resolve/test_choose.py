"""What a service is in one environment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import CATALOG, problems, service, spec

from composegen.resolve import resolve
from composegen.resolve.choose import Pinned, variable
from composegen.resolve.overrides import merge
from composegen.spec.data import Data
from composegen.spec.model import Healthcheck, Service, ServiceOverride, parse_spec


@pytest.mark.parametrize(
    ("key", "old", "new", "wanted"),
    [
        ("version", "17", "18", "18"),
        ("memory", "1G", None, "1G"),
        ("memory", None, "2G", "2G"),
        ("port", 1, 2, 2),
        ("ports", ("1:1", "2:2"), ("3:3",), ("3:3",)),
        ("ports", ("1:1",), (), ()),
        ("command", ("a", "b"), ("c",), ("c",)),
        ("profiles", ("a",), ("b",), ("b",)),
        ("environment", {"A": "1", "B": "1"}, {"B": "2"}, {"A": "1", "B": "2"}),
        ("needs", {"db": {}}, {"cache": {}}, {"db": {}, "cache": {}}),
        ("needs", None, {"cache": {}}, {"cache": {}}),
        (
            "data",
            {"/a": Data(kind="cache", persist=True), "/b": Data(kind="temp")},
            {"/a": Data(persist=False), "/c": Data(kind="log")},
            {
                "/a": Data(kind="cache", persist=False),
                "/b": Data(kind="temp"),
                "/c": Data(kind="log"),
            },
        ),
        (
            "healthcheck",
            Healthcheck(interval="1s", retries=3),
            Healthcheck(interval="2s", disable=False),
            Healthcheck(interval="2s", retries=3, disable=False),
        ),
        (
            "compose",
            {"labels": {"a": "1"}, "dns": ["x"], "tty": True},
            {"labels": {"b": "2"}, "dns": ["y"], "tty": False},
            {"labels": {"a": "1", "b": "2"}, "dns": ["x", "y"], "tty": False},
        ),
        (
            "options",
            {"settings": {"a": 1, "b": 1}, "app": "x:y"},
            {"settings": {"b": 2}, "code": ["app"]},
            {"settings": {"a": 1, "b": 2}, "app": "x:y", "code": ["app"]},
        ),
    ],
)
def test_merge(key: str, old: Any, new: Any, wanted: Any) -> None:
    old, new, wanted = (said(key, value) for value in (old, new, wanted))
    base = Service(component="fastapi", **old)
    assert merge(base, ServiceOverride(**new)) == Service(component="fastapi", **wanted)


def said(key: str, value: Any) -> dict[str, Any]:
    if key == "options":
        return dict(value)
    return {} if value is None else {key: value}


@given(st.sampled_from([Service(component="a", port=1, x=1), Service(component="b")]))
def test_an_empty_override_changes_nothing(one: Service) -> None:
    assert merge(one, ServiceOverride()) == one


@pytest.mark.parametrize(
    ("words", "name"),
    [(("db", "password"), "DB_PASSWORD"), (("my-db", "DATABASE_URL"), "MY_DB_DATABASE_URL")],
)
def test_variable(words: tuple[str, ...], name: str) -> None:
    assert variable(*words) == name


@pytest.mark.parametrize(
    ("services", "version", "image"),
    [
        ("{x: postgres}", "18", "postgres:18-trixie"),
        ("{x: postgres:17}", "17", "postgres:17-trixie"),
        ("{x: postgres:17.6}", "17.6", "postgres:17.6-trixie"),
        ("{x: {component: postgres, version: 16}}", "16", "postgres:16-trixie"),
        ("{x: {component: postgres, pgvector: true}}", "18", "pgvector/pgvector:pg18-trixie"),
        ("{x: redis:7}", "7", "redis:7-alpine"),
        ("{x: chroma}", "1.5.9", "chromadb/chroma:1.5.9"),
        ("{x: 'chroma:0.5.23'}", "0.5.23", "chromadb/chroma:0.5.23"),
    ],
)
def test_version_and_image(services: str, version: str, image: str) -> None:
    one = service(spec(services), "x", "prod")
    assert (one.version, one.image) == (version, image)


def test_a_version_can_differ_by_environment() -> None:
    text = spec("{x: redis}", "{dev: {x: {version: '7'}}, prod: {}}")
    assert service(text, "x", "dev").image == "redis:7-alpine"
    assert service(text, "x", "prod").image == "redis:8-alpine"


@pytest.mark.parametrize(
    ("said", "pinned", "version"),
    [
        ("redis", {"x": "redis:7"}, "7"),
        ("redis", {"x": "postgres:7"}, "8"),
        ("redis", {"y": "redis:7"}, "8"),
        ("redis:8", {"x": "redis:7"}, "8"),
    ],
)
def test_a_version_that_is_not_said_stays(said: str, pinned: dict[str, str], version: str) -> None:
    parsed, _ = parse_spec({"name": "app", "services": {"x": said}})
    assert parsed
    result, _ = resolve(parsed, CATALOG, {}, Pinned(versions=pinned))
    assert {one.version for plan in result.plans for one in plan.services} == {version}


def test_options_fill_the_facts() -> None:
    one = service(spec("{x: {component: postgres, database: mine}}"), "x")
    assert one.environment == {
        "POSTGRES_DB": "mine",
        "POSTGRES_PASSWORD": "${X_PASSWORD:?run composegen generate}",
        "POSTGRES_USER": "app",
    }
    assert one.healthcheck
    assert one.healthcheck.test[-4:] == ("-U", "app", "-d", "mine")


def test_an_option_of_an_environment() -> None:
    text = spec(
        "{x: {component: postgres, settings: {a: 1, b: 1}}}",
        "{dev: {}, prod: {x: {settings: {b: 2}}}}",
    )
    assert service(text, "x", "dev").command == ("postgres", "-c", "a=1", "-c", "b=1")
    assert service(text, "x", "prod").command == ("postgres", "-c", "a=1", "-c", "b=2")


@pytest.mark.parametrize(
    ("services", "environments", "wanted"),
    [
        ("{x: nope}", "{dev: {}}", "services.x.component: unknown component 'nope'"),
        ("{x: nope}", "{prod: {}}", "services.x.component: unknown component 'nope'"),
        ("{x: redis:9}", "{dev: {}}", "services.x.version: redis has no version '9'; known: 7, 8"),
        (
            "{x: redis}",
            "{dev: {}, prod: {x: {version: '9'}}}",
            "environments.prod.x.version: redis has no version '9'",
        ),
        (
            "{x: {component: redis, pgvector: true}}",
            "{dev: {}, prod: {}}",
            "services.x.pgvector: unknown key 'pgvector' for redis",
        ),
        (
            "{x: {component: postgres, pgvector: 1}}",
            "{dev: {}, prod: {}}",
            "services.x.pgvector: 1 is neither true nor false",
        ),
        (
            "{x: postgres}",
            "{dev: {}, prod: {x: {init: ../x}}}",
            "environments.prod.x.init: '../x' is outside the project",
        ),
        ("{x: redis}", "{dev: {y: {}}}", "environments.dev.y: unknown service 'y'"),
        (
            "{api: {component: fastapi, app: main}}",
            "{dev: {}}",
            "services.api.app: 'main' is not an application, written module:variable",
        ),
        (
            "{beat: {component: celery-beat, replicas: 2}}",
            "{dev: {}}",
            "services.beat.replicas: a second scheduler would send every task twice",
        ),
        (
            "{beat: celery-beat}",
            "{dev: {}, prod: {beat: {replicas: 2}}}",
            "environments.prod.beat.replicas: a second scheduler would send every task twice",
        ),
        (
            "{beat: celery-beat, again: celery-beat}",
            "{dev: {}}",
            "services.again: a second scheduler would send every task twice, and beat already "
            "is one",
        ),
    ],
)
def test_wrong(services: str, environments: str, wanted: str) -> None:
    (got,) = problems(spec(services, environments))
    assert got.startswith(wanted)
