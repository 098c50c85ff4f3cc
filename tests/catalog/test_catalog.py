"""The catalog: every fact can be used, and comes from somewhere; a user's own component."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import within

from composegen.catalog.catalog import BUILTIN, Catalog
from composegen.catalog.component import Component, expand, fill
from composegen.catalog.fact import Each
from composegen.catalog.facts import Facts
from composegen.errors import ComposegenError
from composegen.project.folder import Project, load
from composegen.resolve.files import mounted
from composegen.spec.model import Service
from composegen.spec.options import OPTION_TYPES, read_option
from composegen.spec.validation import Model

CATALOG = Catalog()
NAMES = CATALOG.names()
# The component image is any image: what it stores and how it is probed is the user's to say.
KNOWN_IMAGES = [name for name in NAMES if name != "image"]
STORES = [name for name in KNOWN_IMAGES if CATALOG[name].role == "store"]
APPS = [name for name in NAMES if CATALOG[name].role == "app"]

# One good value of every type of an option, beside the default.
VALUES: dict[str, Any] = {
    "boolean": True,
    "bucket": "my-files",
    "consistency": "cached",
    "count": 4,
    "file": "/tmp/x",
    "folder": "db/init",
    "folders": ("app", "lib"),
    "image": "acme/tool:1.2",
    "import": "a.b:c",
    "module": "a.b",
    "name": "other",
    "program": "jobs/x.mjs",
    "routes": {"/": "web"},
    "script": "src/page.py",
    "settings": {"a": "1", "b": "2"},
    "site": "example.org",
    "sync": "watch",
    "url-path": "/up",
}
# What is known beside the options and the secrets: always, and where the fact is used.
KNOWN = {
    *("service", "SERVICE", "version", "series", "major"),
    *("memory", "share", "number", "command", "new"),
}
# A repository, a documentation, a reason of our own, a measurement, or the spec.
SOURCE = r"[A-Za-z0-9-]+/[A-Za-z0-9-]+|documentation|: .|^run with|^the spec"
PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")


def choices(component: Component) -> Iterator[dict[str, Any]]:
    """Yield every choice of version, environment and, two each, of the options."""
    options = component.options
    alternatives = [(options[name].default, VALUES[options[name].type]) for name in options]
    for version, environment in itertools.product(component.versions, ("dev", "test", "prod")):
        for values in itertools.product(*alternatives):
            chosen = dict(zip(options, values, strict=True))
            yield {**chosen, "version": version, "environment": environment}


def every(name: str) -> Iterator[tuple[dict[str, Any], Facts]]:
    for choice in choices(CATALOG[name]):
        yield choice, CATALOG[name].facts_for(choice)


def test_every_file_is_a_component() -> None:
    assert {file.stem for file in BUILTIN.iterdir()} == set(NAMES)
    assert {"chroma", "fastapi", "postgres", "python", "redis"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_component(name: str) -> None:
    component = CATALOG[name]
    assert name in CATALOG
    assert component.name == name
    assert component.about
    assert component.default in component.versions
    assert len(set(component.versions)) == len(component.versions)
    for option in component.options.values():
        assert option.about
        if option.default not in (None, ""):
            assert read_option(option.type, option.default)[1] == []


@pytest.mark.parametrize("name", NAMES)
def test_options(name: str) -> None:
    """An option with the name of a service's own key could never be set."""
    options = CATALOG[name].options
    assert {option.type for option in options.values()} <= set(OPTION_TYPES)
    assert not options.keys() & Service.model_fields.keys()
    assert not options.keys() & KNOWN


@pytest.mark.parametrize("name", NAMES)
def test_every_source_names_something(name: str) -> None:
    sources = dict(CATALOG[name].sources())
    assert sources
    for path, source in sources.items():
        assert re.search(
            r"[A-Za-z0-9-]+/[A-Za-z0-9-]+|documentation|: .|^run with|^the spec", source
        ), path


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_gives_facts_whose_placeholders_can_be_filled(name: str) -> None:
    for choice, facts in every(name):
        known = {key for key, value in choice.items() if value is not None}
        known |= KNOWN | facts.secrets.keys()
        # a dump's words are filled with the variables of the running container
        known |= facts.environment.values.keys() if facts.environment else set()
        assert set(placeholders(facts)) <= known, choice


