"""NATS reads a password as configuration: every one that is let through must log in."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from composegen.formats import envfile
from composegen.plan.model import Stack, Variable
from composegen.project import env
from composegen.project.folder import load

from .support import attempt, composegen, run, wait_for

SPEC = "name: app\nservices: {bus: nats}\nenvironments: {dev: {}}\n"
GENERATED = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=32, max_size=32
)
NUMBERS = st.from_regex(r"[0-9]{1,9}[kKmMgGtT]i?[bB]?[0-9a-z]{0,9}", fullmatch=True)
ANY = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40
)


@pytest.fixture(scope="module")
def root(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nats")
    (folder / "stack.yaml").write_text(SPEC)
    composegen("generate", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def stack(root: Path) -> Stack:
    return load(root / "stack.yaml").stack


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(password=GENERATED | NUMBERS | ANY)
@example(password="12k34abcdefghijklmnopqrstuvwxyzab")
@example(password="0123456789")
@example(password="true")
@example(password="$HOME")
@example(password='a"b\\nc #{d}')
@example(password="it's")
@example(password="$2a$10$abcdefghijklmnopqrstuv")
def test_a_password_logs_in_or_is_refused(root: Path, stack: Stack, password: str) -> None:
    (variable,) = stack.secrets
    if unfit(variable, password):
        return
    with server(root, stack, password) as port:
        assert logs_in(port, password)
        assert not logs_in(port, f"{password}x")


def test_what_is_refused_does_break_the_server(root: Path, stack: Stack) -> None:
    """Else the form in the catalog would refuse too much."""
    for password in ("it's", "$2a$10$abcdefghijklmnopqrstuv"):
        assert unfit(stack.secrets[0], password)
        with server(root, stack, password) as port:
            assert not logs_in(port, password)


def unfit(variable: Variable, password: str) -> bool:
    return bool(env.unfit(f"{variable.name}={envfile.quote(password)}\n", [variable]))


@contextmanager
def server(root: Path, stack: Stack, password: str) -> Iterator[int]:
    """Run the real server with what Compose would give it for a password."""
    (bus,) = stack.plans[0].services
    name = f"nats-{uuid4().hex[:12]}"
    words = ["docker", "run", "--detach", "--name", name, "--publish", "127.0.0.1::4222"]
    for key, text in bus.environment.items():
        words += ["--env", f"{key}={re.sub(r'[$][{].*?[}]', lambda _: password, text)}"]
    for mount in bus.mounts:
        if mount.type == "bind":
            words += ["--volume", f"{(root / mount.source).resolve()}:{mount.target}:ro"]
    try:
        run(*words, "nats:2.12-alpine", *bus.command)
        code, said = attempt("docker", "port", name, "4222/tcp")
        yield int(said.rpartition(":")[2]) if code == 0 and said.strip() else 0
    finally:
        attempt("docker", "rm", "--force", "--volumes", name)


def logs_in(port: int, password: str) -> bool:
    answers: list[bytes] = []

    def answered() -> bool:
        answer = ask(port, password)
        answers.append(answer)
        return bool(answer)

    try:
        wait_for(answered, 5, "the server")
    except AssertionError:
        return False
    return b"PONG" in answers[-1]


def ask(port: int, password: str) -> bytes:
    """Return what the server says to a client with a password, nothing while it is not there."""
    said = json.dumps({"verbose": False, "user": "app", "pass": password})
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as client:
            client.settimeout(5)
            if not client.recv(4096):
                return b""
            client.sendall(f"CONNECT {said}\r\nPING\r\n".encode())
            return client.recv(4096)
    except OSError:
        return b""
