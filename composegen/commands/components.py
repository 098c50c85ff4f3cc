"""components: what a spec can name, and every fact about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from composegen.commands import DONE, report

if TYPE_CHECKING:
    from composegen.catalog.component import Component


def components(root: Path, name: str | None, *, as_json: bool = False) -> int:
    """List the components, or show all that is known about one."""
    from composegen.catalog.catalog import BUILTIN, Catalog
    from composegen.render import emit

    catalog = Catalog((root / "components", BUILTIN))
    if name is not None:
        one = catalog[name]
        facts = one.facts_for({"version": one.default})
        shown = {**_summary(one), "facts": facts.model_dump(mode="json")}
        report.data(shown) if as_json else report.result(emit.block(shown, 0))
        return DONE
    known = [catalog[one] for one in catalog.names()]
    if as_json:
        report.data([_summary(one) for one in known])
    else:
        rows = [(one.name, ", ".join(one.versions), one.about) for one in known]
        report.result(report.table(("component", "versions", "what"), rows))
    return DONE


def _summary(component: Component) -> dict[str, Any]:
    """Return what a component is, without its facts."""
    return component.model_dump(mode="json", exclude={"facts", "variants"})
