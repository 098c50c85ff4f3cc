"""Measure composegen against what it can't do without, and its stack against another one.

    python tests/bench.py                        start-up and scale
    python tests/bench.py --reference DIR        also a Docker engine: DIR holds a Compose project

Everything that is compared runs in turns, A B A B, in one go; a figure is a median.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType
from uuid import uuid4

from engine.support import Environment, free_ports, run

import composegen

COMMAND = str(Path(sys.executable).with_name("composegen"))
IMPORTS = "import typer, pydantic, jinja2, yaml"
COMPLETION = {
    "_COMPOSEGEN_COMPLETE": "complete_bash",
    "COMP_WORDS": "composegen gen",
    "COMP_CWORD": "1",
}
REQUIREMENT = "humanize==4.*"
# no data is touched by it, so it is written without a question
TURN = '\n    version: "3.14"\n    environment: {TURN: "yes"}'
STORES = ("redis", "postgres", "chroma")
SIZES = (2, 100, 1000)


@dataclass(frozen=True)
class Case:
    """What is timed, and what has to be done before each time."""

    name: str
    run: Callable[[], object]
    before: Callable[[], object] = lambda: None


def measure(cases: Sequence[Case], runs: int) -> dict[str, float]:
    """Return each case's median in seconds; one round before the first warms the caches."""
    times: dict[str, list[float]] = {case.name: [] for case in cases}
    for number in range(runs + 1):
        for case in cases:
            case.before()
            start = time.perf_counter()
            case.run()
            if number:
                times[case.name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in times.items()}


def table(title: str, rows: Sequence[tuple[str, float]], base: float) -> None:
    """Print seconds, and how often the base fits into them."""
    print(f"\n{title}")
    width = max(len(name) for name, _ in rows)
    for name, seconds in rows:
        print(f"  {name:{width}}  {seconds * 1000:9.2f} ms  {seconds / base:6.2f}")


def process(
    *words: str, cwd: Path | None = None, variables: Mapping[str, str] = MappingProxyType({})
) -> None:
    environment = {**os.environ, **variables}
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}")


def startup(folder: Path, runs: int) -> None:
    """Whole processes: the generator against the import of what it is built on."""
    # as an installation has them, whether or not this Python may write them by itself
    compileall.compile_dir(Path(composegen.__file__).parent, quiet=1)
    changing, still = folder / "changing", folder / "still"
    for root in (changing, still):
        process(COMMAND, "new", str(root), "--preset=ai-agent")
    cases = (
        Case(
            "import typer, pydantic, jinja2, yaml", lambda: process(sys.executable, "-c", IMPORTS)
        ),
        Case(
            "generate, 4 files rewritten",
            lambda: process(COMMAND, "generate", cwd=changing),
            lambda: turn(changing / "stack.yaml"),
        ),
        Case("generate, nothing to do", lambda: process(COMMAND, "generate", cwd=still)),
        Case("check, clean", lambda: process(COMMAND, "check", cwd=still)),
        Case("--version", lambda: process(COMMAND, "--version")),
        Case("completion", lambda: process(COMMAND, variables=COMPLETION)),
        Case("python -c pass", lambda: process(sys.executable, "-c", "pass")),
    )
    found = measure(cases, runs)
    title = (
        f"start-up: whole processes, median of {runs}; the last column is relative to the import"
    )
    table(title, list(found.items()), found[cases[0].name])


def turn(spec: Path) -> None:
    """Change what every Compose file and the Dockerfile say, and back again the next time."""
    text = spec.read_text()
    if TURN in text:
        spec.write_text(text.replace(TURN, ""))
    else:
        spec.write_text(re.sub(r"component: (fastapi|python)", rf"\g<0>{TURN}", text))


def scale(folder: Path, runs: int) -> None:
    """Whole processes of `generate --stdout`, minus those of a stack of two services."""
    for size in SIZES:
        (folder / str(size)).mkdir()
        (folder / str(size) / "stack.yaml").write_text(big_spec(size))
    found = measure([_scaled(folder / str(size)) for size in SIZES], runs)
    least, *others = SIZES
    costs = [(found[str(size)] - found[str(least)]) / (size - least) for size in others]
    title = f"scale: a service's part of generate --stdout, median of {runs}, dev and prod"
    rows = [(f"of {size} services", cost) for size, cost in zip(others, costs, strict=True)]
    table(title, rows, costs[0])
    wholes = ", ".join(f"{size} services {found[str(size)]:.2f} s" for size in SIZES)
    print(f"  (whole process minus that of {least} services; whole: {wholes})")


