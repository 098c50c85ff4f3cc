"""The page of a broker in dev, beside the broker's own port, and two of them on one machine."""

from __future__ import annotations

import re
import socket

import pytest

from .support import Environment, NewStack, limited, page, wait_for

BROKER = f"{{component: rabbitmq, management: true{limited('rabbitmq')}}}"
SPEC = f"services: {{a: {BROKER}, b: {BROKER}}}\nenvironments: {{dev: {{}}}}\n"


@pytest.fixture(scope="module")
def dev(new_stack: NewStack) -> Environment:
    environment = new_stack(SPEC, {}, {"a": 0}).dev
    environment.up()
    for name in ("a", "b"):
        # the published image with -management has it enabled, its stand-in has not
        environment.execute(name, "rabbitmq-plugins", "-q", "enable", "rabbitmq_management")
    return environment


def hosts(environment: Environment, service: str) -> dict[int, int]:
    """Map each port of a container to the one of the host that leads to it."""
    (published,) = (
        one["HostConfig"]["PortBindings"]
        for name, one in environment.containers().items()
        if name == service
    )
    return {
        int(re.sub("/.*", "", port)): int(one[0]["HostPort"]) for port, one in published.items()
    }


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_page_and_the_broker_are_both_reached(dev: Environment, name: str) -> None:
    found = hosts(dev, name)
    assert sorted(found) == [5672, 15672]
    wait_for(lambda: "RabbitMQ Management" in page(found[15672]), 60, "the page")
    with socket.create_connection(("127.0.0.1", found[5672]), timeout=10) as broker:
        broker.sendall(b"AMQP\x00\x00\x09\x01")
        assert broker.recv(7)[:1] == b"\x01"


def test_no_port_of_the_host_is_taken_twice(dev: Environment) -> None:
    taken = [*hosts(dev, "a").values(), *hosts(dev, "b").values()]
    assert len(set(taken)) == 4
