"""The entry point: the short road where it leads, else Typer; and the exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from composegen import __version__, quick
from composegen.errors import ComposegenError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: exit 2 for what the user can fix, 3 for a bug."""
    # a short run makes no garbage worth collecting, and imports would be searched for it
    gc.disable()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(arguments)
    except ComposegenError as error:
        from composegen.commands import fail

        code = fail(error)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # the reader of our output has seen enough; Python must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception:
        import traceback

        traceback.print_exc()
        sys.stderr.write("this is a bug in composegen; please report it with the lines above\n")
        code = 3
    raise SystemExit(code)


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
    elif (line := quick.parse(arguments)) and line.command == "generate" and not line.arguments:
        return _generate(line)
    return _typer(arguments)


def _generate(line: quick.Line) -> int:
    from composegen.commands import generate

    options = line.options
    return generate(
        Path(options.get("--file", ("stack.yaml",))[-1]),
        options.get("--env", ()),
        stdout="--stdout" in options,
        diff="--diff" in options,
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
