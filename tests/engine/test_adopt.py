"""Stacks that ran before composegen knew them: what they hold is counted before and after."""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from composegen.project.lock import LOCK

from .guard_support import Advice, ask, remove, shell, start
from .support import FILES, Environment, Project, attempt, free_ports, replace, wait_for

KEYS = 500
IMAGES = {"redis": "redis:8-alpine", "valkey": "valkey/valkey:9-alpine"}

NewFolder = Callable[[], Project]


@pytest.fixture
def new_folder(tmp_path: Path) -> Iterator[NewFolder]:
    """Give a function that makes an empty folder; what runs from it is taken down in the end."""
    with ExitStack() as cleanup:

        def make() -> Project:
            root = tmp_path / f"adopt-{uuid4().hex[:12]}"
            root.mkdir()
            cleanup.callback(remove, root.name)
            return Project(root, {"it": free_ports("it")["it"]})

        yield make


def write(project: Project, file: str, text: str) -> None:
    """Write a file of the project, in which NAME is what the project is called."""
    (project.root / file).write_text(text.replace("NAME", project.root.name))


def foreign(project: Project, service: str, volume: str = "") -> Environment:
    """Run a stack of somebody else's with one service and one volume."""
    text = f"name: NAME\nservices:\n  it:\n{service}volumes:\n  kept: {{{volume}}}\n"
    write(project, FILES["dev"], text)
    project.dev.compose("up", "-d")
    return project.dev


def spec(project: Project, services: str, more: str = "") -> None:
    write(
        project,
        "stack.yaml",
        f"name: NAME\nservices:\n  {services}\nenvironments: {{dev: {{}}}}\n{more}",
    )


def refused(project: Project, *kinds: str) -> Advice:
    """Let a run refuse findings of these kinds about the volume; return its advice by kind."""
    words = ("plan", "--adopt", "--format=json")
    code, said = attempt(sys.executable, "-m", "composegen", *words, cwd=project.root)
    assert code == 4, said
    found = {one["kind"]: one for one in json.loads(said)["findings"]}
    assert sorted(found) == sorted(kinds)
    code, said = ask(project, "generate", "--adopt")
    assert (code, "nothing was written" in said) == (4, True)
    return {kind: one["advice"] for kind, one in found.items()}


def accept(project: Project, *kinds: str, volume: str = "NAME_kept") -> None:
    name = volume.replace("NAME", project.root.name)
    accepted = [f"--accept={kind}:dev/{name}" for kind in kinds]
    code, said = ask(project, "generate", "--adopt", *accepted)
    assert code == 0, said


# logs of every write


def cli(environment: Environment, component: str, *words: str) -> str:
    return environment.execute("it", f"{component}-cli", *words)


def fill(environment: Environment, component: str, *words: str) -> None:
    script = f"for i = 1, {KEYS} do redis.call('set', i, 'still here') end"
    said: list[str] = []

    def is_done() -> bool:
        command = ("exec", "-T", "it", f"{component}-cli", *words, "EVAL", script, "0")
        said.append(attempt(*environment.command(*command), cwd=environment.root)[1])
        return said[-1].strip() == ""

    wait_for(is_done, 30, "the keys")
    assert size(environment, component, *words) == KEYS


def size(environment: Environment, component: str, *words: str) -> int:
    return int(cli(environment, component, *words, "DBSIZE").split()[-1])


def assert_kept(environment: Environment, component: str) -> None:
    """Count the keys, and again after a restart; the server writes them, too."""
    for _ in range(2):
        start(environment)
        assert size(environment, component) == KEYS
        assert cli(environment, component, "SET", "1", "still here") == "OK"
        environment.down()


def command_of(advice: list[str]) -> str:
    """Return the command for the old server that some advice has in its middle."""
    (command,) = re.findall(r"(docker compose .*?); then accept", "\n".join(advice))
    return str(command)


@pytest.mark.parametrize("password", ["", "secret"])
@pytest.mark.parametrize("component", IMAGES)
def test_a_dump_is_taken_along_into_the_log(
    component: str, password: str, new_folder: NewFolder
) -> None:
    project = new_folder()
    image = f"    image: {IMAGES[component]}\n    volumes: [kept:/data]\n"
    command = f"    command: {component}-server --requirepass {password}\n" if password else ""
    words = ("--no-auth-warning", "-a", password) if password else ()
    fill(foreign(project, image + command), component, *words)
    spec(
        project, f"it: {{component: {component}, data: {{/data: {{volume: {{name: NAME_kept}}}}}}}}"
    )

    command = command_of(refused(project, "append-only")["append-only"])

    assert (
        "(and, if it has a password, -e REDISCLI_AUTH=PASSWORD before it)"
        in ask(project, "plan", "--adopt")[1]
    )
    if password:
        assert attempt("sh", "-c", command, cwd=project.root)[0] != 0
        command = command.replace(" it ", f" -e REDISCLI_AUTH={password} it ")
    shell(command, project)
    accept(project, "append-only")
    assert_kept(project.dev, component)


