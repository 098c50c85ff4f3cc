"""What the user can get wrong: the place, the path in the spec, the value and the right way."""

from __future__ import annotations

import contextlib
import copy
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support import ALL, PRESETS, posix, within

from composegen.errors import ComposegenError, SpecError
from composegen.project.folder import Project, load
from composegen.render import render
from composegen.render.compose import document

SHAPE = re.compile(r"stack\.yaml:\d+:\d+: ([^ ]+: )?.+")
INSIST = "add insist: true to this entry"


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    with within(60):
        yield


def loaded(folder: Path, text: str | bytes) -> Project:
    file = folder / "stack.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with within(2):
        return load(file)


def lines(folder: Path, text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        loaded(folder, text)
    return caught.value.lines


def top(text: str) -> str:
    return text + "\nservices: {db: redis}\n"


def api(*keys: str) -> str:
    """Return a spec with one app; the first key stands in line 5, column 5."""
    body = "".join(f"    {key}\n" for key in keys)
    return f"name: app\nservices:\n  api:\n    component: fastapi\n{body}environments: {ALL}\n"


def data(entry: str) -> str:
    """Return a spec in which an entry of `data:` stands in line 6, column 7."""
    return api("data:", f"  {entry}")


def service(line: str) -> str:
    """Return a spec with a service in line 3, column 3."""
    return f"name: app\nservices:\n  {line}\n"


def postgres(entry: str, environments: str = ALL) -> str:
    return service(
        f"db: {{component: postgres, data: {{/var/lib/postgresql: {entry}}}}}\n"
        f"environments: {environments}"
    )


A = "services.api"
DATABASE = "3:36: services.db.data./var/lib/postgresql:"

# The text, and for each line of the answer its beginning and what else stands in it.
ROWS: dict[str, tuple[str, *tuple[tuple[str, ...], ...]]] = {
    # the form
    "a text": ("hello", ("1:1: the spec holds 'hello'; it needs at least name: and services:",)),
    "no name": ("services: {db: redis}\n", ("1:1: name: is missing",)),
    "no services": ("name: a\n", ("1:1: services: is missing",)),
    "services empty": ("name: a\nservices: {}\n", ("2:1: services: is empty",)),
    "services null": ("name: a\nservices:\n", ("2:1: services: nothing", "for example")),
    "a service null": (service("db:"), ("3:3: services.db: nothing", "for example")),
    "a service a list": (service("db: [redis]"), ("3:3: services.db:", "for example")),
    "no component": (service("db: {port: 1}"), ("3:3: services.db: component: is missing",)),
    "environments a list": (
        top("name: a\nenvironments: [dev]"),
        ("2:1: environments:", "for example"),
    ),
    "environments empty": (top("name: a\nenvironments: {}"), ("2:1: environments: is empty",)),
    # words
    "key at the top": (
        top("name: a\nsevices: {}"),
        ("2:1: sevices: unknown key 'sevices'; did you mean 'services'?",),
    ),
    "key of a service": (
        api("prot: 1"),
        (f"5:5: {A}.prot: unknown key 'prot' for fastapi; did you mean 'port'?",),
    ),
    "option of a component": (
        service("db: {component: postgres, databse: x}"),
        ("3:29: services.db.databse:", "did you mean 'database'?"),
    ),
    "key of data": (
        data("/x: {kind: temp, siez: 1M}"),
        (f"6:24: {A}.data./x.siez: unknown key 'siez'; did you mean 'size'?",),
    ),
    "key of a healthcheck": (
        api("healthcheck: {intervall: 5s}"),
        (f"5:19: {A}.healthcheck.intervall:", "did you mean 'interval'?"),
    ),
    "key of a volume": (
        data("/x: {kind: files, volume: {dirver: local}}"),
        (f"6:34: {A}.data./x.volume.dirver:", "did you mean 'driver'?"),
    ),
    "component": (
        service("db: postgress"),
        ("3:3: services.db.component: unknown component 'postgress'; did you mean 'postgres'?",),
    ),
    "component, one environment": (
        service("db: postgress\nenvironments: {prod: {}}"),
        ("3:3: services.db.component: unknown component 'postgress'",),
    ),
    "component in capitals": (service("db: Redis"), ("3:3:", "did you mean 'redis'?")),
    "component, a path": (service("db: ../redis"), ("3:3:", "unknown component '../redis'")),
    "component changed in an environment": (
        service("db: redis\nenvironments: {dev: {db: {component: postgres}}}"),
        ("4:27: environments.dev.db.component:", "same in every environment"),
    ),
    "version": (
        service("db: postgres:15"),
        ("3:3: services.db.version: postgres has no version '15'; known: 16, 17, 18",),
    ),
    "version, far off": (service("db: redis:99"), ("3:3:", "no version '99'; known: 7, 8")),
    "version, empty": (service("db: 'redis:'"), ("3:3: services.db.version: '' is not a version",)),
    "version of an environment": (
        service("db: redis\nenvironments: {dev: {db: {version: '6'}}}"),
        ("4:27: environments.dev.db.version: redis has no version '6'",),
    ),
    "version 3.10": (
        api("version: 3.10"),
        (f'5:5: {A}.version: 3.10 is read as the number 3.1; quote it: version: "3.10"',),
    ),
    "version 16.0": (
        service("db: {component: postgres, version: 16.0}"),
        ("3:29: services.db.version:", '16.0 is read as the number 16; quote it: version: "16.0"'),
    ),
    "kind": (data("/x: datbase"), (f"6:7: {A}.data./x", "'datbase'; did you mean 'database'?")),
    "no kind": (data("/x: {persist: true}"), (f"6:7: {A}.data./x: needs a kind: known: backups",)),
    "mount": (
        data("/x: {kind: temp, mount: volumes}"),
        (f"6:24: {A}.data./x.mount: unknown kind of mount 'volumes'; did you mean 'volume'?",),
    ),
    "environment": (
        top("name: a\nenvironments: {prd: {}}"),
        ("2:16: environments.prd: unknown environment 'prd'; did you mean 'prod'?",),
    ),
    "service of an environment": (
        service("cache: redis\nenvironments: {dev: {cahe: {}}}"),
        ("4:22: environments.dev.cahe: unknown service 'cahe'; did you mean 'cache'?",),
    ),
    "restart": (api("restart: allways"), (f"5:5: {A}.restart:", "did you mean 'always'?")),
    "a variable without a value in a list": (
        api("environment: [A=1, B]"),
        (f"5:24: {A}.environment[1]: ", "NAME=value"),
    ),
    # numbers
    "port true": (api("port: true"), (f"5:5: {A}.port: true is not a port; 1 to 65535",)),
    "port 70000": (api("port: 70000"), (f"5:5: {A}.port: 70000 is not a port",)),
    "port -1": (api("port: -1"), (f"5:5: {A}.port: -1 is not a port",)),
    "port 0": (api("port: 0"), (f"5:5: {A}.port: 0 is not a port",)),
    "memory 512Mi": (api("memory: 512Mi"), (f"5:5: {A}.memory: '512Mi' is not an", "512M or 2G")),
    "memory lots": (api("memory: lots"), (f"5:5: {A}.memory: 'lots' is not an", "512M or 2G")),
    "memory 0": (api("memory: 0"), (f"5:5: {A}.memory: 0 is not an", "512M or 2G")),
    "cpus -1": (api("cpus: -1"), (f"5:5: {A}.cpus: -1 is not a number of CPUs; write 0.5 or 2",)),
    "duration": (
        api("healthcheck: {interval: 5}"),
        (f"5:19: {A}.healthcheck.interval: 5 is not a duration; write 500ms, 5s or 1m30s",),
    ),
    "size": (
        data("/x: {kind: temp, size: abc}"),
        (f"6:24: {A}.data./x.size: 'abc' is not an amount of memory; write 512M or 2G",),
    ),
    "size of a volume": (
        data("/x: {kind: files, size: 1G}"),
        (f"6:7: {A}.data./x: size: applies only in memory, and this is volume; remove it",),
    ),
    "mode": (data("/x: {kind: temp, mode: 1777}"), (f"6:24: {A}.data./x.mode:", '"1777"')),
    # names
    "project MyApp": (top("name: MyApp"), ("1:1: name: 'MyApp' is not a project name", "myapp")),
    "project a b": (top("name: a b"), ("1:1: name: 'a b' is not a project name", "a-b")),
    "project empty": (top("name: ''"), ("1:1: name: '' is not a project name", "for example app")),
    "project unicode": (top("name: Äpp"), ("1:1: name: 'Äpp' is not a project name", "pp")),
    "project a number": (top("name: 123"), ("1:1: name: 123 is not a project name", "quote it")),
    "project on two lines": (top('name: "a\\nb"'), ("1:1: name:", "a-b")),
    "service API": (service("API: redis"), ("3:3: services.API: 'API' is not a", "example api")),
    "service -a": (service("-a: redis"), ("3:3: services.-a: '-a' is not a", "for example a")),
    "service a/b": (service("a/b: redis"), ("3:3: services.a/b: 'a/b' is not a", "a-b")),
    "service localhost": (service("localhost: redis"), ("3:3:", "write localhost-service")),
    "service, 200 characters": (service(f"{'a' * 200}: redis"), ("3:3:", f"example {'a' * 40}")),
    "service a number": (service("1: redis"), ("3:3:", "the key 1 is not text; quote it")),
    "database": (
        service("db: {component: postgres, database: 'x; DROP'}"),
        ("3:29: services.db.database: 'x; DROP' is not a name of lower-case letters",),
    ),
    # needs
    "needs itself": (api("needs: [api]"), (f"5:5: {A}.needs.api: api needs itself",)),
    "needs unknown": (
        "name: a\nservices:\n  cache: redis\n  w: {component: fastapi, needs: [cahce]}\n",
        ("4:27: services.w.needs.cahce: unknown service 'cahce'; did you mean 'cache'?",),
    ),
    "a cycle": (
        "name: a\nservices:\n"
        "  a: {component: fastapi, needs: [b]}\n"
        "  b: {component: fastapi, needs: [c]}\n"
        "  c: {component: fastapi, needs: [a]}\n",
        ("5:27: services.c.needs.a: a cycle: a → b → c → a",),
    ),
    "needs without a healthcheck": (
        "name: a\nservices:\n  w: python\n  a: {component: fastapi, needs: [w]}\n",
        ("4:27: services.a.needs.w: w has no healthcheck to wait for; give it heartbeat:",),
    ),
    "needs with the healthcheck taken away": (
        "name: a\nservices:\n  w: {component: redis, healthcheck: {disable: true}}\n"
        "  a: {component: fastapi, needs: [w]}\n",
        ("4:27: services.a.needs.w: w has no healthcheck to wait for; give it a healthcheck:",),
    ),
    "needs behind a profile": (
        "name: a\nservices:\n  w: {component: redis, profiles: [x]}\n"
        "  a: {component: fastapi, needs: [w]}\n",
        ("4:27: services.a.needs.w: w starts only with its profile; give a the same profiles:",),
    ),
    "needs a part that is not there": (
        "name: a\nservices:\n  w: redis\n  a: {component: fastapi, needs: {w: {X: urll}}}\n",
        ("4:35: services.a.needs.w: X: w has no part 'urll'; did you mean 'url'?",),
    ),
    "what is needed has a problem of its own": (
        "name: a\nservices:\n  w: {port: 1}\n  a: {component: fastapi, needs: [w]}\n"
        "environments: {dev: {w: {memory: 1G}}}\n",
        ("3:3: services.w: component: is missing",),
    ),
    "what is needed has a wrong name": (
        "name: a\nservices:\n  W: redis\n  a: {component: fastapi, needs: [W]}\n"
        "environments: {dev: {W: {memory: 1G}}}\n",
        ("3:3: services.W: 'W' is not a service name",),
    ),
    # paths
    "a relative path": (data("x/y: temp"), (f"6:7: {A}.data.x/y: 'x/y' is not a path", "absolute")),
    "the path /": (data("/: temp"), (f"6:7: {A}.data./: '/' belongs to the system",)),
    "the path /etc": (data("/etc: config"), (f"6:7: {A}.data./etc: '/etc' belongs to the",)),
    "the path /proc": (data("/proc: temp"), (f"6:7: {A}.data./proc:", "belongs to the system")),
    "a path with ..": (data("/a/../b: temp"), (f"6:7: {A}.data./a/../b:", "write the path out")),
    "the same path twice": (
        api("data:", "  /a: temp", "  /a: cache"),
        ("7:7: the key '/a' stands twice (first in line 6)",),
    ),
    "the same path with a slash": (
        api("data:", "  /a: temp", "  /a/: cache"),
        (f": {A}.data", "'/a/' and '/a' are the same"),
    ),
    "the same path with two slashes": (
        api("data:", "  /a/b: temp", "  /a//b: cache"),
        (f": {A}.data", "are the same"),
    ),
    "the same path with a dot": (
        api("data:", "  /a/b: temp", "  /a/./b: cache"),
        (f": {A}.data", "are the same"),
    ),
    "a path in another's": (
        api("data:", "  /a: files", "  /a/b: uploads"),
        (f"7:7: {A}.data./a/b: /a/b lies inside /a, which holds the files of api",),
    ),
    "host path /": (data("/x: {kind: config, source: /}"), (f"6:26: {A}.data./x.source: '/'",)),
    "host path /etc": (
        data("/x: {kind: config, source: /etc}"),
        (f"6:26: {A}.data./x.source: '/etc' belongs to the host's system",),
    ),
    "host path below /etc": (
        data("/x: {kind: config, source: //etc/./ssl}"),
        (f"6:26: {A}.data./x.source:", "belongs to the host's system"),
    ),
    "Docker's socket": (
        data("/x: {kind: config, source: /var/run/docker.sock, insist: true}"),
        (f"6:26: {A}.data./x.source:", "the Docker socket is root on the host"),
    ),
    "Docker's socket, written otherwise": (
        data("/x: {kind: config, source: ../../run//./docker.sock/, insist: true}"),
        (f"6:26: {A}.data./x.source:", "the Docker socket is root on the host"),
    ),
    "Docker's socket in a raw key": (
        api("compose: {volumes: ['/run/docker.sock:/x']}"),
        (f": {A}.compose.volumes[0]:", "the Docker socket is root on the host"),
    ),
    "Docker's socket in a raw mapping": (
        api("compose: {volumes: [{type: bind, source: //run/docker.sock, target: /x}]}"),
        (f": {A}.compose.volumes[0]:", "the Docker socket is root on the host"),
    ),
    "an anonymous volume in a raw key": (
        api("compose: {volumes: [/data]}"),
        (f": {A}.compose.volumes[0]: /data creates an anonymous volume",),
    ),
    "no image": (service("x: image"), ("3:3: services.x.component: needs an image:",)),
    "an image without a version": (
        service("x: {component: image, image: acme/x}"),
        ("3:25: services.x.image: 'acme/x' can be a different image tomorrow; name a version",),
    ),
    "an image that is the latest": (
        service("x: {component: image, image: 'x:latest'}"),
        ("3:25: services.x.image: 'x:latest' can be a different image tomorrow; name a version",),
    ),
    "an absolute host path": (
        data("/x: {kind: config, source: /srv/x}"),
        (f"6:7: {A}.data./x: /srv/x is an absolute path", "relative to the spec", INSIST),
    ),
    "build outside": (api("build: ../x"), (f"5:5: {A}.build: '../x' is outside the project",)),
    # data at risk
    "a database in memory": (
        postgres("{persist: false}"),
        (f"{DATABASE} a database in memory is lost with its container", INSIST),
    ),
    "a database on tmpfs": (
        postgres("{mount: tmpfs}", "{dev: {}}"),
        (f"{DATABASE} a database in memory is lost with its container", INSIST),
    ),
    "a database in a bind mount": (
        postgres("{edited: true}", "{prod: {}}"),
        (f"{DATABASE} a database in a bind mount depends on the host's file system", INSIST),
    ),
    "a database in a bind mount, said in prod": (
        service(
            "db: postgres\nenvironments:\n  prod:\n    db:\n      data:\n"
            "        /var/lib/postgresql: {mount: bind}"
        ),
        ("8:9: environments.prod.db.data./var/lib/postgresql: a database in a bind", INSIST),
    ),
    "a config that can be written": (
        data("/x: {kind: config, read_only: false}"),
        (f"6:7: {A}.data./x: the container could change its own config", INSIST),
    ),
    "one database, two servers": (
        "name: a\nservices:\n"
        "  a: {component: redis, data: {/data: {volume: x}}}\n"
        "  b: {component: redis, data: {/data: {volume: x}}}\n",
        (
            "4:32: services.b.data./data: two servers can't write to one database",
            "of a (services.a.",
        ),
    ),
    "one database, two replicas": (
        service("db: {component: postgres, replicas: 2}"),
        ("3:29: services.db.replicas:", "two servers can't write to one database"),
    ),
    "volume: and no volume": (
        data("/x: {kind: cache, volume: x}"),
        (f"6:7: {A}.data./x", "volume", "persist: true"),
    ),
    "volume: and a bind mount": (
        data("/x: {kind: files, volume: x, mount: bind}"),
        (f"6:7: {A}.data./x: volume: applies only to a named volume, and mount: says bind",),
    ),
    "source: and no bind mount": (
        data("/x: {kind: files, source: ./x}"),
        (f"6:7: {A}.data./x", "source", "edited: true"),
    ),
    # what Compose would refuse
    "no such kind of test": (
        api("healthcheck: {test: [curl, localhost]}"),
        (f"5:19: {A}.healthcheck.test:", "CMD"),
    ),
    "no such address": (api("ports: ['999.1.1.1:80:80']"), (f": {A}.ports", "999.1.1.1")),
    "not a number": (api("compose: {x-a: .nan}"), (f": {A}.compose",)),
}


# A key of a service, or a word in a path: what is wrong there, and at which path that is said.
BESIDE = {
    "port": ("port: 6000}\n  c: {component: redis, port: 6000", "services.c.port"),
    "needs": ("needs: [x]", "services.b.needs.x"),
    "version": ("version: '99'", "services.b.version"),
    "data": ("data: {/srv/data: {size: 1M}}", "services.b.data./srv/data"),
    "size": ("data: {/srv/x: {kind: files, size: 1M}}", "services.b.data./srv/x"),
    "replicas": ("replicas: 2", "services.b.replicas"),
}


@pytest.mark.parametrize("key", BESIDE)
def test_a_broken_service_hides_nothing_of_others(key: str, tmp_path: Path) -> None:
    """Its name may be a word that stands in the path of what is wrong with another one."""
    said, place = BESIDE[key]
    entry = f"name: app\nservices:\n  b: {{component: redis, {said}}}\n"
    alone = [line for line in lines(tmp_path, entry) if f" {place}: " in line]
    assert len(alone) == 1
    assert alone[0] in lines(tmp_path, f"{entry}  {key}: 5\n")


@pytest.mark.parametrize("bad", ["5", "{component: rediss}", "{component: redis, version: '99'}"])
def test_what_follows_from_a_broken_service_is_not_said(bad: str, tmp_path: Path) -> None:
    text = (
        f"name: app\nservices:\n  bad: {bad}\n"
        "  web: {component: nginx, port: 8080, needs: [bad], routes: {/: bad}}\n"
        "  api: {component: fastapi, needs: {bad: {URL: url}}}\n"
        "environments: {dev: {bad: {memory: 1G}, api: {needs: [bad]}}, prod: {}}\n"
    )
    (line,) = lines(tmp_path, text)
    assert line.startswith("stack.yaml:3:")


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str, tmp_path: Path) -> None:
    text, *wanted = ROWS[name]
    got = lines(tmp_path, text)
    assert len(got) == len(wanted), "\n".join(got)
    for line, parts in zip(got, wanted, strict=True):
        assert SHAPE.fullmatch(line)
        for part in parts:
            assert part in line


