"""explain: where each piece of data lives, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composegen.commands import DONE, report, wanted_environments
from composegen.errors import ComposegenError

if TYPE_CHECKING:
    pass


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
