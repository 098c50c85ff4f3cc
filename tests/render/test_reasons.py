"""The words in what is written: true in the environment that they stand in, and said once."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import generated, plan, project, service, spec, stack

from composegen.catalog.catalog import Catalog
from composegen.plan.model import Service

CATALOG = Catalog()
ENVIRONMENTS = ("dev", "test", "prod")
NAMES = [name for name in CATALOG.names() if name != "image"]
STORES = [name for name in NAMES if CATALOG[name].role == "store"]
# whoever reaches their port needs no password
OPEN = ["chroma", "memcached", "ollama", "opensearch", "redis", "valkey"]
WORD = "without a password: anyone who reaches the port can do anything"


VERSIONS = [
    (name, version)
    for name in NAMES
    if CATALOG[name].role != "app"
    for version in CATALOG[name].versions
]


def texts(one: Service) -> list[str]:
    return [*one.why.values(), *(mount.why for mount in one.mounts)]


@pytest.mark.parametrize("name", STORES)
def test_a_store_has_a_password_or_says_that_it_has_none(name: str) -> None:
    store = service(spec(f"{{x: {name}}}"), "x")
    assert bool(CATALOG[name].facts_for({}).secrets) == (WORD not in store.why.get("ports", ""))


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize(
    ("keys", "environment", "place"),
    [
        ("", "dev", "ports"),
        ("", "prod", "networks"),
        (", ports: ['9999:9999']", "prod", "ports"),
        (", ports: []", "dev", "networks"),
    ],
)
def test_it_is_said_once_and_where_the_port_is_reached(
    name: str, keys: str, environment: str, place: str
) -> None:
    store = service(spec(f"{{x: {{component: {name}{keys}}}}}"), "x", environment)
    assert WORD in store.why[place]
    assert sum(text.count("password") for text in texts(store)) == 1


def test_a_page_without_a_password_says_so() -> None:
    assert service(spec("{x: redisinsight}"), "x").why["ports"] == WORD


def test_both_reasons_stand_above_one_key() -> None:
    store = service(spec("{x: ollama}"), "x", "prod")
    assert store.why["networks"] == f"models are pulled from the internet; {WORD}"


@pytest.mark.parametrize(("name", "version"), VERSIONS)
@pytest.mark.parametrize("environment", ["dev", "test"])
def test_no_word_of_a_read_only_root_where_there_is_none(
    name: str, version: str, environment: str
) -> None:
    services = f'{{x: {{component: {name}, version: "{version}"}}}}'
    for one in plan(spec(services), environment).services:
        assert not one.read_only
        assert not [text for text in texts(one) if "root is read-only" in text]


@pytest.mark.parametrize("keys", ["", ", memory: 512M"])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_rabbitmq_is_told_of_the_limit_that_it_has(keys: str, environment: str) -> None:
    queue = service(spec(f"{{x: {{component: rabbitmq{keys}}}}}"), "x", environment)
    told = [text for text in queue.environment.values() if "total_memory" in text]
    limit = queue.limits and {"512M": "536870912", "1G": "1073741824"}[queue.limits.memory or ""]
    assert told == ([f"-rabbit total_memory_available_override_value {limit}"] if limit else [])


@pytest.mark.parametrize("name", STORES)
def test_each_password_is_called_by_its_service(name: str) -> None:
    """Two of one component, and the two of one service, can be told apart in `.env.example`."""
    generated = stack(spec(f"{{one: {name}, two: {name}}}")).variables
    assert all({"one", "two"} & set(one.about.split()) for one in generated)
    assert len({one.about for one in generated}) == len(generated)


def test_the_network_of_the_stores_and_who_else_is_on_it() -> None:
    """A store that pulls something is on the other network, too."""
    here = plan(spec("{x: ollama, y: redis}"), "prod")
    assert here.networks[0].why == "gives access to the stores but not to the internet"


@pytest.mark.parametrize(
    ("code", "ignored"),
    [
        (
            "[app]",
            "Only what the Dockerfile copies goes to the build: no secret, no .git, no data.",
        ),
        ("[.]", "All that lies here goes to the build, and so into the image, but what is named"),
    ],
)
def test_what_goes_to_the_build(code: str, ignored: str, tmp_path: Path) -> None:
    text = f"name: app\nservices:\n  api: {{component: fastapi, code: {code}}}\n"
    lines = (generated(project(tmp_path, text)) / ".dockerignore").read_text().splitlines()
    assert lines[1].startswith(f"# {ignored}")


@pytest.mark.parametrize(
    ("sync", "stages"),
    [
        ("bind", "dev-deps → dev (the code is mounted)"),
        ("watch", "dev-deps → dev → dev-code (the code is copied)"),
    ],
)
@pytest.mark.parametrize("component", ["fastapi", "express"])
def test_the_stages_say_how_the_code_gets_there(
    component: str, sync: str, stages: str, tmp_path: Path
) -> None:
    text = f"name: app\nservices:\n  api: {{component: {component}, sync: {sync}}}\n"
    assert stages in (generated(project(tmp_path, text)) / "Dockerfile").read_text()
