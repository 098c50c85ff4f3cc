"""What the real Compose makes of our files: no error, no warning, nothing anonymous."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support import COMPOSE_FILES, Config, configs, example_names, generated, project

from composegen.catalog.catalog import Catalog
from composegen.spec.data import KINDS

CATALOG = Catalog()
STORES = [name for name in CATALOG.names() if CATALOG[name].role == "store"]
APPS = [name for name in CATALOG.names() if CATALOG[name].role == "app"]
VERSIONS = [(name, version) for name in CATALOG.names() for version in CATALOG[name].versions]
# What a component can't do without.
REQUIRED = {
    "image": ", image: 'mailpit:v1.20', healthcheck: {test: [CMD, /mailpit, readyz]}",
}
ALL = "environments: {dev: {}, test: {}, prod: {}}\n"


def compose_files(root: Path) -> list[Path]:
    return [root / name for name in COMPOSE_FILES.values() if (root / name).exists()]


def read(root: Path) -> dict[str, Config]:
    """Map each environment that has a file to what Compose reads in it."""
    names = {file: name for name, file in COMPOSE_FILES.items()}
    return {names[file.name]: one for file, one in configs(compose_files(root)).items()}


def accepted(root: Path) -> dict[str, dict[str, Any]]:
    found = read(root)
    assert found
    for name, one in found.items():
        assert (one.code, one.err) == (0, ""), name
    return {name: one.document for name, one in found.items()}


def mounts(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, service in document["services"].items():
        for entry in service.get("volumes", ()):
            yield name, entry


class Read(dict[str, dict[str, Config]]):
    """What Compose reads in each example, by environment."""

    def __init__(self, examples: dict[str, Path]) -> None:
        super().__init__()
        self._examples = examples

    def __missing__(self, name: str) -> dict[str, Config]:
        self[name] = read(self._examples[name])
        return self[name]


@pytest.fixture(scope="module")
def every(examples: dict[str, Path]) -> Read:
    return Read(examples)


@pytest.mark.parametrize("name", example_names())
def test_example(name: str, every: Read) -> None:
    assert every[name]
    for environment, one in every[name].items():
        assert (one.code, one.err) == (0, ""), environment


@pytest.mark.parametrize("name", example_names())
def test_nothing_is_anonymous(name: str, every: Read) -> None:
    for environment, one in every[name].items():
        declared = one.document.get("volumes", {})
        for service, entry in mounts(one.document):
            assert entry["type"] in ("bind", "volume"), (environment, service, entry)
            assert entry["type"] == "bind" or entry["source"] in declared, (environment, service)
        project = one.document["name"]
        assert project.endswith(f"-{environment}") == (environment != "dev")
        for volume in declared.values():
            assert volume["name"].startswith(f"{project}_") or volume.get("external")


@pytest.mark.parametrize("name", example_names())
def test_docker_makes_no_folder(name: str, every: Read) -> None:
    """A bind mount whose source is missing is an error, never a new folder of root's."""
    for one in every[name].values():
        for service, entry in mounts(one.document):
            if entry["type"] == "bind" and name != "escape-hatch":
                assert not entry["bind"].get("create_host_path"), (service, entry)


@pytest.mark.parametrize("name", example_names())
def test_bind_sources_are_there(name: str, every: Read) -> None:
    """All but the user's own code, which an example here does without."""
    for environment, one in every[name].items():
        for service, entry in mounts(one.document):
            if entry["type"] == "bind" and not entry["target"].startswith("/app"):
                assert Path(entry["source"]).exists(), (environment, service, entry["source"])


@pytest.mark.parametrize("name", example_names())
def test_nothing_is_shared_by_accident(name: str, every: Read) -> None:
    """Two services meet in one place only where the spec names it, or where it is their code."""
    shared = {"design": {"shared"}}.get(name, set())
    for environment, one in every[name].items():
        users: dict[str, set[str]] = defaultdict(set)
        for service, entry in mounts(one.document):
            if not entry["target"].startswith("/app/"):
                users[entry["source"]].add(service)
        found = {source for source, services in users.items() if len(services) > 1}
        assert found <= shared, environment


