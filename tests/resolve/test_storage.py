"""Where each service's data goes: mounts and named volumes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import plan, problems, service, spec, stack

from composegen.plan.model import Mount, Volume
from composegen.spec.data import ENVIRONMENTS, KINDS


def api(data: str, keys: str = "") -> str:
    return f"{{api: {{component: fastapi, data: {data}{keys}}}}}"


def mounts(services: str, name: str = "api", environment: str = "dev") -> dict[str, Mount]:
    return {one.target: one for one in service(spec(services), name, environment).mounts}


def volumes(services: str, environment: str = "dev") -> dict[str, Volume]:
    return {one.key: one for one in plan(spec(services), environment).volumes}


def entry(mount: Mount) -> str:
    return f"{mount.type} {mount.source}{' ro' if mount.read_only else ''}"


@pytest.mark.parametrize(
    ("store", "target", "key"),
    [
        ("postgres:18", "/var/lib/postgresql", "x_data"),
        ("postgres:17", "/var/lib/postgresql/data", "x_data"),
        ("redis", "/data", "x_data"),
        ("chroma", "/data", "x_data"),
        ("'chroma:0.5.23'", "/chroma/chroma", "x_data"),
    ],
)
def test_a_store(store: str, target: str, key: str) -> None:
    services = f"{{x: {store}}}"
    assert entry(mounts(services, "x", "dev")[target]) == f"volume {key}"
    assert volumes(services, "dev") == {key: Volume(key)}
    assert mounts(services, "x", "test")[target].type == "tmpfs"
    assert volumes(services, "test") == {}
    assert entry(mounts(services, "x", "prod")[target]) == f"volume {key}"
    assert volumes(services, "prod") == {key: Volume(key, f"app-prod_{key}")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_the_image_writes_never_lands_in_an_anonymous_volume(
    kind: str, environment: str
) -> None:
    text = spec(f"{{x: {{component: redis, data: {{/data: {kind}}}}}}}", f"{{{environment}: {{}}}}")
    if not problems(text):
        assert "/data" in {one.target for one in service(text, "x", environment).mounts}


@pytest.mark.parametrize(
    ("data", "dev", "prod"),
    [
        ("/x: files", "volume api_x", "volume api_x"),
        ("/x/y-z: uploads", "volume api_y_z", "volume api_y_z"),
        ("/x: {kind: files, read_only: true}", "volume api_x ro", "volume api_x ro"),
        ("/x: {kind: files, volume: shared}", "volume shared", "volume shared"),
        ("/x: {kind: cache, persist: true}", "volume api_x", "volume api_x"),
        ("/x: log", "bind ./x", "bind ./x"),
        ("/x: {kind: log, source: ./logs}", "bind ./logs", "bind ./logs"),
        ("/x: config", "bind ./x ro", "bind ./x ro"),
        ("/x: {kind: config, source: ../a.conf}", "bind ../a.conf ro", "bind ../a.conf ro"),
        ("/x: {kind: uploads, edited: true}", "bind ./x", "bind ./x"),
        ("/x: temp", "tmpfs ", "tmpfs "),
        ("/x: cache", "tmpfs ", "tmpfs "),
        ("/x: models", "volume api_x", "volume api_x"),
        ("/x: backups", "", "bind ./x"),
        ("/x: secrets", "", "bind ./x ro"),
    ],
)
def test_an_entry(data: str, dev: str, prod: str) -> None:
    target = data.partition(":")[0]
    for environment, wanted in (("dev", dev), ("prod", prod)):
        mount = mounts(api(f"{{{data}}}"), environment=environment).get(target)
        assert (entry(mount) if mount else "") == wanted


def test_every_mount_has_a_reason() -> None:
    services = "{db: postgres, " + api("{/x: files, /y: temp, /z: log}").lstrip("{")
    for environment in ENVIRONMENTS:
        one = plan(spec(services), environment)
        for decision in one.decisions:
            assert decision.reason
        for mount in one.services[0].mounts:
            assert mount.why or mount.target == "/tmp"


def test_the_reason_has_the_fact_of_the_image() -> None:
    assert "18 keeps it in 18/docker" in mounts("{x: postgres}", "x")["/var/lib/postgresql"].why


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("", {"/app/app": "./app"}),
        (", app: src.web.main:app", {"/app/src": "./src"}),
        (", app: main:app", {"/app": "."}),
        (", code: [app, lib]", {"/app/app": "./app", "/app/lib": "./lib"}),
        (", build: ./api", {"/app/app": "./api/app"}),
        (", build: ./api, app: main:app", {"/app": "./api"}),
    ],
)
def test_code(keys: str, code: dict[str, str]) -> None:
    services = f"{{api: {{component: fastapi{keys}}}}}"
    bound = {target: one.source for target, one in mounts(services).items() if one.type == "bind"}
    assert bound == code
    for environment in ("test", "prod"):
        assert set(mounts(services, environment=environment)) == {"/tmp"}


@pytest.mark.parametrize(
    ("command", "source"),
    [
        ("[python, -m, app.worker]", "./app"),
        ("[python, -m, jobs]", "./jobs"),
        ("[sh, run.sh]", "./app"),
        ("[python, -m]", "./app"),
    ],
)
def test_code_of_a_worker(command: str, source: str) -> None:
    got = mounts(f"{{w: {{component: python, command: {command}}}}}", "w")
    assert [one.source for one in got.values() if one.type == "bind"] == [source]


@pytest.mark.parametrize(
    ("path", "environments"),
    [
        ("/app", "{dev: {}}"),
        ("/app", "{prod: {}}"),
        ("/app/app", "{dev: {}}"),
        ("/app/app", "{prod: {}}"),
        ("/app/app/x", "{dev: {}}"),
        ("/opt", "{prod: {}}"),
        ("/opt/venv", "{dev: {}}"),
        ("/opt/venv", "{prod: {}}"),
        ("/opt/venv/lib", "{dev: {}}"),
    ],
)
def test_no_data_over_the_code_or_what_is_installed(path: str, environments: str) -> None:
    """A volume there would go on showing the code of the first build, for ever."""
    assert problems(spec(api(f"{{{path}: files}}"), environments))


@pytest.mark.parametrize("mount", ["bind", "volume"])
def test_the_code_can_be_placed_as_explain_offers(mount: str) -> None:
    data = api(f"{{/app/app: {{kind: code, mount: {mount}}}}}")
    for environment in ENVIRONMENTS:
        one = plan(spec(data), environment)
        places = [item.place for item in one.decisions if item.target == "/app/app"]
        assert places == [mount]
        assert mounts(data, environment=environment)["/app/app"].type == mount


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("{/x: files, /x/y: files}", "services.api.data./x/y: /x/y lies inside /x"),
        ("{/x/y: files, /x: files}", "services.api.data./x/y: /x/y lies inside /x"),
        ("{/x: files, /x/y/z: temp}", "services.api.data./x/y/z: /x/y/z lies inside /x"),
        ("{/x: {kind: files, size: 1G}}", "services.api.data./x: size: applies only in memory"),
        ("{/x: {kind: files, mode: '0700'}}", "services.api.data./x: mode: applies only in memory"),
        ("{/x: {persist: true}}", "services.api.data./x: needs a kind:"),
    ],
)
def test_wrong(data: str, wanted: str) -> None:
    (got,) = problems(spec(api(data)))
    assert got.startswith(wanted)


@pytest.mark.parametrize("data", ["{/x: files, /xy: files}", "{/x: temp, /x/y: files}"])
def test_not_nested(data: str) -> None:
    assert problems(spec(api(data))) == []


def test_data_in_the_path_of_a_newer_postgres() -> None:
    data = "{/var/lib/postgresql/data: {kind: database}}"
    (got,) = problems(spec(f"{{db: {{component: postgres, data: {data}}}}}"))
    assert "/var/lib/postgresql/data lies inside /var/lib/postgresql" in got


def two(first: str, second: str, kind: str = "files") -> str:
    return (
        f"{{a: {{component: fastapi, data: {{/x: {{kind: {kind}, volume: {first}}}}}}},"
        f" b: {{component: fastapi, data: {{/y: {{kind: {kind}, volume: {second}}}}}}}}}"
    )


def test_a_shared_volume() -> None:
    got = plan(spec(two("shared", "shared")), "prod")
    assert got.volumes == (Volume("shared", "app-prod_shared"),)
    assert [one.mounts[0].source for one in got.services] == ["shared", "shared"]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("shared", "{key: shared, driver: nfs}", "is created with other options"),
        ("{key: shared, name: xx}", "shared", "is created with other options"),
        ("{key: a, name: xx}", "{key: b, name: xx}", "'xx' is already the name of the volume a"),
        ("{key: a, name: app_b}", "b", "is already the name of the volume"),
    ],
)
def test_a_clash_of_volumes(first: str, second: str, wanted: str) -> None:
    (got,) = problems(spec(two(first, second), "{dev: {}}"))
    assert got.startswith("services.b.data./y: ")
    assert wanted in got


@pytest.mark.parametrize(
    ("first", "second"),
    [("{key: a, name: bb}", "bb"), ("bb", "{key: a, name: bb}"), ("a", "b")],
)
def test_no_clash_of_volumes(first: str, second: str) -> None:
    """In dev, the volume b is called app_b by Docker."""
    assert problems(spec(two(first, second), "{dev: {}}")) == []


def test_one_volume_for_two_databases() -> None:
    services = (
        "{a: {component: redis, data: {/data: {volume: x}}},"
        " b: {component: postgres, data: {/var/lib/postgresql: {volume: x}}}}"
    )
    (got,) = problems(spec(services))
    assert got.startswith("services.b.data./var/lib/postgresql: two servers can't write to one")
    assert "of a (services.a.data./data)" in got


def test_one_volume_for_a_database_and_files() -> None:
    services = (
        "{db: postgres, api: {component: fastapi, data: {/x: {kind: files, volume: db_data}}}}"
    )
    (got,) = problems(spec(services))
    assert "two servers can't write to one database" in got


def test_replicas_of_a_store_would_share_its_data() -> None:
    (got,) = problems(spec("{db: postgres}", "{dev: {}, prod: {db: {replicas: 2}}}"))
    assert got.startswith("environments.prod.db.replicas: two servers can't write to one database")


@pytest.mark.parametrize(
    ("data", "dev", "prod"),
    [
        ("volume: x", Volume("x"), Volume("x", "app-prod_x")),
        (
            "volume: {key: k, driver: nfs, driver_opts: {o: 1, a: b}}",
            Volume("k", None, "nfs", {"a": "b", "o": "1"}),
            Volume("k", "app-prod_k", "nfs", {"a": "b", "o": "1"}),
        ),
        (
            "volume: {key: k, name: nn, external: true}",
            Volume("k", "nn", external=True),
            Volume("k", "nn", external=True),
        ),
        (
            "protect: true",
            Volume("api_x"),
            Volume("api_x", "app-prod_api_x", external=True),
        ),
    ],
)
def test_options_of_a_volume(data: str, dev: Volume, prod: Volume) -> None:
    services = api(f"{{/x: {{kind: files, {data}}}}}")
    assert list(volumes(services, "dev").values()) == [dev]
    assert list(volumes(services, "prod").values()) == [prod]


def test_a_name_of_one_environment() -> None:
    here = "{dev: {api: {data: {/x: {volume: {name: nn}}}}}, prod: {}}"
    dev, prod = stack(spec(api("{/x: files}"), here)).plans
    assert dev.volumes == (Volume("api_x", "nn"),)
    assert prod.volumes == (Volume("api_x", "app-prod_api_x"),)


def test_an_external_volume_has_its_own_name_as_in_compose() -> None:
    services = api("{/x: {kind: files, volume: {key: shared, external: true}}}")
    for environment in ("dev", "prod"):
        (volume,) = volumes(services, environment).values()
        assert volume.external
        assert (volume.name or volume.key) == "shared"


def test_an_external_volume_takes_no_driver() -> None:
    data = "{/x: {kind: files, volume: {key: k, external: true, driver: nfs}}}"
    assert problems(spec(api(data)))


def test_options_of_a_driver_are_escaped() -> None:
    data = "{/x: {kind: files, volume: {driver_opts: {o: 'addr=${NFS},password=a$b'}}}}"
    (volume,) = volumes(api(data)).values()
    assert volume.driver_opts == {"o": "addr=${NFS},password=a$$b"}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("/x: {kind: cache, volume: v}", "volume"),
        ("/x: {kind: log, volume: v}", "volume"),
        ("/x: {kind: files, source: ./x}", "source"),
        ("/x: {kind: temp, source: ./x}", "source"),
    ],
)
def test_an_answer_without_effect_is_refused(data: str, word: str) -> None:
    (got,) = problems(spec(api(f"{{{data}}}")))
    assert got.startswith(f"services.api.data./x: {word}: ")


@pytest.mark.parametrize(
    ("keys", "environment", "wanted"),
    [
        ("", "test", ("0700", "999", "1000")),
        (", user: '5:6'", "test", ("0700", "5", "6")),
        (", user: '5'", "test", ("0700", "5", "5")),
        (", user: '${A}:${B}'", "test", ("0700", "${A}", "${B}")),
        (", user: '${A:-1}:${B:-2}'", "test", ("0700", "${A:-1}", "${B:-2}")),
        (", data: {/data: cache}", "dev", ("0700", "999", "1000")),
        (", data: {/data: {kind: cache, mode: '1777'}}", "dev", ("1777", "999", "1000")),
        (", data: {/data: {kind: cache, mode: '0750'}}", "prod", ("0750", "999", "1000")),
    ],
)
def test_memory_belongs_to_who_writes_it(
    keys: str, environment: str, wanted: tuple[str, str | None, str | None]
) -> None:
    mount = mounts(f"{{x: {{component: redis{keys}}}}}", "x", environment)["/data"]
    assert (mount.type, mount.mode, mount.uid, mount.gid) == ("tmpfs", *wanted)


def test_memory_of_an_app() -> None:
    data = "{/x: {kind: temp, size: 64M}, /y: {kind: temp, mode: '0700'}}"
    dev, prod = (mounts(api(data), environment=name) for name in ("dev", "prod"))
    host = "${HOST_UID:-1000}"
    assert (dev["/x"].size, dev["/x"].mode, dev["/x"].uid) == ("64M", "1777", host)
    assert (dev["/y"].uid, dev["/y"].gid) == ("${HOST_UID:-1000}", "${HOST_GID:-1000}")
    assert (prod["/y"].uid, prod["/y"].gid) == ("1000", "1000")


@pytest.mark.parametrize("size", ["1.5G", "0.5m", "4096b", "64KB", "1GB"])
def test_the_kernel_reads_the_size_of_memory(size: str) -> None:
    """Measured: `mount -o size=1.5G` and `size=4096B` fail, so such a container never starts."""
    text = spec(api(f"{{/x: {{kind: temp, size: {size}}}}}"), "{dev: {}}")
    if not problems(text):
        (mount,) = [one for one in service(text, "api").mounts if one.target == "/x"]
        assert re.fullmatch(r"[0-9]+[KMGkmg]?", mount.size or "")


@pytest.mark.parametrize(
    ("services", "environment", "scratch"),
    [
        ("{x: postgres}", "dev", set()),
        ("{x: postgres}", "prod", {"/tmp", "/var/run/postgresql"}),
        ("{x: fastapi}", "dev", {"/tmp"}),
        ("{x: fastapi}", "prod", {"/tmp"}),
        ("{x: redis}", "prod", {"/tmp"}),
    ],
)
def test_scratch(services: str, environment: str, scratch: set[str]) -> None:
    got = mounts(services, "x", environment)
    assert {target for target, one in got.items() if one.type == "tmpfs"} == scratch


def test_scratch_can_be_said() -> None:
    got = service(spec(api("{/tmp: {kind: temp, size: 1G}}")), "api", "prod").mounts
    assert [(one.target, one.size) for one in got] == [("/tmp", "1G")]


def test_init_scripts() -> None:
    services = "{db: {component: postgres, init: db/init}}"
    for environment in ENVIRONMENTS:
        mount = mounts(services, "db", environment)["/docker-entrypoint-initdb.d"]
        assert entry(mount) == "bind ./db/init ro"
        assert "run only if there is no data yet" in mount.why


def test_an_override_of_the_images_data() -> None:
    services = "{db: {component: postgres, data: {/var/lib/postgresql: {volume: pg}}}}"
    assert entry(mounts(services, "db")["/var/lib/postgresql"]) == "volume pg"
    (decision,) = plan(spec(services)).decisions
    assert decision.kind == "database"


@pytest.mark.parametrize("path", ["/backup/data", "/srv/postgresql", "/other"])
def test_a_new_entry_never_renames_the_databases_volume(path: str) -> None:
    services = f"{{db: {{component: postgres, data: {{{path}: files}}}}}}"
    assert mounts(services, "db")["/var/lib/postgresql"].source == "db_data"


paths = st.lists(
    st.lists(
        st.sampled_from(["a", "b", "c", "a-b", "a_b", "b.c", "data"]), min_size=1, max_size=3
    ).map(lambda parts: "/srv/" + "/".join(parts)),
    unique=True,
    min_size=1,
    max_size=4,
)


@settings(max_examples=50)
@given(paths, st.sampled_from(["files", "log"]), st.sampled_from(["redis", "fastapi"]))
def test_no_two_paths_share_a_source(targets: list[str], kind: str, component: str) -> None:
    entries = ", ".join(f"{target}: {kind}" for target in targets)
    text = spec(f"{{x: {{component: {component}, data: {{{entries}}}}}}}", "{dev: {}}")
    if any("lies inside" in line for line in problems(text)):
        return
    sources: list[Any] = [one.source for one in service(text, "x").mounts if one.source]
    assert len(set(sources)) == len(sources)
    assert len({one.key for one in plan(text).volumes}) == len(plan(text).volumes)


def test_a_renamed_service_keeps_its_volume_and_its_password() -> None:
    services = "{new: {component: postgres, renamed_from: old}}"
    assert volumes(services, "prod") == {"old_data": Volume("old_data", "app-prod_old_data")}
    password = service(spec(services), "new").environment["POSTGRES_PASSWORD"]
    assert password.startswith("${OLD_PASSWORD:?")


def test_logs_never_go_into_the_code() -> None:
    for path in ("/var/log/app", "/srv/app/log", "/app/log"):
        got = mounts(api(f"{{{path}: log}}"))
        assert got[path].source != got["/app/app"].source


def test_what_is_named_to_be_read_is_the_user_s_to_bring() -> None:
    """A folder in its place would hide that a file such as Caddyfile is missing."""
    data = "{/x: {kind: config, source: Caddyfile}, /y: config, /z: {kind: log, source: said}}"
    found = stack(spec(f"{{api: {{component: fastapi, data: {data}}}}}", "{dev: {}}"))
    assert found.folders == ("./said", "./y")


@pytest.mark.parametrize(("user", "names"), [("${UID}:${GID}", ("GID", "UID")), ("1:1", ())])
def test_user_of_the_host_is_filled_in(user: str, names: tuple[str, ...]) -> None:
    found = stack(spec(f"{{db: {{component: redis, user: '{user}'}}}}", "{dev: {}}"))
    assert {(one.name, one.source) for one in found.variables} == {
        (name, f"host-{name.lower()}") for name in names
    }
