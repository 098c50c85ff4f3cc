"""The short road says what Typer would say, without what Typer needs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from enum import EnumType
from pathlib import Path
from typing import Any

import pytest
import typer.main
from support import cli, project

from composegen import quick
from composegen.cli import app
from composegen.resources import resource_dir

GROUP: Any = typer.main.get_command(app)
HEAVY = ("typer", "jinja2", "yaml", "ruamel", "msgspec", "rich")


def leaves(name: str) -> list[Any]:
    """Return a command, or all those below it."""
    command = GROUP.commands[name]
    return list(getattr(command, "commands", {"": command}).values())


def options(name: str) -> dict[str, Any]:
    return {
        word: parameter
        for command in leaves(name)
        for parameter in command.params
        if parameter.param_type_name == "option"
        for word in parameter.opts
        if word != "--help"
    }


def test_table_is_what_typer_knows() -> None:
    kinds = {True: quick.FLAG, False: quick.VALUE}
    known = {
        name: {word: kinds[one.is_flag] for word, one in options(name).items()}
        for name in GROUP.commands
    }
    assert known == {name: dict(one) for name, one in quick.COMMANDS.items()}


@pytest.mark.parametrize("name", sorted(quick.COMMANDS))
def test_choices_are_what_typer_takes(name: str) -> None:
    for word, parameter in options(name).items():
        kind = parameter.type_descriptor.annotation
        if isinstance(kind, EnumType):
            assert quick.candidates([name, word], "", Path()) == sorted(one.value for one in kind)


@pytest.mark.parametrize("name", sorted(quick.COMMANDS))
def test_parse(name: str) -> None:
    line = [name]
    wanted: dict[str, tuple[str, ...]] = {}
    for word, kind in quick.COMMANDS[name].items():
        if kind == quick.FLAG:
            line.append(word)
            wanted[word] = ()
        else:
            line += [word, "--odd", f"{word}=b=c"]
            wanted[word] = ("--odd", "b=c")
    assert quick.parse([*line, "x", "y=z"]) == (name, ("x", "y=z"), wanted)


@pytest.mark.parametrize(
    "words",
    [
        *("", "nothing", "-h", "generate -x", "generate --file", "generate --diff=1"),
        *("generate --", "generate --fil x", "generate --help", "--help generate", "generate -"),
    ],
)
def test_the_rest_goes_to_typer(words: str) -> None:
    assert quick.parse(words.split()) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("composegen gen", ["generate"]),
        ("composegen generate --st", ["--stdout"]),
        ("composegen generate --env ", ["dev", "prod", "test"]),
        ("composegen generate --env dev --env p", ["prod"]),
        ("composegen new x --preset fastapi-m", ["fastapi-minimal"]),
        ("composegen components po", ["postgres"]),
        ("composegen components min", ["mine"]),
        ("composegen --ver", ["--version"]),
        ("composegen nothing-like-it", []),
        ("composegen generate --file ", []),
        ("composegen generate 'open quote", []),
    ],
)
def test_complete(line: str, found: list[str], tmp_path: Path) -> None:
    project(tmp_path, "", {"components/mine.yaml": ""})
    words = line.split(" ")
    bash = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    assert quick.complete("complete_bash", bash, tmp_path) == "\n".join(found)
    asked = {"_TYPER_COMPLETE_ARGS": line}
    zsh = quick.complete("complete_zsh", asked, tmp_path)
    quoted = "\n".join(f'"{one}"' for one in found)
    assert zsh == (f"_arguments '*: :(({quoted}))'" if found else "_files")
    fish = {**asked, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert quick.complete("complete_fish", fish, tmp_path) == ("\n".join(found) or None)


def test_every_command_and_preset_is_offered() -> None:
    assert quick.candidates([], "", Path()) == sorted(GROUP.commands)
    presets = sorted(path.parent.name for path in resource_dir("presets").glob("*/preset.yaml"))
    assert quick.candidates(["new", "--preset"], "", Path()) == presets
    for name in GROUP.commands:
        assert quick.candidates([name], "--", Path()) == sorted([*options(name), "--help"])


def test_other_instructions_go_to_typer() -> None:
    assert quick.complete("source_bash", {}, Path()) is None
    assert quick.complete("complete_powershell", {}, Path()) is None


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_installed_script_asks_what_we_answer(shell: str, tmp_path: Path) -> None:
    """The script that Typer gives out names the variables that `complete` reads."""
    done = subprocess.run(
        [sys.executable, "-m", "composegen"],
        env={**os.environ, "_COMPOSEGEN_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
    )
    words = {
        "bash": ["COMP_WORDS", "COMP_CWORD"],
        "zsh": ["_TYPER_COMPLETE_ARGS"],
        "fish": ["_TYPER_COMPLETE_ARGS", "_TYPER_COMPLETE_FISH_ACTION"],
    }
    assert done.returncode == 0
    for word in (*words[shell], f"complete_{shell}", "_COMPOSEGEN_COMPLETE"):
        assert word in done.stdout


def imported(arguments: str, cwd: Path, **variables: str) -> set[str]:
    """Return which modules a command line imports, in a process of its own."""
    script = (
        "import sys\nfrom composegen.__main__ import main\n"
        f"try: main({shlex.split(arguments)!r})\n"
        "except SystemExit as stop: print(*sys.modules, stop.code, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    *names, code = done.stderr.splitlines()
    assert code == "0", done.stderr
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ("--version", {}),
        ("", {"_COMPOSEGEN_COMPLETE": "complete_bash", "COMP_WORDS": "c g", "COMP_CWORD": "1"}),
        ("", {"_COMPOSEGEN_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "c g"}),
        ("", {"_COMPOSEGEN_COMPLETE": "complete_bash", "COMP_WORDS": "c new --preset "}),
    ],
)
def test_nothing_heavy(arguments: str, variables: dict[str, str], tmp_path: Path) -> None:
    assert not imported(arguments, tmp_path, **variables) & set(HEAVY)


def test_generate_without_typer(tmp_path: Path) -> None:
    project(tmp_path, "name: x\nservices: {db: redis}\n")
    first = imported("generate", tmp_path)
    assert not first & {"typer", "rich", "ruamel"}
    assert {"jinja2", "msgspec"} <= first
    assert not imported("generate", tmp_path) & set(HEAVY)


def test_both_roads_say_the_same(tmp_path: Path) -> None:
    """An option before the command's own words sends the same line to Typer."""
    project(tmp_path, "name: x\nservices: {db: redis}\n")
    short = cli("generate", "--stdout", cwd=tmp_path)
    long = cli("generate", "--stdout", "--file", "stack.yaml", "--", cwd=tmp_path)
    assert short == long
    assert short.code == 0
