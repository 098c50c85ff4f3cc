"""The types of the options that components have beside the fields of every service."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter

from composegen.errors import Problem
from composegen.spec.fields import (
    CONTAINER_PATH,
    FLAG,
    FOLDER,
    SERVICE_NAME,
    Folders,
    Settings,
    Type,
    filled,
    mapping_of,
    one_of,
    text,
)
from composegen.spec.quantities import COUNT
from composegen.spec.validation import read

NAME = text(r"[a-z_][a-z0-9_]*", "a name of lower-case letters, digits and _")
IMPORT = text(
    r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*",
    "an application, written module:variable, for example app.main:app",
    length=200,
)
MODULE = text(
    r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(:[A-Za-z_][A-Za-z0-9_.]*)?",
    "a module or module:variable, for example app.tasks or app.tasks:celery",
    length=200,
)
IMAGE = text(
    r"[a-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9_])?(@sha256:[0-9a-f]{64})?",
    "an image, for example traefik/whoami:v1.11",
    length=200,
)
PROGRAM = text(
    r"([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\.[cm]?[jt]s",
    "a program, for example src/server.js",
    length=200,
)
SCRIPT = text(
    r"([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\.py",
    "a script, for example app/main.py",
    length=200,
)
SITE = text(
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?(:[0-9]{1,5})?",
    "an address to answer for: a port such as :8080, or a domain such as example.org",
    length=253,
)
BUCKET = text(
    r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "a bucket, 3 to 63 lower-case letters, digits and -"
)
URL_PATH = text(r"/[A-Za-z0-9._~/-]*", "a URL path, for example /health/live", length=200)

Routes = Annotated[
    dict[Annotated[str, URL_PATH], Annotated[str, SERVICE_NAME]],
    BeforeValidator(filled(mapping_of("", "{/: web, /api/: api}"))),
]

# The types that a component's option can have, by the word in its catalog file.
_TYPES: dict[str, Any] = {
    "boolean": FLAG,
    "bucket": BUCKET,
    "count": COUNT,
    "file": CONTAINER_PATH,
    "folder": FOLDER,
    "folders": Folders,
    "image": IMAGE,
    "import": IMPORT,
    "module": MODULE,
    "name": NAME,
    "consistency": one_of(("cached", "consistent", "delegated"), "consistency"),
    "program": PROGRAM,
    "routes": Routes,
    "script": SCRIPT,
    "settings": Settings,
    "site": SITE,
    "sync": one_of(("bind", "watch", "volume"), "way to sync"),
    "url-path": URL_PATH,
}


OPTION_TYPES = tuple(_TYPES)


def read_option(kind: str, value: Any) -> tuple[Any, list[Problem]]:
    """Return the value of an option, and what is wrong with it at which place inside it."""
    return read(_adapter(kind).validate_python, value)


def option_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of an option."""
    return _adapter(kind).json_schema()


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    known = _TYPES[kind]
    return TypeAdapter(Annotated[Any, known] if isinstance(known, Type) else known)
