"""What holds for every spec: the same bytes everywhere, accepted by Compose, and done once."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support import COMPOSE_FILES, cli, config, configs, files, generated, process, project

from composegen.catalog.catalog import Catalog
from composegen.spec.options import option_schema

CATALOG = Catalog()
SPECS = 80
# A tool is in dev only, so what another environment says about it would be wrong.
COMPONENTS = [name for name in CATALOG.names() if CATALOG[name].role != "tool"]
# What a component's option can be given, by its type; the rest is made by hand below.
OPTIONS: Mapping[str, tuple[object, ...]] = {
    "boolean": (True, False),
    "bucket": ("uploads", "a-1"),
    "image": ("mailpit:v1.20", "site/name@sha256:" + 64 * "0"),
    "name": ("app", "notes_1", "_x"),
    "count": (1, 8),
    "module": ("app.tasks", "jobs.tasks:celery", "config"),
    "program": ("src/main.js", "bot.mjs"),
    "settings": ({"maxmemory": "1mb"}, {"a_b": "$x {y} 'z'", "c": 1}),
    "script": ("app/main.py", "main.py"),
    "site": ("", ":8080", "example.org", "example.org:8443"),
    "url-path": ("/", "/health/ready"),
    "file": ("/tmp/heartbeat", "/run/beat"),
    "folder": ("db/init",),
    "folders": (["app"], ["app", "lib"], ["."]),
    "import": ("app.main:app", "main:create"),
}
KINDS = ("backups", "cache", "config", "files", "log", "models", "secrets", "temp", "uploads")
TEXTS = (
    "",
    "a b",
    "$HOME",
    "${A:-b}",
    "${C}",
    "a'b\"c\\d",
    "# no",
    "é🐳",
    "{{ 7*7 }}",
    "no",
    "1e3",
)


def random_spec(seed: int) -> dict[str, Any]:
    """Return a spec that should be right: each seed its own, the same at every run."""
    dice = random.Random(seed)
    names = [f"s{number}" for number in range(dice.randint(1, 5))]
    services: dict[str, Any] = {}
    for number, name in enumerate(names):
        services[name] = _service(dice, services, number)
    environments = dice.sample(["dev", "test", "prod"], dice.randint(1, 3))
    overrides: dict[str, Any] = {}
    for environment in environments:
        chosen = dice.sample(names, dice.randint(0, len(names)))
        overrides[environment] = {name: _override(dice, services[name]) for name in chosen}
    return {"name": f"p{seed}", "services": services, "environments": overrides}


def words(kind: str) -> list[object]:
    """Return what an option of some words can be; a new type of another sort needs an entry."""
    return list(option_schema(kind)["enum"])


def _service(dice: random.Random, before: Mapping[str, Any], number: int) -> dict[str, Any]:
    component = CATALOG[dice.choice(COMPONENTS)]
    result: dict[str, Any] = {"component": component.name}
    for name, option in component.options.items():
        if option.type != "routes" and (dice.random() < 0.3 or option.type == "image"):
            result[name] = dice.choice(OPTIONS.get(option.type) or words(option.type))
    # the packages of Node lie in the folder of the code, so it can't be mounted whole
    if component.language == "node" and result.get("code") == ["."]:
        result["code"] = ["src", "index.html"]
    port = 20000 + 10 * number
    maybe = {
        "version": dice.choice(component.versions),
        "environment": {f"V{n}": dice.choice(TEXTS) for n in range(3)},
        "restart": dice.choice(["always", "no", "on-failure"]),
        "ports": [f"{port}:9000", f"0.0.0.0:{port + 1}:9001"],
    }
    result |= {key: value for key, value in maybe.items() if dice.random() < 0.3}
    if component.facts_for({"version": component.default}).port and dice.random() < 0.3:
        result["port"] = port + 5
    return result | (_app(dice, before, number) if component.role == "app" else {})


def _app(dice: random.Random, before: Mapping[str, Any], number: int) -> dict[str, Any]:
    can = [name for name, other in before.items() if _waits(other)]
    result: dict[str, Any] = {
        "needs": dice.sample(can, dice.randint(0, len(can))),
        "build": dice.choice([".", "one", "two"]),
    }
    if dice.random() < 0.3:
        result["command"] = dice.choice([["python", "-m", "app.w"], "run 'a $b' \"c\""])
    for kind in dice.sample(KINDS, dice.randint(0, 3)):
        entry: dict[str, Any] = {"kind": kind}
        if dice.random() < 0.3:
            entry[dice.choice(["persist", "edited"])] = dice.random() < 0.5
        result.setdefault("data", {})[f"/data/{number}/{kind}"] = entry
    return result


def _waits(service: Mapping[str, Any]) -> bool:
    return service["component"] not in ("image", "node", "python") or "heartbeat" in service


def _override(dice: random.Random, service: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if dice.random() < 0.5:
        result["memory"] = dice.choice(["64M", "1.5g"])
    if dice.random() < 0.5:
        result["cpus"] = dice.choice([0.25, 2])
    component = CATALOG[service["component"]]
    several = component.role == "app" and "single" not in component.facts
    if dice.random() < 0.3 and "ports" not in service and several:
        result["replicas"] = dice.randint(1, 4)
    if dice.random() < 0.3:
        result["environment"] = {"V0": dice.choice(TEXTS)}
    return result


def text_of(spec: object) -> str:
    """Return a spec as YAML: JSON is YAML, but for the escapes of surrogates."""
    return json.dumps(spec, ensure_ascii=False, indent=1)


def build_files() -> dict[str, str]:
    given = {"one/pyproject.toml": "", "two/requirements.txt": "", "db/init/1.sql": ""}
    return {**given, "one/uv.lock": "", "two/package.json": "{}", "two/src/main.js": ""}


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Map each seed to a folder with its spec."""
    root = tmp_path_factory.mktemp("specs")
    return {
        seed: project(root / str(seed), text_of(random_spec(seed)), build_files())
        for seed in range(SPECS)
    }


