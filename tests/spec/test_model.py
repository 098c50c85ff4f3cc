"""The form of a spec: short and long, and everything that is wrong with it at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composegen.errors import dotted
from composegen.formats.yaml12 import read
from composegen.spec.data import ENVIRONMENTS, KINDS, Data
from composegen.spec.model import Healthcheck, Spec, parse_spec


def parsed(text: str) -> Spec:
    result, problems = parse_spec(read(text.encode()).value)
    assert not problems
    assert result is not None
    return result


def found(text: str) -> tuple[Spec | None, dict[str, str]]:
    result, problems = parse_spec(read(text.encode()).value)
    return result, {dotted(problem.path): problem.message for problem in problems}


def api(keys: str) -> str:
    return f"name: app\nservices:\n  api: {{component: fastapi, {keys}}}\n"


DATA = "data: {/x: %s}"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("name: a\nservices: {db: redis}", "name: a\nservices: {db: {component: redis}}"),
        (
            "name: a\nservices: {db: postgres:18}",
            "name: a\nservices: {db: {component: postgres, version: '18'}}",
        ),
        (
            "name: a\nservices: {db: redis}",
            "name: a\nservices: {db: redis}\nenvironments: {dev, prod}",
        ),
        (api("version: 18"), api("version: '18'")),
        (api("needs: [db, cache]"), api("needs: {db: {}, cache: }")),
        (api(DATA % "cache"), api(DATA % "{kind: cache}")),
        (
            api(DATA % "{kind: files, volume: shared}"),
            api(DATA % "{kind: files, volume: {key: shared}}"),
        ),
        (api("environment: [A=1, B=x]"), api("environment: {A: 1, B: x}")),
        (api("command: python -m 'app.x'"), api("command: [python, -m, app.x]")),
        (api("data: {/x/: cache}"), api("data: {//x: cache}")),
        (
            api("healthcheck: {test: curl -f http://x}"),
            api("healthcheck: {test: [CMD-SHELL, curl -f http://x]}"),
        ),
    ],
)
def test_short_and_long_mean_the_same(short: str, long: str) -> None:
    assert parsed(short) == parsed(long)


def test_a_whole_spec() -> None:
    spec = parsed(
        """\
name: app
services:
  api:
    component: fastapi
    version: "3.13"
    build: ./api
    app: app.main:app
    needs: {db: {DATABASE_URL: url}}
    data: {/x: {kind: temp, size: 64mb, mode: "1777"}}
    environment: {ZIP: 3.10, YES: true}
    command: [uvicorn, 1]
    port: 8000
    ports: ["80:80"]
    restart: "no"
    memory: 512m
    cpus: 0.5
    replicas: 2
    profiles: [tools]
    healthcheck: {test: [CMD, x], interval: 5s, retries: 3, disable: false}
    user: "1:1"
    compose: {labels: [a]}
environments:
  test: {api: {port: 9000, reload: 1}}
  prod:
compose: {x-a: 1}
"""
    )
    one = spec.services["api"]
    assert (one.component, one.version, one.build) == ("fastapi", "3.13", "api")
    assert one.needs == {"db": {"DATABASE_URL": "url"}}
    assert one.data == {"/x": Data(kind="temp", size="64M", mode="1777")}
    assert one.environment == {"ZIP": "3.10", "YES": "true"}
    assert (one.command, one.port, one.ports) == (("uvicorn", "1"), 8000, ("80:80",))
    assert (one.restart, one.memory, one.cpus, one.replicas) == ("no", "512M", 0.5, 2)
    assert (one.profiles, one.user, one.compose) == (("tools",), "1:1", {"labels": ["a"]})
    test = ("CMD", "x")
    assert one.healthcheck == Healthcheck(test=test, interval="5s", retries=3, disable=False)
    assert one.options == {"app": "app.main:app"}
    assert set(spec.environments) == {"test", "prod"}
    assert spec.compose == {"x-a": 1}


def test_environments_are_dev_and_prod_where_none_is_named() -> None:
    assert set(parsed("name: a\nservices: {db: redis}").environments) == {"dev", "prod"}


MANY = """\
name: My App
services:
  API: redis
  api:
    component: fastapi
    port: true
    memory: lots
    needs: 5
    data:
      relative: temp
      /x: {kind: temq, size: 1}
      /y: {kind: cache, volume: {driver: A B, exernal: true}}
    healthcheck: {interval: 5, tset: [CMD]}
  db: 5
  cache: {version: 3.10}
