from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import project

from composegen.project.build_folder import look, probes
from composegen.resolve.context import Context

POETRY_GROUP = "[tool.poetry.group.dev.dependencies]\npytest = '*'\n"
GROUPS = "[dependency-groups]\ndev = []\n"


@pytest.mark.parametrize(
    ("files", "context"),
    [
        ([], Context()),
        (["requirements.txt"], Context("requirements.txt")),
        (["requirements-dev.txt"], Context()),
        (["requirements.txt", "requirements-dev.txt"], Context("requirements.txt", dev=True)),
        (["pyproject.toml"], Context("pyproject.toml")),
        (["pyproject.toml", "requirements.txt"], Context("pyproject.toml")),
        (["pyproject.toml", "uv.lock", "requirements.txt"], Context("uv.lock")),
        (["dev:pyproject.toml"], Context("pyproject.toml", dev=True)),
        (["dev:pyproject.toml", "uv.lock"], Context("uv.lock", dev=True)),
        (["dev:pyproject.toml", "requirements-dev.txt"], Context("pyproject.toml", dev=True)),
        (["pyproject.toml", "poetry.lock", "requirements.txt"], Context("poetry.lock")),
        (["pyproject.toml", "poetry.lock", "uv.lock"], Context("uv.lock")),
        (["dev:pyproject.toml", "poetry.lock"], Context("poetry.lock", dev=True)),
        (["poetry:pyproject.toml", "poetry.lock"], Context("poetry.lock", dev=True)),
        (["poetry:pyproject.toml"], Context("pyproject.toml")),
        (["broken:pyproject.toml"], Context("pyproject.toml")),
        (["requirements.txt", "tests/test_a.py"], Context("requirements.txt", tests=True)),
        (["tests"], Context()),
        (["requirements.txt/a"], Context()),
    ],
)
def test_look(files: list[str], context: Context, tmp_path: Path) -> None:
    texts = {"dev": GROUPS, "poetry": POETRY_GROUP, "broken": "[", "": ""}
    pairs = (name.rpartition(":") for name in files)
    root = project(tmp_path / "all", "", {f"in/{name}": texts[kind] for kind, _, name in pairs})
    assert look(root / "in", "python") == context


def test_no_folder(tmp_path: Path) -> None:
    assert look(tmp_path / "none", "python") == Context()


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    assert look(tmp_path, "python") == Context("pyproject.toml")


def test_uv_lock_alone(tmp_path: Path) -> None:
    """The build copies both; without pyproject.toml it could not."""
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert look(tmp_path, "python") == Context()


def node(root: Path, *names: str, package: object = None) -> Context:
    """Return what is known about a folder with these files and a package.json."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "package.json").write_text(json.dumps(package or {}))
    return look(root, "node")


@pytest.mark.parametrize(
    ("names", "install", "requirements"),
    [
        ((), "package.json", ("package.json",)),
        (("package-lock.json",), "package-lock.json", ("package-lock.json", "package.json")),
        (("pnpm-lock.yaml",), "pnpm-lock.yaml", ("pnpm-lock.yaml", "package.json")),
        (("yarn.lock",), "yarn.lock", ("yarn.lock", "package.json")),
        (
            ("yarn.lock", "package-lock.json"),
            "package-lock.json",
            ("package-lock.json", "package.json"),
        ),
        (("uv.lock", "requirements.txt"), "package.json", ("package.json",)),
        (
            ("pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"),
            "pnpm-lock.yaml",
            ("pnpm-lock.yaml", "package.json", ".npmrc", "pnpm-workspace.yaml"),
        ),
    ],
)
def test_node_installs_what_the_lock_says(
    names: tuple[str, ...], install: str, requirements: tuple[str, ...], tmp_path: Path
) -> None:
    context = node(tmp_path, *names)
    assert (context.install, context.requirements) == (install, requirements)


def test_a_lock_without_package_json_installs_nothing(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    assert look(tmp_path, "node") == Context()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("pnpm@10.2.0", "pnpm@10.2.0"),
        ("yarn@4.9.2+sha512.abc", "yarn@4.9.2"),
        ("pnpm@9.0.0-beta.1", "pnpm@9.0.0-beta.1"),
        ("bun@1.0.0", None),
        ("pnpm", None),
        ("pnpm@latest", None),
        ("pnpm@10; rm -rf /", None),
        ("pnpm@10\nRUN x", None),
        (5, None),
    ],
)
def test_package_manager(said: object, wanted: str | None, tmp_path: Path) -> None:
    """It goes into the Dockerfile, so nothing but a name and a version passes."""
    assert node(tmp_path, package={"packageManager": said}).manager == wanted


@pytest.mark.parametrize(
    ("scripts", "wanted"),
    [
        ({"build": "x", "test": "vitest run"}, ("build", "test")),
        ({"test": 'echo "Error: no test specified" && exit 1'}, ()),
        ([], ()),
        (None, ()),
    ],
)
def test_scripts(scripts: object, wanted: tuple[str, ...], tmp_path: Path) -> None:
    assert node(tmp_path, package={"scripts": scripts}).scripts == wanted


@pytest.mark.parametrize("text", ["", "[", "[]", "5", '{"scripts": 5}', "\ufeff{}"])
def test_odd_package_json(text: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(text, encoding="utf-8")
    context = look(tmp_path, "node")
    assert (context.install, context.scripts) == ("package.json", ())


def test_entries(tmp_path: Path) -> None:
    """What is hidden, and what a Dockerfile could not name, is no code."""
    context = node(
        tmp_path,
        "src/a.js",
        "vite.config.ts",
        ".env",
        "a b",
        "tsconfig.app.json",
        "-x",
        "tsconfig.json",
    )
    assert context.entries == (
        *("package.json", "src", "tsconfig.app.json", "tsconfig.json", "vite.config.ts"),
    )
    assert context.matching(["src", "tsconfig*.json"]) == (
        *("src", "tsconfig.app.json", "tsconfig.json"),
    )


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("next.config.mjs", "export default { output: 'standalone' }", True),
        ("next.config.ts", 'const c = {output: "standalone"}', True),
        ("next.config.js", "module.exports = {}", False),
        ("vite.config.js", "standalone", False),
    ],
)
def test_standalone(name: str, text: str, wanted: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert node(tmp_path).standalone is wanted


def test_probes(tmp_path: Path) -> None:
    assert {"uv.lock", "package.json", "tests", ".npmrc"} <= set(probes(tmp_path))
    assert "*" not in probes(tmp_path)
    node(tmp_path, "next.config.js", "src/a.js")
    assert {"*", "next.config.js"} <= set(probes(tmp_path))
    assert "src" not in probes(tmp_path)


def test_a_package_that_is_nested_too_deep_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("[" * 100_000)
    assert look(tmp_path, "node").scripts == ()
