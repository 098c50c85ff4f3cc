"""explain, outdated, components, presets and schema: questions asked of a spec or the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composegen.commands import DONE, FOUND, report, wanted_environments
from composegen.errors import ComposegenError

if TYPE_CHECKING:
    from datetime import date

    from composegen.catalog.component import Component


def explain(
    file: Path, service: str | None, environments: Sequence[str] = (), *, as_json: bool = False
) -> int:
    """Say where each piece of data lives, and why."""
    from composegen.errors import did_you_mean
    from composegen.plan.explain import as_data, as_text
    from composegen.project.folder import load

    project = load(file)
    wanted = wanted_environments([plan.environment for plan in project.stack.plans], environments)
    if service is not None and service not in project.spec.services:
        hint = did_you_mean(service, project.spec.services)
        raise ComposegenError(f"unknown service '{service}'{hint}")
    plans = [plan for plan in project.stack.plans if plan.environment in wanted]
    secrets = {one.name for one in project.stack.secrets}
    if as_json:
        report.data(as_data(plans, service, secrets))
    else:
        report.result(as_text(plans, service, secrets))
    return DONE


def outdated(file: Path, *, as_json: bool = False, today: date | None = None) -> int:
    """Say which services could move to the version that a new one would get, or have to."""
    from datetime import date

    from composegen.project.folder import load

    project, today = load(file), today or date.today()
    rows = []
    for name, service in project.spec.services.items():
        component = project.catalog[service.component]
        pinned = project.lock.versions.get(name, "").partition(":")[2] if project.lock else ""
        version = service.version or pinned or component.default
        end, newest = component.ends.get(component.series(version) or ""), component.newest(today)
        if component.series(version) != newest or (end and end.date <= today):
            fixes = f"until {end.date}" if end else ""
            rows.append((name, component.name, version, newest, fixes))
    head = ("service", "component", "version", "newest", "fixes")
    if as_json:
        report.data([dict(zip(head, row, strict=True)) for row in rows])
    elif rows:
        report.result(report.table(head, rows))
        report.message('to move one: say version: "…" in stack.yaml, then composegen plan')
    return FOUND if rows else DONE


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


def presets(*, as_json: bool = False) -> int:
    """List the presets."""
    from composegen.spec.presets import presets as known

    if as_json:
        report.data([{"name": one.name, "about": one.about} for one in known()])
    else:
        report.result(report.table(("preset", "what"), [(one.name, one.about) for one in known()]))
    return DONE


def schema(root: Path, *, of_component: bool) -> int:
    """Print the JSON Schema of a spec, or of a component's file."""
    from composegen.catalog.catalog import BUILTIN, Catalog
    from composegen.catalog.schema import component_schema, spec_schema

    own = Catalog((root / "components", BUILTIN))
    report.data(component_schema() if of_component else spec_schema(own))
    return DONE


def _summary(component: Component) -> dict[str, Any]:
    """Return what a component is, without its facts."""
    return component.model_dump(mode="json", exclude={"facts", "variants"})
