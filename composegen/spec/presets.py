"""Presets: whole starter stacks, each a folder with a spec and a small app."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from composegen.errors import ComposegenError, did_you_mean
from composegen.formats.yaml12 import read
from composegen.plan.model import COMPOSE_FILES
from composegen.resources import resource_dir
from composegen.spec.edit import keep_environments, set_value

ABOUT = "preset.yaml"
README = "README.md"
SPEC = "stack.yaml"
SCHEMA = ".composegen/stack.schema.json"

_SKIPPED = (
    "__pycache__",
    ".git",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "node_modules",
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A starter stack: its name, one line about it, and its folder."""

    name: str
    about: str
    folder: Path


def presets() -> list[Preset]:
    """Return the presets that we ship, sorted by name."""
    folders = sorted(file.parent for file in resource_dir("presets").glob(f"*/{ABOUT}"))
    return [Preset(folder.name, _about(folder), folder) for folder in folders]


def find(name: str) -> Preset:
    """Return a preset by its name, or of the user's own by its folder (`./mine`).

    Raises ComposegenError with the nearest known name.
    """
    if "/" in name or name.startswith("."):
        folder = Path(name)
        if not (folder / SPEC).is_file():
            raise ComposegenError(f"{name}: not a preset; a folder with a {SPEC}")
        return Preset(folder.resolve().name, "", folder)
    known = {preset.name: preset for preset in presets()}
    if name not in known:
        raise ComposegenError(f"unknown preset '{name}'{did_you_mean(name, known)}")
    return known[name]


def starter(
    preset: Preset, name: str, environments: Sequence[str], settings: Sequence[tuple[str, str]]
) -> dict[str, bytes]:
    """Return the files of a new project, by path: the app as it is, the spec under its new name.

    `settings` are pairs of a path in the spec and a YAML value. Raises ComposegenError.
    """
    files = {
        path.relative_to(preset.folder).as_posix(): path.read_bytes()
        for path in sorted(preset.folder.rglob("*"))
        if path.is_file() and not _skipped(path.relative_to(preset.folder)) and path.name != ABOUT
    }
    files[SPEC] = _spec(files[SPEC].decode(), name, environments, settings).encode()
    if README in files:
        files[README] = _readme(files[README].decode(), _environments(files[SPEC])).encode()
    return files


def blank(
    roles: Mapping[str, str],
    name: str,
    environments: Sequence[str],
    settings: Sequence[tuple[str, str]],
) -> dict[str, bytes]:
    """Return the spec of a new project without a starter: a service for each component.

    `roles` maps the components to what they are. Apps need the stores, a proxy is the door to the
    apps, and each of several apps has a folder of its own.
    """
    of = {role: [one for one in roles if roles[one] == role] for role in ("app", "store", "proxy")}
    needs = {"app": of["store"], "proxy": of["app"]}
    lines = ["# Edit this file, then run `composegen generate`.", "name: app", "", "services:"]
    for component, role in roles.items():
        said = [f"component: {component}"]
        if role == "app" and len(of["app"]) > 1:
            said.append(f"build: {component}")
        if role == "proxy":
            said.append(f"port: {8080 + of[role].index(component)}")
        if needs.get(role):
            said.append(f"needs: [{', '.join(needs[role])}]")
        short = component if len(said) == 1 and role != "app" else f"{{{', '.join(said)}}}"
        lines.append(f"  {component}: {short}")
    lines += ["", "environments:", "  dev: {}", "  test: {}", "  prod: {}", ""]
    return {SPEC: _spec("\n".join(lines), name, environments, settings).encode()}


def _skipped(path: Path) -> bool:
    return bool(set(path.parts) & set(_SKIPPED)) or path.name == ".env"


def _spec(
    text: str, name: str, environments: Sequence[str], settings: Sequence[tuple[str, str]]
) -> str:
    text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    for path, value in settings:
        text = set_value(text, path, value)
    if environments:
        text = keep_environments(text, environments)
    return f"# yaml-language-server: $schema={SCHEMA}\n{text}"


def _environments(spec: bytes) -> Mapping[str, object]:
    value = read(spec).value
    return value.get("environments") or {} if isinstance(value, Mapping) else {}


def _readme(text: str, environments: Mapping[str, object]) -> str:
    """Return a README without the section on tests where there is no Compose file for them."""
    if "test" in environments:
        return text
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(one for one in sections if COMPOSE_FILES["test"] not in one)


def _about(folder: Path) -> str:
    value = read((folder / ABOUT).read_bytes()).value
    return str(value["about"]) if isinstance(value, Mapping) else ""
