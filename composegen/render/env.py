"""`.env.example`: what `.env` has to hold, without a secret."""

from __future__ import annotations

from collections.abc import Iterable

from composegen.plan.model import Variable


def example(variables: Iterable[Variable]) -> str:
    """Return `.env.example`: every variable and what it is for, no value that is a secret."""
    lines = ["# written by composegen: `composegen generate` makes a .env with what is missing"]
    for variable in variables:
        value = "1000" if variable.source.startswith("host-") else ""
        lines += ["", f"# {variable.about}", f"{variable.name}={value}"]
    return "\n".join(lines) + "\n"
