"""The house: imports point one way, only the edge talks, and nothing grows too big to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import composegen

PACKAGE = Path(composegen.__file__).parent
# A module imports only from rows above its own.
ROWS = (
    "errors resources context diff3 interpolation layout",
    "plan",
    "yaml12 engine envfile merge write",
    "words document edit explain seen compose_yaml",
    "paths ports emit",
    "fields",
    "models options presets",
    "spec",
    "facts persistence",
    "catalog",
    "lock schema credentials resolve.choose",
    "keeping",
    "guard status resolve.code resolve.files resolve.ports",
    "resolve.raw resolve.rules resolve.wiring",
    "resolve.storage",
    "resolve.images resolve.develop resolve.volumes",
    "resolve.services resolve.shared",
    "resolve",
    "render project",
    "reconcile rotate",
    "recover",
    "update",
    "report",
    "commands quick",
    "commands.engine commands.files commands.questions",
    "commands.spec",
    "cli",
    "__main__",
)
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row.split()}
EDGE = {"report", "commands", "cli", "__main__"} | {
    f"commands.{name}" for name in ("engine", "files", "questions", "spec")
}
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES.pop("__init__")
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


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
def test_imports_point_up(name: str) -> None:
    assert name in RANK, "a new module: give it a row"
    wrong = {other for other in imports(name) if other and RANK[other] >= RANK[name]}
    assert wrong == set()


def test_no_row_for_what_is_gone() -> None:
    assert set(RANK) == set(MODULES)


@pytest.mark.parametrize("name", sorted(set(MODULES) - EDGE))
def test_only_the_edge_talks(name: str) -> None:
    """No print, no exit, no environment: what a module needs from outside is passed in."""
    for node in ast.walk(TREES[name]):
        said = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        assert said not in {"print", "input", "exit", "quit", "os.environ", "os.getenv"}, said
        assert not said.startswith(("sys.std", "sys.exit", "sys.argv", "os._exit")), said


def test_pure_modules_touch_no_disk() -> None:
    for name in ("plan", "spec", "models", "fields", "persistence", "document", "emit", "merge"):
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func).rpartition(".")[2] not in {"open", "read_text"}, name


@pytest.mark.parametrize("name", MODULES)
def test_size(name: str) -> None:
    lines = MODULES[name].read_text(encoding="utf-8").count("\n")
    assert lines <= 350, f"{lines} lines: split it"
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
