"""What a spec says about one piece of data, and the words that it is said in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from composegen.errors import Problem, Problems
from composegen.formats.paths import container_path
from composegen.spec import fields, quantities
from composegen.spec.validation import Model

Environment = Literal["dev", "test", "prod"]


ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)


Kind = Literal[
    "backups",
    "cache",
    "code",
    "config",
    "database",
    "dependencies",
    "files",
    "log",
    "models",
    "secrets",
    "temp",
    "uploads",
]


KINDS: tuple[Kind, ...] = get_args(Kind)


_KIND = fields.one_of(KINDS, "kind of data")


_MOUNT = fields.one_of(("bind", "tmpfs", "volume"), "kind of mount")


def long_form(form: Callable[[str], Any], example: str = "") -> Callable[[Any], Any]:
    """Return a validator that turns text, the short form of a mapping, into the long form."""
    is_mapping = fields.mapping_of("", example)
    return lambda value: form(value) if isinstance(value, str) else is_mapping(value)


class VolumeOptions(Model):
    """How a named volume is made."""

    key: Annotated[str | None, fields.VOLUME_KEY] = Field(
        None, description="Its key under `volumes:`; entries with one key share the volume."
    )
    name: Annotated[str | None, fields.VOLUME_NAME] = Field(None, description="Its name in Docker.")
    driver: Annotated[str | None, fields.VOLUME_KEY] = Field(
        None, description="The volume driver; Docker's own by default."
    )
    driver_opts: fields.DriverOptions = Field(None, description="Options of the volume driver.")
    external: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Managed elsewhere: Compose neither creates nor deletes it."
    )
    renamed_from: Annotated[str | None, fields.VOLUME_KEY] = Field(
        None, description="Its previous key; the volume is kept."
    )


class Data(Model):
    """One piece of data: its kind, and the answers that override what the kind implies."""

    kind: Annotated[Kind | None, _KIND] = Field(None, description="What the data is.")
    persist: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Must it outlive the container?"
    )
    edited: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Is it edited or read by people on the host?"
    )
    read_only: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Mounted so that the container can't write to it."
    )
    mount: Annotated[Literal["bind", "tmpfs", "volume"] | None, _MOUNT] = Field(
        None, description="The type of mount, overriding the questions."
    )
    insist: Annotated[bool | None, fields.FLAG] = Field(
        None, description="Allow what would be refused because data is at risk."
    )
    protect: Annotated[bool | None, fields.FLAG] = Field(
        None, description="In prod the volume is external, so `down -v` can't delete it."
    )
    size: Annotated[str | None, quantities.SIZE] = Field(
        None, description="The size limit of a tmpfs, for example 256M."
    )
    mode: Annotated[str | None, quantities.MODE] = Field(
        None, description='The mode of a tmpfs in octal digits, for example "1777".'
    )
    source: Annotated[str | None, fields.HOST_PATH] = Field(
        None, description="The host path of a bind mount, relative to the spec."
    )
    volume: Annotated[
        VolumeOptions | None,
        BeforeValidator(
            long_form(lambda key: {"key": key}), json_schema_input_type=str | VolumeOptions
        ),
    ] = Field(None, description="The named volume: its key, or how it is created.")


def _paths(value: Any) -> Any:
    """Refuse two paths that are the same but for how they are written."""
    fields.mapping_of("paths", "{/app/uploads: uploads}")(value)
    first: dict[str, str] = {}
    same = []
    for path in value:
        try:
            other = first.setdefault(container_path(path), path)
        except ValueError:
            continue
        if other != path:
            same.append(Problem((path,), f"'{path}' and '{other}' are the same"))
    if same:
        raise Problems(same)
    return value


DataByPath = Annotated[
    dict[
        Annotated[str, fields.CONTAINER_PATH],
        Annotated[
            Data,
            BeforeValidator(
                long_form(lambda kind: {"kind": kind}), json_schema_input_type=Kind | Data
            ),
        ],
    ]
    | None,
    BeforeValidator(_paths),
]