def test_a_dump_stays_without_a_log(new_folder: NewFolder) -> None:
    project = new_folder()
    fill(foreign(project, "    image: redis:8-alpine\n    volumes: [kept:/data]\n"), "redis")
    data = "data: {/data: {volume: {name: NAME_kept}}}"
    spec(project, f'it: {{component: redis, {data}, settings: {{appendonly: "no"}}}}')
    accept(project)
    assert_kept(project.dev, "redis")


@pytest.mark.parametrize("component", IMAGES)
def test_a_log_is_switched_off_and_on_again(component: str, new_folder: NewFolder) -> None:
    """Without a dump at any other time: each server finds what the one before it has written."""
    project = new_folder()
    entry = f"it: {{component: {component}, settings: {{save: '', appendonly: '%s'}}}}"
    spec(project, entry % "yes")
    accept(project)
    start(project.dev)
    fill(project.dev, component)
    for word in ("no", "yes"):
        spec(project, entry % word)
        command = command_of(refused(project, "append-only")["append-only"])
        shell(command, project)
        accept(project, "append-only", volume="NAME_it_data")
        start(project.dev)
        assert size(project.dev, component) == KEYS


def test_an_image_becomes_a_component_with_a_log(new_folder: NewFolder) -> None:
    project = new_folder()
    data = "data: {/data: {kind: database, volume: {name: NAME_kept}}}"
    check = "healthcheck: {test: [CMD, redis-cli, ping]}"
    spec(
        project,
        f'it: {{component: image, image: "redis:8-alpine", user: "999:1000", {check}, {data}}}',
    )
    accept(project)
    start(project.dev)
    fill(project.dev, "redis")
    spec(project, f"it: {{component: redis, {data}}}")
    command = command_of(refused(project, "append-only", "format")["append-only"])
    shell(command, project)
    accept(project, "append-only", "format")
    assert_kept(project.dev, "redis")


# names of nodes


# there is no other tool for it in the image without the management plugin
PUBLISH = """
    Queue = rabbit_misc:r(<<"/">>, queue, <<"kept">>),
    rabbit_amqqueue:declare(Queue, true, false, [], none, <<"test">>),
    Exchange = rabbit_misc:r(<<"/">>, exchange, <<>>),
    Properties = rabbit_basic:properties([{{delivery_mode, 2}}]),
    Content = rabbit_basic:build_content(Properties, <<"still here">>),
    {{ok, Message}} = mc_amqpl:message(Exchange, <<"kept">>, Content),
    [rabbit_queue_type:publish_at_most_once(Exchange, Message) || _ <- lists:seq(1, {number})].
"""


def publish(environment: Environment, service: str, number: int) -> None:
    """Give a broker a queue with messages, both of which last."""
    words = ("rabbitmqctl", "-q", "eval", PUBLISH.format(number=number))
    command = environment.command("exec", "-T", service, *words)
    wait_for(lambda: attempt(*command, cwd=environment.root)[0] == 0, 90, "the broker")
    wait_for(lambda: messages(environment, service) == {"kept": number}, 30, "the messages")


def messages(environment: Environment, service: str) -> dict[str, int]:
    """Return how many messages each queue has."""
    words = ("rabbitmqctl", "-q", "--no-table-headers", "list_queues", "name", "messages")
    lines = environment.execute(service, *words).splitlines()
    return {name: int(number) for name, number in (line.split() for line in lines)}


BROKER = """\
    image: rabbitmq:4.2
    environment: {RABBITMQ_DEFAULT_USER: app, RABBITMQ_DEFAULT_PASS: secret}
    volumes: [kept:/var/lib/rabbitmq]
"""
# the engine itself may not open as many files as the component asks for
LIMIT = {"ulimits": {"nofile": min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])}}


def broker(volume: str | None, **keys: Any) -> dict[str, Any]:
    """Return a broker's entry of the spec; `keys` come last, raw Compose keys beside ours."""
    data = {"/var/lib/rabbitmq": {"volume": {"name": volume}}}
    entry = {"component": "rabbitmq", **({"data": data} if volume else {}), **keys}
    return {**entry, "compose": {**LIMIT, **keys.get("compose", {})}}


def brokers(project: Project, **services: dict[str, Any]) -> None:
    text = {"name": project.root.name, "services": services, "environments": {"dev": {}}}
    write(project, "stack.yaml", json.dumps(text))