@pytest.mark.parametrize("kind", ["log", "uploads", "backups", "models"])
def test_two_services_have_data_of_their_own(kind: str, tmp_path: Path) -> None:
    spec = (
        "name: x\nservices:\n"
        f"  one: {{component: fastapi, data: {{/data/one/things: {kind}}}}}\n"
        f"  two: {{component: python, data: {{/data/two/things: {kind}}}}}\n"
    )
    for name, document in accepted(generated(project(tmp_path, spec))).items():
        sources = [
            entry["source"] for _, entry in mounts(document) if entry["target"].startswith("/data/")
        ]
        assert len(sources) == len(set(sources)), name


def test_one_volume_by_name_is_shared_everywhere(examples: dict[str, Path]) -> None:
    """Two services that the spec gives one volume see one another's files, in a test as well."""
    for name, one in read(examples["design"]).items():
        sources = [
            entry["source"] for _, entry in mounts(one.document) if entry["target"] == "/app/shared"
        ]
        assert sources == ["shared", "shared"], name


@pytest.mark.parametrize(("component", "version"), VERSIONS)
def test_version(component: str, version: str, tmp_path: Path) -> None:
    facts = CATALOG[component].facts_for({"version": version})
    more = REQUIRED.get(component, "")
    one = f'{{component: {component}, version: "{version}"{more}}}'
    spec = f"name: x\nservices: {{one: {one}}}\n{ALL}"
    documents = accepted(generated(project(tmp_path, spec)))
    if CATALOG[component].role == "tool":
        documents = {name: one for name, one in documents.items() if one["services"]}
        assert set(documents) == {"dev"}
    else:
        assert set(documents) == {"dev", "test", "prod"}
    for document in documents.values():
        service = document["services"]["one"]
        assert version in service.get("image", "") or "build" in service or more
        assert service["cap_drop"] == ["ALL"]
    kinds = [fact.kind for fact in facts.data.values()]
    for environment, document in documents.items():
        lasting = {"models"} if environment == "test" else set(KINDS) - {"cache", "temp"}
        kept = [entry["type"] for _, entry in mounts(document)]
        assert kept.count("volume") == len([kind for kind in kinds if kind in lasting])
        code = environment == "dev" and "build" in document["services"]["one"]
        assert kept.count("bind") == len(facts.files) + code


@pytest.mark.parametrize("store", STORES)
def test_needs(store: str, tmp_path: Path) -> None:
    """An app of every kind reaches the store, is told where it is, and waits for it."""
    needed = f"{{component: {store}{REQUIRED.get(store, '')}}}"
    apps = "".join(f"  {app}: {{component: {app}, build: {app}, needs: [store]}}\n" for app in APPS)
    spec = f"name: x\nservices:\n{apps}  store: {needed}\n{ALL}"
    for document in accepted(generated(project(tmp_path, spec))).values():
        for app in APPS:
            service = document["services"][app]
            assert service["depends_on"]["store"]["condition"] == "service_healthy", app
            said = [text for text in service["environment"].values() if text and "store" in text]
            assert said, app
            networks = set(service["networks"]) & set(document["services"]["store"]["networks"])
            assert networks, app


