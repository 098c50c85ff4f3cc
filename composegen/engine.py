"""Questions to a Docker engine, asked through its command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from composegen.errors import ComposegenError


class EngineError(ComposegenError):
    """An engine that does not answer, or says no."""


class RealVolume(msgspec.Struct, frozen=True):
    """A volume as the engine has it; `project` is the Compose project that made it."""

    name: str
    driver: str
    driver_opts: dict[str, str]
    project: str


def docker(*words: str, folder: Path | None = None, text: str | None = None) -> str:
    """Run a docker command and return what it prints; raises EngineError with its last line."""
    try:
        done = subprocess.run(
            ["docker", *words], cwd=folder, input=text, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise EngineError("docker: not found; this command needs Docker") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise EngineError(f"docker {words[0]}: {lines[-1] if lines else 'failed'}")
    return done.stdout


def real_volumes() -> dict[str, RealVolume]:
    """Return all volumes of the engine by name."""
    names = docker("volume", "ls", "--quiet").split()
    if not names:
        return {}
    found = {}
    for one in json.loads(docker("volume", "inspect", *names)):
        project = (one.get("Labels") or {}).get("com.docker.compose.project", "")
        found[one["Name"]] = RealVolume(
            one["Name"], one["Driver"], one.get("Options") or {}, project
        )
    return found


def read_version(volume: str, image: str, files: Sequence[str]) -> str | None:
    """Return the text of the first of some files in a volume, None where there is none.

    The service's own image reads it, without a network, so nothing has to be pulled.
    """
    paths = " ".join(f"/volume/{file}" for file in files)
    words = ("run", "--rm", "--network=none", "--pull=never", "--user=0", "--entrypoint=sh")
    mount = f"--volume={volume}:/volume:ro"
    try:
        text = docker(*words, mount, image, "-c", f"cat {paths} 2>/dev/null | head -n 1")
    except EngineError:
        return None
    return text.strip() or None


def running(file: str, service: str, folder: Path) -> bool:
    """Say whether a service of a Compose file has a running container."""
    words = ("compose", "--file", file, "ps", "--quiet", "--status=running", service)
    return bool(docker(*words, folder=folder).strip())
