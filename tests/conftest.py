"""Options, markers, and the projects that many tests look at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from support import GOLDEN, PRESETS, cli, generated, inputs

settings.register_profile("composegen", deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, database=None, max_examples=20_000)
settings.load_profile("composegen")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden from what the code now produces",
    )
    parser.addoption(
        "--published",
        action="store_true",
        help="run tests/engine on the published images, pulled from their registries",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "judges: third-party linters, named by COMPOSEGEN_JUDGES")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def published(request: pytest.FixtureRequest) -> bool:
    """Say whether nothing stands in for the published images."""
    return bool(request.config.getoption("--published"))


class Examples(dict[str, Path]):
    """The golden examples by name, each a fresh copy in which everything was generated."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, name: str) -> Path:
        self[name] = _example(self._root, name)
        return self[name]


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return Examples(tmp_path_factory.mktemp("examples"))


def _example(root: Path, name: str) -> Path:
    if (PRESETS / name).is_dir():
        done = cli("new", name, "--preset", name, cwd=root)
        assert done.code == 0, done.err
        return root / name
    for path in inputs(name):
        (root / name / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(GOLDEN / name / path, root / name / path)
    return generated(root / name)
