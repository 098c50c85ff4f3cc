from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import GOLDEN, cli, project

from composegen.catalog.catalog import BUILTIN, Catalog
from composegen.catalog.schema import component_schema, spec_schema
from composegen.formats.yaml12 import read
from composegen.spec.data import Data
from composegen.spec.model import Service, ServiceOverride, Spec

SCHEMA = spec_schema(Catalog())


def holds(value: Any, schema: dict[str, Any]) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*/stack.yaml")), ids=lambda f: f.parent.name)
def test_every_example_holds(file: Path) -> None:
    assert holds(read(file.read_bytes()).value, SCHEMA)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("{name: x, services: {a: redis}}", True),
        ("{name: x, services: {a: 'redis:7'}}", True),
        ("{name: x, services: {a: {component: redis, version: 7}}}", True),
        ("{name: x, services: {a: {component: redis, memory: 1.5g}}}", True),
        ("{name: x, services: {a: {component: redis, data: {/data: {volume: r}}}}}", True),
        ("{name: x, services: {a: {component: redis, needs: {b: null}}}}", True),
        ("{name: x, services: {a: redis}, environments: {dev: null}}", True),
        ("{name: x}", False),
        ("{name: X, services: {a: redis}}", False),
        ("{name: x, services: {a: rediss}}", False),
        ("{name: x, services: {a: {component: redis, prot: 1}}}", False),
        ("{name: x, services: {a: {component: redis, port: '1'}}}", True),
        ("{name: x, services: {a: {component: redis, port: '1:2'}}}", False),
        ("{name: x, services: {a: {component: redis, data: {/data: {kind: databse}}}}}", False),
        ("{name: x, services: {a: redis}, environments: {stage: {}}}", False),
        ("{name: x, services: {a: redis}, environments: {dev: {a: {prot: 1}}}}", False),
        ("{name: x, services: {a: redis}, other: 1}", False),
    ],
)
def test_says_what_the_program_says(text: str, good: bool, tmp_path: Path) -> None:
    """An editor that follows the schema neither hides an error nor invents one."""
    assert holds(read(text.encode()).value, SCHEMA) == good
    project(tmp_path, text.replace("needs: {b: null}", "needs: []"))
    assert (cli("generate", "--stdout", cwd=tmp_path).code == 0) == good


def test_every_field_is_in_it() -> None:
    assert set(SCHEMA["properties"]) == set(Spec.model_fields)
    models = SCHEMA["$defs"]
    service = models["Service"]
    options = {name for one in Catalog().names() for name in Catalog()[one].options}
    assert set(service["properties"]) == set(Service.model_fields) | options
    assert (
        set(models["ServiceOverride"]["properties"]) == set(ServiceOverride.model_fields) | options
    )
    assert set(models["Data"]["properties"]) == set(Data.model_fields)


def test_every_key_says_what_it_is() -> None:
    shown = {"Spec": SCHEMA, **SCHEMA["$defs"]}
    silent = [
        f"{model}.{key}"
        for model, schema in shown.items()
        for key, one in schema.get("properties", {}).items()
        if not one.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("name", Catalog().names())
def test_no_option_hides_a_key_of_every_service(name: str) -> None:
    """A key of the spec is read before the component's options: such an option can't be said."""
    assert not set(Catalog()[name].options) & set(Service.model_fields)


def test_printed_and_written(tmp_path: Path) -> None:
    printed = json.loads(cli("schema", cwd=tmp_path).out)
    assert printed == SCHEMA
    assert cli("new", "x", "--preset", "fastapi-minimal", cwd=tmp_path).code == 0
    first = (tmp_path / "x/stack.yaml").read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / "x" / path).read_text()) == SCHEMA


@pytest.mark.parametrize("file", sorted(BUILTIN.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_component_holds(file: Path) -> None:
    assert holds(read(file.read_bytes()).value, component_schema())


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("{extends: redis, default: '7'}", True),
        ("{extends: redis, facts: {scratch: null}, options: {settings: null}}", True),
        ("{extends: redis, default: 7}", False),
        ("{extends: redis, facts: {prot: {}}}", False),
        ("{extends: redis, facts: {port: {target: 6379}}}", False),
        ("{extends: redis, variants: [{when: {version: '7'}, facts: {port: {target: 1}}}]}", False),
        ("{extends: redis, options: {x: {type: boolean}}}", False),
        ("{about: x, role: shop}", False),
    ],
)
def test_a_component_of_ones_own(text: str, good: bool) -> None:
    assert holds(read(text.encode()).value, component_schema()) == good


def test_schema_of_a_component_is_printed(tmp_path: Path) -> None:
    printed = cli("schema", "--component", cwd=tmp_path).out
    assert json.loads(printed) == json.loads(json.dumps(component_schema()))
