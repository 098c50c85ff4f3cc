"""Every type of a field: what it takes, and what it says about the rest."""

from __future__ import annotations

import contextlib
import re
from typing import Annotated, Any, get_origin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from support import within

from composegen.formats import words
from composegen.formats.yaml12 import Float, Int
from composegen.spec import fields, options, quantities
from composegen.spec.fields import Type
from composegen.spec.validation import read

COLOUR = fields.one_of(("red", "green"), "colour")

TYPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(Annotated[Any, kind] if isinstance(kind, Type) else kind)
    for module in (fields, options, quantities)
    for name, kind in vars(module).items()
    if (isinstance(kind, Type) and name.isupper()) or get_origin(kind) is Annotated
}


def check(kind: TypeAdapter[Any], value: Any) -> Any:
    got, problems = read(kind.validate_python, value)
    if problems:
        raise ValueError("; ".join(problem.message for problem in problems))
    return got


GOOD: list[tuple[str, Any, Any]] = [
    ("PROJECT_NAME", "my-app_2", "my-app_2"),
    ("PROJECT_NAME", "2", "2"),
    ("PROJECT_NAME", "a" * 63, "a" * 63),
    ("SERVICE_NAME", "api-2", "api-2"),
    ("SERVICE_NAME", "a", "a"),
    ("SERVICE_NAME", "a" * 40, "a" * 40),
    ("VERSION", "18", "18"),
    ("VERSION", 18, "18"),
    ("VERSION", "3.10", "3.10"),
    ("VERSION", "1.5.9-rc.1", "1.5.9-rc.1"),
    ("VOLUME_NAME", "app-prod_db_data", "app-prod_db_data"),
    ("PORT", 1, 1),
    ("PORT", 65535, 65535),
    ("PORT", "8000", 8000),
    ("Ports", [8000, "8000:80"], ("8000", "8000:80")),
    ("Ports", ["127.0.0.1:53:53/udp"], ("127.0.0.1:53:53/udp",)),
    ("Ports", ["[::1]:80:8000/tcp"], ("[::1]:80:8000/tcp",)),
    ("Ports", [], ()),
    ("Ports", ["3000-3005", "9090-9091:8080-8081"], ("3000-3005", "9090-9091:8080-8081")),
    ("Ports", ["8000-9000:80", "127.0.0.1::80"], ("8000-9000:80", "127.0.0.1::80")),
    ("Ports", ["::1:6000:6000"], ("[::1]:6000:6000",)),
    ("Ports", [{"target": 80, "published": "8080"}], ("8080:80",)),
    ("Ports", [{"target": "80", "host_ip": "127.0.0.1"}], ("127.0.0.1::80",)),
    (
        "Ports",
        [{"target": 53, "published": 54, "host_ip": "::1", "protocol": "udp", "mode": "host"}],
        ("[::1]:54:53/udp",),
    ),
    ("SIZE", "512M", "512M"),
    ("SIZE", "512m", "512M"),
    ("SIZE", "512mb", "512M"),
    ("SIZE", "2GB", "2G"),
    ("SIZE", "1.5g", "1.5G"),
    ("SIZE", "64k", "64K"),
    ("SIZE", "9000000b", "9000000B"),
    ("SIZE", 67108864, "67108864B"),
    ("SIZE", "67108864", "67108864B"),
    ("CPUS", 2, 2.0),
    ("CPUS", Float("0.50"), 0.5),
    ("CPUS", "1.5", 1.5),
    ("CPUS", "2", 2.0),
    ("CPUS", ".5", 0.5),
    ("COUNT", 1, 1),
    ("COUNT", 100, 100),
    ("COUNT", "2", 2),
    ("RESTART", "no", "no"),
    ("RESTART", "on-failure:3", "on-failure:3"),
    ("DURATION", "500ms", "500ms"),
    ("DURATION", "1m30s", "1m30s"),
    ("DURATION", "1.5s", "1.5s"),
    ("DURATION", "1h5m30s20ms", "1h5m30s20ms"),
    ("CONTAINER_PATH", "/app/uploads", "/app/uploads"),
    ("CONTAINER_PATH", "/app//data/", "/app/data"),
    ("CONTAINER_PATH", "/app/./data", "/app/data"),
    ("CONTAINER_PATH", "/etc/nginx/nginx.conf", "/etc/nginx/nginx.conf"),
    ("CONTAINER_PATH", "/var/lib/postgresql/data", "/var/lib/postgresql/data"),
    ("HOST_PATH", "config", "./config"),
    ("HOST_PATH", "./a/../config/", "./config"),
    ("HOST_PATH", "../shared", "../shared"),
    ("HOST_PATH", "/srv/data", "/srv/data"),
    ("HOST_PATH", "my folder", "./my folder"),
    ("HOST_PATH", ".", "."),
    ("FOLDER", ".", "."),
    ("FOLDER", "./api", "api"),
    ("FOLDER", "a/b/", "a/b"),
    ("Folders", ["app", "./lib"], ("app", "lib")),
    ("COMMAND", ["python", "-m", "app"], ("python", "-m", "app")),
    ("COMMAND", ["sleep", 5], ("sleep", "5")),
    ("COMMAND", ["sleep", Float("0.50"), Int("010")], ("sleep", "0.50", "010")),
    ("COMMAND", "sh -c 'echo a b'", ("sh", "-c", "echo a b")),
    ("Environment", {"A": "x", "B": 1, "C": True}, {"A": "x", "B": "1", "C": "true"}),
    ("Environment", {"A": Float("3.10"), "B": False}, {"A": "3.10", "B": "false"}),
    ("Environment", ["A=x=y", "B="], {"A": "x=y", "B": ""}),
    ("Environment", {}, {}),
    ("VARIABLE", "_A1", "_A1"),
    ("MODE", "1777", "1777"),
    ("MODE", "750", "750"),
    ("MODE", "01777", "1777"),
    ("MODE", Int("01777"), "1777"),
    ("MODE", Int("0o1777", 0), "1777"),
    ("DriverOptions", {"type": "nfs", "n": 1}, {"type": "nfs", "n": "1"}),
    ("RAW", {"a": [1]}, {"a": [1]}),
    ("FLAG", True, True),
    ("FLAG", False, False),
    ("FLAG", "true", True),
    ("FLAG", "false", False),
    ("Routes", {"/": "web", "/api/": "api"}, {"/": "web", "/api/": "api"}),
    ("MODULE", "config", "config"),
    ("MODULE", "app.tasks:make.celery", "app.tasks:make.celery"),
    ("SCRIPT", "app/main.py", "app/main.py"),
    ("BUCKET", "my-files", "my-files"),
    ("SITE", ":8080", ":8080"),
    ("SITE", "example.org", "example.org"),
    ("Settings", {"max_connections": 200, "x.y": "on"}, {"max_connections": "200", "x.y": "on"}),
    ("Settings", {"ratio": Float("0.10"), "on": True}, {"ratio": "0.10", "on": "true"}),
    ("VOLUME_KEY", "x", "x"),
    ("VOLUME_KEY", "a_b.c-d", "a_b.c-d"),
    ("USER", "1000:1000", "1000:1000"),
    ("USER", "${UID:-1000}", "${UID:-1000}"),
    ("NAME", "app_1", "app_1"),
    ("IMPORT", "app.main:create_app", "app.main:create_app"),
    ("IMAGE", "redis", "redis"),
    ("IMAGE", "acme.example:5000/a-b/c__d:v1.2-rc_1", "acme.example:5000/a-b/c__d:v1.2-rc_1"),
    ("IMAGE", f"redis@sha256:{'a' * 64}", f"redis@sha256:{'a' * 64}"),
    ("PROGRAM", "src/server.js", "src/server.js"),
    ("PROGRAM", "bot.mts", "bot.mts"),
    ("URL_PATH", "/health/live", "/health/live"),
    ("PORT_ENTRY", "8000:80", "8000:80"),
    ("VALUE", "a b", "a b"),
    ("SETTING_NAME", "max_connections", "max_connections"),
    ("SETTING", 200, "200"),
]

