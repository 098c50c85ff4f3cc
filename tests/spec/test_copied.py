"""What a person copies from a Compose file: taken as it is written, with the same meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import cli, config, generated, project

from composegen.catalog.catalog import Catalog
from composegen.catalog.schema import spec_schema
from composegen.formats.yaml12 import read

LIMITS = "deploy: {{resources: {{limits: {{{0}}}}}}}"
CHECK = "healthcheck: {{test: [CMD, x], {0}}}"
# A key of the spec as Compose's documentation writes it, and the same in a Compose file.
COPIED = {
    **{line: line for line in (
        "restart: 'no'",
        "restart: no",
        "restart: always",
        "restart: on-failure",
        "restart: on-failure:3",
        "restart: unless-stopped",
        "command: bundle exec thin -p 3000",
        "command: ['bundle', 'exec', 'thin', '-p', '3000']",
        "user: '1000:1000'",
        "user: 1000:1000",
        "profiles: ['debug', 'frontend']",
        "environment: {RACK_ENV: development, SHOW: 'true', N: 1, EMPTY: ''}",
        "environment: [RACK_ENV=development, SHOW=true, EMPTY=]",
        "healthcheck: {test: ['CMD', 'curl', '-f', 'http://localhost'], interval: 1m30s}",
        "healthcheck: {test: curl -f http://localhost, timeout: 10s}",
        "healthcheck: {test: ['NONE']}",
        "ports: [3000]",
        "ports: ['3000']",
        "ports: ['3001-3005']",
        "ports: ['8000:8000']",
        "ports: ['9090-9091:8080-8081']",
        "ports: ['49100:22']",
        "ports: ['8100-8200:80']",
        "ports: ['127.0.0.1:8001:8001']",
        "ports: ['127.0.0.1:5000-5010:5000-5010']",
        "ports: ['::1:6000:6000']",
        "ports: ['[::1]:6001:6001']",
        "ports: ['6060:6060/udp']",
        "ports: [{target: 80, host_ip: 127.0.0.1, published: '8080', protocol: tcp, mode: host}]",
        "ports: [{target: 80, host_ip: 127.0.0.1, published: 8083-8084}]",
        "ports: [{target: 53, published: 5353, protocol: udp}]",
    )},
    **{CHECK.format(line): CHECK.format(line) for line in (
        "retries: 3",
        "retries: '3'",
        "interval: 1h5m30s20ms",
        "interval: 1.5s, timeout: 500ms, start_period: 40s, start_interval: 5s",
    )},
    "healthcheck: {disable: true}": "healthcheck: {disable: true}",
    "healthcheck: {disable: 'true'}": "healthcheck: {disable: 'true'}",
    **{line: LIMITS.format(line) for line in (
        "cpus: '0.50'",
        "cpus: 1.5",
        "cpus: '2'",
        "cpus: 2",
        "memory: 50M",
        "memory: 512m",
        "memory: 1gb",
        "memory: 1.5g",
        "memory: '1024kb'",
        "memory: '2048k'",
        "memory: '8388608'",
        "memory: 9000000b",
    )},
    "memory: 8388608": LIMITS.format("memory: '8388608'"),
    "replicas: 2": "deploy: {replicas: 2}",
    "replicas: '2'": "deploy: {replicas: '2'}",
    "data: {/x: {kind: temp, size: 64m, mode: 01777}}": "tmpfs: ['/x:size=64M,mode=1777']",
    "data: {/x: {kind: temp, size: 67108864}}": "tmpfs: ['/x:size=67108864,mode=1777']",
}  # fmt: skip
NAMES = {line: f"s{number}" for number, line in enumerate(COPIED)}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The services as Compose reads them from our file, and from one that was written by hand."""
    root = tmp_path_factory.mktemp("copied")
    ours = "".join(
        f"  {NAMES[line]}: {{component: image, image: 'a:1', {line}}}\n" for line in COPIED
    )
    generated(project(root, f"name: x\nservices:\n{ours}environments: {{dev: {{}}}}\n"))
    theirs = "".join(f"  {NAMES[line]}: {{image: 'a:1', {COPIED[line]}}}\n" for line in COPIED)
    (root / "by-hand.yml").write_text(f"name: x\nservices:\n{theirs}")
    read = [config(root / name) for name in ("docker-compose.yml", "by-hand.yml")]
    assert [one.err for one in read] == ["", ""]
    return read[0].document["services"], read[1].document["services"]


@pytest.mark.parametrize("line", COPIED)
def test_the_same_meaning(line: str, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = (services[NAMES[line]] for services in both)
    wanted = {key: theirs[key] for key in read(f"{{{COPIED[line]}}}".encode()).value}
    got = {key: ours[key] for key in wanted}
    for port in (*got.get("ports", ()), *wanted.get("ports", ())):
        # our default is this machine alone, and a mode has no meaning but in a Swarm
        port.update(host_ip=port.get("host_ip", "127.0.0.1"), mode="")
    if "healthcheck" in wanted:  # what is not said in it has our default
        got["healthcheck"] = {key: got["healthcheck"][key] for key in wanted["healthcheck"]}
    assert got == wanted


@pytest.mark.parametrize("line", COPIED)
def test_an_editor_takes_it(line: str) -> None:
    text = f"{{name: x, services: {{a: {{component: image, image: 'a:1', {line}}}}}}}"
    Draft202012Validator(spec_schema(Catalog())).validate(read(text.encode()).value)


def test_booleans_and_numbers_of_data(tmp_path: Path) -> None:
    said = "kind: files, read_only: 'true', persist: 'true', volume: {external: 'true', name: v1}"
    spec = (
        f"name: x\nservices:\n  a: {{component: image, image: 'a:1', data: {{/x: {{{said}}}}}}}\n"
    )
    document = config(generated(project(tmp_path, spec)) / "docker-compose.yml").document
    (mount,) = document["services"]["a"]["volumes"]
    assert mount["read_only"] is True
    (volume,) = document["volumes"].values()
    assert (volume["name"], volume["external"]) == ("v1", True)


def test_a_port_of_a_server_in_quotes(tmp_path: Path) -> None:
    spec = "name: x\nservices:\n  a: {component: redis, port: '7000'}\n"
    text = (generated(project(tmp_path, spec)) / "docker-compose.yml").read_text()
    assert "'127.0.0.1:7000:6379'" in text


def test_ports_of_ranges_are_taken(tmp_path: Path) -> None:
    spec = (
        "name: x\nservices:\n  a: {component: redis, ports: ['7000-7005:6379']}\n"
        "  b: {component: redis, port: 7003}\n"
    )
    done = cli("generate", cwd=project(tmp_path, spec))
    assert (done.code, "port 7003 is already published at services.a.ports[0]" in done.err) == (
        2,
        True,
    )