def placeholders(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield from PLACEHOLDER.findall(value)
        case Each():
            inner = {name for word in value.words for name in PLACEHOLDER.findall(word)}
            yield from inner - {"item", "key", "value"}
        case dict():
            yield from placeholders([*value.keys(), *value.values()])
        case list() | tuple():
            for item in value:
                yield from placeholders(item)
        case Model():
            yield from placeholders([item for _, item in value])


@pytest.mark.parametrize("name", NAMES)
def test_repetitions_name_an_option(name: str) -> None:
    for choice, facts in every(name):
        command = facts.command
        words = (
            [
                word
                for one in ("default", "dev", "test", "prod", "reload")
                for word in (getattr(command, one) or ())
            ]
            if command
            else []
        )
        assert {word.each for word in words if isinstance(word, Each)} <= {
            *choice,
            "arguments",
        }


@pytest.mark.parametrize("name", NAMES)
def test_paths_are_absolute_and_not_in_each_other(name: str) -> None:
    for _, facts in every(name):
        config = {mounted(path, fact) for path, fact in facts.files.items()}
        init = [facts.init.target] if facts.init else []
        paths = [*facts.data, *facts.scratch, *config, *init]
        for path in paths:
            assert re.fullmatch(r"(/[A-Za-z0-9._-]+)+", path)
        for one, other in itertools.permutations(paths, 2):
            assert not one.startswith(f"{other}/")
        for fact in facts.data.values():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", fact.name)
            assert fact.mode is None or re.fullmatch(r"0[0-7]{3}", fact.mode)


@pytest.mark.parametrize("name", KNOWN_IMAGES)
def test_images_and_limits(name: str) -> None:
    for choice, facts in every(name):
        image = fill(facts.image.name, {key: str(value) for key, value in choice.items()})
        assert re.fullmatch(r"[a-z0-9./-]+:[A-Za-z0-9._-]+", image)
        assert not image.endswith(":latest")
        # what only serves the files of a build has a version of its own
        serves = facts.build and choice["environment"] == "prod"
        assert choice["version"] in image or serves
        assert facts.user.id is None or re.fullmatch(r"[1-9]\d*:\d+", facts.user.id)
        assert facts.user.id or facts.user.why
        assert re.fullmatch(r"\d+[MG]", facts.limits.memory)
        assert float(facts.limits.cpus) > 0
        assert facts.limits.pids > 0


@pytest.mark.parametrize("name", STORES)
def test_a_store_is_complete(name: str) -> None:
    for _, facts in every(name):
        assert facts.healthcheck
        assert facts.port
        assert facts.connection
        assert facts.build is None
        assert set(facts.connection.variables.values()) <= facts.connection.parts.keys()


@pytest.mark.parametrize("name", NAMES)
def test_what_keeps_data_says_which_versions_read_it(name: str) -> None:
    for _, facts in every(name):
        kept = {fact.kind for fact in facts.data.values()} - {"cache", "temp"}
        if kept:
            assert facts.format
            assert facts.format.group
            assert facts.format.upgrade
            assert facts.backup


@pytest.mark.parametrize("name", STORES)
def test_versions_of_one_group_keep_their_data_in_one_place(name: str) -> None:
    places: dict[str, set[tuple[str, ...]]] = {}
    component = CATALOG[name]
    for choice, facts in every(name):
        if facts.format is None:
            continue
        held = component.format(choice["version"])
        assert held
        places.setdefault(held.group, set()).add(tuple(facts.data))
    assert all(len(paths) == 1 for paths in places.values())


@pytest.mark.parametrize(
    ("name", "version", "group"),
    [
        ("chroma", "0.4.24", "chroma-0"),
        ("chroma", "1.0.15", "chroma-1"),
        ("elasticsearch", "7.17.3", "elasticsearch-7"),
        ("elasticsearch", "8.15.0", "elasticsearch-8"),
        ("milvus", "2.5.4", "milvus-2"),
        ("mysql", "5.7.44", "mysql-5.7"),
        ("mysql", "8.0.36", "mysql-8.0"),
        ("mysql", "9.6", "mysql-9"),
        ("nats", "2.10.27", "nats-2.10"),
        ("neo4j", "2025.05.0", "neo4j-2025.05"),
        ("neo4j", "2026.07.1", "neo4j-2026"),
        ("neo4j", "4.4.48", "neo4j-4.4"),
        ("opensearch", "1.3.20", "opensearch-1"),
        ("postgres", "15", "postgres-15"),
        ("postgres", "19.1", "postgres-19"),
        ("rabbitmq", "3.13.7", "rabbitmq-3.13"),
        ("rabbitmq", "4.1.8", "rabbitmq-4.1"),
        ("redis", "6.2.21", "redis-6"),
        ("redis", "9", "redis-9"),
        ("weaviate", "1.19.0", "weaviate-1"),
    ],
)
def test_the_format_of_a_version_that_the_catalog_need_not_know(
    name: str, version: str, group: str
) -> None:
    held = CATALOG[name].format(version)
    assert held
    assert held.group == group


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("image", "ollama")])
def test_a_format_is_named_after_the_version(name: str) -> None:
    """With a name that is written out, an unknown version would pass for a known one."""
    for _, facts in every(name):
        assert facts.format is None or placeholders(facts.format.group)


