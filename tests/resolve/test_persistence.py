"""The persistence tree: every kind in every environment, and the laws of a decision."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composegen.plan.model import Decision
from composegen.resolve.persistence import (
    IN_IMAGE,
    ON_HOST,
    OUTLIVE,
    WRITTEN,
    Piece,
    decide,
    objection,
)
from composegen.spec.data import ENVIRONMENTS, KINDS, Data, Environment, Kind

# kind → dev, test, prod; `ro` is read-only
TABLE: dict[Kind, tuple[str, str, str]] = {
    "database": ("volume", "tmpfs", "volume"),
    "code": ("bind", "image", "image"),
    "dependencies": ("image", "image", "image"),
    "config": ("bind ro", "bind ro", "bind ro"),
    "log": ("bind", "tmpfs", "bind"),
    "temp": ("tmpfs", "tmpfs", "tmpfs"),
    "cache": ("tmpfs", "tmpfs", "tmpfs"),
    "uploads": ("volume", "tmpfs", "volume"),
    "files": ("volume", "tmpfs", "volume"),
    "models": ("volume", "volume", "volume"),
    "backups": ("nowhere", "nowhere", "bind"),
    "secrets": ("nowhere", "nowhere", "bind ro"),
}
WHERE = {
    "bind": "in a bind mount",
    "bind ro": "in a read-only bind mount",
    "image": "in the image",
    "nowhere": "left out",
    "tmpfs": "in memory",
    "volume": "in a named volume",
}


def decided(kind: Kind, environment: Environment, **said: Any) -> Decision:
    return decide(Piece("api", "/x", kind, Data(**said)), environment)


def place(decision: Decision) -> str:
    return decision.place + (" ro" if decision.place == "bind" and decision.read_only else "")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_table(kind: Kind, environment: Environment) -> None:
    decision = decided(kind, environment)
    wanted = TABLE[kind][("dev", "test", "prod").index(environment)]
    assert place(decision) == wanted
    assert decision.reason.startswith(f"{kind} {WHERE[wanted]}: ")
    assert (decision.service, decision.target, decision.kind) == ("api", "/x", kind)


@pytest.mark.parametrize(
    ("kind", "environment", "said", "wanted"),
    [
        ("cache", "dev", {"persist": True}, "volume"),
        ("cache", "prod", {"persist": True}, "volume"),
        ("cache", "dev", {"persist": True, "edited": True}, "bind"),
        ("temp", "dev", {"persist": True}, "volume"),
        ("temp", "dev", {"edited": True}, "tmpfs"),
        ("database", "dev", {"persist": False}, "tmpfs"),
        ("database", "dev", {"edited": True}, "bind"),
        ("database", "test", {"persist": True}, "volume"),
        ("database", "prod", {"mount": "bind"}, "bind"),
        ("uploads", "dev", {"edited": True}, "bind"),
        ("uploads", "dev", {"edited": True, "read_only": True}, "bind ro"),
        ("log", "dev", {"edited": False}, "volume"),
        ("log", "prod", {"persist": False}, "tmpfs"),
        ("log", "test", {"persist": True}, "volume"),
        ("config", "prod", {"read_only": False}, "bind"),
        ("config", "prod", {"edited": False}, "volume"),
        ("code", "dev", {"mount": "volume"}, "volume"),
        ("code", "prod", {"mount": "bind"}, "bind"),
        ("code", "prod", {"edited": True}, "bind"),
        ("dependencies", "dev", {"persist": True}, "volume"),
        ("backups", "dev", {"mount": "bind"}, "bind"),
        ("models", "test", {"persist": False}, "tmpfs"),
        ("models", "test", {"mount": "tmpfs", "persist": True}, "tmpfs"),
    ],
)
def test_what_is_said_wins(
    kind: Kind, environment: Environment, said: dict[str, Any], wanted: str
) -> None:
    decision = decided(kind, environment, **said)
    assert place(decision) == wanted
    word, value = next(iter(said.items()))
    if word != "read_only" and decided(kind, environment).place != decision.place:
        assert f"{word}: {str(value).lower()} in the spec" in decision.reason


@pytest.mark.parametrize(
    ("sync", "dev"), [("bind", "bind"), ("watch", "image"), ("volume", "volume")]
)
def test_code_is_synced_in_dev_only(sync: str, dev: str) -> None:
    piece = Piece("api", "/x", "code", Data(), sync)
    assert [decide(piece, name).place for name in ENVIRONMENTS] == [dev, "image", "image"]


@pytest.mark.parametrize(
    ("kind", "environment", "said", "message"),
    [
        ("database", "dev", {}, None),
        ("database", "test", {}, None),
        ("database", "prod", {}, None),
        ("database", "dev", {"persist": False}, "lost with its container; keep it in a volume"),
        ("database", "prod", {"mount": "tmpfs"}, "lost with its container; keep it in a volume"),
        ("database", "test", {"mount": "tmpfs"}, None),
        ("database", "dev", {"edited": True}, None),
        ("database", "test", {"mount": "bind"}, None),
        ("database", "prod", {"edited": True}, "a database in a bind mount depends on the host's"),
        ("uploads", "prod", {"mount": "tmpfs"}, None),
        ("config", "dev", {}, None),
        ("config", "dev", {"read_only": False}, "the container could change its own config"),
        ("secrets", "prod", {"read_only": False}, "the container could change its own secrets"),
        ("log", "prod", {}, None),
    ],
)
def test_objection(
    kind: Kind, environment: Environment, said: dict[str, Any], message: str | None
) -> None:
    got = objection(decided(kind, environment, **said), environment)
    if message is None:
        assert got is None
    else:
        assert got is not None
        assert message in got


answers = dict.fromkeys(("persist", "edited", "read_only"), st.booleans())
mounts = st.sampled_from(["bind", "tmpfs", "volume"])
data = st.fixed_dictionaries({}, optional={**answers, "mount": mounts}).map(Data.model_validate)
pieces = st.builds(
    Piece,
    st.just("api"),
    st.just("/x"),
    st.sampled_from(KINDS),
    data,
    st.sampled_from(["bind", "watch", "volume"]),
)
cases = given(pieces, st.sampled_from(ENVIRONMENTS))
whole = settings(max_examples=200)


def followed(decision: Decision) -> str:
    """Return where the answered questions lead, by the tree in design.md."""
    answers = {one.question: one.answer for one in decision.path}
    if IN_IMAGE in answers:
        return "image" if answers[IN_IMAGE] == "yes" else "?"
    if OUTLIVE not in answers:
        return "given"
    if answers[OUTLIVE] == "no":
        return "tmpfs"
    return "bind" if answers[ON_HOST] == "yes" else "volume"


@whole
@cases
def test_the_path_explains_the_place(piece: Piece, environment: Environment) -> None:
    decision = decide(piece, environment)
    assert decision == decide(piece, environment)
    where = followed(decision)
    if piece.said.mount:
        assert (where, decision.place) == ("given", piece.said.mount)
    elif decision.place == "nowhere":
        assert [one.because for one in decision.path] == ["only prod has it"]
    else:
        assert where == decision.place
    for answer in decision.path:
        assert answer.because
        assert answer.question == WRITTEN or answer.because in decision.reason
    answers = {one.question: one.answer for one in decision.path}
    if decision.place == "bind":
        assert answers[WRITTEN] == ("no" if decision.read_only else "yes")


@whole
@cases
def test_memory_iff_it_need_not_last(piece: Piece, environment: Environment) -> None:
    decision = decide(piece, environment)
    first = decision.path[0]
    if not piece.said.mount and decision.place != "nowhere":
        lost = (first.question, first.answer) == (OUTLIVE, "no")
        assert (decision.place == "tmpfs") == lost
    assert not (decision.place == "tmpfs" and decision.read_only)


@whole
@cases
def test_every_other_place_is_rejected_with_a_reason(
    piece: Piece, environment: Environment
) -> None:
    decision = decide(piece, environment)
    others = {"bind", "tmpfs", "volume"} - {decision.place}
    if decision.place != "nowhere":
        assert {one.place for one in decision.rejected} == others
    assert all(one.why for one in decision.rejected)


@whole
@cases
def test_every_change_that_is_offered_leads_elsewhere(
    piece: Piece, environment: Environment
) -> None:
    decision = decide(piece, environment)
    assert piece.said.mount or decision.changes
    for change in decision.changes:
        entries = re.findall(r"(persist|edited|mount): (\w+)", change)
        assert entries or "mount" in change, change
        for key, word in entries:
            value = {"true": True, "false": False}.get(word, word)
            said = piece.said.model_copy(update={key: value})
            other = decide(replace(piece, said=said), environment)
            assert other.place != decision.place, change
            if "in memory" in change:
                assert other.place == "tmpfs"
            if "bind it to the host" in change:
                assert other.place == "bind"
            if "use a volume" in change:
                assert other.place == "volume"
