from __future__ import annotations

import pytest

from composegen.errors import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "wanted"),
    [
        ("postgress", ["redis", "postgres"], "; did you mean 'postgres'?"),
        ("POSTGRES", ["redis", "postgres"], "; did you mean 'postgres'?"),
        ("pguser", ["PGHOST", "PGUSER"], "; did you mean 'PGUSER'?"),
        ("dockerfile.api", ["Dockerfile", "Dockerfile.api"], "; did you mean 'Dockerfile.api'?"),
        ("x", ["b", "a"], "; known: a, b"),
        ("x", [], ""),
    ],
)
def test_did_you_mean(word: str, known: list[str], wanted: str) -> None:
    assert did_you_mean(word, known) == wanted
