"""Who needs whom, and what they are told."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import problems, service, spec

from composegen.formats.interpolation import escape

ASKED = "?run composegen generate"


def url(name: str, database: str = "app") -> str:
    variable = f"{name.upper().replace('-', '_')}_PASSWORD"
    return f"postgresql://app:${{{variable}:{ASKED}}}@{name}:5432/{database}"


def told(services: str, name: str = "api", environment: str = "dev") -> dict[str, str]:
    return dict(service(spec(services), name, environment).environment)


def test_redis_insight_is_told_of_every_store() -> None:
    services = (
        "{look: {component: redisinsight, needs: [a, b, c]}, a: redis, b: valkey, c: redis, "
        "adminer: {component: adminer, needs: [d, e]}, d: postgres, e: postgres}"
    )
    assert told(services, "look") == {
        "RI_REDIS_HOST": "a",
        "RI_REDIS_HOST_1": "b",
        "RI_REDIS_HOST_2": "c",
        "RI_REDIS_PORT": "6379",
        "RI_REDIS_PORT_1": "6379",
        "RI_REDIS_PORT_2": "6379",
    }
    assert told(services, "adminer") == {"ADMINER_DEFAULT_SERVER": "d"}


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ("[db]", {"DATABASE_URL": url("db")}),
        ("[]", {}),
        ("{db: }", {"DATABASE_URL": url("db")}),
        ("[cache]", {"REDIS_URL": "redis://cache:6379/0"}),
        ("[vectors]", {"CHROMA_HOST": "vectors", "CHROMA_PORT": "8000"}),
        ("[web]", {"WEB_URL": "http://web:8000"}),
        ("[worker]", {}),
        (
            "[db, cache]",
            {"DATABASE_URL": url("db"), "REDIS_URL": "redis://cache:6379/0"},
        ),
        (
            "[db, my-db]",
            {"DB_DATABASE_URL": url("db"), "MY_DB_DATABASE_URL": url("my-db", "mine")},
        ),
        ("{db: {PG: url, PGHOST: host}}", {"PG": url("db"), "PGHOST": "db"}),
        ("{my-db: {U: user, D: database, P: port}}", {"U": "app", "D": "mine", "P": "5432"}),
        (
            "{db: {PGPASSWORD: password}}",
            {"PGPASSWORD": f"${{DB_PASSWORD:{ASKED}}}"},
        ),
        (
            "{db: {MAIN_URL: url}, my-db: }",
            {"MAIN_URL": url("db"), "DATABASE_URL": url("my-db", "mine")},
        ),
        (
            "{db: {DATABASE_URL: url}, my-db: }",
            {"DATABASE_URL": url("db"), "MY_DB_DATABASE_URL": url("my-db", "mine")},
        ),
    ],
)
def test_connections(needs: str, wanted: dict[str, str]) -> None:
    services = (
        "{db: postgres, my-db: {component: postgres, database: mine}, cache: redis,"
        " vectors: chroma, web: fastapi, worker: {component: python, heartbeat: /tmp/beat},"
        f" api: {{component: fastapi, needs: {needs}}}}}"
    )
    assert told(services) == wanted


def test_what_is_said_wins_over_a_connection() -> None:
    keys = "needs: [db], environment: {DATABASE_URL: mine, A: 1}"
    got = told(f"{{db: postgres, api: {{component: fastapi, {keys}}}}}")
    assert got == {"A": "1", "DATABASE_URL": "mine"}


def test_worker_of_a_django_project() -> None:
    needs = "{site: {DJANGO_SETTINGS_MODULE: settings, DJANGO_SECRET_KEY: secret_key}}"
    worker = f"{{component: celery, needs: {needs}}}"
    services = f"{{site: {{component: django, project: shop}}, worker: {worker}}}"
    asked = ("DJANGO_SETTINGS_MODULE", "DJANGO_SECRET_KEY")
    for environment in ("dev", "prod"):
        site, found = (told(services, name, environment) for name in ("site", "worker"))
        assert found == {name: site[name] for name in asked}


def test_secrets_in_files() -> None:
    text = spec(
        "{db: postgres, api: {component: fastapi, needs: [db]}}",
        "{dev: {}, prod: {secrets: files}}",
    )
    dev, prod = (service(text, "db", name) for name in ("dev", "prod"))
    assert dev.environment["POSTGRES_PASSWORD"] == f"${{DB_PASSWORD:{ASKED}}}"
    assert "POSTGRES_PASSWORD" not in prod.environment
    assert prod.environment["POSTGRES_PASSWORD_FILE"] == "/run/secrets/db_password"
    assert (dict(dev.secrets), dict(prod.secrets)) == ({}, {"db_password": "DB_PASSWORD"})


def test_variables_are_sorted() -> None:
    got = told("{api: {component: fastapi, environment: {B: 1, A: 1, C: 1}}}")
    assert list(got) == ["A", "B", "C"]


def test_needs_of_an_environment_are_added() -> None:
    text = spec(
        "{db: postgres, cache: redis, api: {component: fastapi, needs: [db]}}",
        "{dev: {}, prod: {api: {needs: [cache]}}}",
    )
    assert list(service(text, "api", "dev").depends_on) == ["db"]
    assert list(service(text, "api", "prod").depends_on) == ["cache", "db"]


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_depends_on_what_is_healthy(environment: str) -> None:
    services = "{db: postgres, cache: redis, api: {component: fastapi, needs: [db, cache]}}"
    one = service(spec(services), "api", environment)
    assert one.depends_on == {"cache": "service_healthy", "db": "service_healthy"}
    assert service(spec(services), "db", environment).depends_on == {}


@pytest.mark.parametrize("name", ["1db", "2-cache", "a", "x1"])
def test_every_variable_has_a_name_that_compose_takes(name: str) -> None:
    services = f"{{{name}: postgres, b: postgres, api: {{component: fastapi, needs: [{name}, b]}}}}"
    found = problems(spec(services))
    if found:
        assert all(line.startswith(f"services.{name}: ") for line in found)
        return
    got = told(services)
    names = [*got, *re.findall(r"\$\{([^:}]*)", "".join(got.values()))]
    assert len(names) == 4
    for one in names:
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", one)


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ("[api]", "services.api.needs.api: api needs itself"),
        ("[othr]", "services.api.needs.othr: unknown service 'othr'; did you mean 'other'?"),
        ("{db: {X: urll}}", "services.api.needs.db: X: db has no part 'urll'; did you mean 'url'?"),
        ("{worker: {X: url}}", "services.api.needs.worker: worker has no healthcheck"),
        ("{db: {X: url}, other: {X: url}}", "services.api.needs.other: X"),
    ],
)
def test_wrong_needs(needs: str, wanted: str) -> None:
    services = (
        "{db: postgres, other: postgres, worker: python, "
        f"api: {{component: fastapi, needs: {needs}}}}}"
    )
    (got,) = problems(spec(services))
    assert got.startswith(wanted)


@pytest.mark.parametrize(
    ("worker", "healthy"),
    [
        ("heartbeat: /tmp/beat", True),
        ("healthcheck: {test: [CMD, 'true']}", True),
        ("healthcheck: {interval: 5s}", False),
        ("healthcheck: {test: [NONE]}", False),
        ("healthcheck: {disable: true}", False),
        ("heartbeat: /tmp/beat, healthcheck: {disable: true}", False),
    ],
)
def test_only_what_can_be_healthy_can_be_needed(worker: str, healthy: bool) -> None:
    services = f"{{w: {{component: python, {worker}}}, api: {{component: fastapi, needs: [w]}}}}"
    found = problems(spec(services))
    assert bool(found) != healthy
    assert all("w has no healthcheck to wait for" in line for line in found)


@pytest.mark.parametrize(
    ("profiles", "wanted"),
    [
        (("", ""), 0),
        (("[a]", "[a]"), 0),
        (("[a, b]", "[b]"), 0),
        (("", "[a]"), 0),
        (("[a]", ""), 1),
        (("[a]", "[b]"), 1),
    ],
)
def test_a_profile_reaches_what_is_needed(profiles: tuple[str, str], wanted: int) -> None:
    needed, needing = (f", profiles: {one}" if one else "" for one in profiles)
    services = (
        f"{{db: {{component: redis{needed}}}, api: {{component: fastapi, needs: [db]{needing}}}}}"
    )
    assert len(problems(spec(services))) == wanted


def apps(needs: dict[str, list[str]]) -> str:
    entries = (f"{name}: {{component: fastapi, needs: {some}}}" for name, some in needs.items())
    return spec(f"{{{', '.join(entries)}}}".replace("'", ""))


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ({"a": ["b"], "b": ["a"]}, ["services.b.needs.a: a cycle: a → b → a"]),
        (
            {"a": ["b"], "b": ["c"], "c": ["b"]},
            ["services.c.needs.b: a cycle: b → c → b"],
        ),
        (
            {"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]},
            ["services.b.needs.a: a cycle: a → b → a", "services.d.needs.c: a cycle: c → d → c"],
        ),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
    ],
)
def test_cycles(needs: dict[str, list[str]], wanted: list[str]) -> None:
    assert problems(apps(needs)) == wanted


graphs = st.dictionaries(
    st.sampled_from("abcde"),
    st.lists(st.sampled_from("abcde"), unique=True, max_size=3),
    min_size=1,
)


@given(graphs)
def test_a_cycle_is_found_iff_there_is_one(needs: dict[str, list[str]]) -> None:
    graph = {
        name: [one for one in some if one in needs and one != name] for name, some in needs.items()
    }
    left = dict(graph)
    while free := [name for name, some in left.items() if not set(some) & set(left)]:
        for name in free:
            del left[name]
    found = [line.rpartition("a cycle: ")[2] for line in problems(apps(graph)) if "cycle" in line]
    assert bool(found) == bool(left)
    for cycle in found:
        names = cycle.split(" → ")
        assert names[0] == names[-1]
        assert all(after in graph[before] for before, after in itertools.pairwise(names))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("$", "$$"),
        ("$$", "$$$$"),
        ("a$b", "a$$b"),
        ("$HOME", "$$HOME"),
        ("${HOME}", "${HOME}"),
        ("${A}${B}", "${A}${B}"),
        ("${A:-x}", "${A:-x}"),
        ("${A-}", "${A-}"),
        ("${A:?not set}", "${A:?not set}"),
        ("${A:+x}", "${A:+x}"),
        ("${A:-${B}}", "${A:-${B}}"),
        ("${A:-${B:-x}}", "${A:-${B:-x}}"),
        ("$${A}", "$${A}"),
        ("${", "$${"),
        ("${}", "$${}"),
        ("${1A}", "$${1A}"),
        ("${A", "$${A"),
        ("${A B}", "$${A B}"),
        ("$(id)", "$$(id)"),
        ("pa$$word$", "pa$$$$word$$"),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
    ],
)
def test_escape(text: str, wanted: str) -> None:
    assert escape(text) == wanted


@given(st.text("a$ A1_:-?", max_size=12))
def test_without_a_brace_the_text_comes_back(text: str) -> None:
    escaped = escape(text)
    assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", escaped)
    assert escaped.replace("$$", "$") == text


@given(st.text("${}AB:-x", max_size=12))
def test_compose_never_meets_a_dollar_that_it_can_not_read(text: str) -> None:
    rest: Any = re.sub(r"\$\$", "", escape(text))
    while (shorter := re.sub(r"\$\{[A-Z]+(:?[-?+][^{}$]*)?\}", "", rest)) != rest:
        rest = shorter
    assert "$" not in rest
