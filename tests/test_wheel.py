"""The wheel: everything in it that is needed, nothing else, and it works from anywhere."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import PRESETS, files, posix

import composegen
from composegen.spec.presets import _SKIPPED

pytestmark = posix("bin/ IN A VIRTUAL ENVIRONMENT")

ROOT = Path(composegen.__file__).parents[1]
FOLDERS = {
    "composegen/": ROOT / "composegen",
    "composegen/templates/": ROOT / "templates",
    "composegen/presets/": ROOT / "presets",
}

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="NOT A CHECKOUT: no wheel was built"
)


@dataclass(frozen=True)
class Installed:
    wheel: Path
    python: Path

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [self.python.with_name("composegen"), *words]
        return subprocess.run(command, cwd=cwd, env={}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it, with the dependencies of this interpreter."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*build, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin/python"
    words = ["--python", str(python), "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(pip, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (site,) = home.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(wheel, python)


def test_contents(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    wanted = {
        f"{prefix}{path}"
        for prefix, folder in FOLDERS.items()
        for path in files(folder)
        if not set(path.split("/")) & set(_SKIPPED)
    }
    found = {name for name in names if ".dist-info/" not in name}
    assert sorted(found - wanted) == []
    assert sorted(wanted - found) == []
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_works_from_anywhere(installed: Installed, tmp_path: Path) -> None:
    where = "import composegen; print(composegen.__file__)"
    done = subprocess.run(
        [installed.python, "-c", where], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert Path(done.stdout.strip()).is_relative_to(installed.python.parents[1]), done.stderr
    for preset in sorted(path.parent.name for path in PRESETS.glob("*/preset.yaml")):
        done = installed.run("new", preset, "--preset", preset, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        done = installed.run("generate", cwd=tmp_path / preset)
        assert (done.returncode, done.stderr) == (0, "nothing to do\n")


def test_same_bytes_as_the_checkout(
    installed: Installed, examples: dict[str, Path], tmp_path: Path
) -> None:
    assert installed.run("new", "ai-agent", "--preset", "ai-agent", cwd=tmp_path).returncode == 0
    made, wanted = files(tmp_path / "ai-agent"), files(examples["ai-agent"])
    assert set(made) == set(wanted)
    for path in set(made) - {".env"}:
        assert path.startswith(".composegen/local") or made[path] == wanted[path], path


def test_read_only_installation(installed: Installed, tmp_path: Path) -> None:
    """Where nothing can be written beside the templates, there is no cache, and no complaint."""
    (site,) = installed.python.parents[1].glob("lib/python3*/site-packages")
    cache = site / "composegen/templates/__pycache__"
    for path in cache.glob("*"):
        path.unlink()
    if cache.exists():
        cache.rmdir()
    cache.symlink_to(tmp_path / "nothing")
    done = installed.run("new", "x", "--preset", "fastapi-minimal", cwd=tmp_path)
    cache.unlink()
    assert done.returncode == 0, done.stderr


def test_metadata(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
        text = wheel.read(name).decode()
    assert f"\nVersion: {composegen.__version__}\n" in text
    assert "\nLicense-Expression: MIT\n" in text
    needed = {line.split()[1] for line in text.splitlines() if line.startswith("Requires-Dist")}
    assert not [line for line in needed if line.startswith(("pytest", "hypothesis"))] or (
        "Provides-Extra: dev" in text
    )
