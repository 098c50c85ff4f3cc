"""Compose's own grammar: what an entry of `volumes:` or `tmpfs:` says."""

from __future__ import annotations

from typing import Any

import pytest

from composegen.formats.compose import MountEntry, mount_entry, mount_target


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("data:/x", MountEntry("volume", "data", "/x")),
        ("data:/x:ro", MountEntry("volume", "data", "/x")),
        ("./data:/x", MountEntry("bind", "./data", "/x")),
        ("/srv/data:/x:rw,z", MountEntry("bind", "/srv/data", "/x")),
        ("~/data:/x", MountEntry("bind", "~/data", "/x")),
        ("${DATA:-./data}:/x", MountEntry("bind", "${DATA:-./data}", "/x")),
        ("/x", MountEntry("volume", None, "/x")),
        ("/x:size=64M,mode=1777", MountEntry("tmpfs", None, "/x")),
        ({"type": "volume", "source": "d", "target": "/x"}, MountEntry("volume", "d", "/x")),
        ({"type": "volume", "target": "/x"}, MountEntry("volume", None, "/x")),
        ({"type": "tmpfs", "target": "/x"}, MountEntry("tmpfs", None, "/x")),
        ({"type": "bind", "source": "/s", "target": "/x"}, MountEntry("bind", "/s", "/x")),
        ({}, MountEntry("volume", None, "")),
        ("", MountEntry("volume", None, "")),
        (None, MountEntry("volume", None, "None")),
    ],
)
def test_mount_entry(entry: Any, wanted: MountEntry) -> None:
    assert mount_entry(entry) == wanted
    assert mount_target(entry) == wanted.target