@pytest.mark.parametrize(
    ("port", "published", "target"),
    [
        ("9000:8000", ("127.0.0.1", "9000"), 8000),
        ("127.0.0.1:9000:8000", ("127.0.0.1", "9000"), 8000),
        ("0.0.0.0:9000:8000", ("0.0.0.0", "9000"), 8000),
        ("10.0.0.1:9000:8000", ("10.0.0.1", "9000"), 8000),
        ("'[::1]:9000:8000'", ("::1", "9000"), 8000),
        ("9000:8000/udp", ("127.0.0.1", "9000"), 8000),
        ("8000", ("127.0.0.1", None), 8000),
        ("1:65535", ("127.0.0.1", "1"), 65535),
    ],
)
def test_ports(port: str, published: tuple[str, str | None], target: int, tmp_path: Path) -> None:
    spec = f"name: x\nservices: {{api: {{component: fastapi, ports: [{port}]}}}}\n"
    for document in accepted(generated(project(tmp_path, spec))).values():
        (one,) = document["services"]["api"]["ports"]
        assert (one["host_ip"], one.get("published") or None) == published
        assert one["target"] == target


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("driver_opts", "{o: 'password=a$b,${C}'}"),
        ("user", "'${RUN_AS}'"),
        ("environment", "{A: '${X}', B: '${X:-a$b}', C: '$${X}', D: '$$$X', E: '${', F: '${X+y}'}"),
        ("command", "[run, '$A', '${B}', '$(C)', \"it's\"]"),
        ("healthcheck", "{test: [CMD-SHELL, 'test $A = $$']}"),
        ("healthcheck", "{test: [CMD, run]}"),
        ("healthcheck", "{test: [NONE]}"),
        ("healthcheck", "{disable: true}"),
        ("cpus", "0.01"),
        ("memory", "6.5m"),
        ("profiles", "[a, b-c, d_e.f]"),
        ("data", "{/d: {kind: files, volume: '12'}, /e: {kind: files, volume: 'true'}}"),
        ("data", "{/d: {kind: files, volume: {key: a.b-c_d}}}"),
        ("data", "{/tmp: {kind: files}, /var/run/x: log, /e: {kind: temp, size: 1.5g}}"),
        ("data", "{'/d with': temp}"),
        ("needs", "{}"),
        ("restart", "no"),
    ],
)
def test_key(key: str, value: str, tmp_path: Path) -> None:
    """What the spec takes, Compose takes without a warning; else the spec must refuse it."""
    if key == "driver_opts":
        key, value = "data", f"{{/d: {{kind: files, volume: {{driver: local, {key}: {value}}}}}}}"
    spec = f"name: x\nservices:\n  api:\n    component: fastapi\n    {key}: {value}\n"
    project(tmp_path, spec)
    if key == "data" and "with" in value:
        with pytest.raises(AssertionError, match="not a path in the container"):
            generated(tmp_path)
        return
    accepted(generated(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "healthcheck: {test: [curl, localhost]}",
        "healthcheck: {test: []}",
        "cpus: 0.001",
        "ports: ['999.1.1.1:80:80']",
        "ports: ['1.2:80:80']",
        "ports: ['99999:80']",
        "profiles: ['']",
        "command: [run, false]",
        "data: {/d//x: files, /d/x: temp}",
        "data: {/d/./x: files, /d/x: temp}",
        "data: {/d: {kind: files, volume: {name: x}}}",
        "user: $RUN_AS",
    ],
)
def test_refused(line: str, tmp_path: Path) -> None:
    """What Compose or Docker would refuse, or what would come out as something else."""
    spec = f"name: x\nservices:\n  api:\n    component: fastapi\n    {line}\n"
    with pytest.raises(AssertionError, match=r"stack.yaml:5:"):
        generated(project(tmp_path, spec))


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """022 is no 22 and 3.10 no 3.1: a variable is text, and the user sees what it says."""
    said = {"A": "022", "B": "0x1F", "C": "0o17", "D": "3.10", "E": "1e3", "F": "+5", "G": "1_000"}
    text = ", ".join(f"{name}: {value}" for name, value in said.items())
    spec = f"name: x\nservices:\n  api: {{component: fastapi, environment: {{{text}}}}}\n"
    for document in accepted(generated(project(tmp_path, spec))).values():
        assert document["services"]["api"]["environment"] == said


def test_passwords_agree(tmp_path: Path) -> None:
    """What the app is told is what the database was made with."""
    spec = (
        "name: x\nservices:\n  api: {component: fastapi, needs: [db]}\n"
        f"  db: {{component: postgres, database: notes}}\n{ALL}"
    )
    for document in accepted(generated(project(tmp_path, spec))).values():
        made = document["services"]["db"]["environment"]
        url = document["services"]["api"]["environment"]["DATABASE_URL"]
        user, password = made["POSTGRES_USER"], made["POSTGRES_PASSWORD"]
        assert url == f"postgresql://{user}:{password}@db:5432/notes"
