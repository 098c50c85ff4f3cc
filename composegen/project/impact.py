"""What a run means for existing data, and what the user accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from composegen.errors import ComposegenError, did_you_mean
from composegen.formats import envfile
from composegen.plan.model import COMPOSE_FILES, Stack
from composegen.project import guard, seen
from composegen.project.finding import Finding
from composegen.project.folder import Project
from composegen.project.lock import (
    Lock,
    VolumeEntry,
)


def data_findings(
    project: Project,
    lock: Lock,
    new: Mapping[str, VolumeEntry],
    shared: Mapping[str, str],
    environments: Sequence[str],
    accepted: Sequence[str],
) -> tuple[list[Finding], dict[str, str]]:
    """Return what puts data at risk, accepted or not, and the prints of passwords to remember."""
    old = {
        name: entry
        for name, entry in lock.volumes.items()
        if looked_at(name, project, environments)
    }
    before = lock.project if lock.project not in ("", project.spec.name) else None
    found = guard.findings(old, new, _elsewhere(project.stack), project.catalog, before)
    values = envfile.values(shared.get(".env", ""))
    known = seen.prints(project.root)
    secret = {
        variable.name: sorted(
            name.partition("/")[2]
            for name, entry in lock.volumes.items()
            if entry.service in {*variable.services, *_old_names(project, variable.services)}
        )
        for variable in project.stack.secrets
    }
    changed = [
        name
        for name, at_risk in secret.items()
        if at_risk and name in known and not seen.matches(values.get(name, ""), known[name])
    ]
    found += guard.credentials(changed, secret)
    refused = {finding.id for finding in not_accepted(found, accepted)}
    prints = {
        name: known[name] if f"credential:{name}" in refused else _print(values, name, known)
        for name in secret
    }
    return found, {**known, **prints}


def to_stop(project: Project, lock: Lock, new: Mapping[str, VolumeEntry]) -> list[str]:
    """Return the commands that stop containers using a volume under an old name."""
    commands = set()
    for name, entry in new.items():
        environment = name.partition("/")[0]
        old, file = lock.volumes.get(name), COMPOSE_FILES[environment]
        if old is None:
            continue
        if lock.project and lock.project != project.spec.name:
            ending = "" if environment == "dev" else f"-{environment}"
            before = f"{lock.project}{ending}"
            commands.add(
                f"docker compose --project-name {before} --file {file} down --remove-orphans"
            )
        elif old.service != entry.service and not old.unused:
            commands.add(f"docker compose --file {file} up -d --remove-orphans")
    return sorted(commands)


def looked_at(name: str, project: Project, environments: Sequence[str]) -> bool:
    """Say whether a volume's environment is in this run, or no longer in the spec."""
    environment = name.partition("/")[0]
    mine = {plan.environment for plan in project.stack.plans}
    return environment in environments or environment not in mine


def _old_names(project: Project, services: Iterable[str]) -> set[str | None]:
    return {project.spec.services[name].renamed_from for name in services}


def _print(values: Mapping[str, str], name: str, known: Mapping[str, str]) -> str:
    value = values.get(name, "")
    same = name in known and seen.matches(value, known[name])
    return known[name] if same else seen.fingerprint(value)


def _elsewhere(stack: Stack) -> dict[str, str]:
    return {
        f"{plan.environment}/{decision.service}:{decision.target}": decision.place
        for plan in stack.plans
        for decision in plan.decisions
        if decision.place != "volume"
    }


def not_accepted(found: Sequence[Finding], accepted: Sequence[str]) -> list[Finding]:
    """Return the findings that are not accepted by name; raises ComposegenError for no such one."""
    ids = {finding.id for finding in found}
    for one in accepted:
        if one not in ids:
            hint = did_you_mean(one, ids) or "; there is nothing to accept"
            raise ComposegenError(f"--accept {one}: no such finding{hint}")
    return [finding for finding in found if finding.id not in accepted]
