"""The entry point: the command line, and the exit code of whatever happens."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from composegen import commands
from composegen.errors import ComposegenError
from composegen.project.seen import nothing_to_do

# Pydantic looks through all that is installed for plugins; none is wanted here
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: exit 2 for what the user can fix, 3 for a bug."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
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
    # what is asked all day is answered before anything heavy is imported
    if list(arguments) in (["generate"], ["check"]):
        edited = nothing_to_do(Path("stack.yaml"))
        if edited is not None:
            says = arguments[0] == "generate"
            return commands.say_nothing_to_do(edited) if says else commands.DONE
    from composegen.cli import app

    try:
        app(list(arguments), prog_name="composegen")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


if __name__ == "__main__":
    main()
