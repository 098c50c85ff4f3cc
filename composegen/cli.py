"""The command line, as Typer describes it; a command is imported when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from composegen import __version__
from composegen.commands import report
from composegen.project.options import Options
from composegen.resources import resource_dir

app = typer.Typer(
    help="Compose files and Dockerfiles from a short description of a stack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
secrets = typer.Typer(
    help="List the generated passwords, or change one.",
    no_args_is_help=True,
)
app.add_typer(secrets, name="secrets")


class Format(StrEnum):
    """How a result is printed."""

    text = "text"
    json = "json"


class CheckFormat(StrEnum):
    """How the result of a check is printed."""

    text = "text"
    json = "json"
    github = "github"


def _environments() -> list[str]:
    return ["dev", "test", "prod"]


def _presets() -> list[str]:
    return sorted(file.parent.name for file in resource_dir("presets").glob("*/preset.yaml"))


def _components() -> list[str]:
    folders = (Path(__file__).parent / "catalog/components", Path("components"))
    return sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})


File = Annotated[Path, typer.Option("--file", help="The spec.", metavar="PATH")]
Environments = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="NAME",
        help="Only this environment; can be repeated.",
        autocompletion=_environments,
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="For people or for scripts.")]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="ID", help="Go on although this data is at risk."),
]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="PATH", help="Take your text of this file as it is."),
]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take files over that are not ours; a copy is kept.")
]
Restore = Annotated[bool, typer.Option("--restore", help="Write files again that you deleted.")]
_SPEC = Path("stack.yaml")


def _version(wanted: bool) -> None:
    if wanted:
        report.result(f"composegen {__version__}")
        raise typer.Exit


def _options(
    accept: list[str] | None, keep: list[str] | None, adopt: bool, restore: bool
) -> Options:
    accepted, kept = tuple(accept or ()), tuple(keep or ())
    return Options(accept=accepted, keep=kept, adopt=adopt, restore=restore)


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
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="The starter: a name (see `presets`) or a folder.",
            autocompletion=_presets,
        ),
    ] = None,
    env: Environments = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a value of the spec."),
    ] = None,
) -> None:
    """Start a project: a small app and everything around it."""
    from composegen.commands.new import new as run

    raise typer.Exit(run(folder, preset, env or (), settings or ()))


@app.command()
def add(
    component: Annotated[
        str, typer.Argument(help="For example redis or postgres:18.", autocompletion=_components)
    ],
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The service's name.")
    ] = None,
    needed_by: Annotated[
        list[str] | None,
        typer.Option("--needed-by", metavar="SERVICE", help="Who needs it; can be repeated."),
    ] = None,
    file: File = _SPEC,
) -> None:
    """Add a service to the spec; its comments and order stay."""
    from composegen.commands import edit

    raise typer.Exit(edit.add(file, component, name, needed_by or ()))


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The service.")], file: File = _SPEC) -> None:
    """Take a service out of the spec; its volume stays."""
    from composegen.commands import edit

    raise typer.Exit(edit.remove(file, name))


@app.command()
def generate(
    file: File = _SPEC,
    env: Environments = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the Compose files only.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what would change; exit 1 if anything would.")
    ] = False,
    accept: Accept = None,
    keep: Keep = None,
    adopt: Adopt = False,
    restore: Restore = False,
) -> None:
    """Write the files that the spec gives."""
    from composegen.commands import files

    options = _options(accept, keep, adopt, restore)
    raise typer.Exit(files.generate(file, env or (), stdout=stdout, diff=diff, options=options))


@app.command()
def plan(
    file: File = _SPEC,
    env: Environments = None,
    output: FormatOption = Format.text,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the whole diff after the summary.")
    ] = False,
    accept: Accept = None,
    keep: Keep = None,
    adopt: Adopt = False,
    restore: Restore = False,
) -> None:
    """Say what `generate` would change, and write nothing."""
    from composegen.commands import files

    options = _options(accept, keep, adopt, restore)
    as_json = output is Format.json
    raise typer.Exit(files.plan(file, env or (), as_json=as_json, diff=diff, options=options))


@app.command()
def check(
    file: File = _SPEC,
    output: Annotated[CheckFormat, typer.Option("--format", help="How it is printed.")] = (
        CheckFormat.text
    ),
) -> None:
    """Exit 1 unless the files are what the spec gives; for CI."""
    from composegen.commands import files

    raise typer.Exit(files.check(file, output=output.value))


@app.command()
def explain(
    service: Annotated[str | None, typer.Argument(help="Only this service.")] = None,
    file: File = _SPEC,
    env: Environments = None,
    output: FormatOption = Format.text,
) -> None:
    """Say where each piece of data lives, and why."""
    from composegen.commands.explain import explain as run

    code = run(file, service, env or (), as_json=output is Format.json)
    raise typer.Exit(code)


@app.command()
def status(file: File = _SPEC, output: FormatOption = Format.text) -> None:
    """Compare the volumes of the lock with those of the engine."""
    from composegen.commands.status import status as run

    raise typer.Exit(run(file, as_json=output is Format.json))


@app.command()
def outdated(file: File = _SPEC, output: FormatOption = Format.text) -> None:
    """List services with a newer version; exit 1 if there are any."""
    from composegen.commands.outdated import outdated as run

    raise typer.Exit(run(file, as_json=output is Format.json))


@secrets.command("list")
def list_secrets(file: File = _SPEC, output: FormatOption = Format.text) -> None:
    """List the generated passwords and who uses them, never a value."""
    from composegen.commands.secrets import list_secrets as run

    raise typer.Exit(run(file, as_json=output is Format.json))


@secrets.command("rotate")
def rotate_secret(
    name: Annotated[str, typer.Argument(help="The variable, for example DB_PASSWORD.")],
    file: File = _SPEC,
) -> None:
    """Change a password in the databases that run, and in `.env`."""
    from composegen.commands.secrets import rotate_secret as run

    raise typer.Exit(run(file, name))


@app.command()
def components(
    name: Annotated[
        str | None,
        typer.Argument(help="Only this one, with all facts.", autocompletion=_components),
    ] = None,
    output: FormatOption = Format.text,
) -> None:
    """List the components that a spec can name."""
    from composegen.commands.components import components as run

    raise typer.Exit(run(Path(), name, as_json=output is Format.json))


@app.command()
def presets(output: FormatOption = Format.text) -> None:
    """List the starters that `new` can take."""
    from composegen.commands.presets import presets as run

    raise typer.Exit(run(as_json=output is Format.json))


@app.command()
def schema(
    component: Annotated[
        bool, typer.Option("--component", help="That of a file in components/ instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of the spec, for editors."""
    from composegen.commands.schema import schema as run

    raise typer.Exit(run(Path(), of_component=component))
