"""The plan: everything resolved for one environment, plain data, before any text.

A field that stands for a Compose key has the key's own name.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from composegen.formats.interpolation import asked

# The Compose file of each environment.
COMPOSE_FILES = {
    "dev": "docker-compose.yml",
    "test": "docker-compose.test.yml",
    "prod": "docker-compose.prod.yml",
}

Place = Literal["bind", "image", "nowhere", "tmpfs", "volume"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the persistence tree, how it was answered, and because of what."""

    question: str
    answer: str
    because: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A place that the data does not go to, and why."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where one piece of data lives, and the answered questions that led there."""

    service: str
    target: str
    kind: str
    place: Place
    read_only: bool
    reason: str
    path: tuple[Answer, ...]
    rejected: tuple[Rejected, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mount:
    """One entry of `volumes:` or `tmpfs:`; `source` is a volume's key or a path on the host."""

    type: Literal["bind", "tmpfs", "volume"]
    target: str
    source: str = ""
    read_only: bool = False
    consistency: str | None = None
    size: str | None = None
    mode: str | None = None
    uid: str | None = None
    gid: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A top-level named volume; `name` is what Docker calls it, None for Compose's own name.

    Of an external one, driver and options are those that it has to be made with.
    """

    key: str
    name: str | None = None
    driver: str | None = None
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    external: bool = False

    def called(self, project: str) -> str:
        """Return what Docker calls it in a Compose project."""
        return self.name or f"{project}_{self.key}"

    @property
    def create(self) -> str:
        """The command that makes an external one, which always has a name."""
        return create_command(self.name or self.key, self.driver, self.driver_opts)


def create_command(name: str, driver: str | None, driver_opts: Mapping[str, str]) -> str:
    """Return the command that makes a volume which Compose does not make."""
    words = ["docker", "volume", "create"]
    words += ["--driver", driver] if driver else []
    for key, text in driver_opts.items():
        words += ["--opt", f"{key}={text.replace('$$', '$')}"]
    return shlex.join([*words, name])


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of `develop.watch:`: what happens when a path of the host changes."""

    action: Literal["rebuild", "restart", "sync"]
    path: str
    target: str | None = None
    ignore: tuple[str, ...] = ()
    initial_sync: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built: `target` is the Dockerfile's stage."""

    context: str
    dockerfile: str
    target: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """A service's healthcheck, in Compose's words."""

    test: tuple[str, ...] = ()
    interval: str | None = None
    timeout: str | None = None
    retries: int | None = None
    start_period: str | None = None
    start_interval: str | None = None
    disable: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: `memory` and `cpus` as Compose writes them, `pids` a count."""

    cpus: str | None = None
    memory: str | None = None
    pids: int | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """What a variable tells a service: which part of which other service, and its value."""

    service: str
    part: str
    value: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `why` holds the short reason for a key, `compose` the user's raw keys.

    `secrets` names the files that it may read, each with the variable whose value it holds;
    `connections` has those of its variables that tell it of the services that it needs, and
    `pinned_ports` those ports of the host that nobody named, by what they are remembered as.
    """

    name: str
    component: str
    version: str
    image: str | None = None
    build: Build | None = None
    depends_on: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    pinned_ports: Mapping[str, int] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    hostname: str | None = None
    working_dir: str | None = None
    restart: str | None = None
    healthcheck: Healthcheck | None = None
    log_rotation: bool = False
    user: str | None = None
    cap_add: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    limits: Limits | None = None
    replicas: int | None = None
    init: bool = False
    watch: tuple[Watch, ...] = ()
    profiles: tuple[str, ...] = ()
    read_only: bool = False
    gpus: str | None = None
    shm_size: str | None = None
    stop_grace_period: str | None = None
    ulimits: Mapping[str, int] = field(default_factory=dict)
    compose: Mapping[str, Any] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def uses(self, name: str) -> bool:
        """Say whether it is given a variable: in its own, in a word of its command, in a file."""
        texts = (*self.environment.values(), *self.command)
        return name in self.secrets.values() or any(name in asked(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Network:
    """A top-level network; nothing in an internal one reaches the internet."""

    name: str
    internal: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to write: its path beside the spec, its template, and what the template needs."""

    path: str
    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of `.env`: generated once, taken from the host, or the user's to fill in.

    `services` are those that a generated one is a secret of, each with the catalog's name for it;
    `pattern` is what they take for it, and `form` the same in words.
    """

    name: str
    source: Literal["generated", "host-gid", "host-uid", "user"]
    about: str
    in_url: bool = False
    services: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    form: str = ""

    @property
    def is_secret(self) -> bool:
        """Say whether the value is for its services alone: the catalog names it in `secrets`."""
        return self.source == "generated"


@dataclass(frozen=True, slots=True)
class Plan:
    """One environment of the stack; all sequences are in the order of the output."""

    environment: str
    name: str
    services: tuple[Service, ...]
    networks: tuple[Network, ...]
    volumes: tuple[Volume, ...]
    decisions: tuple[Decision, ...]
    compose: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stack:
    """All environments, and the files that they share.

    `files` are the config files of components, `folders` are sources of bind mounts; `ignored` has
    the lines of each context's ignore file.
    """

    plans: tuple[Plan, ...]
    dockerfiles: tuple[File, ...]
    files: tuple[File, ...]
    ignored: Mapping[str, tuple[str, ...]]
    variables: tuple[Variable, ...]
    folders: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def secrets(self) -> tuple[Variable, ...]:
        """The variables whose values are secret."""
        return tuple(variable for variable in self.variables if variable.is_secret)


def plain(value: Any) -> Any:
    """Return plan data, or a list of it, as plain mappings and lists, for scripts."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return asdict(value)
