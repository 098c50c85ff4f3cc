"""status: the volumes of the lock against those of the engine."""

from __future__ import annotations

from pathlib import Path

from composegen.commands import DONE, FOUND, report
from composegen.plan.model import plain

_WORTH_A_LOOK = ("differs", "orphaned", "other server", "other version")


def status(file: Path, *, as_json: bool = False) -> int:
    """Compare the volumes of the lock with those of the engine."""

    from composegen.catalog.component import fill
    from composegen.engine.docker import (
        api_version,
        check_api,
        containers_with,
        read_version,
        real_volumes,
    )
    from composegen.engine.status import compare
    from composegen.project.folder import load
    from composegen.project.lock import VolumeEntry

    project = load(file)
    check_api(api_version())

    def version_of(name: str, entry: VolumeEntry) -> str | None:
        component = project.catalog[entry.component]
        facts = component.facts_for({"version": component.series(entry.version)})
        if facts.format is None or not facts.format.version_files or entry.target not in facts.data:
            return None
        image = images.get((entry.service, entry.version)) or fill(
            facts.image.name, {"version": entry.version}
        )
        return read_version(name, image, facts.format.version_files)

    services = [one for plan in project.stack.plans for one in plan.services]
    images = {(one.name, one.version): one.image for one in services}
    names = {plan.name for plan in project.stack.plans}
    locked = project.lock.volumes if project.lock else {}
    real = real_volumes(names, locked)
    ours = {(plan.name, one.name) for plan in project.stack.plans for one in plan.services}
    running = containers_with(real)
    strangers = [one for one in running if (one.project, one.service) not in ours]
    found = compare(locked, real, names, version_of, strangers)
    if as_json:
        report.data(plain(found))
    else:
        rows = [(one.volume, one.environment, one.service, one.state, one.what) for one in found]
        report.result(report.table(("volume", "environment", "service", "state", ""), rows))
    return FOUND if any(one.state in _WORTH_A_LOOK for one in found) else DONE
