from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import cli

from composegen.errors import ComposegenError
from composegen.formats.yaml12 import read
from composegen.spec.edit import keep_environments, set_value

SPEC = """\
# a comment at the top
name: x    # and one beside

services:
  api:
    component: fastapi
    port: 8000    # the port
    needs: [db]
    command: ["a", 'b', c]
  # about the database
  db: postgres:18

environments:
  dev: {}
  prod:
    # more of it
    db: {memory: 1G}
"""


@pytest.mark.parametrize(
    ("path", "value", "result"),
    [
        ("name", "y", "y"),
        ("services.api.port", "9000", 9000),
        ("services.api.pip", "true", True),
        ("services.api.memory", "512M", "512M"),
        ("services.api.command", "[python, -m, app]", ["python", "-m", "app"]),
        ("services.api.environment.A", "no", "no"),
        ("services.api.environment.A", "'8'", "8"),
        ("services.api.environment.A", "", None),
        ("services.api.data./app/x", "uploads", "uploads"),
        ("services.db.version", "17", 17),
        ("services.db.pgvector", "true", True),
        ("services.new", "redis", "redis"),
        ("environments.test", "{}", {}),
        ("environments.prod.api.memory", "1G", "1G"),
        ("compose.x-a", "{b: [1, 2]}", {"b": [1, 2]}),
    ],
)
def test_set(path: str, value: str, result: Any) -> None:
    text = set_value(SPEC, path, value)
    node = read(text.encode()).value
    for key in path.split("."):
        node = node[key]
    assert node == result
    for comment in ("# a comment at the top", "# and one beside", "# about the database"):
        assert comment in text
    assert """command: ["a", 'b', c]""" in text or "api.command" in path


def test_short_form_becomes_long() -> None:
    text = set_value(SPEC, "services.db.pgvector", "true")
    wanted = {"component": "postgres", "version": "18", "pgvector": True}
    assert read(text.encode()).value["services"]["db"] == wanted


def test_a_version_keeps_its_digits() -> None:
    """3.10 is not 3.1: what was said on the command line is what is written or refused."""
    text = set_value(SPEC, "services.api.version", "3.10")
    assert read(text.encode()).value["services"]["api"]["version"].text == "3.10"


def test_the_rest_stays() -> None:
    text = set_value(SPEC, "services.api.port", "9000")
    assert text == SPEC.replace("8000", "9000")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("", "1", "write a path"),
        (".", "1", "write a path"),
        ("services..db", "1", "write a path"),
        ("services.", "1", "write a path"),
        ("name.x", "1", "name has no keys"),
        ("services.api.port.x", "1", "services.api.port has no keys"),
        ("services.api.needs.x", "1", "services.api.needs has no keys"),
        ("name", "[a", "not a YAML value"),
        ("name", "a: b: c", "not a YAML value"),
        ("name", "!x a", "not a YAML value"),
        ("name", "*a", "not a YAML value"),
        ("name", "a\n---\nb", "not a YAML value"),
        ("name", "\x07", "not a YAML value"),
    ],
)
def test_refused(path: str, value: str, said: str) -> None:
    with pytest.raises(ComposegenError, match=said):
        set_value(SPEC, path, value)


def test_keep_environments() -> None:
    text = keep_environments(SPEC, ["prod", "test"])
    environments = read(text.encode()).value["environments"]
    assert environments == {"prod": {"db": {"memory": "1G"}}, "test": {}}
    assert "# more of it" in text
    bare = keep_environments("name: x\nservices: {db: redis}\n", ["dev"])
    assert read(bare.encode()).value["environments"] == {"dev": {}}


@pytest.mark.parametrize("value", ["2026-02-31", "2026-02-21", "0o17", "3.10", "no", "22:22"])
def test_what_is_not_edited_is_not_read_otherwise(value: str, tmp_path: Path) -> None:
    line = f"  a: {{component: fastapi, environment: {{D: {value}}}}}\n"
    (tmp_path / "stack.yaml").write_text(f"name: app\nservices:\n{line}")
    assert cli("add", "redis", cwd=tmp_path).code == 0
    assert line in (tmp_path / "stack.yaml").read_text()


BROKEN = {
    "name: app\nservices: {a: {component: redis, x: !!int y}}": "stack.yaml:2:37: a tag",
    "name: app\nservices: {a: *b}": "stack.yaml:2:15: an alias (*b)",
    "name: app\nservices: {a: !%ed%a0%80 x}": "stack.yaml:2:13: a tag",
    "name: app\nservices: [a]": "error: the spec has no services: to edit",
    "[a]": "error: the spec has no services: to edit",
    "\xff": "stack.yaml:1:1: not UTF-8",
    "name: app\nservices: {a: 5}\nenvironments: [a]": "",
    "name: app\nservices: {a: {component: redis, needs: 5}, b: redis}\nenvironments: {dev: b}": "",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize(
    "words", [("add", "valkey"), ("add", "valkey", "--needed-by", "a"), ("remove", "a")]
)
def test_a_spec_that_is_not_read_stays(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_bytes(text.encode("latin-1"))
    done = cli(*words, cwd=tmp_path)
    assert (done.code, done.err[: len(BROKEN[text])]) == (2, BROKEN[text])
    assert (tmp_path / "stack.yaml").read_bytes() == text.encode("latin-1")


def test_services_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("name: app\nservices: {a: redis}\n")
    assert cli("add", "valkey", cwd=tmp_path).code == 0
    assert (
        tmp_path / "stack.yaml"
    ).read_text() == "name: app\nservices: {a: redis, valkey: valkey}\n"