@pytest.mark.parametrize("hostname", ["", "somewhere"])
def test_a_broker_finds_its_queues(hostname: str, new_folder: NewFolder) -> None:
    project = new_folder()
    name = f"    hostname: {hostname}\n" if hostname else ""
    old = foreign(project, BROKER + name)
    publish(old, "it", 7)
    volume = f"{project.root.name}_kept"
    brokers(project, it=broker(volume))

    advice = refused(project, "hostname")["hostname"][0]

    (keep,) = re.findall(r"services\.it: (\{compose: \{.*\}\})", advice)
    if not hostname:
        (command,) = re.findall(r"docker compose .* hostname(?=;)", advice)
        keep = keep.replace("NAME", shell(command, project).strip())
    brokers(project, it=broker(volume, **yaml.safe_load(keep)))
    accept(project, *(() if hostname else ("hostname",)))
    start(project.dev)
    assert messages(project.dev, "it") == {"kept": 7}
    # from here on the name is the volume's, whoever has it
    brokers(project, mq=broker(volume, renamed_from="it"))
    accept(project)
    start(project.dev, "--remove-orphans")
    assert messages(project.dev, "mq") == {"kept": 7}
    assert f"hostname: {hostname}" in (project.root / FILES["dev"]).read_text()


def test_two_brokers_are_two(new_folder: NewFolder) -> None:
    """Each has its own name and its own messages, also under another name of its service."""
    project = new_folder()
    both = {"one": broker(None), "two": broker(None)}
    brokers(project, **both)
    accept(project)
    start(project.dev)
    publish(project.dev, "one", 3)
    publish(project.dev, "two", 4)
    for name in both:
        others = project.dev.execute(name, "getent", "ahostsv4", name).splitlines()
        assert len({line.split()[0] for line in others}) == 1

    brokers(project, two=both["two"], main={**both["one"], "renamed_from": "one"})
    accept(project)
    start(project.dev, "--remove-orphans")

    assert messages(project.dev, "main") == {"kept": 3}
    assert messages(project.dev, "two") == {"kept": 4}


def test_a_broker_of_an_older_lock_keeps_its_name(new_folder: NewFolder) -> None:
    """All of them were called rabbitmq, and the lock did not say so."""
    project = new_folder()
    lock = project.root / LOCK
    brokers(project, it=broker(None, compose={"hostname": "rabbitmq"}))
    accept(project)
    start(project.dev)
    publish(project.dev, "it", 7)
    before = json.loads(lock.read_text())
    for entry in before["volumes"].values():
        for key in ("append_only", "labels", "named_by"):
            del entry[key]
    lock.write_text(json.dumps({**before, "format": 1}))

    brokers(project, mq=broker(None, renamed_from="it"))
    accept(project)
    start(project.dev, "--remove-orphans")

    assert messages(project.dev, "mq") == {"kept": 7}


# labels of a volume


def labelled(project: Project) -> None:
    """Run a stack with keys in a volume that has labels, and say in the spec what it becomes."""
    command = "    command: redis-server --appendonly yes\n"
    service = f"    image: redis:8-alpine\n{command}    volumes: [kept:/data]\n"
    fill(foreign(project, service, "labels: {team: a}"), "redis")
    spec(project, "it: {component: redis, data: {/data: {volume: {name: NAME_kept}}}}")


def test_labels_that_are_kept_keep_the_volume(new_folder: NewFolder) -> None:
    project = new_folder()
    labelled(project)
    keep = refused(project, "options")["options"][0].partition("at the top of the spec: ")[2]
    with (project.root / "stack.yaml").open("a") as file:
        file.write(f"{keep}\n")
    accept(project)
    assert_kept(project.dev, "redis")


def test_labels_do_not_matter_to_a_volume_that_compose_does_not_make(new_folder: NewFolder) -> None:
    project = new_folder()
    labelled(project)
    advice = refused(project, "options")["options"][1]
    assert "external: true in services.it.data./data.volume" in advice
    replace(project.root / "stack.yaml", "{name: ", "{external: true, name: ")
    accept(project)
    assert_kept(project.dev, "redis")


def test_labels_by_hand_are_refused_before_compose_deletes_the_volume(
    new_folder: NewFolder,
) -> None:
    project = new_folder()
    spec(project, "it: redis")
    accept(project)
    start(project.dev)
    fill(project.dev, "redis")
    file = project.root / FILES["dev"]
    replace(file, "  it_data: {}", "  it_data: {labels: {team: a}}")
    refused(project, "options")
    replace(file, "  it_data: {labels: {team: a}}", "  it_data: {}")
    accept(project)
    assert_kept(project.dev, "redis")
    # what it was refused for
    replace(file, "  it_data: {}", "  it_data: {labels: {team: a}}")
    start(project.dev)
    assert size(project.dev, "redis") == 0
