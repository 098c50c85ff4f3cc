"""Three texts into one: laws, and the edits that people make in Compose files."""

from __future__ import annotations

import re
import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import change, cli, generated, project

from composegen.formats.yaml12 import read
from composegen.project.merge import merge, with_renamed

# Few different lines, so that texts have much in common and repeat themselves.
LINES = st.lists(
    st.sampled_from(["services:", "  a:", "  b:", "    x: 1", "    - y", "  # c", "", "\tz"]),
    max_size=12,
)
TEXT = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))
DISTINCT = st.permutations("abcdefgh").flatmap(
    lambda letters: st.integers(0, 6).map(
        lambda size: "".join(f"  {letter}: 1\n" for letter in letters[:size])
    )
)
RAGGED = st.text(alphabet="ab: \n\r\x0b\x0c\x00\x85\u2028#-", max_size=30)
YAML = st.booleans()


@given(TEXT | RAGGED, TEXT | RAGGED, YAML)
def test_one_side_changed(base: str, text: str, yaml: bool) -> None:
    assert merge(base, text, base, yaml=yaml) == text
    assert merge(base, base, text, yaml=yaml) == text


@given(TEXT | RAGGED, TEXT | RAGGED, YAML)
def test_both_changed_the_same(base: str, text: str, yaml: bool) -> None:
    assert merge(base, text, text, yaml=yaml) == text


@given(TEXT, TEXT, TEXT, YAML)
def test_no_line_is_invented(base: str, mine: str, new: str, yaml: bool) -> None:
    merged = merge(base, mine, new, yaml=yaml)
    if merged is not None:
        assert set(merged.splitlines()) <= {*mine.splitlines(), *new.splitlines()}


@given(TEXT, TEXT, st.data(), YAML)
def test_what_the_user_inserted_survives(
    base: str, new: str, data: st.DataObject, yaml: bool
) -> None:
    lines = base.splitlines()
    numbers = count()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines)))
        indent = data.draw(st.sampled_from(["", "  ", "    "]))
        lines.insert(place, f"{indent}mine-{next(numbers)}: here")
    merged = merge(base, "".join(f"{line}\n" for line in lines), new, yaml=yaml)
    if merged is not None:
        mine = [line for line in lines if "mine-" in line]
        assert [line for line in merged.splitlines() if "mine-" in line] == mine


@given(DISTINCT, DISTINCT, DISTINCT, YAML)
def test_a_run_that_was_cut_off_is_done_again(base: str, mine: str, new: str, yaml: bool) -> None:
    """The merged file is there, the lock is still the old one: the next run gives no other text."""
    merged = merge(base, mine, new, yaml=yaml)
    if merged is not None:
        assert merge(base, merged, new, yaml=yaml) in (merged, None)


BASE = """\
name: "x"

services:
  api:
    build:
      context: .
    depends_on:
      cache:
        condition: service_healthy
      db:
        condition: service_healthy
    environment:
      REDIS_URL: "redis://cache:6379/0"
    ports:
      - '127.0.0.1:8000:8000'
    healthcheck:
      interval: 10s
      timeout: 3s
    security_opt:
      - no-new-privileges:true
    tmpfs:
      - /tmp

  cache:
    image: "redis:8-alpine"
    volumes:
      # database: must be kept
      - cache_data:/data
    healthcheck:
      interval: 10s
      timeout: 3s
    security_opt:
      - no-new-privileges:true
    # time to write the last snapshot
    stop_grace_period: 30s

  db:
    image: "postgres:17-trixie"
    volumes:
      # database: must be kept
      - db_data:/var/lib/postgresql/data
    healthcheck:
      interval: 10s
      timeout: 3s
    security_opt:
      - no-new-privileges:true
    # time to write the last checkpoint
    stop_grace_period: 1m

volumes:
  cache_data: {}
  db_data: {}
"""
QUEUE = """\

  queue:
    image: "redis:8-alpine"
    volumes:
      # database: must be kept
      - queue_data:/data
    healthcheck:
      interval: 10s
      timeout: 3s
    security_opt:
      - no-new-privileges:true
    # time to write the last snapshot
    stop_grace_period: 30s
"""
CACHE = BASE[BASE.index("  cache:\n    image") : BASE.index("  db:\n    image")]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


