"""A project made by composegen, what runs from it, and what can be asked of both."""

from __future__ import annotations

import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import yaml

from composegen.catalog.catalog import Catalog

FILES = {
    "dev": "docker-compose.yml",
    "test": "docker-compose.test.yml",
    "prod": "docker-compose.prod.yml",
}
STORES = {"cache", "db", "vectors"}
APPS = {"api", "worker"}
# what a shell may hold and Compose would prefer to the project's own files
_FOREIGN = ("COMPOSE_", "DB_", "HOST_")
_ENVIRONMENT = {key: text for key, text in os.environ.items() if not key.startswith(_FOREIGN)}
# a proxy for the internet is none for a container next door
_HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def run(*words: str, cwd: Path | None = None, seconds: float = 300) -> str:
    """Return what a command prints; a command that fails fails the test with all it said."""
    code, output = attempt(*words, cwd=cwd, seconds=seconds)
    assert code == 0, f"{' '.join(words)}: exit {code}\n{output}"
    return output


def attempt(*words: str, cwd: Path | None = None, seconds: float = 300) -> tuple[int, str]:
    """Return a command's exit code, and its output: stdout alone where it went well."""
    done = subprocess.run(
        words, cwd=cwd, env=_ENVIRONMENT, capture_output=True, text=True, timeout=seconds
    )
    return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Return after how many seconds a condition holds; it must within a deadline."""
    start = time.monotonic()
    while not condition():
        passed = time.monotonic() - start
        assert passed < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - start


def replace(file: Path, old: str, new: str) -> None:
    """Edit a file as a user does; its text must be what the test believes it to be."""
    text = file.read_text()
    assert text.count(old) == 1, f"{file.name}: '{old}' is not there exactly once"
    file.write_text(text.replace(old, new))


def limited(component: str) -> str:
    """Return what the spec has to say where the engine itself may not open as many files."""
    ulimits = Catalog()[component].facts_for({}).ulimits
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if ulimits is None or not 0 <= mine < ulimits.values["nofile"]:
        return ""
    return f", compose: {{ulimits: {{nofile: {mine}}}}}"


@dataclass(frozen=True)
class Response:
    status: int
    body: Any


def request(port: int, path: str, body: object = None) -> Response:
    """Ask a server on this machine; status 0 where nobody answers, or not to the end."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
    try:
        with _HTTP.open(asked, timeout=10) as answer:
            return Response(answer.status, json.load(answer))
    except urllib.error.HTTPError as answer:
        with answer:
            return Response(answer.code, answer.read().decode())
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        return Response(0, str(error))


def page(port: int, path: str = "/") -> str:
    """Return the text that is served at a path, the empty one while nobody serves it."""
    try:
        with _HTTP.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except (OSError, http.client.HTTPException):
        return ""


