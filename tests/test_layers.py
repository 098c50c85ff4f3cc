"""The house: imports point down the rooms, only the edge talks, and nothing grows too big."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import composegen

PACKAGE = Path(composegen.__file__).parent
# The rooms from the top floor down: a module imports from its own room and from those below.
ROOMS = (
    "__main__",
    "cli",
    "commands",
    "engine",
    "project",
    "render",
    "resolve",
    "catalog",
    "spec",
    "plan",
    "formats",
    "errors",
    "resources",
)
# Who prints, exits and reads the environment.
EDGE = ("__main__", "cli", "commands")
# What computes, and touches no disk.
PURE = ("resolve", "plan", "formats")
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES.pop("__init__")
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def room(name: str) -> str:
    return name.partition(".")[0]


def imports(name: str) -> Iterator[str]:
    """Yield the modules of ours that a module imports, also inside functions and for types."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            if node.module and node.module.partition(".")[0] == "composegen":
                base = node.module.removeprefix("composegen").lstrip(".")
                for alias in node.names:
                    inner = f"{base}.{alias.name}".lstrip(".")
                    yield inner if inner in MODULES else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("composegen"), f"{name}: import {alias.name}"


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name: str) -> None:
    assert room(name) in ROOMS, "a new room: give it a floor"
    up = {other for other in imports(name) if other and floor(other) < floor(name)}
    assert up == set()


def floor(name: str) -> int:
    return ROOMS.index(room(name))


def test_every_room_is_there_and_says_what_it_is_for() -> None:
    assert {room(name) for name in MODULES} == set(ROOMS)
    for name, tree in TREES.items():
        assert ast.get_docstring(tree), name


def test_no_circles() -> None:
    """Inside a room, too, imports have a direction."""
    below = {name: {other for other in imports(name) if other} - {name} for name in MODULES}
    while ready := {name for name, others in below.items() if not others & below.keys()}:
        below = {name: others for name, others in below.items() if name not in ready}
    assert below == {}


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) not in EDGE])
def test_only_the_edge_talks(name: str) -> None:
    """No print, no exit, no environment: what a module needs from outside is passed in."""
    for node in ast.walk(TREES[name]):
        said = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        assert said not in {"print", "input", "exit", "quit", "os.environ", "os.getenv"}, said
        assert not said.startswith(("sys.std", "sys.exit", "sys.argv", "os._exit")), said


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in PURE])
def test_what_computes_touches_no_disk(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            assert called not in {"open", "read_text", "read_bytes", "write_text"}, name


@pytest.mark.parametrize("name", MODULES)
def test_size(name: str) -> None:
    lines = MODULES[name].read_text(encoding="utf-8").count("\n")
    assert lines <= 300, f"{lines} lines: split it"
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            assert length <= 60, f"{node.name}: {length} lines"


def test_every_assert_holds_without_asserts() -> None:
    """`python -O` drops them, so none of them may do work."""
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                assert not any(isinstance(one, ast.NamedExpr) for one in ast.walk(node))
