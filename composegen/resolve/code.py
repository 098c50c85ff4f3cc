"""Which folders and files of an app are its code, and how they reach its container in dev."""

from __future__ import annotations

import posixpath
import re

from composegen.resolve.choose import Chosen

WORKDIR = "/app"


def sync(chosen: Chosen, entry: str) -> str:
    """Return how edits of a folder or file reach the container in dev; a file fits no volume."""
    said = str(chosen.options.get("sync") or "bind")
    return "watch" if said == "volume" and is_file(entry) else said


def is_file(entry: str) -> bool:
    """Say whether an entry of the code is a file: its name has an ending."""
    return bool(posixpath.splitext(entry)[1])


def code_folders(chosen: Chosen) -> tuple[str, ...]:
    """Return the folders and files with the code: as said, else what is started and found."""
    said: tuple[str, ...] | None = chosen.options.get("code")
    if said:
        return said
    if chosen.facts.build and chosen.facts.build.code:
        return _found_code(chosen, chosen.facts.build.code)
    return (_started_in(chosen),)


def _found_code(chosen: Chosen, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return where the started file lies, and what matches; the first pattern if there is nothing.

    What the build makes is no code.
    """
    first = posixpath.normpath(_started_file(chosen) or "").partition("/")[0]
    found = (first, *chosen.context.matching(patterns))
    made = ("", ".", "..", chosen.options.get("output"))
    return tuple(dict.fromkeys(name for name in found if name not in made)) or patterns[:1]


def _started_file(chosen: Chosen) -> str | None:
    words = (*(chosen.said.command or ()), str(chosen.options.get("main") or ""))
    return next((word for word in words if re.search(r"\.(py|[cm]?[jt]s)$", word)), None)


def _started_in(chosen: Chosen) -> str:
    """Return the folder of the Python program that is started; `app` where it can't be told."""
    command, app, file = chosen.said.command or (), chosen.options.get("app"), _started_file(chosen)
    if app:
        package, dot, _ = str(app).partition(":")[0].partition(".")
        return package if dot else "."
    if "-m" in command[:-1]:
        return command[command.index("-m") + 1].partition(".")[0]
    if file:
        folder, slash, _ = posixpath.normpath(file).partition("/")
        return folder if slash else "."
    return "app"