TWO = """\
name: app
services:
  api:
    component: fastapi
    port: 8000
  web:
    component: fastapi
    port: 8000
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            TWO,
            "8:5: services.web.port: port 8000 is already published at services.api.port",
        ),
        (
            TWO.replace("    port: 8000\n  web", "    ports: ['1.2.3.4:8000:80']\n  web"),
            "8:5: services.web.port: port 8000 is already published at services.api.ports[0]",
        ),
        (
            TWO.replace("port: 8000\n  web", "port: 7999\n    replicas: 2\n  web"),
            "9:5: services.web.port: port 8000 is already published at services.api.port",
        ),
        (
            api("port: 80"),
            "5:5: services.api.port: 80 is a privileged port; put a proxy in front, or "
            "insist with ports: ['127.0.0.1:80:8000']",
        ),
        (
            api("port: 65535", "replicas: 2"),
            "5:5: services.api.port: the replicas would need port 65536; 65535 is the last",
        ),
        (
            api("ports: ['8000:8000']", "replicas: 2"),
            "5:13: services.api.ports[0]: 2 replicas can't share one host port; use port:",
        ),
        (
            service("w: {component: python, port: 8000}"),
            "3:26: services.w.port: python listens on no port of its own; "
            "write ports: ['8000:8000']",
        ),
    ],
)
def test_ports(text: str, wanted: str, tmp_path: Path) -> None:
    (got,) = lines(tmp_path, text)
    assert got == f"stack.yaml:{wanted}"


@pytest.mark.parametrize(
    "text",
    [
        postgres("{persist: false, insist: true}"),
        postgres("{mount: tmpfs, insist: true}"),
        postgres("{edited: true, insist: true}"),
        postgres("{persist: false}", "{test: {}}"),
        postgres("{mount: bind}", "{dev: {}}"),
        data("/x: {kind: config, read_only: false, insist: true}"),
        data("/x: {kind: config, source: /srv/x, insist: true}"),
        data("/x: {kind: config, source: ../x}"),
        api("ports: ['127.0.0.1:80:8000']"),
        data("/x: {kind: files, volume: x}"),
    ],
)
def test_insisting_works(text: str, tmp_path: Path) -> None:
    loaded(tmp_path, text)


def test_every_problem_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
name: My App
services:
  api:
    component: fastapi
    needs: [nothing]
    memory: lots
    data:
      /x: {kind: temq}
      /etc: files
  db: postgress
  cache: {component: redis, port: 0, data: {/data: {persist: false}}}
environments:
  dev: {ap: {}}
  live: {}
"""
    got = lines(tmp_path, text)
    assert [line.split(" ")[1] for line in got] == [
        "name:",
        "services.api.needs.nothing:",
        "services.api.memory:",
        "services.api.data./x.kind:",
        "services.api.data./etc:",
        "services.db.component:",
        "services.cache.port:",
        "services.cache.data./data:",
        "environments.dev.ap:",
        "environments.live:",
    ]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["is empty", "it needs at least name: and services:"]),
        (b"# nothing yet\n", ["is empty", "it needs at least name: and services:"]),
        (b"---\n", ["is empty"]),
        (b"- a\n", ["stack.yaml:1:1: the spec holds ['a']"]),
        (b"name: a\n---\nname: b\n", ["stack.yaml:2:1: a second document"]),
        (b"name: a\nx: \xff\n", ["stack.yaml:2:4: not UTF-8; save the file as UTF-8"]),
        (b"name: a\nx: \0\n", ["stack.yaml:2:4: a control character (0x00)"]),
        (b'name: "\\ud800"\n', ["stack.yaml:1:"]),
        (b"name: a\nservices:\n\tdb: redis\n", ["stack.yaml:3:1:", "indent with spaces"]),
        (b"name: &a x\n", ["stack.yaml:1:7: an anchor"]),
        (b"name: a\nname: b\n", ["stack.yaml:2:1: the key 'name' stands twice"]),
        (b"x" * (256 * 1024 + 1), ["stack.yaml:", "at most 262144"]),
    ],
)
def test_content(content: bytes, parts: list[str], tmp_path: Path) -> None:
    (line,) = lines(tmp_path, content)
    assert line.startswith("stack.yaml:")
    for part in parts:
        assert part in line


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(
        ComposegenError, match=r"stack\.yaml: no such file; start one with: compose"
    ):
        load(tmp_path / "stack.yaml")


