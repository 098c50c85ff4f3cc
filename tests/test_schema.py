from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import GOLDEN, cli, project

from composegen.catalog import Catalog
from composegen.models import field_types
from composegen.schema import spec_schema
from composegen.spec import Data, Service, ServiceOverride, Spec
from composegen.yaml12 import read

SCHEMA = spec_schema(Catalog())
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def holds(value: Any, schema: dict[str, Any]) -> bool:
    """Say whether a value holds against the part of JSON Schema that we use."""
    if "anyOf" in schema:
        return any(holds(value, one) for one in schema["anyOf"])
    types = schema.get("type", list(TYPES))
    types = [types] if isinstance(types, str) else types
    if not any(isinstance(value, TYPES[name]) for name in types):
        return False
    if isinstance(value, bool) and "boolean" not in types and "type" in schema:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return all(holds(item, schema.get("items", {})) for item in value)
    if isinstance(value, dict):
        return _object_holds(value, schema)
    return True


def _object_holds(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    parts = [(item, known.get(key, others)) for key, item in value.items()]
    parts += [(key, schema.get("propertyNames", True)) for key in value]
    if any(part is False for _, part in parts):
        return False
    return set(schema.get("required", ())) <= set(value) and all(
        part is True or holds(item, part) for item, part in parts
    )


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
        ("{name: x, services: {a: {component: redis, port: '1'}}}", False),
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
    assert set(SCHEMA["properties"]) == set(field_types(Spec))
    service = SCHEMA["properties"]["services"]["additionalProperties"]["anyOf"][1]
    options = {name for one in Catalog().names() for name in Catalog()[one].options}
    assert set(service["properties"]) == set(field_types(Service)) | options
    override = SCHEMA["properties"]["environments"]["additionalProperties"]["anyOf"][0]
    keys = override["additionalProperties"]["properties"]
    assert set(keys) == set(field_types(ServiceOverride)) | options
    data = service["properties"]["data"]["additionalProperties"]["anyOf"][1]
    assert set(data["properties"]) == set(field_types(Data))


@pytest.mark.parametrize("name", Catalog().names())
def test_no_option_hides_a_key_of_every_service(name: str) -> None:
    """A key of the spec is read before the component's options: such an option can't be said."""
    assert not set(Catalog()[name].options) & set(field_types(Service))


def test_printed_and_written(tmp_path: Path) -> None:
    printed = json.loads(cli("schema", cwd=tmp_path).out)
    assert printed == SCHEMA
    assert cli("new", "x", "--preset", "fastapi-minimal", cwd=tmp_path).code == 0
    first = (tmp_path / "x/stack.yaml").read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / "x" / path).read_text()) == SCHEMA
