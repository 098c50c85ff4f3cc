"""The short road: completion and plain command lines, answered before anything heavy is imported.

Typer describes the whole command line (`cli.py`), but needs more time to start than these need
altogether. What is not understood here goes to Typer, which also says what is wrong with it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FLAG, VALUE = "flag", "value"

_ENVIRONMENT = {"--env": VALUE, "--file": VALUE}
_FORMAT = {"--format": VALUE}
_WISHES = {"--accept": VALUE, "--keep": VALUE, "--adopt": FLAG, "--restore": FLAG}

# Every command with its options; test_quick.py compares it with what Typer knows.
COMMANDS: Mapping[str, Mapping[str, str]] = {
    "add": {"--as": VALUE, "--needed-by": VALUE, "--file": VALUE},
    "check": {"--file": VALUE, **_FORMAT},
    "components": _FORMAT,
    "explain": {**_ENVIRONMENT, **_FORMAT},
    "generate": {**_ENVIRONMENT, "--stdout": FLAG, "--diff": FLAG, **_WISHES},
    "new": {"--preset": VALUE, "--env": VALUE, "--set": VALUE},
    "outdated": {"--file": VALUE, **_FORMAT},
    "plan": {**_ENVIRONMENT, **_FORMAT, **_WISHES},
    "presets": _FORMAT,
    "remove": {"--file": VALUE},
    "schema": {"--component": FLAG},
    "secrets": {"--file": VALUE, **_FORMAT},
    "status": {"--file": VALUE, **_FORMAT},
}
_GLOBAL = ("--help", "--install-completion", "--show-completion", "--version")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "--env": ("dev", "test", "prod"),
    "--format": ("text", "json", "github"),
}


class Line(NamedTuple):
    """A command line: the command, its arguments, and each option's values (none for a flag)."""

    command: str
    arguments: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]


def parse(arguments: Sequence[str]) -> Line | None:
    """Return what a plain command line says, None for one that Typer has to look at."""
    if not arguments or arguments[0] not in COMMANDS:
        return None
    known = COMMANDS[arguments[0]]
    positional: list[str] = []
    options: dict[str, tuple[str, ...]] = {}
    rest = list(arguments[1:])
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if not word.startswith("-"):
            positional.append(word + equals + value)
            continue
        kind = known.get(word)
        if kind is None or (kind == FLAG and equals) or (kind == VALUE and not equals and not rest):
            return None
        if kind == VALUE:
            options[word] = (*options.get(word, ()), value if equals else rest.pop(0))
        else:
            options[word] = ()
    return Line(arguments[0], tuple(positional), options)


def complete(instruction: str, environment: Mapping[str, str], folder: Path) -> str | None:
    """Return the answer to a shell that asks for completions, None where Typer has to give it.

    `instruction` is the value of _COMPOSEGEN_COMPLETE; the protocol is that of the scripts which
    `--install-completion` installs.
    """
    if instruction == "complete_bash":
        words = _split(environment.get("COMP_WORDS", ""))
        position = int(environment.get("COMP_CWORD", "0"))
        word = words[position] if position < len(words) else ""
        return "\n".join(candidates(words[1:position], word, folder))
    if instruction not in ("complete_fish", "complete_zsh"):
        return None
    said = environment.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(said)[1:]
    word = words.pop() if words and not said.endswith(" ") else ""
    found = candidates(words, word, folder)
    if instruction == "complete_fish":
        asked = environment.get("_TYPER_COMPLETE_FISH_ACTION") == "get-args"
        return "\n".join(found) if asked and found else None
    if not found:
        return "_files"
    return "_arguments '*: :((" + "\n".join(f'"{one}"' for one in found) + "))'"


def candidates(before: Sequence[str], word: str, folder: Path) -> list[str]:
    """Return the words that can stand here, sorted."""
    command = next((one for one in before if one in COMMANDS), None)
    if command is None:
        return _starting(word, (*COMMANDS, *_GLOBAL) if word.startswith("-") else COMMANDS)
    options = COMMANDS[command]
    last = before[-1] if before else ""
    if options.get(last) == VALUE:
        return _starting(word, _values(last, command))
    if word.startswith("-"):
        return _starting(word, (*options, "--help"))
    if command == "secrets":
        return _starting(word, ("list", "rotate")) if last == command else []
    if command in ("add", "components"):
        return _starting(word, _names("catalog", "*.yaml", folder))
    return []


def _values(option: str, command: str) -> Sequence[str]:
    if option == "--preset":
        from composegen.resources import resource_dir

        return [file.parent.name for file in resource_dir("presets").glob("*/preset.yaml")]
    words = _CHOICES.get(option, ())
    return [one for one in words if one != "github" or command == "check"]


def _names(name: str, pattern: str, folder: Path) -> list[str]:
    places = (Path(__file__).parent / name, folder / "components")
    return [file.stem for place in places for file in place.glob(pattern)]


def _starting(word: str, known: Sequence[str] | Mapping[str, object]) -> list[str]:
    return sorted({one for one in known if one.startswith(word)})


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
