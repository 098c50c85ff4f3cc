"""What a catalog file can say about data: its paths, format, credentials and copies."""

from __future__ import annotations

from typing import Literal

from composegen.catalog.fact import Fact, ValueFact
from composegen.spec.data import Kind
from composegen.spec.validation import Model


class DataFact(Fact):
    """A path where the image keeps data: its kind, and the arguments that go with the decision."""

    name: str
    kind: Kind
    mode: str | None = None
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class HostnameFact(ValueFact):
    """The hostname that a server's data is kept under; `before` is what all of them once had."""

    before: str


class AppendOnlyFact(Fact):
    """A log of every write, next to which the server does not read its dump.

    `argument` turns it on or off; in a running server `write_log` turns it on and waits until all
    the data is in it, and `write_dump` writes the dump.
    """

    argument: str
    write_log: tuple[str, ...]
    write_dump: tuple[str, ...]


class Rotate(Fact):
    """How a running server is given a new password, {new}: a command in it, and its input."""

    command: tuple[str, ...]
    text: str


class Form(Fact):
    """What the server takes for a secret: a pattern for all of it; `why` is said where it differs.

    Whatever composegen generates has this form.
    """

    pattern: str


class Secret(Model):
    """A credential that is generated once; `by_hand` is how to change one that has no `rotate`."""

    about: str
    form: Form | None = None
    rotate: Rotate | None = None
    by_hand: str | None = None


class Format(Fact):
    """Versions of one group read each other's data, and go on with that of the groups in `reads`.

    In `group`, {series} stands for the version as far as the catalog tells versions apart, {major}
    for its first number. Those in `reads` are patterns as in a shell. `upgrade` says how to get to
    another group.
    """

    group: str
    upgrade: str
    reads: tuple[str, ...] = ()
    # files in the volume, the first line of one of which is the version that made it
    version_files: tuple[str, ...] = ()


class Backup(Fact):
    """How a consistent copy of the data is made.

    `dump` and `restore` are commands in the container that write and read such a copy as a stream;
    {VARIABLE} stands for a variable of the container.
    """

    dump: str | None = None
    restore: str | None = None
    method: Literal["dump", "none", "pg_dump", "rdb", "snapshot", "stop-and-copy"]
