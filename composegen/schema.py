"""JSON Schemas for editors: of a spec, with the catalog's words, and of a component's file."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from composegen.catalog import Catalog, Component
from composegen.facts import Facts
from composegen.options import OPTION_TYPES
from composegen.spec import SPEC

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def spec_schema(catalog: Catalog) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `stack.yaml` for the components of a catalog."""
    schema: dict[str, Any] = copy.deepcopy(dict(SPEC.schema))
    components = [catalog[name] for name in catalog.names()]
    options = {
        name: {**OPTION_TYPES[option.type].schema, "description": option.about}
        for component in reversed(components)
        for name, option in component.options.items()
    }
    names = [component.name for component in components]
    short, service = schema["properties"]["services"]["additionalProperties"]["anyOf"]
    short["pattern"] = f"^({'|'.join(names)})(:.+)?$"
    service["properties"] |= options
    service["properties"]["component"] = {"enum": names}
    environments = schema["properties"]["environments"]["additionalProperties"]
    environments["anyOf"][0]["additionalProperties"]["properties"] |= options
    return {"$schema": DRAFT, **schema}


def component_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a component's file, `components/NAME.yaml`.

    A file may say less than a component needs, as the rest can come from the one that it extends,
    and null takes a fact or an option of that one away.
    """
    (root, facts), known = msgspec.json.schema_components(
        (Component, Facts), ref_template="#/$defs/{name}"
    )
    component, fact = known["Component"], known["Facts"]
    some = {name: {"anyOf": [one, {"type": "null"}]} for name, one in fact["properties"].items()}
    known["Facts"] = {**fact, "properties": some, "required": []}
    known["Variant"]["properties"]["facts"] = facts
    options = {"anyOf": [{"$ref": "#/$defs/Option"}, {"type": "null"}]}
    properties = {
        **component["properties"],
        "extends": {"type": "string"},
        "facts": facts,
        "options": {"type": "object", "additionalProperties": options},
    }
    del properties["name"]
    known["Component"] = {**component, "properties": properties, "required": []}
    return {"$schema": DRAFT, **root, "$defs": known}
