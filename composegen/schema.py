"""The JSON Schema of a spec, for editors: the form of the keys, and the catalog's words."""

from __future__ import annotations

import copy
from typing import Any

from composegen.catalog import Catalog
from composegen.options import OPTION_TYPES
from composegen.spec import SPEC


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
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
