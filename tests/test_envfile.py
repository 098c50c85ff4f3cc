from __future__ import annotations

import shutil
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import config, generated, project

from composegen import envfile
from composegen.plan import Variable

SOURCES = {
    "generated": lambda: "new",
    "host-uid": lambda: "7",
    "host-gid": lambda: "8",
    "user": str,
}
WANTED = (
    Variable("DB_PASSWORD", "generated", "the password", in_url=True),
    Variable("HOST_UID", "host-uid", "your user"),
)
NASTY = (
    *("", " ", "  a  ", "a b", "a  b", "\ta\t", "'", '"', "''", '""', "'a'", '"a"', "a'b", 'a"b'),
    *("a'b\"c", "\\", "\\\\", "a\\b", "\\n", "a\\nb", "a\\'b", 'a\\"b', "a\\", "'\\", "\\'\"$"),
    *("$", "$$", "$a", "${a}", "${a:-b}", "$(a)", "a$", "'$a'", "\"$a\"", "$'", '\\$a', "'\\$a"),
    *("#", "a#b", "a #b", "# a", "'#'", "=", "a=b", "==", ":", "a: b", "-", "- a", "!", "!a"),
    *("`a`", "~", "~/a", "*", "?", "[a]", "{a}", "{{ 7*7 }}", "%s", "&a", "|", ">", ";", "a;b"),
    *("<a>", "(a)", ",", "@a", "^", "no", "true", "null", "0o17", "1e3", "22:22", "007", "+1"),
    *("é", "ü ñ", "中文", "🐳", "🐳 🐳", "e\u0301", "\u200b", "\u2028", "\xa0", "\x85", "export A"),
    "p4$$w0rd'\"\\ #with everything; 🐳",
    "a" * 1000,
)  # fmt: skip


def test_quoted_values_come_back_from_compose(tmp_path: Path) -> None:
    lines = [f"V{number}={envfile.quote(value)}" for number, value in enumerate(NASTY)]
    for name in (".env", "values.env"):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    filled = "".join(f'      F{number}: "${{V{number}}}"\n' for number in range(len(NASTY)))
    (tmp_path / "docker-compose.yml").write_text(
        f"name: x\nservices:\n  a:\n    image: a:1\n    env_file: values.env\n"
        f"    environment:\n{filled}"
    )
    read = config(tmp_path / "docker-compose.yml")
    assert (read.code, read.err) == (0, "")
    environment = {
        name: value.replace("$$", "$")
        for name, value in read.document["services"]["a"]["environment"].items()
    }
    for letter in "VF":
        assert [environment[f"{letter}{number}"] for number in range(len(NASTY))] == list(NASTY)


def test_secrets_are_letters_and_digits() -> None:
    secrets = [envfile.new_secret() for _ in range(50)]
    assert {len(secret) for secret in secrets} == {32}
    assert set("".join(secrets)) <= set(string.ascii_letters + string.digits)
    assert len(set(secrets)) == 50


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ("", "DB_PASSWORD=new\nHOST_UID=7\n"),
        ("# mine\nA=1\n", "DB_PASSWORD=new\nHOST_UID=7\n"),
        ("A=1", "\nDB_PASSWORD=new\nHOST_UID=7\n"),
        ("DB_PASSWORD=x\n", "HOST_UID=7\n"),
        ("export DB_PASSWORD=x\n", "HOST_UID=7\n"),
        ("  DB_PASSWORD = x\n", "HOST_UID=7\n"),
        ("DB_PASSWORD: x\n", "HOST_UID=7\n"),
        ("DB_PASSWORD='x y'\r\nHOST_UID=1\r\n", ""),
        ("DB_PASSWORD=x\r\n", "HOST_UID=7\n"),
        ("#DB_PASSWORD=x\nMY_DB_PASSWORD=y\n", "DB_PASSWORD=new\nHOST_UID=7\n"),
        ("HOST_UID=1\nDB_PASSWORD=x\nHOST_UID=2\n", ""),
        ("\ufeffDB_PASSWORD=x\n", "HOST_UID=7\n"),
        # the user's own empty value stands for "none"; an empty secret starts no database
        ("DB_PASSWORD=\nHOST_UID=\n", "DB_PASSWORD=new\n"),
        ("DB_PASSWORD=''\nHOST_UID=1\n", "DB_PASSWORD=new\n"),
    ],
)
def test_only_what_is_missing_is_added(before: str, added: str) -> None:
    assert envfile.complete(before, WANTED, SOURCES) == before + added


@given(st.text())
def test_bytes_stay(before: str) -> None:
    after = envfile.complete(before, WANTED, SOURCES)
    assert after.startswith(before)
    assert envfile.complete(after, WANTED, SOURCES) == after
    assert {"DB_PASSWORD", "HOST_UID"} <= envfile.keys(after)


@pytest.mark.parametrize(
    ("line", "fit"),
    [
        ("DB_PASSWORD=abcXYZ019._~-", True),
        ("DB_PASSWORD='abc'", True),
        ('export DB_PASSWORD="abc"', True),
        ("DB_PASSWORD=abc\r", True),
        ("DB_PASSWORD=abc # a comment", True),
        ("OTHER=a@b", True),
        ("", True),
        ("DB_PASSWORD=a@b", False),
        ("DB_PASSWORD=a:b", False),
        ("DB_PASSWORD=a/b", False),
        ("DB_PASSWORD=a%b", False),
        ("DB_PASSWORD='a b'", False),
        ("DB_PASSWORD=a#b", False),
        ("DB_PASSWORD=é", False),
        ("DB_PASSWORD=abc\nDB_PASSWORD=a@b", False),
    ],
)
def test_unfit_for_url(line: str, fit: bool) -> None:
    assert envfile.unfit_for_url(f"{line}\n", WANTED) == ([] if fit else ["DB_PASSWORD"])


def test_unfit_matters_in_urls_only() -> None:
    variables = [Variable("DB_PASSWORD", "generated", "")]
    assert envfile.unfit_for_url("DB_PASSWORD=a@b\n", variables) == []


def test_example_has_no_value(tmp_path: Path) -> None:
    text = envfile.example(WANTED)
    assert text.endswith("\n# the password\nDB_PASSWORD=\n\n# your user\nHOST_UID=1000\n")


def test_copying_the_example_is_a_start(tmp_path: Path) -> None:
    """`cp .env.example .env` is what everybody does first in a fresh clone."""
    root = generated(project(tmp_path, "name: x\nservices:\n  db: postgres\n"))
    shutil.rmtree(root / ".composegen/local", ignore_errors=True)
    (root / ".env").write_bytes((root / ".env.example").read_bytes())
    read = config(generated(root) / "docker-compose.yml")
    assert (read.code, read.err) == (0, "")


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_env_file_is_read_by_compose(end: str, tmp_path: Path) -> None:
    project(tmp_path, "name: x\nservices:\n  db: postgres\n  api: fastapi\n")
    (tmp_path / ".env").write_bytes(f"A='b c'{end}".encode())
    read = config(generated(tmp_path) / "docker-compose.yml")
    assert (read.code, read.err) == (0, "")
    assert len(read.document["services"]["db"]["environment"]["POSTGRES_PASSWORD"]) == 32
    assert (tmp_path / ".env").read_bytes().startswith(f"A='b c'{end}".encode())
