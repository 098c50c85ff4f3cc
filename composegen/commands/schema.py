"""schema: the JSON Schema of a spec, or of a component's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from composegen.commands import DONE, report

if TYPE_CHECKING:
    pass


def schema(root: Path, *, of_component: bool) -> int:
    """Print the JSON Schema of a spec, or of a component's file."""
    from composegen.catalog.catalog import BUILTIN, Catalog
    from composegen.catalog.schema import component_schema, spec_schema

    own = Catalog((root / "components", BUILTIN))
    report.data(component_schema() if of_component else spec_schema(own))
    return DONE