QUEUED = replaced(
    BASE,
    ("30s\n\n  db:", f"30s\n{QUEUE}\n  db:"),
    ("  db_data: {}\n", "  db_data: {}\n  queue_data: {}\n"),
)
DB = BASE[BASE.index("  db:\n    image") : BASE.index("volumes:\n  cache_data")]
IN_DB = "  db:\n    image: "
CHECK = "postgresql/data\n    healthcheck:\n      interval: "
PORT = "      - '127.0.0.1:8000:8000'\n"
MAIL = "\n  mail:\n    image: axllent/mailpit\n"
# What the user did, what we would write, and what must come out, each as edits of the same text.
CASES = {
    "the same line in another service": (
        [("  db:\n    image", "  db:\n    labels: [a]\n    image")],
        [("  cache:\n    image", "  cache:\n    init: true\n    image")],
    ),
    "a healthcheck of three that are equal": (
        [(f"{CHECK}10s", f"{CHECK}45s")],
        [("  cache:\n    image: ", "  cache:\n    init: true\n    image: ")],
    ),
    "an image and a healthcheck of one service": (
        [(f"{CHECK}10s", f"{CHECK}45s")],
        [("postgres:17", "postgres:18")],
    ),
    "a label, and a service that goes": (
        [(IN_DB, "  db:\n    labels: [a]\n    image: ")],
        [
            (CACHE, ""),
            ("      cache:\n        condition: service_healthy\n", ""),
            ("  cache_data: {}\n", ""),
        ],
    ),
    # edits right beside each other: a line tool sees one place, a person sees two
    "a port beside a port that changes": (
        [(PORT, PORT + PORT.replace("8000", "5678"))],
        [("127.0.0.1:8000:", "127.0.0.1:8080:")],
    ),
    "a variable beside a variable that changes": (
        [('cache:6379/0"\n', 'cache:6379/0"\n      TRACE: "1"\n')],
        [("REDIS_URL: ", "CACHE_REDIS_URL: ")],
    ),
    "a comment above a service, and the one before it goes": (
        [("\n  db:\n    image", "\n  # ask Ada\n  db:\n    image")],
        [(CACHE, ""), ("  cache_data: {}\n", "")],
    ),
    "a service at the end, and one of ours": (
        [("1m\n\nvolumes:", f"1m\n{MAIL}\nvolumes:")],
        [
            ("1m\n\nvolumes:", f"1m\n{QUEUE}\nvolumes:"),
            ("  db_data: {}\n", "  db_data: {}\n  queue_data: {}\n"),
        ],
    ),
    "a volume at the end, and one of ours": (
        [("  db_data: {}\n", "  db_data: {}\n  mail_data: {}\n")],
        [("  db_data: {}\n", "  db_data: {}\n  queue_data: {}\n")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_that_was_cut_off_gives_the_same(name: str) -> None:
    mine, new = (replaced(BASE, *edits) for edits in CASES[name])
    merged = merge(BASE, mine, new, yaml=True)
    assert merged is not None
    assert merge(BASE, merged, new, yaml=True) == merged


@pytest.mark.parametrize("name", CASES)
def test_edits_that_do_not_contradict(name: str) -> None:
    by_hand, of_ours = CASES[name]
    mine, new = replaced(BASE, *by_hand), replaced(BASE, *of_ours)
    merged = merge(BASE, mine, new, yaml=True)
    assert merged is not None
    # both sides' edits: the lines of each that are not in the text they started from
    for text in (mine, new):
        for line in set(text.splitlines()) - set(BASE.splitlines()):
            assert line in merged.splitlines()
    for line in set(BASE.splitlines()) - set(new.splitlines()):
        assert line not in merged.splitlines()
    document = read(merged.encode(), limit=None).value
    services = {
        name: document["services"][name]
        for text in (mine, new)
        for name in read(text.encode()).value["services"]
        if name in document["services"]
    }
    assert document["services"] == services


RENAMED = """\
name: app
services:
  api: {component: fastapi, needs: [db, cache]}
  cache: {component: redis}
  db: {component: postgres}
  worker: {component: python, command: [sleep, infinity], needs: [cache]}
environments: {dev: {}, prod: {}}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("cache", "sessions"), ("cache", "store"), ("db", "a"), ("db", "zoo"), ("api", "web")],
)
def test_edits_of_a_service_come_along_to_its_new_name(old: str, new: str, tmp_path: Path) -> None:
    def by_hand(text: str, name: str) -> str:
        edit = f"\n  # ask Ada\n  {name}: # mine\n    labels:\n      by: hand\n"
        return replaced(text, (f"\n  {name}:\n", edit))

    spec = re.sub(rf"([\[ ]){old}([],])", rf"\1{new}\2", RENAMED)
    spec = spec.replace(f"  {old}: {{", f"  {new}: {{renamed_from: {old}, ")
    fresh = generated(project(tmp_path / "fresh", spec))
    root = generated(project(tmp_path / "root", RENAMED))
    for file in ("docker-compose.yml", "docker-compose.prod.yml"):
        (root / file).write_text(by_hand((root / file).read_text(), old))
    (root / "stack.yaml").write_text(spec)
    generated(root)
    for file in ("docker-compose.yml", "docker-compose.prod.yml"):
        assert (root / file).read_text() == by_hand((fresh / file).read_text(), new)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    """A service of the user's own needs one by a name that it has no more."""
    root = generated(project(tmp_path, RENAMED))
    extra = "\n  mail:\n    image: mailpit:v1.27\n    depends_on: [cache]\n\n"
    file = root / "docker-compose.yml"
    file.write_text(replaced(file.read_text(), ("\nvolumes:\n", f"{extra}volumes:\n")))
    spec = RENAMED.replace("  cache: {", "  sessions: {renamed_from: cache, ")
    (root / "stack.yaml").write_text(spec.replace("cache]", "sessions]"))
    done = cli("generate", cwd=root)
    assert done.code == 1
    said, way, last = done.err.splitlines()
    assert said == (
        "docker-compose.yml: your edit and the new text are incompatible: mail: needs cache, which "
        "does not exist; the new text is in docker-compose.yml.composegen-new"
    )
    assert way.endswith("then: composegen generate --keep docker-compose.yml")
    assert last == "nothing else was written"


@given(TEXT | RAGGED | st.just(BASE), TEXT | st.just(BASE))
def test_a_new_name_changes_no_other_line(text: str, like: str) -> None:
    like = like.replace("  a:", "  new:").replace("  api:", "  new:")
    for old in ("a", "api"):
        found = with_renamed(text, old, "new", like)
        if found != text:
            lines = [line.replace("  new:", f"  {old}:") for line in found.splitlines()]
            assert sorted(lines) == sorted(text.splitlines())
            assert with_renamed(found, "new", old, text) != found


CONTRADICTIONS = {
    "one line, two values": ([("17-trixie", "17.6-trixie")], [("17-trixie", "18-trixie")]),
    "changed and taken away": ([("17-trixie", "17.6-trixie")], [(DB, "\n")]),
    "taken away and changed": (
        [("    ports:\n      - '127.0.0.1:8000:8000'\n", "")],
        [("127.0.0.1:8000:", "127.0.0.1:8080:")],
    ),
    "two new values of one key": (
        [("    tmpfs:", "    user: a\n    tmpfs:")],
        [("    tmpfs:", "    user: b\n    tmpfs:")],
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_edits_that_contradict(name: str) -> None:
    by_hand, of_ours = CONTRADICTIONS[name]
    merged = merge(BASE, replaced(BASE, *by_hand), replaced(BASE, *of_ours), yaml=True)
    # two values of one key may also come out, and are found when the text is read
    assert merged is None or "user: a\n    user: b" in merged.replace(
        "user: b\n    user: a", "user: a\n    user: b"
    )


def big(services: int, version: int) -> str:
    """Return a Compose file in which nearly every line is there in every service."""
    parts = [BASE[BASE.index("  db:\n    image") : BASE.index("\nvolumes:\n  cache_data")]]
    text = "".join(parts[0].replace("db", f"db{number:03}") + "\n" for number in range(services))
    volumes = "".join(f"  db{number:03}_data: {{}}\n" for number in range(services))
    return f"services:\n{text}volumes:\n{volumes}".replace("postgres:17", f"postgres:{version}")


def test_a_big_file_with_many_edits() -> None:
    base = big(160, 17)
    assert len(base.splitlines()) > 2000
    lines = base.splitlines(keepends=True)
    edits = 0
    for number in range(len(lines) - 1, -1, -1):
        if edits < 200 and lines[number].startswith(("      timeout:", "    stop_grace_period:")):
            lines.insert(
                number, f"      # mine {edits}\n" if edits % 2 else f"    # mine {edits}\n"
            )
            edits += 1
    assert edits == 200
    mine, new = "".join(lines), big(161, 18)

    start = time.perf_counter()
    merged = merge(base, mine, new, yaml=True)
    seconds = time.perf_counter() - start

    print(f"a merge of {len(lines)} lines with {edits} edits: {seconds:.3f} s")
    assert seconds < 3
    assert merged is not None
    assert [line for line in merged.splitlines(keepends=True) if "# mine" not in line] == (
        new.splitlines(keepends=True)
    )
    assert [line for line in merged.splitlines() if "# mine" in line] == [
        line for line in mine.splitlines() if "# mine" in line
    ]
    # each edit is still in the service that it was made in
    assert places(merged) == places(mine)


def places(text: str) -> dict[str, str]:
    found, service = {}, ""
    for line in text.splitlines():
        if line.startswith("  db") and "{}" not in line:
            service = line
        if "# mine" in line:
            found[line] = service
    return found


@settings(max_examples=30)
@given(st.data())
def test_edits_stay_in_their_service(data: st.DataObject) -> None:
    """Lines that are the same in every service do not lead an edit into another one."""
    base = big(6, 17)
    lines = base.splitlines(keepends=True)
    end = lines.index("volumes:\n") - 1
    numbers = sorted(data.draw(st.sets(st.integers(2, end), min_size=1, max_size=8)), reverse=True)
    for number in numbers:
        lines.insert(number, f"    # mine {number}\n")
    mine = "".join(lines)
    gone = data.draw(st.integers(0, 5))
    new = base.replace(f"  db{gone:03}:\n    image", f"  db{gone:03}:\n    init: true\n    image")
    merged = merge(base, mine, new, yaml=True)
    if merged is not None:
        assert places(merged) == places(mine)


def test_one_edit_in_each_file_of_a_stack(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same edit in the same place of two services, and the spec changes a third one."""
    spec = "name: x\nservices: {a: redis:8, b: redis:8, c: redis:8}\nenvironments: {dev: {}}\n"
    root = generated(project(tmp_path_factory.mktemp("merge"), spec))
    change(root, "docker-compose.yml", "      timeout: 3s\n", "      timeout: 9s\n")
    change(root, "stack.yaml", "b: redis:8", "b: {component: redis, version: '8', port: 7000}")
    done = cli("generate", cwd=root)
    assert done.code == 0, done.err
    text = (root / "docker-compose.yml").read_text()
    assert (text.count("timeout: 9s"), text.count("127.0.0.1:7000")) == (3, 1)