def test_the_facts_of_an_unknown_version_are_those_of_the_next_one() -> None:
    assert list(CATALOG["postgres"].facts_near("15").data) == ["/var/lib/postgresql/data"]
    assert list(CATALOG["postgres"].facts_near("19").data) == ["/var/lib/postgresql"]
    assert list(CATALOG["chroma"].facts_near("0.5.20").data) == ["/chroma/chroma"]


@pytest.mark.parametrize("name", NAMES)
def test_the_end_of_a_version(name: str) -> None:
    """Whatever has ended is not what a new service gets, but for what is said beside it."""
    component = CATALOG[name]
    assert component.default in component.versions
    for version in component.ends:
        assert component.series(version) == version
    assert component.newest(date.min) == component.default
    assert component.newest(date.max) in component.versions


def test_the_version_to_move_to_is_one_that_is_mended() -> None:
    rabbitmq = CATALOG["rabbitmq"]
    assert rabbitmq.newest(date(2026, 7, 30)) == "4.2"
    assert rabbitmq.newest(date(2026, 7, 31)) == "4.3"


@pytest.mark.parametrize("name", APPS)
def test_an_app_is_built(name: str) -> None:
    for _, facts in every(name):
        assert facts.build
        assert facts.command
        assert facts.user.id


# What the published images have, of all that a healthcheck could call: from their Dockerfiles.
TOOLS = {
    "postgres:": {"pg_isready", "psql", "sh", "bash", "grep"},
    "pgvector/pgvector:": {"pg_isready", "psql", "sh", "bash", "grep"},
    "redis:": {"redis-cli", "sh", "grep", "wget"},
    "caddy:": {"wget", "sh"},
    "chromadb/chroma:1": {"bash", "head", "grep", "printf", "exec"},
    "chromadb/chroma:0": {"curl", "sh", "bash", "python"},
    "chrislusf/seaweedfs:": {"curl", "sh", "printf", "grep", "wget"},
    "cr.weaviate.io/semitechnologies/weaviate:": {"sh", "grep", "wget"},
    "memcached:": {"bash", "exec", "grep", "printf"},
    "milvusdb/milvus:": {"bash", "curl"},
    "nats:": {"sh", "grep", "wget"},
    "ollama/ollama:": {"bash", "ollama"},
    "adminer:": {"php", "wget", "sh"},
    "dpage/pgadmin4:": {"wget", "sh", "bash"},
    "elasticsearch:": {"curl", "sh", "bash", "printf", "grep"},
    "mariadb:": {"healthcheck.sh", "mariadb", "mariadb-admin", "sh", "bash"},
    "mongo:": {"mongosh", "sh", "bash", "exec", "printf", "grep"},
    "neo4j:": {"wget", "cypher-shell", "sh", "bash"},
    "opensearchproject/opensearch:": {"curl", "sh", "bash", "grep"},
    "redis/redisinsight:": {"wget", "sh", "node"},
    "mysql:": {"mysql", "mysqladmin", "sh", "bash", "grep"},
    "nginx:": {"curl", "wget", "sh"},
    "nginxinc/nginx-unprivileged:": {"curl", "wget", "sh"},
    "node:": {"node", "sh", "bash", "grep"},
    "traefik:": {"traefik", "wget", "sh"},
    # celery is what the app installs
    "python:": {"python", "celery", "sh", "bash", "grep"},
    "qdrant/qdrant:": {"bash", "exec", "grep", "head", "printf"},
    "rabbitmq:": {"bash", "rabbitmq-diagnostics", "rabbitmqctl"},
    "valkey/valkey:": {"sh", "grep", "valkey-cli", "wget"},
}


