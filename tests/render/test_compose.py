from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from composegen.formats.compose import merge_raw, mount_target
from composegen.plan.model import Mount, Network, Plan, Service, Volume
from composegen.render.compose import (
    ORDER,
    document,
    service_document,
    tmpfs_entry,
    volume_entry,
)

SERVICE = Service(
    "api",
    "fastapi",
    "3.13",
    image="a:1",
    depends_on={"db": "service_healthy"},
    environment={"A": "1"},
    networks=("backend", "edge"),
    command=("run",),
    mounts=(Mount("volume", "/data", "store"),),
    ports=("127.0.0.1:80:80",),
)


def with_raw(raw: dict[str, Any]) -> dict[str, Any]:
    return service_document(replace(SERVICE, compose=raw))


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1]}, {"a": [2, 1]}, {"a": [1, 2]}),
        ({"command": ["a"]}, {"command": ["b"]}, {"command": ["b"]}),
        ({"h": {"test": ["a"]}}, {"h": {"test": ["b"]}}, {"h": {"test": ["b"]}}),
        ({"a": [1]}, {"a": None}, {"a": None}),
    ],
)
def test_merge(old: dict[str, Any], new: dict[str, Any], result: dict[str, Any]) -> None:
    before = repr((old, new))
    assert merge_raw(old, new) == result
    assert repr((old, new)) == before


@pytest.mark.parametrize(
    ("raw", "key", "result"),
    [
        ({"image": "b:2"}, "image", "b:2"),
        ({"environment": ["B=2=3", "C"]}, "environment", {"A": "1", "B": "2=3", "C": None}),
        ({"environment": {"A": "x"}}, "environment", {"A": "x"}),
        (
            {"depends_on": ["mail"]},
            "depends_on",
            {"db": {"condition": "service_healthy"}, "mail": {"condition": "service_started"}},
        ),
        ({"command": "other words"}, "command", "other words"),
        ({"ports": ["81:81"]}, "ports", ["127.0.0.1:80:80", "81:81"]),
        ({"security_opt": "label:disable"}, "security_opt", "both"),
        ({"networks": ["edge", "third"]}, "networks", ["backend", "edge", "third"]),
        # Compose joins a list and a mapping of networks; without `backend` no store is reached
        (
            {"networks": {"edge": {"aliases": ["www"]}}},
            "networks",
            {"backend": None, "edge": {"aliases": ["www"]}},
        ),
        # Compose takes the later of two mounts of one path
        ({"volumes": ["mine:/data"]}, "volumes", ["mine:/data"]),
        ({"volumes": ["mine:/more:ro"]}, "volumes", ["store:/data", "mine:/more:ro"]),
    ],
)
def test_raw_keys_are_merged_last(raw: dict[str, Any], key: str, result: Any) -> None:
    if result == "both":
        result = ["no-new-privileges:true", raw[key]]
    assert with_raw(raw)[key] == result


def test_order() -> None:
    plan = Plan(
        environment="prod",
        name="x",
        services=(SERVICE, Service("aaa", "redis", "8")),
        networks=(Network("backend", internal=True),),
        volumes=(Volume("store", "x_store"),),
        decisions=(),
        compose={"services": {"mail": {"zzz": 1, "user": "1", "image": "m:1"}}, "x-a": 1},
    )
    result = document(plan)
    assert list(result) == ["name", "services", "networks", "volumes", "x-a"]
    assert list(result["services"]) == ["aaa", "api", "mail"]
    assert list(result["services"]["mail"]) == ["image", "user", "zzz"]
    for service in result["services"].values():
        known = [key for key in service if key in ORDER]
        other = [key for key in service if key not in ORDER]
        assert list(service) == sorted(known, key=ORDER.index) + sorted(other)
    assert result["networks"] == {"backend": {"internal": True}}
    assert result["volumes"] == {"store": {"name": "x_store"}}


@pytest.mark.parametrize(
    ("mount", "entry"),
    [
        (Mount("volume", "/d", "store"), "store:/d"),
        (Mount("volume", "/d", "store", read_only=True), "store:/d:ro"),
        (Mount("volume", "/d", "s"), {"type": "volume", "source": "s", "target": "/d"}),
        (
            Mount("volume", "/d", "s", read_only=True),
            {"type": "volume", "source": "s", "target": "/d", "read_only": True},
        ),
        (
            Mount("bind", "/d", "./d"),
            {
                "type": "bind",
                "source": "./d",
                "target": "/d",
                "bind": {"create_host_path": False},
            },
        ),
    ],
)
def test_volume_entry(mount: Mount, entry: object) -> None:
    assert volume_entry(mount) == entry
    assert mount_target(entry) == "/d"


@pytest.mark.parametrize(
    ("mount", "entry"),
    [
        (Mount("tmpfs", "/t"), "/t"),
        (Mount("tmpfs", "/t", size="1M", mode="0700"), "/t:size=1M,mode=0700"),
        (Mount("tmpfs", "/t", uid="1", gid="2"), "/t:uid=1,gid=2"),
    ],
)
def test_tmpfs_entry(mount: Mount, entry: str) -> None:
    assert tmpfs_entry(mount) == entry
    assert mount_target(entry) == "/t"
