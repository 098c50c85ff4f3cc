"""Questions to a Docker engine, asked through its command line."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composegen.errors import ComposegenError

# The API of Docker 25: with an older one Compose refuses `start_interval:`, which each file has.
API = (1, 44)


class EngineError(ComposegenError):
    """An engine that does not answer, or says no."""


@dataclass(frozen=True, slots=True)
class RealVolume:
    """A volume as the engine has it; `project` is the Compose project that made it."""

    name: str
    driver: str
    driver_opts: dict[str, str]
    project: str


@dataclass(frozen=True, slots=True)
class Container:
    """A running container and its volumes; `project` and `service` are empty without Compose."""

    name: str
    project: str
    service: str
    volumes: tuple[str, ...]


def docker(*words: str, folder: Path | None = None, text: str | None = None) -> str:
    """Run a docker command and return what it prints; raises EngineError with its last line."""
    done = _run(*words, folder=folder, text=text)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise EngineError(f"docker {words[0]}: {lines[-1] if lines else 'failed'}")
    return done.stdout


def _run(
    *words: str, folder: Path | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *words], cwd=folder, input=text, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise EngineError("docker: not found; this command needs Docker") from None


def api_version() -> str:
    """Return the version of the engine's API, for example 1.44."""
    return docker("version", "--format={{.Server.APIVersion}}").strip()


def check_api(version: str) -> None:
    """Raise EngineError where an engine with this version of the API can't run what is written."""
    match = re.fullmatch(r"(\d+)\.(\d+)", version)
    if match and (int(match[1]), int(match[2])) < API:
        needed = ".".join(map(str, API))
        raise EngineError(
            f"docker: the engine has API {version}, which is older than {needed}; Compose refuses "
            "start_interval: there, so nothing starts: upgrade to Docker 25 or newer"
        )


def real_volumes(projects: Collection[str], locked: Collection[str]) -> dict[str, RealVolume]:
    """Return the volumes of some Compose projects, and those of the lock, by name.

    One that goes away while we look is none.
    """
    names = {place.partition("/")[2] for place in locked}
    for project in projects:
        label = f"label=com.docker.compose.project={project}"
        names |= set(docker("volume", "ls", "--quiet", f"--filter={label}").split())
    found = {}
    for one in _inspected(sorted(names)):
        project = (one.get("Labels") or {}).get("com.docker.compose.project", "")
        found[one["Name"]] = RealVolume(
            one["Name"], one["Driver"], one.get("Options") or {}, project
        )
    return found


def _inspected(names: Sequence[str]) -> list[dict[str, Any]]:
    done = _run("volume", "inspect", *names) if names else None
    if done is None:
        return []
    errors = [line for line in done.stderr.splitlines() if "no such volume" not in line.lower()]
    if done.returncode and errors:
        raise EngineError(f"docker volume: {errors[-1]}")
    volumes: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return volumes


def containers_with(volumes: Collection[str]) -> list[Container]:
    """Return the running containers that have one of some volumes."""
    if not volumes:
        return []
    labels = (f'{{{{.Label "com.docker.compose.{label}"}}}}' for label in ("project", "service"))
    columns = "\t".join(("{{.Names}}", *labels, "{{.Mounts}}"))
    filters = (f"--filter=volume={name}" for name in sorted(volumes))
    rows = docker("ps", "--no-trunc", f"--format={columns}", *filters).splitlines()
    found = []
    for row in rows:
        name, project, service, mounts = row.split("\t")
        found.append(Container(name, project, service, tuple(mounts.split(","))))
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
