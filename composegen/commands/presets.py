"""presets: the starters that `new` can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composegen.commands import DONE, report

if TYPE_CHECKING:
    pass


def presets(*, as_json: bool = False) -> int:
    """List the presets."""
    from composegen.spec.presets import presets as known

    if as_json:
        report.data([{"name": one.name, "about": one.about} for one in known()])
    else:
        report.result(report.table(("preset", "what"), [(one.name, one.about) for one in known()]))
    return DONE
