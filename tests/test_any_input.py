"""Anything in place of a file that people edit: an answer, never a traceback, and nothing is lost.

More examples: `pytest tests/test_any_input.py --hypothesis-profile thorough`.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Done, cli, files, generated, project

from composegen.catalog.catalog import BUILTIN
from composegen.formats.yaml12 import read

SPEC = """\
name: app
services:
  api: {component: fastapi, port: 8000, needs: [db, mine]}
  db: {component: postgres, version: "17"}
  mine: {component: mine, limit: 5}
environments: {dev: {}, prod: {secrets: files}}
"""
# Another spec for the same folder, so that files have to be written, and merged.
CHANGED = SPEC.replace("port: 8000", "port: 8001").replace("limit: 5", "limit: 6, memory: 200M")
MINE = """\
extends: redis
options: {limit: {type: count, about: "how many", default: 3}, more: {type: settings, about: "x"}}
facts:
  command:
    default: [redis-server, --databases, "{limit}", {each: more, words: ["--{key}", "{value}"]}]
    source: "ours"
variants:
  - when: {limit: 5}
    facts: {stop_grace_period: {value: 10s, source: "ours"}}
"""
DEV, PROD, LOCK, SEEN = (
    *("docker-compose.yml", "docker-compose.prod.yml"),
    *(".composegen/lock.json", ".composegen/local/seen.json"),
)
OWN = "components/mine.yaml"
LOOKING = (
    *(("plan",), ("plan", "--format=json"), ("check",), ("check", "--format=github")),
    *(("explain",), ("status",), ("secrets", "list"), ("outdated",), ("generate", "--diff")),
)
WRITING = (("generate",), ("generate", "--adopt"), ("generate", "--env=dev"))
WORDS = (
    *("", " ", "x", "no", "~", "null", "true", "-1", "0", "7", "17", "70000", "1e999", ".nan"),
    *("2026-02-31", "512M", "5s", "a:b", "a:/b", "a:b:c", "/", "/etc", "../x", ".env", "redis"),
    *("${X}", "$", "{service}", "{{ x }}", "{% x", "{new}", "9" * 5000, "x" * 300, "é", "a\nb"),
    *(
        "\x00",
        "\x1b",
        "\x85",
        "\u2028",
        "\ufeff",
        "dev/app_db_data",
        "prod/x",
        "docker-compose.yml",
    ),
)
SIGNS = (
    *("- ", ": ", "\n", "\n  ", "  ", "[", "]", "{", "}", "*a", "&a ", "<<: ", "'", '"', "#", "|"),
    *("!!int MARK", "!!float ", "!!timestamp x", "!reset ", "!mine ", "? ", "---\n", "\r\n", "\t"),
    *("\\ud800", "\\n", "=", "export ", "%", "@", "`"),
)
EXAMPLES = max(settings().max_examples // 5, 1)
anything = st.binary(max_size=40) | st.lists(st.sampled_from(WORDS + SIGNS), max_size=12).map(
    lambda parts: "".join(parts).encode()
)
values = st.recursive(
    st.sampled_from([None, True, False, -1, 0, 5, 2**70, 0.5, 1e300, float("nan"), float("inf")])
    | st.sampled_from([*WORDS, "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=2)
    ),
    max_leaves=3,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@st.composite
def bent(draw: st.DrawFn, data: bytes) -> bytes:
    """Return YAML or JSON in which up to three values or keys are others, or gone."""
    whole = copy.deepcopy(read(data, limit=None).value)
    for _ in range(draw(st.integers(1, 3))):
        every = list(paths(whole))
        if not every:
            break
        path = draw(st.sampled_from(every))
        inside, key, how = at(whole, path[:-1]), path[-1], draw(st.integers(0, 5))
        if how == 0:
            del inside[key]
        elif how == 1 and isinstance(inside, dict):
            inside[draw(st.sampled_from(WORDS))] = inside.pop(key)
        elif how == 2:
            inside[key] = copy.deepcopy(at(whole, draw(st.sampled_from(every))))
            break
        else:
            inside[key] = draw(values)
    return json.dumps(whole, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


@st.composite
def scribbled(draw: st.DrawFn, data: bytes) -> bytes:
    """Return a text that somebody wrote into, deleted from or cut off, up to three times."""
    for _ in range(draw(st.integers(1, 3))):
        lines = data.split(b"\n")
        number = draw(st.integers(0, len(lines) - 1))
        head, colon, _ = lines[number].partition(b":")
        said = "".join(draw(st.lists(st.sampled_from(WORDS + SIGNS), max_size=3))).encode()
        match draw(st.integers(0, 5)):
            case 0:
                del lines[number]
            case 1:
                lines.insert(number, said)
            case 2:
                lines.insert(number, b"x-a: &a " + said)
            case 3:
                lines = lines[: number + 1]
            case 4:
                lines[number] = head + colon + b" " + said
            case _:
                lines[number] += said
        data = b"\n".join(lines)
    return data


class Folder:
    """A project that can be put back to what it was, with one file of it replaced."""

    def __init__(self, root: Path) -> None:
        self.root = root
        generated(project(root, SPEC, {OWN: MINE}))
        self.before = files(root)

    def put(self, path: str, data: bytes, draw: st.DataObject) -> dict[str, bytes]:
        """Write a file; the spec may have changed since the last run, and a lock may be gone."""
        spec = draw.draw(st.sampled_from([SPEC, CHANGED]))
        gone = draw.draw(st.sets(st.sampled_from([LOCK, SEEN]))) - {path}
        wanted = {**self.before, "stack.yaml": spec.encode(), path: data}
        return self.hold({name: text for name, text in wanted.items() if name not in gone})

    def hold(self, wanted: dict[str, bytes]) -> dict[str, bytes]:
        """Make the folder hold these files and no others."""
        now = files(self.root)
        for name in now.keys() - wanted.keys():
            (self.root / name).unlink()
        for name, text in wanted.items():
            if now.get(name) != text:
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).write_bytes(text)
        return wanted

    def answered(self, *words: str) -> Done:
        done = cli(*words, cwd=self.root)
        assert done.code in (0, 1, 2, 4), done.err
        assert done.code != 2 or done.err, words
        return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nonexistent")  # there is no engine to be asked
        yield Folder(tmp_path_factory.mktemp("any") / "app")


def looked(folder: Folder, path: str, data: bytes, draw: st.DataObject) -> None:
    """Look at the project, which changes nothing, and then write it."""
    before = folder.put(path, data, draw)
    folder.answered(*draw.draw(st.sampled_from(LOOKING)))
    assert files(folder.root) == before
    folder.answered(*draw.draw(st.sampled_from(WRITING)))


def lines(data: bytes) -> set[bytes]:
    return {line.rstrip(b"\r") for line in re.split(rb"\n", data)}


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_a_compose_file(folder: Folder, draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([DEV, PROD]))
    was = folder.before[path]
    data = draw.draw(scribbled(was) | bent(was) | anything)
    looked(folder, path, data, draw)
    now = [text for name, text in files(folder.root).items() if name.startswith(path)]
    assert lines(data) - lines(was) <= set().union(*map(lines, now))


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_an_env(folder: Folder, draw: st.DataObject) -> None:
    data = draw.draw(scribbled(folder.before[".env"]) | anything)
    looked(folder, ".env", data, draw)
    assert (folder.root / ".env").read_bytes().startswith(data)


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_a_lock(folder: Folder, draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([LOCK, SEEN]))
    was = folder.before[path]
    whole: Mapping[str, Any] = json.loads(was)
    # most of a lock is the text of files: what is in it besides is bent more often
    short = json.dumps({key: one for key, one in whole.items() if key != "files"}).encode()
    data = draw.draw(scribbled(was) | bent(was) | bent(short) | anything)
    looked(folder, path, data, draw)


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_a_component(folder: Folder, draw: st.DataObject) -> None:
    others = [file.read_bytes() for file in sorted(BUILTIN.glob("*.yaml"))]
    whole = draw.draw(st.sampled_from([MINE.encode(), *others]))
    data = draw.draw(bent(whole) | bent(MINE.encode()) | scribbled(whole) | anything)
    looked(folder, OWN, data, draw)
    assert (folder.root / OWN).read_bytes() == data


def test_a_component_in_pieces(folder: Folder) -> None:
    """Each value of a whole component in turn is what it must not be."""
    folder.hold(folder.before)
    whole = read((BUILTIN / "valkey.yaml").read_bytes()).value
    for path in list(paths(whole)):
        data = copy.deepcopy(whole)
        at(data, path[:-1])[path[-1]] = {"a": None}
        (folder.root / OWN).write_text(json.dumps(data))
        folder.answered("generate", "--stdout")
