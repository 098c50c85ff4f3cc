"""outdated: which services could move to a newer version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from composegen.commands import DONE, FOUND, report
from composegen.spec.short_form import component_and_version

if TYPE_CHECKING:
    from datetime import date


def outdated(file: Path, *, as_json: bool = False, today: date | None = None) -> int:
    """Say which services could move to the version that a new one would get, or have to."""
    from datetime import date

    from composegen.project.folder import load

    project, today = load(file), today or date.today()
    rows = []
    versions = project.lock.versions if project.lock else {}
    for name, service in project.spec.services.items():
        component = project.catalog[service.component]
        _, pinned = component_and_version(versions.get(name, ""))
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