environments:
  staging: {}
  prod: {api: {replicas: 0}}
volumes: {}
"""


def test_everything_at_once_with_its_path() -> None:
    rest, problems = found(MANY)
    assert set(problems) == {
        "name",
        "services.API",
        "services.api.port",
        "services.api.memory",
        "services.api.needs",
        "services.api.data.relative",
        "services.api.data./x.kind",
        "services.api.data./x.size",
        "services.api.data./y.volume.driver",
        "services.api.data./y.volume.exernal",
        "services.api.healthcheck.interval",
        "services.api.healthcheck.tset",
        "services.db",
        "services.cache",
        "services.cache.version",
        "environments.staging",
        "environments.prod.api.replicas",
        "volumes",
    }
    assert "did you mean 'external'?" in problems["services.api.data./y.volume.exernal"]
    assert rest is not None
    assert rest.services["api"].data == {"/x": Data(), "/y": rest.services["api"].data["/y"]}


@pytest.mark.parametrize(
    ("keys", "paths"),
    [
        ("environment: {A-B: 1, C: , D: x}", ["environment.A-B", "environment.C"]),
        ("environment: [A=1, B, C]", ["environment[1]", "environment[2]"]),
        ("ports: ['1:1', x, '0:0']", ["ports[1]", "ports[2]"]),
        ("profiles: [a, 1, '']", ["profiles[1]", "profiles[2]"]),
        ("needs: [db, 1, true]", ["needs[1]", "needs[2]"]),
        ("data: {/a: temp, /a/: temp, /b: nope}", ["data./a/", "data./b.kind"]),
    ],
)
def test_every_entry_of_a_list_or_mapping_is_named(keys: str, paths: list[str]) -> None:
    _, problems = found(api(keys))
    assert sorted(problems) == [f"services.api.{path}" for path in paths]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "the spec is empty; it needs at least name: and services:"),
        ("- a", "the spec holds ['a']; it needs at least name: and services:"),
        ("5", "the spec holds 5; it needs"),
    ],
)
def test_nothing_is_left_of_another_form(text: str, wanted: str) -> None:
    rest, problems = found(text)
    assert rest is None
    assert wanted in problems[""]


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("name: A\nservices: {db: redis}", ["db"]),
        ("services: {db: redis}", ["db"]),
        ("name: a\nservices: {db: redis, X: redis}", ["db"]),
        ("name: A\nservices: {db: redis, x: 5}", ["db"]),
        ("name: a\nservices: {db: {component: redis, port: x}}", ["db"]),
        ("name: a", None),
        ("name: a\nservices: {}", None),
    ],
)
def test_the_rest_is_kept_for_further_checks(text: str, services: list[str] | None) -> None:
    rest, problems = found(text)
    assert problems
    assert (list(rest.services) if rest else None) == services


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_said(kind: str) -> None:
    assert parsed(api(DATA % kind)).services["api"].data == {"/x": Data(kind=kind)}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_can_be_said(name: str) -> None:
    text = f"name: a\nservices: {{db: redis}}\nenvironments: {{{name}: }}"
    assert list(parsed(text).environments) == [name]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "services", "environments", "dev", "db", "component", "data"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(plain)
def test_any_data_is_a_spec_or_has_problems(value: Any) -> None:
    rest, problems = parse_spec(value)
    assert problems or isinstance(rest, Spec)
    for problem in problems:
        assert problem.message
