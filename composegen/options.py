"""The types of the options that components have beside the fields of every service."""

from __future__ import annotations

from typing import Any

from composegen.fields import (
    CONTAINER_PATH,
    COUNT,
    FLAG,
    FOLDER,
    FOLDERS,
    SERVICE_NAME,
    SETTINGS,
    Type,
    one_of,
    text,
)
from composegen.words import shown


def _routes(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f"{shown(value)} is not a mapping, for example {{/: web, /api/: api}}")
    return {URL_PATH.check(path): SERVICE_NAME.check(name) for path, name in value.items()}


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

ROUTES = Type(_routes, {"type": "object"})

# The types that a component's option can have, by the word in its catalog file.
OPTION_TYPES = {
    "boolean": FLAG,
    "bucket": BUCKET,
    "count": COUNT,
    "file": CONTAINER_PATH,
    "folder": FOLDER,
    "folders": FOLDERS,
    "image": IMAGE,
    "import": IMPORT,
    "module": MODULE,
    "name": NAME,
    "consistency": one_of(("cached", "consistent", "delegated"), "consistency"),
    "program": PROGRAM,
    "routes": ROUTES,
    "script": SCRIPT,
    "settings": SETTINGS,
    "site": SITE,
    "sync": one_of(("bind", "watch", "volume"), "way to sync"),
    "url-path": URL_PATH,
}