@posix("FIFO, AND LINKS FOR ADMINISTRATORS ONLY")
@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda file: os.mkfifo(file), lambda file: file.symlink_to("/dev/zero")],
)
def test_not_a_file(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "stack.yaml")
    with within(5), pytest.raises(ComposegenError, match=r"stack\.yaml: not a file; give the path"):
        load(tmp_path / "stack.yaml")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="ROOT CAN READ EVERYTHING"
)
def test_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(top("name: a"))
    file.chmod(0)
    with pytest.raises(ComposegenError, match=r"stack\.yaml: Permission denied"):
        load(file)


@posix("LINKS BUT FOR ADMINISTRATORS")
def test_a_loop_of_links(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.symlink_to(file)
    with pytest.raises(ComposegenError, match=r"stack\.yaml: "):
        load(file)


def test_bom_and_crlf_work(tmp_path: Path) -> None:
    plain = loaded(tmp_path, api("memory: 512M")).stack
    text = api("memory: 512M").replace("\n", "\r\n").encode()
    assert loaded(tmp_path, b"\xef\xbb\xbf" + text).stack == plain
    assert "5:5:" in lines(tmp_path, text.replace(b"512M", b"lots"))[0]


def test_an_image_without_a_version_is_warned_of_in_dev(tmp_path: Path) -> None:
    text = service("x: {component: image, image: acme/x}\nenvironments: {dev: {}}")
    (warning,) = loaded(tmp_path, text).stack.warnings
    assert "services.x.image: 'acme/x' can be a different image tomorrow" in warning


def test_a_volume_of_one_letter_is_no_drive(tmp_path: Path) -> None:
    (plan,) = loaded(
        tmp_path, data("/x: {kind: files, volume: c}").replace(ALL, "{prod}")
    ).stack.plans
    entries = document(plan)["services"]["api"]["volumes"]
    assert entries == [{"type": "volume", "source": "c", "target": "/x"}]


SPECS = [file.read_text() for file in sorted(PRESETS.glob("*/stack.yaml"))] + [
    """\
name: research-agent
services:
  api:
    component: fastapi
    app: app.main:app
    port: 8000
    needs: [db, cache, vectors]
    data:
      /app/uploads: uploads
      /app/temp: {kind: temp, size: 256M, mode: "1777"}
      /app/shared: {kind: files, volume: shared}
  worker: {component: python, command: [python, -m, app.worker], needs: {db: {PG: url}, cache: }}
  db: {component: postgres, version: "18", settings: {max_connections: 200}, init: db/init}
  cache: {component: redis, environment: [A=1], healthcheck: {interval: 5s}, ports: ["1:2"]}
  vectors: chroma
environments:
  dev: {}
  test: {}
  prod:
    api: {replicas: 2, memory: 512M, user: "1:1", compose: {labels: {a: b}}}
    db: {data: {/var/lib/postgresql: {protect: true, volume: {driver_opts: {o: x}}}}}
"""
]
KEYS = """
    name services component version needs data kind volume key external driver mount source
    environments dev test prod db api cache postgres redis fastapi python compose ports port
    healthcheck command environment options settings size mode user build code replicas
"""
PATHS = ["", "/", "/data", "/app", "/app/app", "/opt/venv", ".", ".."]
TEXTS = [
    "$",
    "${X}",
    "a\nb",
    "\x1b",
    "é",
    "18",
    "0",
    "1M",
    "5s",
    "yes",
    "[]",
    "{{ 7*7 }}",
    "x" * 300,
]
WORDS = [*KEYS.split(), *PATHS, *TEXTS]
nasty = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([-1, 0, 1, 80, 70000, 2**70, 0.5, 1e300, float("inf"), float("nan")])
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a valid spec with up to three values replaced, added or taken away."""
    spec = copy.deepcopy(yaml.safe_load(draw(st.sampled_from(SPECS))))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = spec
        while children := [
            key for key, one in _items(node) if isinstance(one, dict | list) and one
        ]:
            if draw(st.integers(0, 3)) == 0:
                break
            node = node[draw(st.sampled_from(children))]
        key = draw(st.sampled_from([key for key, _ in _items(node)] or [None]))
        action = draw(st.sampled_from(["replace", "add", "delete"]))
        if action == "delete" and key is not None:
            del node[key]
        elif action == "replace" and key is not None:
            node[key] = draw(nasty)
        elif isinstance(node, dict):
            node[draw(st.sampled_from(WORDS))] = draw(nasty)
        else:
            node.append(draw(nasty))
    return yaml.safe_dump(spec, allow_unicode=True, sort_keys=False)


def _items(node: Any) -> list[tuple[Any, Any]]:
    return list(node.items()) if isinstance(node, dict) else list(enumerate(node))


@settings(max_examples=200)
@given(mutated())
def test_a_mutated_spec_is_a_stack_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    with contextlib.suppress(ComposegenError):
        stack = loaded(tmp_path_factory.getbasetemp(), text).stack
        assert render(stack, [plan.environment for plan in stack.plans])


@st.composite
def scrambled(draw: st.DrawFn) -> bytes:
    """Return the bytes of a valid spec with a piece taken out and another put in."""
    text = draw(st.sampled_from(SPECS)).encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 20)))
    piece = draw(st.sampled_from(WORDS).map(str.encode) | st.binary(max_size=4))
    return text[:start] + piece + text[end:]


@given(scrambled())
def test_a_scrambled_spec_is_a_stack_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    with contextlib.suppress(ComposegenError):
        assert loaded(tmp_path_factory.getbasetemp(), text).stack
