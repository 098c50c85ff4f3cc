"""The commands: each takes what was said on the command line and returns an exit code.

What a command does not need is not imported: every run starts an interpreter, and people wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from composegen.commands import report
from composegen.errors import ComposegenError, SpecError

DONE, FOUND, WRONG, BUG, AT_RISK = 0, 1, 2, 3, 4


def say_nothing_to_do(edited: Sequence[str]) -> int:
    """Say that everything is as it was left."""
    for path in edited:
        report.message(f"kept your edits in {path}")
    report.message("nothing to do")
    return DONE


def fail(error: ComposegenError) -> int:
    """Print what the user can fix, and return the exit code that says so."""
    prefix = "" if isinstance(error, SpecError) else "error: "
    for line in str(error).splitlines():
        report.message(f"{prefix}{line}")
    return error.exit_code


def wanted_environments(known: Sequence[str], said: Sequence[str]) -> list[str]:
    """Return the environments that are said, in the order of those known; all if none is said."""
    from composegen.errors import did_you_mean

    for name in said:
        if name not in known:
            raise ComposegenError(f"unknown environment '{name}'{did_you_mean(name, known)}")
    return [name for name in known if not said or name in said]
