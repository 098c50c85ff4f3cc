"""The data guard on real volumes: what it refuses, and that its advice keeps every row."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .guard_support import (
    PGDATA,
    NewStack,
    accept,
    ask,
    assert_rows,
    assert_still,
    can_log_in,
    command_in,
    compose_commands,
    fill,
    password,
    query,
    refused,
    rename_service,
    shell,
    stacks,
    start,
    users_of,
    volume,
    volumes,
    write,
)
from .support import FILES, Project, attempt, free_ports, replace

DATA_17 = ("data", f"{PGDATA}/data")
ENTRY = ("services", "db", "data", PGDATA)


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[NewStack]:
    with stacks(tmp_path) as make:
        yield make


def rename_project(project: Project, name: str) -> None:
    write(project, {**project.spec(), "name": name})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with stacks(tmp_path_factory.mktemp("guard")) as make:
        project = make(version="17")
        fill(project.dev)
        yield project


@pytest.fixture
def kept(running: Project) -> Iterator[Project]:
    """A stack with rows for tests that leave it as it was, even if they fail."""
    before = {path: (running.root / path).read_bytes() for path in ("stack.yaml", FILES["dev"])}
    yield running
    for path, data in before.items():
        (running.root / path).write_bytes(data)


@pytest.mark.parametrize(
    ("finding", "value", "path", "advice"),
    [
        ("format", "18", ("version",), 'keep the old version for now: version: "17"'),
        ("first-start", "shop", ("database",), "keep the old values"),
        ("owner", "1000:1000", ("user",), "keep the user"),
        (
            "options",
            {"volume": {"driver_opts": {"o": "noatime"}}},
            DATA_17,
            "restore the old options",
        ),
        ("options", {"volume": {"driver": "other"}}, DATA_17, "restore the old options"),
        ("memory", {"persist": False, "insist": True}, DATA_17, "remove persist: false"),
        ("memory", {"mount": "tmpfs", "insist": True}, DATA_17, "mount: tmpfs"),
        ("orphan", {"volume": "store"}, DATA_17, "volume: {key: NEW, renamed_from: db_data}"),
    ],
)
def test_change_is_refused_and_can_be_taken_back(
    kept: Project, finding: str, value: object, path: tuple[str, ...], advice: str
) -> None:
    before = kept.spec()
    finding = f"{finding}:dev/{volume(kept.dev)}"
    kept.change_spec(value, "services", "db", *path)

    assert advice in "\n".join(refused(kept, finding)[finding])

    write(kept, before)
    assert_still(kept)
    start(kept.dev)
    assert_rows(kept.dev)


def test_changed_password_can_be_put_back(kept: Project) -> None:
    known = password(kept)
    replace(kept.root / ".env", known, "mine")

    advice = refused(kept, "credential:DB_PASSWORD")["credential:DB_PASSWORD"]

    assert advice[0] == "put the old value of DB_PASSWORD back into .env"
    replace(kept.root / ".env", "mine", known)
    assert_still(kept)
    start(kept.dev)
    assert can_log_in(kept.dev, known)
    assert_rows(kept.dev)


# a volume


def test_renamed_volume_stays_with_renamed_from(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    project.change_spec({"volume": {"key": "store"}}, *ENTRY)
    name = volume(project.dev)

    advice = refused(project, f"orphan:dev/{name}")[f"orphan:dev/{name}"]

    assert any("volume: {key: NEW, renamed_from: db_data}" in line for line in advice)
    project.change_spec({"volume": {"key": "store", "renamed_from": "db_data"}}, *ENTRY)
    project.generate()
    said = start(project.dev)
    assert "doesn't match configuration" not in said
    assert_rows(project.dev)
    assert list(volumes(project)) == [name]
    assert_still(project)


def test_renamed_volume_is_moved_by_the_printed_command(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    project.change_spec({"volume": {"key": "store"}}, *ENTRY)
    finding = f"orphan:dev/{volume(project.dev)}"
    move = command_in(refused(project, finding)[finding])

    accept(project, finding)
    project.dev.down()
    shell(move, project)
    start(project.dev)

    assert project.dev.volume("db", PGDATA) == volume(project.dev, "store")
    assert_rows(project.dev)
    assert_still(project)
    # a second time it would write over what is there by now
    code, said = attempt("sh", "-c", move, cwd=project.root)
    assert (code, "not empty" in said) == (1, True)
    assert_rows(project.dev)


def test_one_database_is_not_copied_over_another(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    spec = project.spec()
    port = free_ports("other")["other"]
    write(
        project,
        {
            **spec,
            "services": {"other": {"component": "postgres", "port": port}, **spec["services"]},
        },
    )
    project.generate()
    other = volume(project.dev, "other_data")
    write(project, spec)

    advice = refused(project, f"orphan:dev/{other}")[f"orphan:dev/{other}"]

    assert not [line for line in advice if "docker" in line]
    accept(project, f"orphan:dev/{other}")
    start(project.dev, "--remove-orphans")
    assert_rows(project.dev)


# a service


def test_renamed_service_keeps_its_rows(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    fill(project.dev)
    fill(project.prod)
    known = password(project)
    rename_service(project, "db", "store")
    ids = {one: f"orphan:{one.name}/{volume(one)}" for one in (project.dev, project.prod)}

    advice = refused(project, *ids.values())

    for lines in advice.values():
        assert any(line.endswith("renamed_from: db") for line in lines)
    project.change_spec("db", "services", "store", "renamed_from")
    project.generate()
    for environment in ids:
        start(environment, "--remove-orphans")
        assert environment.volume("store", PGDATA) == volume(environment)
        assert_rows(environment, "store")
    assert password(project) == known
    assert_still(project)


@pytest.mark.parametrize("what", ["service", "project"])
def test_two_servers_never_write_one_volume_after_a_rename(new_stack: NewStack, what: str) -> None:
    """PostgreSQL can't tell in a container that another has its files, so both would write them.

    Compose leaves the old container running: composegen has to say how to stop it.
    """
    project = new_stack("prod")
    fill(project.prod)
    if what == "service":
        rename_service(project, "db", "store")
        project.change_spec("db", "services", "store", "renamed_from")
    else:
        rename_project(project, f"{project.root.name}-new")
        project.change_spec(project.root.name, "renamed_from")

    code, said = ask(project, "generate")

    assert code == 0, said
    for command in compose_commands(said):
        shell(command, project)
    start(project.prod)
    assert len(users_of(volume(project.prod))) == 1


def test_removed_service_finds_its_rows_when_it_returns(new_stack: NewStack) -> None:
    project = new_stack()
    cache = {"component": "redis", "port": free_ports("cache")["cache"]}
    project.change_spec(cache, "services", "cache")
    project.generate()
    fill(project.dev)
    spec, name = project.spec(), volume(project.dev)
    write(project, {**spec, "services": {"cache": cache}})

    advice = refused(project, f"orphan:dev/{name}")[f"orphan:dev/{name}"]

    assert advice == [
        "the volume stays; nothing deletes it, and the service finds it again if it returns"
    ]
    accept(project, f"orphan:dev/{name}")
    assert_still(project)
    start(project.dev, "--remove-orphans")
    assert users_of(name) == []
    write(project, spec)
    project.generate()
    start(project.dev)
    assert_rows(project.dev)
    assert can_log_in(project.dev, password(project))


# the project


def test_renamed_project_keeps_its_rows(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    environments = {one: volume(one) for one in (project.dev, project.prod)}
    for environment in environments:
        fill(environment)
    name = f"{project.root.name}-new"
    rename_project(project, name)

    advice = refused(project, *(f"orphan:{one.name}/{old}" for one, old in environments.items()))

    for lines in advice.values():
        assert any(
            line.endswith(f"to keep its volumes: renamed_from: {project.root.name}")
            for line in lines
        )
    for environment in environments:
        # the file still has the old name
        environment.down()
    project.change_spec(project.root.name, "renamed_from")
    project.generate()
    for environment, old in environments.items():
        said = start(environment)
        other = name if environment.name == "dev" else f"{name}-prod"
        assert "doesn't match configuration" not in said
        # a warning, and no more: Compose uses the volume all the same
        assert (
            f'volume \\"{old}\\" already exists but was created for project '
            f'\\"{environment.project}\\" (expected \\"{other}\\"). '
            "Use `external: true` to use an existing volume"
        ) in said
        assert len(users_of(old)) == 1
        assert_rows(environment)
    assert sorted(volumes(project)) == sorted(environments.values())
    assert_still(project)


def test_environment_that_is_gone_is_accepted_once(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    fill(project.prod)
    finding = f"orphan:prod/{volume(project.prod)}"
    spec = project.spec()
    write(project, {**spec, "environments": {"dev": {}}})
    refused(project, finding)

    accept(project, finding)

    assert_still(project)
    write(project, spec)
    project.generate()
    start(project.prod)
    assert_rows(project.prod)


# what can read the data


def test_other_major_is_reached_by_dump_and_restore(new_stack: NewStack) -> None:
    project = new_stack(version="17")
    fill(project.dev)
    old = volume(project.dev)
    project.change_spec("18", "services", "db", "version")

    advice = refused(project, f"format:dev/{old}")[f"format:dev/{old}"]

    assert 'keep the old version for now: version: "17"' in advice
    shell("docker compose exec -T db pg_dump -U app app > dump.sql", project)
    project.change_spec({"volume": "db_data_18"}, *ENTRY)
    finding = f"orphan:dev/{old}"
    refused(project, finding)
    accept(project, finding)
    start(project.dev)
    shell("docker compose exec -T db psql -q -v ON_ERROR_STOP=1 -U app app < dump.sql", project)
    assert project.dev.sql("show server_version").startswith("18")
    assert_rows(project.dev)
    assert old in volumes(project)
    assert_still(project)


def test_files_of_another_major_are_not_to_be_copied(new_stack: NewStack) -> None:
    project = new_stack(version="17")
    project.change_spec("18", "services", "db", "version")
    project.change_spec({"volume": "db_data_18"}, *ENTRY)
    finding = f"orphan:dev/{volume(project.dev)}"

    advice = refused(project, finding)[finding]

    assert not [line for line in advice if "cp -a" in line]
    assert any("dump" in line for line in advice)


def test_memory_can_be_accepted_and_the_volume_comes_back(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    before = project.spec()
    finding = f"memory:dev/{volume(project.dev)}"
    project.change_spec({"persist": False, "insist": True}, *ENTRY)
    refused(project, finding)

    accept(project, finding)
    start(project.dev)
    assert query(project.dev, "select to_regclass('kept')") == ""
    write(project, before)
    project.generate()
    start(project.dev)

    assert_rows(project.dev)
    assert_still(project)


# how the volume is made, and whose files are in it


def test_changed_driver_options_get_a_new_volume(new_stack: NewStack, tmp_path: Path) -> None:
    project = new_stack()
    fill(project.dev)
    disk = tmp_path / "disk"
    disk.mkdir()
    options = {"type": "none", "o": "bind", "device": str(disk)}
    project.change_spec({"volume": {"driver_opts": options}}, *ENTRY)
    finding = f"options:dev/{volume(project.dev)}"
    advice = refused(project, finding)[finding]
    new = volume(project.dev, "fast")

    project.change_spec({"volume": {"key": "fast", "driver_opts": options}}, *ENTRY)
    orphan = f"orphan:dev/{volume(project.dev)}"
    refused(project, orphan)
    accept(project, orphan)
    project.dev.down()
    shell(command_in(advice).replace("NEW-KEY", "fast").replace("NEW", new), project)
    start(project.dev)

    assert project.dev.volume("db", PGDATA) == new
    assert_rows(project.dev)
    # the reason for it all: the new volume has the new options
    assert volumes(project)[new]["Options"] == options


def test_volume_that_becomes_external_is_only_better_protected(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    project.change_spec({"volume": {"external": True}}, *ENTRY)

    project.generate()

    assert_still(project)
    start(project.dev)
    assert_rows(project.dev)
    project.dev.compose("down", "-v")
    start(project.dev)
    assert_rows(project.dev)


def test_other_user_gets_the_files_by_the_printed_command(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    finding = f"owner:dev/{volume(project.dev)}"
    project.change_spec("1000:1000", "services", "db", "user")
    advice = refused(project, finding)[finding]

    project.dev.down()
    shell(command_in(advice), project)
    accept(project, finding)
    start(project.dev)

    assert project.dev.execute("db", "id", "-u") == "1000"
    assert_rows(project.dev)
    assert_still(project)


def test_other_database_is_renamed_inside_the_running_one(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    finding = f"first-start:dev/{volume(project.dev)}"
    project.change_spec("shop", "services", "db", "database")
    refused(project, finding)

    query(project.dev, "alter database app rename to shop", database="postgres")
    accept(project, finding)
    start(project.dev)

    assert_rows(project.dev, database="shop")
    assert_still(project)


# passwords


def test_changed_password_is_changed_in_the_database_by_the_printed_command(kept: Project) -> None:
    known = password(kept)
    replace(kept.root / ".env", known, "mine")
    advice = refused(kept, "credential:DB_PASSWORD")["credential:DB_PASSWORD"]
    command = command_in(advice, "composegen ")

    code, said = ask(kept, *command.split()[1:])

    assert code == 0, said
    assert not can_log_in(kept.dev, known)
    assert can_log_in(kept.dev, password(kept))
    assert_still(kept)
    start(kept.dev)
    assert_rows(kept.dev)


def test_changed_password_is_seen_together_with_a_rename(new_stack: NewStack) -> None:
    project = new_stack()
    rename_service(project, "db", "store")
    project.change_spec("db", "services", "store", "renamed_from")
    replace(project.root / ".env", password(project), "mine")

    refused(project, "credential:DB_PASSWORD")


def test_password_changed_before_the_first_start(new_stack: NewStack) -> None:
    project = new_stack()
    replace(project.root / ".env", password(project), "mine")

    refused(project, "credential:DB_PASSWORD")
    said = ask(project, "generate")[1]
    # no engine was asked, so nobody knows that there is no database yet
    assert "was made with" not in said
    assert "has never been started" in said

    accept(project, "credential:DB_PASSWORD")
    assert_still(project)
    fill(project.dev)
    assert can_log_in(project.dev, "mine")
    assert_rows(project.dev)


# why there is a guard


def test_compose_deletes_a_volume_whose_options_change(new_stack: NewStack) -> None:
    project = new_stack()
    fill(project.dev)
    options = "{driver_opts: {type: tmpfs, device: tmpfs, o: 'uid=999,gid=999'}}"
    replace(project.root / FILES["dev"], "db_data: {}", f"db_data: {options}")

    project.dev.up()
    assert_rows(project.dev)
    assert volumes(project)[volume(project.dev)]["Options"] is None
    start(project.dev)

    assert query(project.dev, "select to_regclass('kept')") == ""
    assert volumes(project)[volume(project.dev)]["Options"]["type"] == "tmpfs"


@pytest.mark.parametrize("target", [PGDATA, f"{PGDATA}/data"])
def test_18_does_not_start_on_the_files_of_17(kept: Project, target: str) -> None:
    file = kept.root / FILES["dev"]
    before = file.read_text()
    replace(file, "postgres:17-", "postgres:18-")
    replace(file, f"db_data:{PGDATA}/data", f"db_data:{target}")

    code, _ = attempt(*kept.dev.command("up", "-d", "--wait"), cwd=kept.root)
    said = kept.dev.compose("logs", "db")
    file.write_text(before)
    start(kept.dev)

    assert code != 0
    assert "PostgreSQL data in:" in said
    assert_rows(kept.dev)
