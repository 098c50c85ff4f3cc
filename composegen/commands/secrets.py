"""secrets: which there are, and a new one."""

from __future__ import annotations

from pathlib import Path

from composegen.commands import DONE, report


def list_secrets(file: Path, *, as_json: bool = False) -> int:
    """List the generated passwords and who uses them, never a value."""
    from composegen.engine.credentials import listed
    from composegen.project.folder import load

    found = listed(load(file).stack)
    if as_json:
        report.data(found)
    else:
        rows = [(one["name"], ", ".join(one["used_by"]), one["about"]) for one in found]
        report.result(report.table(("variable", "used by", "what"), rows))
    return DONE


def rotate_secret(file: Path, name: str) -> int:
    """Change a password in every running database that has it, and in `.env`."""
    from composegen.engine.rotate import rotate
    from composegen.project.folder import load
    from composegen.project.write import exclusive

    load(file)
    with exclusive(file.parent):
        for line in rotate(load(file), name):
            report.message(line)
    return DONE
