from __future__ import annotations

import contextlib
import re
import shutil
import string
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import cli, config, files, generated, project, within

from composegen.formats import envfile
from composegen.formats.envfile import EnvError
from composegen.plan.model import Variable
from composegen.project import env
from composegen.render.env import example

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
    secrets = [env.new_secret() for _ in range(50)]
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
    assert env.complete(before, WANTED, SOURCES) == before + added


# What a .env is made of, in any order: much of it is right, and some of it is not.
PIECES = (
    *("A", "B=", "DB_PASSWORD", "DB_PASSWORD=", "=", ":", " ", "\n", "\n", "\r\n", "\t", "'", '"'),
    *(
        "\\",
        "\\n",
        "\\'",
        '\\"',
        "\\$",
        "$$",
        "\\0101",
        "#",
        " #",
        "export ",
        "x",
        "é",
        "\ufeff",
        "\x00",
    ),
    *("\x85", "\xa0", "\u2028", "\x1c", "-", ".", "["),
)
envs = st.text() | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def readable(text: str) -> bool:
    try:
        return envfile.bindings(text) is not None
    except EnvError:
        return False


@given(envs)
def test_bytes_stay(before: str) -> None:
    if not readable(before):
        with pytest.raises(EnvError, match=r"^\.env:\d+:\d+: "):
            env.complete(before, WANTED, SOURCES)
        return
    after = env.complete(before, WANTED, SOURCES)
    assert after.startswith(before)
    assert env.complete(after, WANTED, SOURCES) == after
    assert {"DB_PASSWORD", "HOST_UID"} <= envfile.keys(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DB_PASSWORD=old\n", "DB_PASSWORD=new\n"),
        ("DB_PASSWORD=old", "DB_PASSWORD=new"),
        ("DB_PASSWORD=old\r\nA=1\r\n", "DB_PASSWORD=new\r\nA=1\r\n"),
        ("# mine\nexport DB_PASSWORD='old'\n", "# mine\nexport DB_PASSWORD='new'\n"),
        ("  DB_PASSWORD = old\n", "  DB_PASSWORD = new\n"),
        ("DB_PASSWORD='a\nb # c'\nA=1\n", "DB_PASSWORD='new'\nA=1\n"),
        ('DB_PASSWORD="a\nDB_PASSWORD=b\n" # c\n', 'DB_PASSWORD="new" # c\n'),
        ('DB_PASSWORD="a\\"b"# c\n', 'DB_PASSWORD="new"# c\n'),
        ("A='\nDB_PASSWORD=x\n'\nDB_PASSWORD=old\n", "A='\nDB_PASSWORD=x\n'\nDB_PASSWORD=new\n"),
        ("DB_PASSWORD=it's # c'\n", "DB_PASSWORD=new # c'\n"),
        ("DB_PASSWORD=\nA=1\n", "DB_PASSWORD=new\nA=1\n"),
        ("A=1", "A=1\nDB_PASSWORD=new\n"),
        ("MY_DB_PASSWORD=x\nDB_PASSWORD=old\n", "MY_DB_PASSWORD=x\nDB_PASSWORD=new\n"),
        ("DB_PASSWORD_2=x\nDB_PASSWORD=old\n", "DB_PASSWORD_2=x\nDB_PASSWORD=new\n"),
        ("#DB_PASSWORD=x\nDB_PASSWORD=old\n", "#DB_PASSWORD=x\nDB_PASSWORD=new\n"),
    ],
)
def test_replaced(before: str, after: str) -> None:
    text = envfile.replaced(before, "DB_PASSWORD", "new")
    assert text == after
    assert envfile.values(text)["DB_PASSWORD"] == "new"


@pytest.mark.parametrize(
    "before",
    [
        "DB_PASSWORD: old\n",
        "DB_PASSWORD=first\nDB_PASSWORD=second\n",
        "A=1\n",
        "",
    ],
)
def test_the_new_password_is_always_the_one_that_counts(before: str) -> None:
    """The databases have it by then: a file without it would lock everybody out."""
    text = envfile.replaced(before, "DB_PASSWORD", "new")
    assert envfile.values(text)["DB_PASSWORD"] == "new"


def test_a_comment_beside_the_old_password_stays() -> None:
    text = envfile.replaced("DB_PASSWORD=old # of Ada\n", "DB_PASSWORD", "new")
    assert text == "DB_PASSWORD=new # of Ada\n"