@pytest.mark.parametrize("name", NAMES)
def test_a_healthcheck_uses_what_its_image_has(name: str) -> None:
    for choice, facts in every(name):
        if not facts.healthcheck:
            continue
        image = fill(facts.image.name, {key: str(value) for key, value in choice.items()})
        (tools,) = [tools for start, tools in TOOLS.items() if image.startswith(start)]
        assert called(facts.healthcheck.test) <= tools, image


def called(test: tuple[str, ...]) -> set[str]:
    """Return the programs that a healthcheck calls."""
    kind, *words = test
    if kind == "CMD" and words[0] not in ("sh", "bash"):
        return {words[0]}
    script = words[-1]
    shell = {"sh"} if kind == "CMD-SHELL" else {words[0]}
    parts = re.split(r"\s*(?:&&|\|\||\||;)\s*", script.strip())
    return shell | {part.split()[0] for part in parts}


@pytest.mark.parametrize(
    ("name", "version", "series"),
    [
        ("postgres", "18", "18"),
        ("postgres", "18.6", "18"),
        ("postgres", "1", None),
        ("postgres", "180", None),
        ("python", "3.13.2", "3.13"),
        ("python", "3", None),
        ("python", "3.1", None),
        ("chroma", "1.5.9", "1.5.9"),
        ("chroma", "0.5.23", "0.5.23"),
    ],
)
def test_series(name: str, version: str, series: str | None) -> None:
    assert CATALOG[name].series(version) == series


@pytest.mark.parametrize(
    ("name", "choice", "path"),
    [
        ("postgres", {"version": "18"}, "/var/lib/postgresql"),
        ("postgres", {"version": "17"}, "/var/lib/postgresql/data"),
        ("postgres", {"version": "16"}, "/var/lib/postgresql/data"),
        ("postgres", {"version": "18", "pgvector": True}, "/var/lib/postgresql"),
        ("postgres", {"version": "16", "pgvector": True}, "/var/lib/postgresql/data"),
        ("redis", {"version": "7"}, "/data"),
        ("chroma", {"version": "1.5.9"}, "/data"),
        ("chroma", {"version": "0.5.23"}, "/chroma/chroma"),
        ("milvus", {"version": "2.6.18"}, "/var/lib/milvus"),
        ("milvus", {"version": "3.0.2"}, "/var/lib/milvus"),
        ("nats", {"version": "2.14"}, "/data"),
        ("ollama", {"version": "0.33.2"}, "/root/.ollama"),
        ("rabbitmq", {"version": "4.2", "management": True}, "/var/lib/rabbitmq"),
        ("rabbitmq", {"version": "4.3"}, "/var/lib/rabbitmq"),
        ("s3", {"version": "4.46"}, "/data"),
        ("valkey", {"version": "9"}, "/data"),
        ("weaviate", {"version": "1.39.0"}, "/var/lib/weaviate"),
        ("mysql", {"version": "9"}, "/var/lib/mysql"),
        ("mysql", {"version": "8.4"}, "/var/lib/mysql"),
        ("mariadb", {"version": "12.3"}, "/var/lib/mysql"),
        ("elasticsearch", {"version": "9.5.2"}, "/usr/share/elasticsearch/data"),
        ("opensearch", {"version": "3"}, "/usr/share/opensearch/data"),
        ("pgadmin", {"version": "9"}, "/var/lib/pgadmin"),
        ("redisinsight", {"version": "3.8"}, "/data"),
    ],
)
def test_data_path(name: str, choice: dict[str, Any], path: str) -> None:
    assert list(CATALOG[name].facts_for(choice).data) == [path]