@dataclass(frozen=True)
class Environment:
    """One environment of a project: its Compose file, and what runs from it."""

    root: Path
    name: str
    port: int

    @property
    def project(self) -> str:
        return self.root.name if self.name == "dev" else f"{self.root.name}-{self.name}"

    def command(self, *words: str) -> Sequence[str]:
        return ("docker", "compose", "-f", FILES[self.name], *words)

    def compose(self, *words: str) -> str:
        return run(*self.command(*words), cwd=self.root)

    def up(self, *words: str) -> None:
        self.compose("up", "-d", "--wait", "--wait-timeout", "120", *words)

    def down(self) -> None:
        self.compose("down")

    def remove(self) -> None:
        """Take away all that carries the project's name, whatever its files say by now."""
        if (self.root / FILES[self.name]).exists():
            attempt(*self.command("down", "-v", "--remove-orphans"), cwd=self.root)
        for kind, remove in (
            (("ps", "-a"), ("rm", "-f", "-v")),
            (("volume", "ls"), ("volume", "rm")),
            (("network", "ls"), ("network", "rm")),
            (("images", "-a"), ("rmi", "-f")),
        ):
            if left := self.listed(*kind):
                attempt("docker", *remove, *left)

    def execute(self, service: str, *words: str) -> str:
        return self.compose("exec", "-T", service, *words).strip()

    def python(self, service: str, code: str) -> str:
        return self.execute(service, "python", "-c", code)

    def sql(self, statement: str) -> str:
        words = ("psql", "-U", "app", "-d", "app", "-v", "ON_ERROR_STOP=1", "-tAc", statement)
        return self.execute("db", *words)

    def config(self, *words: str) -> dict[str, Any]:
        return dict(json.loads(self.compose(*words, "config", "--format", "json")))

    def health(self) -> dict[str, str]:
        """Map every service that Compose knows to run to its health."""
        lines = self.compose("ps", "--format", "json").splitlines()
        return {one["Service"]: one["Health"] for one in map(json.loads, lines)}

    def containers(self) -> dict[str, dict[str, Any]]:
        """Map each service to what the engine says about its container."""
        ids = self.listed("ps", "-a")
        found = json.loads(run("docker", "inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def listed(self, *kind: str) -> list[str]:
        """Return what is left of this environment: `ps -a`, `volume ls`, `network ls`, `images`."""
        label = f"label=com.docker.compose.project={self.project}"
        return sorted(set(run("docker", *kind, "-q", "--filter", label).split()))

    def processes(self, service: str) -> dict[int, str]:
        """Map the process ids in a container, as the host sees them, to their command lines."""
        lines = run("docker", "top", self.containers()[service]["Id"], "-eo", "pid,args")
        pairs = [line.split(None, 1) for line in lines.splitlines()[1:]]
        return {int(pid): command.strip() for pid, command in pairs}

    def volume(self, service: str, target: str) -> str:
        """Return the name of the volume that is mounted at a path."""
        mounts = self.containers()[service]["Mounts"]
        names = [one["Name"] for one in mounts if one["Destination"] == target]
        assert len(names) == 1, f"{service}: {target} is not the place of a volume: {mounts}"
        return str(names[0])

    def files_in(self, service: str, target: str) -> list[str]:
        """List a volume's files from another container: what the service sees proves nothing."""
        image = self.containers()[service]["Config"]["Image"]
        words = ("--rm", "--network", "none", "--user", "0:0", "--entrypoint", "find")
        volume = f"type=volume,source={self.volume(service, target)},target=/volume,readonly"
        found = run("docker", "run", *words, "--mount", volume, image, "/volume", "-type", "f")
        return sorted(line.removeprefix("/volume/") for line in found.splitlines())

    def ask(self, path: str, body: object = None) -> Any:
        """Return what the api answers, to a POST if there is a body; it must not be an error."""
        answer = request(self.port, path, body)
        assert answer.status in (200, 201, 202), answer
        return answer.body

    def search(self, words: str) -> list[str]:
        """Return the ids of the notes that a search finds, the nearest first."""
        return [match["note"]["id"] for match in self.ask(f"/notes/search?q={quote(words)}")]

    def is_ready(self) -> bool:
        return request(self.port, "/health/ready") == Response(200, dict.fromkeys(STORES, True))


@dataclass(frozen=True)
class Project:
    """A folder that `composegen new` made, with ports that were free."""

    root: Path
    ports: dict[str, int]

    @property
    def port(self) -> int:
        """The port of the first service, which is what its environments are asked at."""
        return next(iter(self.ports.values()))

    @property
    def dev(self) -> Environment:
        return Environment(self.root, "dev", self.port)

    @property
    def test(self) -> Environment:
        return Environment(self.root, "test", self.port)

    @property
    def prod(self) -> Environment:
        return Environment(self.root, "prod", self.port)

    @property
    def owner(self) -> tuple[int, int]:
        status = self.root.stat()
        return status.st_uid, status.st_gid

    def generate(self) -> str:
        return composegen("generate", cwd=self.root)

    def spec(self) -> dict[str, Any]:
        return dict(yaml.safe_load((self.root / "stack.yaml").read_text()))

    def change_spec(self, value: object, *path: str) -> None:
        """Set one value of the spec; the services in their short form on the way become long."""
        spec = node = self.spec()
        for key in path[:-1]:
            node[key] = _long(node.get(key) or {})
            node = node[key]
        node[path[-1]] = value
        (self.root / "stack.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))

    def paths(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*")}

    def times(self) -> dict[str, int]:
        """Map every file to when it was last written, to the nanosecond."""
        files = (path for path in self.paths() if (self.root / path).is_file())
        return {path: (self.root / path).stat().st_mtime_ns for path in files}


NewProject = Callable[..., Project]
NewStack = Callable[[str, Mapping[str, str], Mapping[str, int]], Project]


def composegen(*words: str, cwd: Path) -> str:
    return run(sys.executable, "-m", "composegen", *words, cwd=cwd)


def make_note(environment: Environment) -> dict[str, Any]:
    """Store a note of which nothing else has a word."""
    text = f"The lighthouse {uuid4().hex} keeps its own log"
    note = environment.ask("/notes", {"text": text})
    assert note["text"] == text
    return dict(note)


def assert_kept(environment: Environment, note: dict[str, Any]) -> None:
    """Ask each store for its own part of a note: the row, the vector and the counter."""
    assert environment.sql(f"select text from notes where id = '{note['id']}'") == note["text"]
    assert environment.search(note["text"])[0] == note["id"]
    assert environment.ask("/stats")["notes_created"] == int(
        environment.sql("select count(*) from notes")
    )


def assert_no_anonymous_volume(environment: Environment) -> None:
    """Every volume that a container has is one that the Compose file names."""
    config = environment.config()
    containers = environment.containers()
    assert containers
    for service, container in containers.items():
        mounted = {one["Name"] for one in container["Mounts"] if one["Type"] == "volume"}
        declared = {
            config["volumes"][one["source"]]["name"]
            for one in config["services"][service].get("volumes", ())
            if one["type"] == "volume"
        }
        assert mounted == declared, service


def free_ports(*names: str) -> dict[str, int]:
    """Return a free port for each name; all are held at once, so no two are the same."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}


def _long(entry: Any) -> Any:
    """Return a service's entry in its long form: `postgres:18` says component and version."""
    if not isinstance(entry, str):
        return entry
    component, _, version = entry.partition(":")
    return {"component": component, **({"version": version} if version else {})}