PORT = "is not a port; 1 to 65535, for example 8000"
MAPPING = "is not a port mapping; write 'HOST:CONTAINER' or 'IP:HOST:CONTAINER'"
MEMORY = "is not an amount of memory; write 512M or 2G"
CPUS = "is not a number of CPUs; write 0.5 or 2"
TIME = "is not a duration; write 500ms, 5s or 1m30s"
INSIDE = "is not a path in the container: absolute"
SYSTEM = "belongs to the system; use a folder such as /app/data"
OUTSIDE = "belongs to the host's system; use a folder of the project"
SOCKET = "whoever has the Docker socket is root on the host"

BAD: list[tuple[str, Any, str]] = [
    ("VOLUME_NAME", "x", "'x' is not"),
    ("PROJECT_NAME", "MyApp", "'MyApp' is not a project name; lower-case letters"),
    ("PROJECT_NAME", "MyApp", "for example myapp"),
    ("PROJECT_NAME", "a b", "for example a-b"),
    ("PROJECT_NAME", "", "for example app"),
    ("PROJECT_NAME", "Привет", "for example app"),
    ("PROJECT_NAME", "-a", "for example a"),
    ("PROJECT_NAME", "a" * 64, "for example aaaa"),
    ("PROJECT_NAME", "\u0661", "is not a project name"),
    ("PROJECT_NAME", 123, "quote it"),
    ("PROJECT_NAME", None, "nothing is not a project name"),
    ("SERVICE_NAME", "API", "'API' is not a service name"),
    ("SERVICE_NAME", "API", "for example api"),
    ("SERVICE_NAME", "-a", "for example a"),
    ("SERVICE_NAME", "a-", "for example a"),
    ("SERVICE_NAME", "a/b", "for example a-b"),
    ("SERVICE_NAME", "a_b", "for example a-b"),
    ("SERVICE_NAME", "x" * 200, f"for example {'x' * 40}"),
    ("SERVICE_NAME", "x" * 200, "..."),
    (
        "SERVICE_NAME",
        "localhost",
        "write localhost-service",
    ),
    ("VERSION", Float("3.10"), '3.10 is read as the number 3.1; quote it: version: "3.10"'),
    ("VERSION", Float("16.0"), 'quote it: version: "16.0"'),
    ("VERSION", True, "true is not a version"),
    ("VERSION", None, "nothing is not a version"),
    ("VERSION", "", "'' is not a version, for example \"18\""),
    ("VERSION", "1 8", "'1 8' is not a version"),
    ("VERSION", "18\n", "is not a version"),
    ("VERSION", "x@sha256", "is not a version"),
    ("PORT", True, f"true {PORT}"),
    ("PORT", 0, f"0 {PORT}"),
    ("PORT", -1, f"-1 {PORT}"),
    ("PORT", 70000, f"70000 {PORT}"),
    ("PORT", "8000:80", f"'8000:80' {PORT}"),
    ("PORT", "80.0", f"'80.0' {PORT}"),
    ("PORT", "", f"'' {PORT}"),
    ("PORT", "70000", f"'70000' {PORT}"),
    ("PORT", "\u0668", f"'\u0668' {PORT}"),
    ("PORT", Float("80.0"), f"80.0 {PORT}"),
    ("PORT", None, f"nothing {PORT}"),
    ("Ports", 8000, "8000 is not a list of ports, for example ['8000:8000']"),
    ("Ports", "8000:8000", "is not a list of ports"),
    ("Ports", ["localhost:80:80"], f"'localhost:80:80' {MAPPING}"),
    ("Ports", ["0:80"], f"'0:80' {MAPPING}"),
    ("Ports", ["80:70000"], f"'80:70000' {MAPPING}"),
    ("Ports", [True], f"true {MAPPING}"),
    ("Ports", ["80:80/sctp2"], f"'80:80/sctp2' {MAPPING}"),
    ("Ports", [{"published": 80}], MAPPING),
    ("Ports", [{"target": [80]}], MAPPING),
    ("Ports", [{"target": 80, "publisched": 1}], "'publisched' of a port; did you mean"),
    ("Ports", ["8005-8000:80"], MAPPING),
    ("Ports", ["8000-8005:80-81"], MAPPING),
    ("Ports", ["8000:80-81"], MAPPING),
    ("Ports", ["80-70000"], MAPPING),
    ("Ports", [":80"], MAPPING),
    ("Ports", ["x::1:80:80"], MAPPING),
    ("Ports", ["999.1.1.1:80:80"], f"'999.1.1.1:80:80' {MAPPING}"),
    ("Ports", ["1.2.3:80:80"], f"'1.2.3:80:80' {MAPPING}"),
    ("Ports", ["[:::]:80:80"], f"'[:::]:80:80' {MAPPING}"),
    ("SIZE", "512Mi", f"'512Mi' {MEMORY}"),
    ("SIZE", "lots", f"'lots' {MEMORY}"),
    ("SIZE", "0", f"'0' {MEMORY}"),
    ("SIZE", 0, f"0 {MEMORY}"),
    ("SIZE", 512, f"512 {MEMORY}"),
    ("SIZE", "512", f"'512' {MEMORY}"),
    ("SIZE", True, f"true {MEMORY}"),
    ("SIZE", "0M", f"'0M' {MEMORY}"),
    ("SIZE", "0.0G", f"'0.0G' {MEMORY}"),
    ("SIZE", "-1M", f"'-1M' {MEMORY}"),
    ("SIZE", "512 M", f"'512 M' {MEMORY}"),
    ("SIZE", "512\u212a", MEMORY),
    ("SIZE", "\u0663M", MEMORY),
    ("CPUS", -1, f"-1 {CPUS}"),
    ("CPUS", 0, f"0 {CPUS}"),
    ("CPUS", "", f"'' {CPUS}"),
    ("CPUS", ".", f"'.' {CPUS}"),
    ("CPUS", "1e3", f"'1e3' {CPUS}"),
    ("CPUS", "-1", f"'-1' {CPUS}"),
    ("CPUS", "0", f"'0' {CPUS}"),
    ("CPUS", True, f"true {CPUS}"),
    ("CPUS", float("nan"), CPUS),
    ("CPUS", float("inf"), CPUS),
    ("CPUS", Float("0.001"), f"0.001 {CPUS}"),
    ("COUNT", 0, "0 is not a count; 1 to 100"),
    ("COUNT", 101, "101 is not a count; 1 to 100"),
    ("COUNT", True, "true is not a count"),
    ("COUNT", "0", "'0' is not a count"),
    ("COUNT", "two", "'two' is not a count"),
    ("RESTART", "allways", "unknown restart policy 'allways'; did you mean 'always'?"),
    ("RESTART", "on-failure:", "unknown restart policy 'on-failure:'"),
    ("RESTART", "always:3", "unknown restart policy 'always:3'"),
    ("RESTART", False, "unknown restart policy false"),
    ("DURATION", "5", f"'5' {TIME}"),
    ("DURATION", 5, f"5 {TIME}"),
    ("DURATION", "5 s", f"'5 s' {TIME}"),
    ("DURATION", "-5s", f"'-5s' {TIME}"),
    ("DURATION", "", f"'' {TIME}"),
    ("CONTAINER_PATH", "app", f"'app' {INSIDE}"),
    ("CONTAINER_PATH", "./app", f"'./app' {INSIDE}"),
    ("CONTAINER_PATH", "C:\\app", INSIDE),
    ("CONTAINER_PATH", "/app:ro", INSIDE),
    ("CONTAINER_PATH", "/a b", INSIDE),
    ("CONTAINER_PATH", "/app\n", INSIDE),
    ("CONTAINER_PATH", "/${X}", INSIDE),
    ("CONTAINER_PATH", "", INSIDE),
    ("CONTAINER_PATH", "/app/../etc", "has '..'; write the path out"),
    ("CONTAINER_PATH", "/", f"'/' {SYSTEM}"),
    ("CONTAINER_PATH", "//", f"'//' {SYSTEM}"),
    ("CONTAINER_PATH", "/.", f"'/.' {SYSTEM}"),
    ("CONTAINER_PATH", "/etc", f"'/etc' {SYSTEM}"),
    ("CONTAINER_PATH", "/etc/", f"'/etc/' {SYSTEM}"),
    ("CONTAINER_PATH", "/usr", SYSTEM),
    ("CONTAINER_PATH", "/proc", SYSTEM),
    ("CONTAINER_PATH", "/proc/self", SYSTEM),
    ("CONTAINER_PATH", "/sys/fs", SYSTEM),
    ("CONTAINER_PATH", "/dev/shm", SYSTEM),
    ("HOST_PATH", "", "is not a path on the host; relative to the spec, for example ./config"),
    ("HOST_PATH", 5, "5 is not a path on the host"),
    ("HOST_PATH", "a:b", "is not a path on the host"),
    ("HOST_PATH", "C:\\x", "is not a path on the host"),
    ("HOST_PATH", "${HOME}/x", "is not a path on the host"),
    ("HOST_PATH", "a\nb", "is not a path on the host"),
    ("HOST_PATH", "~/x", "'~/x'"),
    ("HOST_PATH", "/", f"'/' {OUTSIDE}"),
    ("HOST_PATH", "//", f"'//' {OUTSIDE}"),
    ("HOST_PATH", "/srv/..", OUTSIDE),
    ("HOST_PATH", "/etc", OUTSIDE),
    ("HOST_PATH", "/etc/passwd", OUTSIDE),
    ("HOST_PATH", "/./etc/", OUTSIDE),
    ("HOST_PATH", "/proc/1", OUTSIDE),
    ("HOST_PATH", "/var/run", OUTSIDE),
    ("HOST_PATH", "/var/lib/docker", OUTSIDE),
    ("HOST_PATH", "/var/lib/docker/volumes", OUTSIDE),
    ("HOST_PATH", "/var/run/docker.sock", SOCKET),
    ("HOST_PATH", "/run/docker.sock/", SOCKET),
    ("HOST_PATH", "//run//docker.sock", SOCKET),
    ("HOST_PATH", "/var/../run/docker.sock", SOCKET),
    ("HOST_PATH", "../../var/run/docker.sock", SOCKET),
    ("HOST_PATH", "/run/user/1000/docker.sock", SOCKET),
    ("HOST_PATH", "//./pipe/docker_engine", SOCKET),
    ("HOST_PATH", "/run/podman/podman.sock", "root on the host"),
    ("HOST_PATH", "/run/containerd/containerd.sock", "root on the host"),
    ("FOLDER", "/srv", "'/srv' is outside the project; a folder beside the spec"),
    ("FOLDER", "..", "'..' is outside the project"),
    ("FOLDER", "a/../../b", "is outside the project"),
    ("FOLDER", "a b", "is not a folder, of letters, digits and ._-"),
    ("Folders", "app", "'app' is not a list of folders, for example [app]"),
    ("Folders", [], "is not a list of folders"),
    ("Folders", ["../x"], "is outside the project"),
    ("COMMAND", "", "'' is not a command; write [python, -m, app.worker]"),
    ("COMMAND", [], "is not a command"),
    ("COMMAND", [None], "is not a command"),
    ("COMMAND", [True], "is not a command"),
    ("COMMAND", [False], "is not a command"),
    ("COMMAND", "echo 'a", "has an unclosed quote"),
    ("Environment", "A=1", "'A=1' is not a mapping of variables, NAME: value"),
    ("Environment", ["A"], "needs NAME=value in every entry"),
    ("Environment", [1], "needs NAME=value in every entry"),
    ("Environment", ["A=1", "A=2"], "A appears twice"),
    ("Environment", {"A-B": 1}, "'A-B' is not a variable name"),
    ("Environment", {"1A": 1}, "'1A' is not a variable name"),
    ("Environment", {"A": None}, "has no value; write '' for an empty one"),
    ("Environment", {"A": "x\ny"}, "a variable can't contain a line break; use a file"),
    ("Environment", {"A": [1]}, "[1] is neither text nor a number"),
    ("VARIABLE", "A B", "'A B' is not a variable name"),
    ("MODE", 1777, '1777 is not a mode; octal digits in quotes, for example "1777"'),
    ("MODE", "888", "is not a mode"),
    ("MODE", "77", "is not a mode"),
    ("DriverOptions", ["a"], "is not a mapping of options"),
    ("DriverOptions", {"a": None}, "has no value"),
    ("RAW", [], "is not a mapping of Compose keys"),
    ("FLAG", "yes", "'yes' is neither true nor false"),
    ("FLAG", ["true"], "is neither true nor false"),
    ("FLAG", 1, "1 is neither true nor false"),
    ("FLAG", None, "nothing is neither true nor false"),
    ("Routes", [], "is not a mapping, for example {/: web, /api/: api}"),
    ("Routes", {"api": "api"}, "'api' is not a URL path"),
    ("Routes", {"/": "An App"}, "'An App' is not a service name"),
    ("MODULE", "app..tasks", "is not a module or module:variable"),
    ("MODULE", "app.tasks; reboot", "is not a module or module:variable"),
    ("MODULE", ":celery", "is not a module or module:variable"),
    ("SCRIPT", "app/main", "is not a script"),
    ("SCRIPT", "../main.py", "is not a script"),
    ("BUCKET", "my_files", "'my_files' is not a bucket, 3 to 63 lower-case letters, digits and -"),
    ("BUCKET", "ab", "'ab' is not a bucket"),
    ("SITE", "https://example.org", "is not an address to answer for"),
    ("Settings", "x", "is not a mapping, for example {max_connections: 200}"),
    ("Settings", {"a b": 1}, "'a b' is not the name of a setting"),
    ("Settings", {"a": "\x01"}, "is not the value of a setting"),
    ("Settings", {"a": None}, "has no value"),
    ("VOLUME_KEY", "a b", "'a b' is not a volume name, for example shared"),
    ("VOLUME_KEY", "", "is not a volume name"),
    ("USER", 1000, '1000 is not a user, for example "1000:1000"'),
    ("USER", "a b", "is not a user"),
    ("USER", "$", "is not a user"),
    ("USER", "${}", "is not a user"),
    ("NAME", "my-db", "'my-db' is not a name of lower-case letters, digits and _"),
    ("NAME", "app; DROP", "is not a name"),
    ("IMPORT", "app.main", "written module:variable, for example app.main:app"),
    ("IMPORT", "app/main:app", "is not an application"),
    ("IMAGE", "", "'' is not an image, for example traefik/whoami:v1.11"),
    ("IMAGE", "a b", "'a b' is not an image"),
    ("IMAGE", "${IMAGE}", "is not an image"),
    ("IMAGE", "redis:8\nRUN x", "is not an image"),
    ("PROGRAM", "server", "'server' is not a program, for example src/server.js"),
    ("PROGRAM", "../server.js", "is not a program"),
    ("PROGRAM", "src/../server.js", "is not a program"),
    ("PROGRAM", "/app/server.js", "is not a program"),
    ("PROGRAM", "a b.js", "is not a program"),
    ("URL_PATH", "health", "is not a URL path, for example /health/live"),
    ("URL_PATH", "/x'); import os", "is not a URL path"),
    ("PORT_ENTRY", "0:80", f"'0:80' {MAPPING}"),
    ("VALUE", None, "has no value; write '' for an empty one"),
    ("SETTING_NAME", "a b", "'a b' is not the name of a setting"),
    ("SETTING", "x\ty", "is not the value of a setting"),
]


