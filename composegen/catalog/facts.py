"""What a catalog file can say: one struct for each kind of fact."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from composegen.catalog.fact import Fact, ValueFact, Words
from composegen.catalog.store_facts import (
    AppendOnlyFact,
    Backup,
    DataFact,
    Format,
    HostnameFact,
    Secret,
)
from composegen.spec.data import Kind
from composegen.spec.validation import Model


class Image(Fact):
    """The image of a version; the tag names everything that the data depends on."""

    name: str


class User(Fact):
    """The user that the container runs as: `uid:gid`, None where the image can't change it.

    `by_tag` has whom data belongs to that another tag of the image made where nothing says
    `user:`, by a word of that tag; the longest one that fits counts.
    """

    id: str | None
    by_tag: dict[str, str] = Field(default_factory=dict)
    # in dev the image is built for the host's user, so that its files are the developer's
    host_in_dev: bool = False


class PortFact(Fact):
    """The port that the server listens on, in the container."""

    target: int
    # the environments in which the spec's `port:` is meant
    publish: tuple[str, ...] = ("dev",)


class End(Fact):
    """When the makers of a version stop to mend it."""

    date: date


class EnvironmentFact(Fact):
    """Variables of the container.

    Those in `file_variables` can be given as NAME_FILE; those in `first_start` are read only when
    the data is made; under another value of those in `names_data` the server finds none. What names
    {memory}, the limit in bytes, is left out where there is none.
    """

    values: dict[str, str]
    file_variables: tuple[str, ...] = ()
    first_start: tuple[str, ...] = ()
    names_data: tuple[str, ...] = ()


class ScratchFact(Fact):
    """A path where the image writes what need not last, in memory where the root is read-only.

    With a `mode` always: the user has no right to write what is there in the image.
    """

    mode: str | None = None


class FileFact(Fact):
    """A config file of the image: the template that it is written from beside the spec.

    With `folder`, the folder around it is mounted, so that an edit of the file is seen at once.
    """

    template: str
    folder: bool = False


class NeedsFact(Fact):
    """What an image of somebody else's is told of the first service it needs: part by variable.

    `further` is what it is told of each one after that, with a {number} from 1.
    """

    variables: dict[str, str]
    further: dict[str, str] = Field(default_factory=dict)


class CommandFact(Fact):
    """The command by environment.

    `reload` is what it becomes in dev: words around {command}, or the same program with more
    options before its `arguments`.
    """

    default: Words | None = None
    dev: Words | None = None
    test: Words | None = None
    prod: Words | None = None
    reload: Words = ()


class SettingsFact(Fact):
    """Settings of the server that the spec's own `settings:` come before.

    Those in `limited` hold where the container's memory is limited, those in `kinds` where its data
    is of a kind.
    """

    limited: dict[str, str] = Field(default_factory=dict)
    kinds: dict[Kind, dict[str, str]] = Field(default_factory=dict)


class HealthcheckFact(Fact):
    """A probe that works in the published image and is false while the server initialises."""

    test: tuple[str, ...]
    interval: str
    timeout: str
    retries: int
    start_period: str
    start_interval: str


class InitFact(Fact):
    """Where scripts for the first start lie in the container."""

    target: str


class Ulimits(Fact):
    """Limits of the kernel that the server needs otherwise than by default, by name."""

    values: dict[str, int]


class RootFact(Fact):
    """What a hardened container needs: whether the root can be read-only, and what is kept."""

    read_only: bool = True
    cap_add: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    init: bool = False


class Limits(Fact):
    """Defaults for what a container may use in prod.

    {share} stands for the `share` of the memory, in percent, that the server may fill: in MiB.
    """

    memory: str
    cpus: str
    pids: int
    share: int = 100


class Connection(Fact):
    """What a dependent service is told: parts by name, and the variable each goes to by default."""

    parts: dict[str, str]
    variables: dict[str, str]


class BuildFact(Fact):
    """How an app's image is built: the Dockerfile's template, and what it needs to know.

    `tools` are the images or versions of what installs, and `dependencies` is where to. Patterns
    say what beside the Dockerfile is `code`, and what more its `tests` need. A variable that starts
    with one of `baked` becomes part of what is built. `standalone` is said to a user whose
    framework is not told to leave a program that runs by itself.
    """

    template: str
    tools: dict[str, str]
    dependencies: str
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    baked: tuple[str, ...] = ()
    standalone: str | None = None


class StepsFact(Fact):
    """Commands that end the build of an app's image for prod, run where the code lies."""

    commands: tuple[str, ...]


class Facts(Model):
    """All that is known about one component for one choice of version, options and environment."""

    image: Image
    user: User
    port: PortFact | None = None
    # what else it listens on for people and apps, by name; on the host in dev alone
    ports: dict[str, PortFact] = Field(default_factory=dict)
    environment: EnvironmentFact | None = None
    data: dict[str, DataFact] = Field(default_factory=dict)
    scratch: dict[str, ScratchFact] = Field(default_factory=dict)
    files: dict[str, FileFact] = Field(default_factory=dict)
    needs: NeedsFact | None = None
    internet: Fact | None = None
    gpus: ValueFact | None = None
    # what speaks against more than one container of it
    single: Fact | None = None
    init: InitFact | None = None
    command: CommandFact | None = None
    settings: SettingsFact | None = None
    healthcheck: HealthcheckFact | None = None
    root: RootFact
    hostname: HostnameFact | None = None
    working_dir: ValueFact | None = None
    stop_grace_period: ValueFact | None = None
    shm_size: ValueFact | None = None
    ulimits: Ulimits | None = None
    limits: Limits
    connection: Connection | None = None
    secrets: dict[str, Secret] = Field(default_factory=dict)
    format: Format | None = None
    append_only: AppendOnlyFact | None = None
    backup: Backup | None = None
    build: BuildFact | None = None
    steps: StepsFact | None = None

    def reads_once(self, secret: str) -> bool:
        """Say whether the server reads a secret only when its data is made."""
        fact = self.environment
        return fact is not None and any(
            f"{{{secret}}}" in fact.values.get(name, "") for name in fact.first_start
        )