def test_every_spec_is_accepted_by_compose(projects: dict[int, Path]) -> None:
    refused = {}
    for seed, root in projects.items():
        done = cli("generate", cwd=root)
        if done.code:
            refused[seed] = done.err[-400:]
    assert refused == {}
    written = [
        root / name
        for root in projects.values()
        for name in COMPOSE_FILES.values()
        if (root / name).exists()
    ]
    assert len(written) > SPECS
    found = configs(written)
    assert {str(file): one.err for file, one in found.items() if one.code or one.err} == {}
    for file, one in found.items():
        for service in one.document["services"].values():
            for mount in service.get("volumes", ()):
                assert mount["type"] == "bind" or mount["source"] in one.document["volumes"], file


def test_again_is_nothing(projects: dict[int, Path]) -> None:
    for seed in range(0, SPECS, 6):
        root = generated(projects[seed])
        before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
        for words in ((), ("--file", "stack.yaml"), ("--env", "dev")):
            if words and "dev" in words and "dev" not in random_spec(seed)["environments"]:
                continue
            done = cli("generate", *words, cwd=root)
            assert (done.code, done.out) == (0, ""), done.err
            assert done.err.splitlines()[-1] == "nothing to do"
        after = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
        seen = root / ".composegen/local"
        changed = {path for path in before | after if before.get(path) != after.get(path)}
        assert {path for path in changed if seen not in (path, *path.parents)} == set()


def visible(root: Path) -> dict[str, bytes]:
    """Return what composegen writes but for the secrets, and what one machine remembers."""
    return {
        path: data
        for path, data in files(root).items()
        if path != ".env" and not path.startswith(".composegen/local")
    }


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
        {"TZ": "Asia/Kathmandu", "SOURCE_DATE_EPOCH": "1"},
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4242", "PYTHONOPTIMIZE": "2"},
        {"HOME": "/nonexistent", "USER": "nobody", "COLUMNS": "20"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_same_bytes(variables: dict[str, str], examples: dict[str, Path], tmp_path: Path) -> None:
    for name in ("nasty-strings", "two-folders"):
        wanted = visible(examples[name])
        root = tmp_path / f"another {name}"
        for path, data in wanted.items():
            if path.endswith(("stack.yaml", ".txt", ".toml", ".lock")):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(data)
        done = process("generate", cwd=root, env=variables)
        assert done.code == 0, done.err
        assert visible(root) == wanted


@pytest.mark.skipif(not hasattr(os, "umask"), reason="NO umask HERE")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_modes_whatever_the_umask(mask: int, tmp_path: Path) -> None:
    """`.env` is the owner's alone; what a container reads as another user is open."""
    project(tmp_path, "name: x\nservices: {db: postgres, api: {component: fastapi, build: new}}\n")
    done = process("generate", cwd=tmp_path, preexec_fn=lambda: os.umask(mask))
    assert done.code == 0, done.err
    modes = {path: (tmp_path / path).stat().st_mode & 0o777 for path in files(tmp_path)}
    assert modes[".env"] == 0o600
    for path in (*COMPOSE_FILES.values(), "new/Dockerfile", "new/.dockerignore", ".env.example"):
        assert modes.get(path, 0o644) == 0o644, path


def test_order_of_the_spec_does_not_matter(tmp_path: Path) -> None:
    """But for what it says: the first of two services gets the first port and the Dockerfile."""
    spec = random_spec(7)
    turned = {
        "environments": dict(reversed(spec["environments"].items())),
        "services": {name: dict(reversed(one.items())) for name, one in spec["services"].items()},
        "name": spec["name"],
    }
    one = generated(project(tmp_path / "one", text_of(spec), build_files()))
    two = generated(project(tmp_path / "two", text_of(turned), build_files()))
    for root in (one, two):
        (root / "stack.yaml").unlink()
    before, after = visible(one), visible(two)
    for path in set(before) - {".composegen/lock.json"}:
        assert after[path] == before[path], path
    assert set(after) == set(before)


def test_line_ends_and_bom_of_the_spec(tmp_path: Path) -> None:
    spec = text_of(random_spec(3)) + "\n"
    roots = []
    for number, data in enumerate((spec, spec.replace("\n", "\r\n"), f"\ufeff{spec}")):
        roots.append(generated(project(tmp_path / str(number), data, build_files())))
        (roots[-1] / "stack.yaml").unlink()
        (roots[-1] / ".composegen/lock.json").unlink(missing_ok=True)
    first, *others = map(visible, roots)
    assert others == [first, first]
    assert all(b"\r" not in data for data in first.values())


def test_a_big_stack(tmp_path: Path) -> None:
    lines = "".join(f"  s{number}: {{component: fastapi, needs: [db]}}\n" for number in range(150))
    project(tmp_path, f"name: x\nservices:\n  db: postgres\n{lines}")
    document = config(generated(tmp_path) / "docker-compose.yml").document
    ports = [one["published"] for s in document["services"].values() for one in s["ports"]]
    assert len(document["services"]) == len(set(ports)) == 151
