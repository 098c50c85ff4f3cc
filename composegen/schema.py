"""The JSON Schema of a spec, for editors: the form of the keys, and the catalog's words."""

from __future__ import annotations

from typing import Any

from composegen.catalog import Catalog
from composegen.spec import Spec

_OPTION_SCHEMAS: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "folders": {"type": "array", "items": {"type": "string"}},
    "settings": {"type": "object"},
}


def spec_schema(catalog: Catalog) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `stack.yaml` for the components of a catalog."""
    schema = Spec.model_json_schema()
    definitions = schema["$defs"]
    components = [catalog[name] for name in catalog.names()]
    options: dict[str, Any] = {}
    for component in components:
        for name, option in component.options.items():
            form = _OPTION_SCHEMAS.get(option.type, {"type": "string"})
            options.setdefault(name, {**form, "description": option.about})
    for name in ("Service", "ServiceOverride"):
        definitions[name]["properties"] |= options
        definitions[name]["additionalProperties"] = False
    names = [component.name for component in components]
    definitions["Service"]["properties"]["component"] = {"enum": names}
    short = "|".join(names)
    _short_forms(schema, definitions, f"^({short})(:.+)?$")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _short_forms(schema: dict[str, Any], definitions: dict[str, Any], service: str) -> None:
    """Allow what the models accept beside their long form."""
    long = schema["properties"]["services"]["additionalProperties"]
    schema["properties"]["services"]["additionalProperties"] = {
        "anyOf": [{"type": "string", "pattern": service}, long]
    }
    kinds = definitions["Data"]["properties"]["kind"]["anyOf"][0]["enum"]
    definitions["Data"] = {"anyOf": [{"enum": kinds}, definitions["Data"]]}
    definitions["VolumeOptions"] = {"anyOf": [{"type": "string"}, definitions["VolumeOptions"]]}
    for name in ("Service", "ServiceOverride"):
        properties = definitions[name]["properties"]
        texts = {"type": "array", "items": {"type": "string"}}
        properties["needs"] = {"anyOf": [texts, {"type": "object"}]}
        properties["command"] = {"anyOf": [{"type": "string"}, texts]}
        properties["environment"] = {"anyOf": [texts, {"type": "object"}]}
        properties["version"] = {"type": ["string", "integer"]}
        properties["ports"] = {"type": "array", "items": {"type": ["string", "integer"]}}