def test_extends() -> None:
    fastapi, python = CATALOG["fastapi"], CATALOG["python"]
    assert fastapi.versions == python.versions
    assert "heartbeat" in python.options
    assert "heartbeat" not in fastapi.options
    assert "pip" in fastapi.options
    assert fastapi.about != python.about
    facts = fastapi.facts_for({"version": "3.13"})
    assert facts.build == python.facts_for({"version": "3.13"}).build
    assert facts.port
    assert not python.facts_for({"version": "3.13", "heartbeat": None}).healthcheck
    assert python.facts_for({"version": "3.13", "heartbeat": "/tmp/x"}).healthcheck


@pytest.mark.parametrize("name", ["postgress", "", "../redis", "REDIS", "a b", "redis.yaml"])
def test_unknown(name: str) -> None:
    assert name not in CATALOG
    with pytest.raises(ComposegenError, match=f"unknown component '{re.escape(name)}'"):
        CATALOG[name]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a", "a"),
        ("{x}-{y}", "1-{y}"),
        ("{{x}}", "{1}"),
        ("${DB:?x}", "${DB:?x}"),
        ("{ x }", "{ x }"),
        ("{x}{z}", "1{x}"),
    ],
)
def test_fill(text: str, wanted: str) -> None:
    assert fill(text, {"x": "1", "z": "{x}"}) == wanted


def test_expand() -> None:
    words = (
        "run {x}",
        Each(each="pairs", words=("--{key}", "{value}{x}")),
        Each(each="items", words=("{item}",)),
        Each(each="nothing", words=("never",)),
        "end",
    )
    options = {"pairs": {"a": "1", "b": "{x}"}, "items": ["c", "d"], "nothing": None}
    got = expand(words, {"x": "!"}, options)
    assert got == ["run !", "--a", "1!", "--b", "{x}!", "c", "d", "end"]


# A user's own component, beside the spec.

MINE = """\
about: "our own store"
role: store
versions: ["2", "1"]
default: "2"
facts:
  image: {name: "mine:{version}", source: "our Dockerfile"}
  user: {id: "1:1", source: "our Dockerfile"}
  root: {source: "our Dockerfile"}
  limits: {memory: 1G, cpus: "1", pids: 10, source: "our choice"}
"""


def project(root: Path, components: dict[str, str], service: str = "mine") -> Project:
    (root / "components").mkdir()
    for name, text in components.items():
        (root / "components" / f"{name}.yaml").write_text(text)
    (root / "stack.yaml").write_text(f"name: app\nservices:\n  x: {service}\n")
    with within(5):
        return load(root / "stack.yaml")


@pytest.mark.parametrize(
    ("components", "service", "image"),
    [
        ({"mine": MINE}, "mine", "mine:2"),
        ({"mine": MINE}, "mine:1.5", "mine:1.5"),
        ({"redis": MINE}, "redis", "mine:2"),
        ({"mine": "extends: redis\ndefault: '7'\n"}, "mine", "redis:7-alpine"),
        ({"mine": "extends: other\n", "other": MINE}, "mine", "mine:2"),
        ({"postgres": "extends: postgres\ndefault: '17'\n"}, "postgres", "postgres:17-trixie"),
    ],
)
def test_own_component(
    components: dict[str, str], service: str, image: str, tmp_path: Path
) -> None:
    stack = project(tmp_path, components, service).stack
    assert stack.plans[0].services[0].image == image


def test_own_components_are_listed_and_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    catalog = Catalog((tmp_path, BUILTIN))
    assert catalog.names() == sorted([*NAMES, "mine"])
    assert catalog["redis"] == CATALOG["redis"]


