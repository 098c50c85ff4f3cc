"""JSON Schemas for editors: of a spec, with the catalog's words, and of a component's file."""

from __future__ import annotations

from typing import Any

from composegen.catalog.catalog import Catalog
from composegen.catalog.component import Component
from composegen.catalog.facts import Facts
from composegen.spec.model import Spec
from composegen.spec.options import option_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def spec_schema(catalog: Catalog) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `stack.yaml` for the components of a catalog."""
    schema = Spec.model_json_schema()
    components = [catalog[name] for name in catalog.names()]
    options = {
        name: {**option_schema(option.type), "description": option.about}
        for component in reversed(components)
        for name, option in component.options.items()
    }
    names = [component.name for component in components]
    for service in (schema["$defs"]["Service"], schema["$defs"]["ServiceOverride"]):
        service["properties"] |= options
        service["additionalProperties"] = False
    schema["$defs"]["Service"]["properties"]["component"]["enum"] = names
    (services,) = schema["properties"]["services"]["patternProperties"].values()
    short, _ = services["anyOf"]
    short["pattern"] = f"^({'|'.join(names)})(:.+)?$"
    return {"$schema": DRAFT, **_tidy(schema)}


def component_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a component's file, `components/NAME.yaml`.

    A file may say less than a component needs, as the rest can come from the one that it extends,
    and null takes a fact or an option of that one away.
    """
    schema, facts = Component.model_json_schema(), Facts.model_json_schema()
    known = {**schema.pop("$defs"), **facts.pop("$defs")}
    some = {name: {"anyOf": [one, {"type": "null"}]} for name, one in facts["properties"].items()}
    known["Facts"] = {**facts, "properties": some, "required": []}
    known["Variant"]["properties"]["facts"] = {"$ref": "#/$defs/Facts"}
    options = {"anyOf": [{"$ref": "#/$defs/Option"}, {"type": "null"}]}
    properties = {
        **schema["properties"],
        "extends": {"type": "string", "description": "The component that this one builds on."},
        "facts": {"$ref": "#/$defs/Facts"},
        "options": {"type": "object", "additionalProperties": options},
    }
    del properties["name"]
    whole = {**schema, "properties": properties, "required": [], "$defs": known}
    return {"$schema": DRAFT, **_tidy(whole)}


def _tidy(node: Any) -> Any:
    """Return a schema without what tells an editor nothing, and closed to names that do not fit."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(one) for key, one in node.items()}
    if isinstance(tidy.get("title"), str):
        del tidy["title"]
    if tidy.get("default", ...) is None:
        del tidy["default"]
    if "patternProperties" in tidy:
        tidy.setdefault("additionalProperties", False)
    return tidy
