"""The README says what the program does: its samples are goldens, its tables the program's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from support import GOLDEN, PRESETS, cli, configs, generated, project

import composegen
from composegen import commands
from composegen.catalog.catalog import Catalog
from composegen.cli import app
from composegen.spec.data import KINDS, Data, VolumeOptions
from composegen.spec.model import Service

ROOT = Path(composegen.__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8") if README.exists() else ""
GROUP = typer.main.get_command(app)

pytestmark = pytest.mark.skipif(not TEXT.strip(), reason="THE README IS MISSING: it was not read")


def samples(marker: str) -> list[tuple[str, str]]:
    """Return the marked code blocks, each with the name of its example."""
    pattern = rf"<!-- {marker}: (\S+) -->\n```[a-z]*\n(.*?)```"
    found = re.findall(pattern, TEXT, re.DOTALL)
    if not found:
        pytest.skip(f"NO SAMPLE IS MARKED WITH <!-- {marker}: NAME -->")
    return found


def test_every_command_is_there() -> None:
    missing = []
    for name, command in GROUP.commands.items():
        for line in [f"{name} {inner}" for inner in getattr(command, "commands", ())] or [name]:
            missing += [line] if f"`composegen {line}" not in TEXT else []
    assert missing == []


def test_no_command_that_is_not_there() -> None:
    for name in re.findall(r"`composegen ([a-z]+)", TEXT):
        assert name in GROUP.commands


def test_every_option_that_is_named_exists() -> None:
    known = {"--help", "--version", "--install-completion", "--show-completion"}
    todo = list(GROUP.commands.values())
    while todo:
        command = todo.pop()
        todo += list(getattr(command, "commands", {}).values())
        known |= {word for parameter in command.params for word in parameter.opts}
    lines = [line for line in TEXT.splitlines() if "docker compose" not in line]
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(lines)))
    assert said - known <= {"--ignore", "--published", "--update-golden", "--reference"}


def test_specs_are_goldens() -> None:
    for name, text in samples("spec"):
        assert (GOLDEN / name / "stack.yaml").read_text(encoding="utf-8") == text


def test_explanations_are_what_is_printed(examples: dict[str, Path]) -> None:
    for name, text in samples("explain"):
        assert text in cli("explain", cwd=examples[name]).out


def test_exit_codes() -> None:
    rows = re.findall(r"^\| ([0-9]) \| (.*) \|$", TEXT, re.MULTILINE)
    codes = {
        value: name
        for name, value in vars(commands).items()
        if name.isupper() and isinstance(value, int)
    }
    assert {int(code) for code, _ in rows} == set(codes)
    words = {"DONE": "done", "FOUND": "found", "BUG": "bug", "AT_RISK": "data"}
    for code, text in rows:
        assert words.get(codes[int(code)], "") in text


def test_words_of_the_spec() -> None:
    ticked = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert set(KINDS) <= ticked
    assert set(Service.model_fields) <= ticked
    assert {*Data.model_fields, *VolumeOptions.model_fields} - {"kind"} <= ticked


def test_presets_and_components_are_listed() -> None:
    for name in [path.parent.name for path in PRESETS.glob("*/preset.yaml")] + Catalog().names():
        assert f"`{name}`" in TEXT, name


def test_a_component_of_ones_own(tmp_path: Path) -> None:
    ((name, text),) = samples("component")
    services = f"{{box: {name}, api: {{component: fastapi, needs: [box]}}}}"
    given = {f"components/{name}.yaml": text}
    root = generated(project(tmp_path, f"name: x\nservices: {services}\n", given))
    for file, one in configs(
        [root / "docker-compose.yml", root / "docker-compose.prod.yml"]
    ).items():
        assert (one.code, one.err) == (0, ""), file
        assert one.document["services"]["api"]["environment"]["SMTP_HOST"] == "box"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PRESETS.glob("*/README.md")))
def test_compose_commands_of_a_preset(name: str, examples: dict[str, Path]) -> None:
    text = (PRESETS / name / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"docker compose -f (\S+) run --rm --build (\S+)", text)
    assert found
    for file, service in found:
        assert f"\n  {service}:\n" in (examples[name] / file).read_text(encoding="utf-8")