@pytest.mark.parametrize(("name", "value", "wanted"), GOOD)
def test_good(name: str, value: Any, wanted: Any) -> None:
    got = check(TYPES[name], value)
    assert got == wanted
    assert type(got) is type(wanted)


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_bad(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check(TYPES[name], value)


def test_every_type_is_in_both_tables() -> None:
    assert {name for name, _, _ in GOOD} == TYPES.keys()
    assert {name for name, _, _ in BAD} == TYPES.keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value, _ in GOOD])
def test_schema_agrees(name: str, value: Any) -> None:
    """Editors must not mark as wrong what we take."""
    assert Draft202012Validator(TYPES[name].json_schema()).is_valid(value)


def test_one_of() -> None:
    assert COLOUR.check("red") == "red"
    with pytest.raises(ValueError, match="unknown colour 'gren'; did you mean 'green'"):
        COLOUR.check("gren")
    with pytest.raises(ValueError, match="unknown colour 5; known: green, red"):
        COLOUR.check(5)
    with pytest.raises(ValueError, match="unknown colour"):
        COLOUR.check(["red"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "nothing"),
        (Float("3.10"), "3.10"),
        ("x", "'x'"),
        (5, "5"),
        ("x" * 100, f"'{'x' * 56}..."),
        ("it's", "'it's'"),
    ],
)
def test_shown(value: Any, text: str) -> None:
    assert words.shown(value) == text


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r", "\x1b[31mred", "a\u2028b", "\x00", ["a\nb"], {"\n": 1}]
)
def test_shown_is_one_line_without_control_characters(value: Any) -> None:
    assert words.shown(value).isprintable()


