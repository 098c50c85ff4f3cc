"""The command line, as Typer describes it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from composegen import __version__, commands

app = typer.Typer(
    help="Compose files and Dockerfiles from a short description of a stack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How a result is printed."""

    text = "text"
    json = "json"


File = Annotated[Path, typer.Option("--file", help="The spec.", metavar="PATH")]
Environments = Annotated[
    list[str] | None, typer.Option("--env", help="Only this environment; can be repeated.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="For people or for scripts.")]
_SPEC = Path("stack.yaml")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"composegen {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compose files and Dockerfiles from a short description of a stack."""


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    preset: Annotated[str, typer.Option("--preset", help="The starter; see `presets`.")],
    env: Annotated[
        list[str] | None, typer.Option("--env", help="Only this environment; can be repeated.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a value of the spec."),
    ] = None,
) -> None:
    """Start a project: a small app, its spec and everything that is generated from it."""
    raise typer.Exit(commands.new(folder, preset, env or (), settings or ()))


@app.command()
def generate(
    file: File = _SPEC,
    env: Environments = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the Compose files only.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what would change; exit 1 if anything would.")
    ] = False,
) -> None:
    """Write the Compose files, Dockerfiles and `.env` that the spec gives."""
    raise typer.Exit(commands.generate(file, env or (), stdout=stdout, diff=diff))


@app.command()
def explain(
    service: Annotated[str | None, typer.Argument(help="Only this service.")] = None,
    file: File = _SPEC,
    env: Environments = None,
    output: FormatOption = Format.text,
) -> None:
    """Say where each piece of data lives, and why."""
    code = commands.explain(file, service, env or (), as_json=output is Format.json)
    raise typer.Exit(code)


@app.command()
def components(
    name: Annotated[str | None, typer.Argument(help="Only this one, with all facts.")] = None,
    output: FormatOption = Format.text,
) -> None:
    """List the components that a spec can name."""
    raise typer.Exit(commands.components(Path(), name, as_json=output is Format.json))


@app.command()
def presets(output: FormatOption = Format.text) -> None:
    """List the starters that `new` can take."""
    raise typer.Exit(commands.presets(as_json=output is Format.json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the spec, for editors."""
    raise typer.Exit(commands.schema(Path()))