@given(envs.filter(readable))
def test_only_the_value_is_replaced(before: str) -> None:
    after = envfile.replaced(before, "DB_PASSWORD", "N3w")
    was, now = envfile.bindings(before), envfile.bindings(after)
    assert {one.value for one in now if one.name == "DB_PASSWORD"} == {"N3w"}
    rest = [
        [(one.name, one.value) for one in found if one.name != "DB_PASSWORD"]
        for found in (was, now)
    ]
    assert rest[0] == rest[1]
    spans = [(one.start, one.end) for one in was if one.name == "DB_PASSWORD"]
    if not spans:
        assert after.startswith(before)
        return
    kept = [
        before[end:start] for (_, end), (start, _) in pairwise([(0, 0), *spans, (len(before), 0)])
    ]
    assert after == "N3w".join(kept)


READ = {
    "A=x": "x",
    "A: x": "x",
    "A:x": "x",
    "export A=x": "x",
    "  export\tA = x ": "x",
    "\ufeffA=1": "1",
    "A=": "",
    "A=''": "",
    "A=x # c": "x",
    "A=x#c": "x#c",
    "A= #c": "#c",
    "A=x\t#c": "x\t#c",
    "A='x y' # c": "x y",
    "A='x'#c": "x",
    "A='a\nb\n'": "a\nb\n",
    'A="a\nB=c"': "a\nB=c",
    "A='a\\nb'": "a\\nb",
    "A='a\\'b'": "a'b",
    "A='a\\\\b'": "a\\\\b",
    "A='a\\\\'": "a\\\\",
    'A="a\\nb\\tc\\\\d\\qe"': "a\nb\tc\\d\\qe",
    'A="a\\"b"': 'a"b',
    'A="a\\$b$$c"': "a$b$c",
    'A="\\0101\\01"': "A\\1",
    "A=a$$b": "a$b",
    "A='a$$b'": "a$$b",
    "A=a\\nb": "a\\nb",
    'A=a"b"': 'a"b"',
    'A="x\r\ny"\r\nB=1\r\n': "x\r\ny",
    "A=1\nA=2": "2",
    "B='\nA=2\n'\nA=1": "1",
    "#A=2\nA=1": "1",
    "A=\xa0x\xa0": "x",
    "A='a' B='b'": "a",
    "B\nA=1": "1",
    "A=x\u2028": "x",
}


@pytest.mark.parametrize("text", READ)
def test_read_as_compose_does(text: str, tmp_path: Path) -> None:
    assert envfile.values(text)["A"] == READ[text]
    (tmp_path / ".env").write_text(text, encoding="utf-8", newline="")
    said = 'name: x\nservices: {a: {image: a:1, environment: {A: "${A}"}}}\n'
    (tmp_path / "docker-compose.yml").write_text(said)
    read = config(tmp_path / "docker-compose.yml")
    assert read.code == 0, read.err
    value = read.document["services"]["a"]["environment"]["A"]
    assert value.replace("$$", "$") == READ[text]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A='x", "1:3: a quote without an end in the value of A"),
        ("B=1\nA= \"x'\n", "2:4: a quote without an end in the value of A"),
        ("A='x\\'\nB=1\n", "1:3: a quote without an end"),
        ("A='b' c'", '1:8: "\'" in the name of a variable'),
        ("A B=1", "1:1: a space in the name of a variable, 'A B'"),
        ("!A=1", "1:1: '!' in the name of a variable"),
    ],
)
def test_what_compose_refuses_is_named(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(EnvError, match=re.escape(f".env:{place}")):
        envfile.values(text)
    (tmp_path / ".env").write_text(text)
    (tmp_path / "docker-compose.yml").write_text("name: x\nservices: {a: {image: a:1}}\n")
    assert config(tmp_path / "docker-compose.yml").code != 0


@pytest.mark.parametrize("text", ["A='x\n", "DB_PASSWORD='a\nb' c'\n"])
@pytest.mark.parametrize(
    "command", [("generate",), ("plan",), ("secrets", "rotate", "DB_PASSWORD")]
)
def test_an_env_that_is_not_read_stays(text: str, command: tuple[str, ...], tmp_path: Path) -> None:
    root = generated(project(tmp_path, "name: x\nservices: {db: postgres}\n"))
    (root / ".env").write_text(text)
    before = files(root)
    done = cli(*command, cwd=root)
    assert (done.code, done.err[:12]) == (2, "error: .env:")
    assert files(root) == before


@pytest.mark.parametrize(
    "piece", ["A=x\n", "'", "A='", "# x\n", " ", "A", "export ", "A=' '", "\\"]
)
def test_a_long_file_is_read_quickly(piece: str) -> None:
    with within(2), contextlib.suppress(EnvError):
        envfile.bindings(piece * 30_000)


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
    assert env.unfit_for_url(f"{line}\n", WANTED) == ([] if fit else ["DB_PASSWORD"])


def test_unfit_matters_in_urls_only() -> None:
    variables = [Variable("DB_PASSWORD", "generated", "")]
    assert env.unfit_for_url("DB_PASSWORD=a@b\n", variables) == []


def test_example_has_no_value(tmp_path: Path) -> None:
    text = example(WANTED)
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
