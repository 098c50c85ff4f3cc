"""Every example in tests/golden, byte for byte; `--update-golden` rewrites what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import GOLDEN, example_names, files, inputs

from composegen.formats import envfile
from composegen.project.folder import load

EXAMPLES = example_names()


def expected(name: str) -> dict[str, bytes]:
    return {path: data for path, data in files(GOLDEN / name).items() if path not in inputs(name)}


def made(root: Path, name: str) -> dict[str, bytes]:
    """Return what was made, without the secrets and what composegen remembers."""
    return {
        path: data
        for path, data in files(root).items()
        if path not in inputs(name) and path != ".env" and not path.startswith(".composegen/")
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden(name: str, examples: dict[str, Path], update_golden: bool) -> None:
    result = made(examples[name], name)
    if update_golden:
        for path in expected(name).keys() - result.keys():
            (GOLDEN / name / path).unlink()
        for path, data in result.items():
            (GOLDEN / name / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / path).write_bytes(data)
    wanted = expected(name)
    assert sorted(result) == sorted(wanted)
    for path, data in result.items():
        assert data.decode() == wanted[path].decode(), path


@pytest.mark.parametrize("name", EXAMPLES)
def test_form(name: str, examples: dict[str, Path]) -> None:
    """Short lines, one line break at the end, nothing that an editor would clean up."""
    for path, data in made(examples[name], name).items():
        text = data.decode()
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path
        for line in text.splitlines():
            # a Dockerfile has its commands as lists, each in one line
            assert len(line) <= 120 or line.lstrip().startswith("CMD ["), f"{path}: {line}"
            assert line == line.rstrip(), f"{path}: {line}"
            assert "\t" not in line, f"{path}: {line}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_secret(name: str, examples: dict[str, Path]) -> None:
    env = envfile.values((examples[name] / ".env").read_text())
    secrets = [env[one.name] for one in load(examples[name] / "stack.yaml").stack.secrets]
    assert all(len(secret) == 32 for secret in secrets)
    for path, data in files(examples[name]).items():
        if path != ".env":
            assert not [secret for secret in secrets if secret.encode() in data], path