@given(st.text())
@example("LOCALHOST")
@example("Host")
@example("İ")
@example("-" * 100)
@example("a" * 39 + "/b")
def test_the_suggested_name_is_good(text: str) -> None:
    for kind in (fields.PROJECT_NAME, fields.SERVICE_NAME):
        try:
            kind.check(text)
        except ValueError as error:
            suggested = str(error).split()[-1]
        else:
            suggested = text
        assert kind.check(suggested) == suggested


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("part", ["_", "_.", "-", "a", "a_", "/", "1s", "0", "'", "$", " "])
def test_no_text_takes_long(name: str, part: str) -> None:
    text = "a" + part * 100 + "!"
    with within(2), contextlib.suppress(ValueError):
        check(TYPES[name], text)
        check(TYPES[name], [text])


letters = st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"))
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(letters, max_size=10)
    | st.from_regex(r"[0-9]{1,3}(\.[0-9])?[bkmgBKMG]?[bB]?", fullmatch=True)
    | st.from_regex(r"\.{0,2}(/[a-z.]{0,3}){0,4}", fullmatch=True)
    | st.sampled_from(["3.10", "1e3", ".5"]).map(Float),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(letters, max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("name", TYPES)
@given(value=anything)
def test_a_value_or_one_line_that_is_ours(name: str, value: Any) -> None:
    kind = TYPES[name]
    try:
        got = check(kind, value)
    except ValueError as error:
        got, message = None, str(error)
    else:
        message = "fine"
    assert message.isprintable()
    assert "could not convert" not in message
    # a version that is a number is looked up in the catalog, which has none below 0
    assert got is None or name == "VERSION" or check(kind, got) == got
