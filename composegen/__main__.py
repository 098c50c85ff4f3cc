"""The entry point: the short road where it leads, else Typer; and the exit codes."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composegen import __version__, commands, quick
from composegen.errors import ComposegenError
from composegen.seen import nothing_to_do

if TYPE_CHECKING:
    from composegen.reconcile import Wishes


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: exit 2 for what the user can fix, 3 for a bug."""
    # a short run makes no garbage worth collecting, and imports would be searched for it
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except ComposegenError as error:
        code = commands.fail(error)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # the reader of our output has seen enough; Python must not complain at exit
        _forget_output()
        code = 0
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'output'}: {error.strerror}\n")
        _forget_output()
        code = 2
    except Exception:
        import traceback

        traceback.print_exc()
        sys.stderr.write("this is a bug in composegen; please report it with the lines above\n")
        code = 3
    raise SystemExit(code)


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    instruction = os.environ.get("_COMPOSEGEN_COMPLETE")
    if instruction:
        answer = quick.complete(instruction, os.environ, Path())
        if answer is not None:
            sys.stdout.write(f"{answer}\n")
            return 0
    elif list(arguments) == ["--version"]:
        sys.stdout.write(f"composegen {__version__}\n")
        return 0
    elif (line := quick.parse(arguments)) and line.command in _SHORT and not line.arguments:
        code = _SHORT[line.command](line)
        if code is not None:
            return code
    return _typer(arguments)


def _generate(line: quick.Line) -> int | None:
    options = line.options
    file = _file(line)
    if not set(options) - {"--file"} and (edited := nothing_to_do(file)) is not None:
        return commands.nothing_to_do(edited)
    from composegen.commands import files
    from composegen.reconcile import Wishes

    return files.generate(
        file,
        options.get("--env", ()),
        stdout="--stdout" in options,
        diff="--diff" in options,
        wishes=_wishes(line, Wishes),
    )


def _plan(line: quick.Line) -> int | None:
    from composegen.reconcile import Wishes

    output = line.options.get("--format", ("text",))[-1]
    if output not in ("text", "json"):
        return None
    environments = line.options.get("--env", ())
    wishes = _wishes(line, Wishes)
    from composegen.commands import files

    return files.plan(_file(line), environments, as_json=output == "json", wishes=wishes)


def _check(line: quick.Line) -> int | None:
    file = _file(line)
    output = line.options.get("--format", ("text",))[-1]
    if output not in ("text", "json", "github"):
        return None
    if output == "text" and nothing_to_do(file) is not None:
        return commands.DONE
    from composegen.commands import files

    return files.check(file, output=output)


# The commands that people and CI run all day.
_SHORT = {"check": _check, "generate": _generate, "plan": _plan}


def _file(line: quick.Line) -> Path:
    return Path(line.options.get("--file", ("stack.yaml",))[-1])


def _wishes(line: quick.Line, wishes: type[Wishes]) -> Wishes:
    options = line.options
    return wishes(
        accept=options.get("--accept", ()),
        keep=options.get("--keep", ()),
        adopt="--adopt" in options,
        restore="--restore" in options,
    )


def _typer(arguments: Sequence[str]) -> int:
    from composegen.cli import app

    try:
        app(list(arguments), prog_name="composegen")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


if __name__ == "__main__":
    main()
