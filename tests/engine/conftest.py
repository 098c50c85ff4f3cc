"""Projects that run on a real Docker engine, each under a name and on ports of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from .support import STORES, NewProject, NewStack, Project, attempt, composegen, free_ports, run

SERVERS = ("api", *sorted(STORES))
# neither root nor the 1000 that the generated files fall back to
OWNER = 1234
# a tag that the engine lacks, and the local image that stands in for it during the tests
STAND_INS = {
    "mariadb:12.3": "mariadb:11.8",
    "milvusdb/milvus:v2.6.18": "milvusdb/milvus:v2.6.0",
    "pgvector/pgvector:pg18-trixie": "pgvector/pgvector:pg18",
    "postgres:17-trixie": "postgres:17",
    "postgres:18-trixie": "postgres:18",
    "rabbitmq:4.2": "rabbitmq:4",
    "rabbitmq:4.2-management": "rabbitmq:4-management",
}
# published on Alpine, where busybox has a wget
WITH_WGET = (
    "caddy:2-alpine",
    "nats:2.12-alpine",
    "nginx:1.30-alpine",
    "nginxinc/nginx-unprivileged:1.30-alpine",
)
INSTALL_WGET = "RUN apt-get update -qq && apt-get install -y -qq wget"


@pytest.fixture(scope="session", autouse=True)
def engine(published: bool) -> Iterator[None]:
    """Skip everything here where no engine answers; give it the tags that it lacks.

    With the published images no engine is an error, and nothing stands in for a tag.
    """
    asked = ("docker", "version", "--format", "{{.Server.Version}}")
    if published:
        run(*asked)
        yield
        return
    if shutil.which("docker") is None or attempt(*asked, seconds=30)[0] != 0:
        pytest.skip("NO DOCKER ENGINE ANSWERS: nothing in tests/engine was tested")
    if attempt("docker", "compose", "version", seconds=30)[0] != 0:
        pytest.skip("DOCKER COMPOSE IS MISSING: nothing in tests/engine was tested")
    tagged = [tag for tag, image in STAND_INS.items() if not _has(tag) and _has(image)]
    for tag in tagged:
        run("docker", "tag", STAND_INS[tag], tag)
    yield
    for tag in tagged:
        run("docker", "rmi", tag)


@pytest.fixture(scope="session")
def stand_in(published: bool) -> None:
    """Skip what is about an image that stands in for the published one."""
    if published:
        pytest.skip("IT IS ABOUT A STAND-IN, and --published leaves them out")


@pytest.fixture(scope="module")
def new_project(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewProject]:
    """Return a function that makes a project; all of them are taken down in the end."""
    with ExitStack() as stack:

        def make(
            *words: str, preset: str = "ai-agent", servers: Iterable[str] = SERVERS
        ) -> Project:
            project = Project(_folder(tmp_path_factory), free_ports(*servers))
            stack.callback(_remove, project)
            ports = [f"--set=services.{name}.port={port}" for name, port in project.ports.items()]
            start = ("new", project.root.name, f"--preset={preset}")
            composegen(*start, *ports, *words, cwd=project.root.parent)
            _own(project.root)
            return project

        yield make


@pytest.fixture(scope="module")
def new_stack(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStack]:
    """Return a function that makes a project from a spec without its name."""
    with ExitStack() as stack:

        def make(spec: str, files: Mapping[str, str], ports: Mapping[str, int]) -> Project:
            folder = _folder(tmp_path_factory)
            project = Project(folder, dict(ports))
            stack.callback(_remove, project)
            for path, text in {"stack.yaml": f"name: {folder.name}\n{spec}", **files}.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            project.generate()
            _own(folder)
            return project

        yield make


@pytest.fixture(scope="session")
def with_wget(engine: None, published: bool) -> Iterator[None]:
    """Put wget where the published image has it and its stand-in has not."""
    lacking = () if published else WITH_WGET
    images = [one for one in lacking if _has(one) and not _has_wget(one)]
    before = {one: _inspect(one, "{{.Id}}") for one in images}
    for image in images:
        user = _inspect(image, "{{.Config.User}}") or "0"
        lines = (f"FROM {image}", "USER 0", INSTALL_WGET, f"USER {user}")
        words = ("docker", "build", "-q", "-t", image, "-")
        subprocess.run(words, input="\n".join(lines), text=True, check=True, capture_output=True)
    yield
    for image, old in before.items():
        run("docker", "tag", old, image)


def _inspect(image: str, wanted: str) -> str:
    return run("docker", "image", "inspect", "-f", wanted, image).strip()


def _has_wget(image: str) -> bool:
    words = ("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", "command -v wget")
    return attempt(*words)[0] == 0


def _folder(factory: pytest.TempPathFactory) -> Path:
    """Make the folder of a project, whose name no other on the engine has."""
    folder = factory.mktemp("engine") / f"demo-{uuid4().hex[:12]}"
    folder.mkdir()
    _own(folder)
    return folder


def _own(folder: Path) -> None:
    """Give a folder to a user who is not root, so that it shows whose files a container makes."""
    for path in (folder, *folder.rglob("*")) if os.getuid() == 0 else ():
        os.chown(path, OWNER, OWNER)


def _remove(project: Project) -> None:
    for environment in (project.dev, project.test, project.prod):
        environment.remove()


def _has(image: str) -> bool:
    return attempt("docker", "image", "inspect", image)[0] == 0
