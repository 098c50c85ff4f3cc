"""Brokers, caches and Milvus as an app sees them: honest about their health, and keeping data.

An app beside the store asks it with the variables that `needs:` gives it and the client library
that their names come from.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from composegen.formats import envfile

from .support import (
    Environment,
    NewStack,
    Project,
    assert_no_anonymous_volume,
    attempt,
    composegen,
    free_ports,
    limited,
    run,
    wait_for,
)

# Milvus 2.3 takes half a minute after a restart to notice that the server before it is gone: a
# search waits, or says at once that the collection is not loaded
READ_SECONDS = 150
CLIENTS = "nats-py==2.11.0\npika==1.3.2\npymemcache==4.0.0\nredis==6.4.0\n"


@dataclass(frozen=True)
class Case:
    """What an app does: a program that fails where nobody answers, and two about one datum."""

    image: str
    connect: str
    write: str = ""
    read: str = ""
    root: bool = False
    read_only: bool = True


REDIS = "import os, redis; it = redis.Redis.from_url(os.environ['REDIS_URL'])\n"
PIKA = (
    "import os, pika\n"
    "it = pika.BlockingConnection(pika.URLParameters(os.environ['AMQP_URL'])).channel()\n"
)
NATS = """\
import asyncio, os, nats
async def main():
    it = await nats.connect(os.environ['NATS_URL'], allow_reconnect=False, connect_timeout=2)
    {}
    await it.close()
asyncio.run(main())
"""
MEMCACHED = (
    "import os; from pymemcache.client.base import Client\n"
    "it = Client((os.environ['MEMCACHED_HOST'], int(os.environ['MEMCACHED_PORT'])), timeout=2)\n"
)
# The stand-in is Milvus 2.3, whose HTTP API is v1, and which sets no password at the first start.
MILVUS = """\
import json, os, urllib.request
def ask(path, **body):
    headers = {'Authorization': 'Bearer root:Milvus', 'Content-Type': 'application/json'}
    data = json.dumps(body).encode() if body else None
    url = f"{os.environ['MILVUS_URI']}/v1/vector/{path}"
    asked = urllib.request.Request(url, data, headers)
    answer = json.load(urllib.request.urlopen(asked, timeout=90))
    assert answer['code'] == 200, answer
    return answer['data']
"""
VALKEY = Case(
    "valkey/valkey:9-alpine",
    REDIS + "it.ping()",
    REDIS + "it.set('kept', 'still here')",
    REDIS + "print(it.get('kept').decode())",
)
RABBITMQ = Case(
    "rabbitmq:4",
    PIKA + "it.close()",
    PIKA + "it.queue_declare('kept', durable=True); it.confirm_delivery()\n"
    "it.basic_publish('', 'kept', b'still here', pika.BasicProperties(delivery_mode=2))",
    PIKA + "tag, _, text = it.basic_get('kept'); it.basic_nack(tag.delivery_tag)\n"
    "print(text.decode())",
)
STREAMS = Case(
    "nats:2.12-alpine",
    NATS.format("await it.jetstream().account_info()"),
    NATS.format(
        "await it.jetstream().add_stream(name='kept', subjects=['kept'])\n"
        "    await it.jetstream().publish('kept', b'still here')"
    ),
    NATS.format("print((await it.jetstream().get_last_msg('kept', 'kept')).data.decode())"),
    root=True,
)
COLLECTION = Case(
    "milvusdb/milvus:v2.6.0",
    MILVUS + "ask('collections')",
    MILVUS + "ask('collections/create', collectionName='kept', dimension=2)\n"
    "ask('insert', collectionName='kept', data=[{'vector': [1, 2], 'text': 'still here'}])",
    MILVUS + "print(ask('search', collectionName='kept', vector=[1, 2], limit=1, "
    "outputFields=['text'])[0]['text'])",
    root=True,
    read_only=False,
)
# One version of each: a stand-in is the same server for all of them.
CASES = {
    "valkey:9": VALKEY,
    "rabbitmq:4.2": RABBITMQ,
    "nats:2.14": STREAMS,
    "memcached:1.6": Case("memcached:1.6", MEMCACHED + "it.version()"),
    "milvus:2.6.18": COLLECTION,
}


@dataclass(frozen=True)
class Stack:
    """A project with one store and an app that asks it."""

    project: Project
    component: str
    case: Case

    def ask(self, environment: Environment, program: str) -> tuple[int, str]:
        words = ("exec", "-T", "app", "python", "-c", program)
        return attempt(*environment.command(*words), cwd=environment.root, seconds=120)

    def tell(self, environment: Environment, program: str) -> str:
        code, said = self.ask(environment, program)
        assert code == 0, said
        return said.strip()


@pytest.fixture(scope="module", params=CASES)
def stack(
    request: pytest.FixtureRequest, new_stack: NewStack, with_wget: None, published: bool
) -> Iterator[Stack]:
    case, ports = CASES[request.param], free_ports("api")
    if case is COLLECTION:
        request.getfixturevalue("stand_in")
    name, _, version = request.param.partition(":")
    spec = f"""\