def _scaled(folder: Path) -> Case:
    return Case(folder.name, lambda: process(COMMAND, "generate", "--stdout", cwd=folder))


def big_spec(size: int) -> str:
    """Half stores, half apps that need one each."""
    lines = ["name: big", "services:"]
    for number in range(size // 2):
        lines += [
            f"  s{number}: {STORES[number % len(STORES)]}",
            f"  a{number}: {{component: python, command: [python, -m, app.main], "
            f"needs: [s{number}]}}",
        ]
    return "\n".join(lines) + "\n"


def engine(folder: Path, reference: Path, runs: int) -> None:
    """Time the stack of the ai-agent preset in dev against another one on a Docker engine."""
    names = [f"{name}-{uuid4().hex[:8]}" for name in ("ours", "theirs")]
    ours, theirs = (Environment(folder / name, "dev", 0) for name in names)
    ports = free_ports("api", "cache", "db", "vectors")
    settings = [f"--set=services.{name}.port={port}" for name, port in ports.items()]
    process(COMMAND, "new", str(ours.root), "--preset=ai-agent", *settings)
    shutil.copytree(reference, theirs.root)
    prod = Environment(ours.root, "prod", 0)
    with ExitStack() as stack:
        for one in (ours, theirs, prod):
            stack.callback(one.remove)
        for one in (ours, theirs):
            one.compose("build")
        _up(ours, theirs, runs)
        _rebuild(ours, theirs, runs)
        print(f"\nprod, an edit of the code: the installation is {_installed_again(prod)}")


def _up(ours: Environment, theirs: Environment, runs: int) -> None:
    # one at a time: each would take the processors that the other is measured on
    def clear() -> None:
        for one in (ours, theirs):
            one.compose("down", "-v")

    cases = (
        Case("reference", lambda: theirs.compose("up", "-d", "--wait"), clear),
        Case("ours", lambda: ours.compose("up", "-d", "--wait"), clear),
    )
    found = measure(cases, runs)
    clear()
    title = f"up -d --wait, from no volume, images built: median of {runs}"
    table(title, list(found.items()), found["reference"])


def _rebuild(ours: Environment, theirs: Environment, runs: int) -> None:
    cases = (
        Case("reference", lambda: theirs.compose("build"), lambda: _require(theirs.root)),
        Case("ours", lambda: ours.compose("build"), lambda: _require(ours.root)),
    )
    found = measure(cases, runs)
    title = f"build after one more requirement: median of {runs}"
    table(title, list(found.items()), found["reference"])


def _require(root: Path) -> None:
    """Add a requirement; the comment keeps the builder from knowing the file already."""
    file = root / "requirements.txt"
    kept = file.read_text().partition("# one more")[0]
    file.write_text(f"{kept.rstrip()}\n# one more {uuid4().hex}\n{REQUIREMENT}\n")


def _installed_again(prod: Environment) -> str:
    words = ("docker", "buildx", "build", "--target=prod", "--output=type=cacheonly")
    for _ in range(2):
        with (prod.root / "app/main.py").open("a") as file:
            file.write(f"\n# {uuid4().hex}\n")
        done = subprocess.run(
            (*words, "--progress=plain", "."), cwd=prod.root, check=True, capture_output=True
        )
    log = done.stderr.decode()
    step = re.search(r"^(#\d+) \[.*uv pip install", log, re.MULTILINE)
    return "CACHED" if step and f"\n{step[1]} CACHED\n" in log else f"RUN AGAIN\n{log}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="rounds of each measurement")
    parser.add_argument("--only", choices=("startup", "scale", "engine"), help="one of the three")
    parser.add_argument("--reference", type=Path, help="a Compose project to compare with")
    said = parser.parse_args()
    if said.only == "engine" and said.reference is None:
        parser.error("--only engine needs --reference DIR")
    if not Path(COMMAND).exists():
        parser.error(f"{COMMAND} is missing: install composegen into the venv of this Python")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if said.only in (None, "startup"):
            startup(folder, said.runs)
        if said.only in (None, "scale"):
            scale(folder, said.runs)
        if said.reference and said.only in (None, "engine"):
            print(
                f"\nengine: {run('docker', 'version', '--format', '{{.Server.Version}}').strip()}"
            )
            engine(folder, said.reference.resolve(), said.runs)


if __name__ == "__main__":
    main()