BROKEN = {
    "not YAML": ("a: [\n", "mine.yaml:2:1"),
    "not UTF-8": ("about: \udcff\n", "mine.yaml:1:8"),
    "empty": ("", ""),
    "a comment": ("# nothing\n", ""),
    "a list": ("- a\n", ""),
    "a text": ("hello\n", ""),
    "no facts": (MINE.partition("facts:")[0], "facts"),
    "facts empty": (MINE.partition("facts:")[0] + "facts: {}\n", "image"),
    "facts a list": (MINE.partition("facts:")[0] + "facts: []\n", "facts"),
    "unknown key": (MINE + "nonsense: 1\n", "nonsense"),
    "unknown fact": (MINE + "  nonsense: 1\n", "nonsense"),
    "unknown key of a fact": (MINE.replace("pids", "pigs"), "pigs"),
    "a fact without a source": (MINE.replace(', source: "our choice"', ""), "source"),
    "a number as version": (MINE.replace('"2", "1"', "2, 1"), "versions"),
    "a default that is no version": (MINE.replace('default: "2"', 'default: "3"'), "'3'"),
    "unknown role": (MINE.replace("role: store", "role: shop"), "shop"),
    "an app without build": (MINE.replace("role: store", "role: app"), "build"),
    "unknown type of an option": (
        MINE + "options: {x: {type: nonsense, about: y}}\n",
        "nonsense",
    ),
    "a wrong default of an option": (
        MINE + "options: {x: {type: folder, about: y, default: /etc}}\n",
        "/etc",
    ),
    "a variant with an unknown fact": (
        MINE + "variants: [{when: {version: '2'}, facts: {nonsense: 1}}]\n",
        "nonsense",
    ),
    "a relative data path": (
        MINE + "  data: {x: {name: data, kind: database, source: 'our Dockerfile'}}\n",
        "x",
    ),
    "a part of the connection that is not there": (
        "extends: redis\n"
        "facts: {connection: {parts: {url: x}, variables: {A_URL: ulr}, source: 'ours'}}\n",
        "variables.A_URL: there is no part 'ulr'; did you mean 'url'?",
    ),
    "no amount of memory": (
        "extends: redis\nfacts: {limits: {memory: lots, cpus: '1', pids: 5, source: 'ours'}}\n",
        "facts.limits.memory: 'lots' is not an amount of memory",
    ),
    "no number of CPUs": (
        "extends: redis\nfacts: {limits: {memory: 1gb, cpus: all, pids: 5, source: 'ours'}}\n",
        "facts.limits.cpus: 'all' is not a number of CPUs",
    ),
    "a default without a value": (
        "extends: redis\noptions: {settings: {type: settings, about: x, default: {a: }}}\n",
        "options.settings.a: has no value",
    ),
    "extends itself": ("extends: mine\n", "mine"),
    "extends nothing": ("extends: nothing\n", "unknown component 'nothing'"),
    "extends a number": ("extends: 5\n", "extends"),
    "extends with a list": ("extends: redis\nfacts: []\n", "facts"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_component(name: str, tmp_path: Path) -> None:
    text, part = BROKEN[name]
    (tmp_path / "components").mkdir()
    file = tmp_path / "components" / "mine.yaml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    spec = tmp_path / "stack.yaml"
    spec.write_text("name: app\nservices:\n  x: {component: mine, user: '1:1'}\n")
    with within(5), pytest.raises(ComposegenError, match=r"mine") as caught:
        load(spec)
    assert part in str(caught.value)


def test_a_default_is_read_like_what_a_spec_says(tmp_path: Path) -> None:
    text = "extends: redis\noptions: {settings: {type: settings, about: x, default: {a: 1}}}\n"
    made = project(tmp_path, {"mine": text})
    assert made.catalog["mine"].options["settings"].default == {"a": "1"}
    (service,) = made.stack.plans[0].services
    assert list(service.command[-2:]) == ["--a", "1"]


def test_components_that_extend_each_other(tmp_path: Path) -> None:
    with pytest.raises(ComposegenError, match=r"mine"):
        project(tmp_path, {"mine": "extends: other\n", "other": "extends: mine\n"})


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_that_is_read_once_can_be_changed(name: str) -> None:
    for choice, facts in every(name):
        for secret, fact in facts.secrets.items():
            assert not facts.reads_once(secret) or fact.rotate or fact.by_hand, (secret, choice)


@pytest.mark.parametrize("name", NAMES)
def test_a_generated_secret_is_what_the_server_takes(name: str) -> None:
    for _, facts in every(name):
        for fact in facts.secrets.values():
            assert fact.form is None or (
                re.fullmatch(fact.form.pattern, "x1" * 16) and fact.form.why
            )