services:
  app: {{component: python, command: [sleep, infinity], needs: [store]}}
  store: {{component: {name}, version: "{version}"{limited(name)}}}
environments:
  dev: {{store: {{port: {ports["api"]}}}}}
  test: {{}}
  prod: {{}}
"""
    files = {"requirements.txt": CLIENTS, "app/__init__.py": ""}
    made = Stack(new_stack(spec, files, ports), request.param, case)
    tag = made.project.dev.config()["services"]["store"]["image"]
    known = published or attempt("docker", "image", "inspect", tag)[0] == 0
    if not known:
        run("docker", "tag", case.image, tag)
    yield made
    for environment in (made.project.dev, made.project.test, made.project.prod):
        environment.remove()
    if not known:
        run("docker", "rmi", tag)


def store(environment: Environment) -> dict[str, Any]:
    return environment.containers()["store"]


def start(stack: Stack, environment: Environment) -> None:
    """Start the store and look at it all the time: whenever it is healthy, it answers an app."""
    environment.compose("up", "-d", "--no-deps", "--build", "app")
    environment.compose("up", "-d", "store")
    seen: list[str] = []
    deadline = time.monotonic() + 180
    while seen.count("healthy") < 2:
        assert time.monotonic() < deadline, environment.compose("logs", "store")[-2000:]
        state = store(environment)["State"]
        assert state["Status"] == "running", environment.compose("logs", "store")[-2000:]
        seen.append(state["Health"]["Status"])
        assert seen[-1] in ("starting", "healthy"), state["Health"]["Log"][-1]
        if seen[-1] == "healthy":
            code, said = stack.ask(environment, stack.case.connect)
            assert code == 0, f"healthy after {seen}\n{said}"
        time.sleep(0.1)


def keeps(stack: Stack, environment: Environment) -> bool:
    code, said = stack.ask(environment, stack.case.read)
    assert code != 0 or said.strip() == "still here", said
    return code == 0


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_it_is_healthy_once_it_answers_and_keeps_what_it_is_told(stack: Stack, name: str) -> None:
    environment: Environment = getattr(stack.project, name)
    start(stack, environment)
    assert_no_anonymous_volume(environment)
    if stack.case.write:
        stack.tell(environment, stack.case.write)
        assert stack.tell(environment, stack.case.read) == "still here"
    environment.down()
    start(stack, environment)

    if stack.case.write and name == "test":
        assert stack.ask(environment, stack.case.read)[0] != 0
    elif stack.case.write:
        wait_for(lambda: keeps(stack, environment), READ_SECONDS, "the datum")
    if name == "prod":
        assert_hardened(stack, store(environment))
    environment.down()


def assert_hardened(stack: Stack, container: dict[str, Any]) -> None:
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"] is stack.case.read_only
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert (container["Config"]["User"] in ("", "0")) is stack.case.root
    assert container["RestartCount"] == 0
    assert not host["PortBindings"]


def test_a_new_password_reaches_dev_and_prod(stack: Stack) -> None:
    environments = (stack.project.dev, stack.project.prod)
    file = stack.project.root / ".env"
    before = envfile.values(file.read_text()).get("STORE_PASSWORD")
    if before is None or stack.component.startswith("milvus"):
        pytest.skip("it has no password that can be changed")
    for environment in environments:
        environment.compose("up", "-d", "--build")

    said = composegen("secrets", "rotate", "STORE_PASSWORD", cwd=stack.project.root)

    new = envfile.values(file.read_text())["STORE_PASSWORD"]
    assert new != before
    assert new not in said
    for environment in environments:
        environment.compose("up", "-d")
        stack.tell(environment, stack.case.connect)
        old = stack.case.connect.replace("']", f"'].replace('{new}', '{before}')", 1)
        assert stack.ask(environment, old)[0] != 0
        environment.down()
