"""Paths in a container and on the host: which of them a spec may name."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from composegen.formats.words import shown

# Folders of the system: a mount there hides what the image or the host needs to run.
_SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr")
_HOST_SYSTEM = (*_SYSTEM, "/run", "/var", "/var/run", "/var/lib", "/var/lib/docker")
_SOCKETS = ("docker.sock", "docker_engine", "podman.sock", "containerd.sock")


def container_path(value: Any) -> str:
    """Return a path in a container without detours; raises ValueError for one of the system."""
    if not isinstance(value, str) or not re.fullmatch(r"/[A-Za-z0-9._@+/-]*", value, re.ASCII):
        raise ValueError(
            f"{shown(value)} is not a path in the container: absolute, of letters, digits and "
            "._@+-, for example /app/uploads"
        )
    if ".." in value.split("/"):
        raise ValueError(f"{shown(value)} has '..'; write the path out")
    path = posixpath.normpath("/" + value.strip("/"))
    if path in ("/", *_SYSTEM) or path.startswith(("/dev/", "/proc/", "/sys/")):
        raise ValueError(f"{shown(value)} belongs to the system; use a folder such as /app/data")
    return path


def host_path(value: Any) -> str:
    """Return a path on the host, `./` in front of one in the project; raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[^\x00-\x1f:$\\]+", value):
        raise ValueError(
            f"{shown(value)} is not a path on the host; relative to the spec, for example ./config"
        )
    if value.startswith("~"):
        raise ValueError(f"{shown(value)}: ~ is another folder for each user; write it out")
    path = posixpath.normpath("/" + value.lstrip("/") if value.startswith("/") else value)
    if posixpath.basename(path) in _SOCKETS:
        raise ValueError(f"{shown(value)}: whoever has the Docker socket is root on the host")
    if path in ("/", *_HOST_SYSTEM) or path.startswith(
        ("/etc/", "/proc/", "/sys/", "/dev/", "/var/lib/docker/")
    ):
        raise ValueError(
            f"{shown(value)} belongs to the host's system; use a folder of the project"
        )
    return path if path.startswith(("/", "../")) or path in (".", "..") else f"./{path}"


def folder(value: Any) -> str:
    """Return a folder of the project, relative to the spec; raises ValueError."""
    path = host_path(value)
    if path.startswith(("/", "..")):
        raise ValueError(f"{shown(value)} is outside the project; a folder beside the spec")
    if not re.fullmatch(r"[A-Za-z0-9._/-]{1,200}", path, re.ASCII):
        raise ValueError(f"{shown(value)} is not a folder, of letters, digits and ._-")
    return path.removeprefix("./")
