"""Passwords of running databases: changed everywhere at once, or nowhere; and kept in files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .guard_support import (
    NewStack,
    accept,
    ask,
    assert_rows,
    assert_still,
    can_log_in,
    compose_commands,
    contents,
    fill,
    password,
    shell,
    stacks,
    start,
    volume,
    write,
)
from .support import (
    NewProject,
    Project,
    assert_kept,
    make_note,
    replace,
    run,
    wait_for,
)

SECRET = "secrets/db_password"
IN_CONTAINER = "/run/secrets/db_password"


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[NewStack]:
    with stacks(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with stacks(tmp_path_factory.mktemp("secrets")) as make:
        project = make()
        start(project.dev)
        yield project


def rotate(project: Project) -> tuple[str, str, str]:
    """Change the password; return the old one, the new one and what was said."""
    old = password(project)
    code, said = ask(project, "secrets", "rotate", "DB_PASSWORD")
    assert code == 0, said
    new = password(project)
    assert new != old
    assert new not in said
    return old, new, said


def test_rotation_reaches_every_database_and_no_other_byte(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    file = project.root / ".env"
    before = f"# mine\r\nA='x y'\n\n  {file.read_text()}B=DB_PASSWORD=1\n# no line break at the end"
    file.write_bytes(before.encode())
    environments = project.dev, project.prod
    for environment in environments:
        fill(environment)

    old, new, said = rotate(project)

    assert file.read_bytes() == before.replace(old, new).encode()
    assert file.stat().st_mode & 0o777 == 0o600
    for environment in environments:
        assert can_log_in(environment, new)
        assert not can_log_in(environment, old)
        assert f"{environment.name}: db has the new password" in said
    assert_still(project)
    commands = compose_commands(said)
    assert len(commands) == len(environments)
    for command in commands:
        shell(f"{command} --wait", project)
    for environment in environments:
        assert environment.config()["services"]["db"]["environment"]["POSTGRES_PASSWORD"] == new
        assert_rows(environment)
        assert can_log_in(environment, new)


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD='{}'",
        'export DB_PASSWORD="{}"  # mine',
        "DB_PASSWORD: {}",
        "DB_PASSWORD=first\nDB_PASSWORD={}",
    ],
)
def test_rotation_reaches_compose_however_the_password_is_written(
    running: Project, text: str
) -> None:
    def known() -> str:
        environment = running.dev.config()["services"]["db"]["environment"]
        return str(environment["POSTGRES_PASSWORD"])

    old = known()
    (running.root / ".env").write_text(f"{text.format(old)}\n")
    assert known() == old

    code, said = ask(running, "secrets", "rotate", "DB_PASSWORD")

    assert code == 0, said
    assert known() != old
    assert can_log_in(running.dev, known())
    assert ("# mine" in (running.root / ".env").read_text()) == ("# mine" in text)


def test_rotation_is_refused_while_a_database_is_stopped(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    for environment in (project.dev, project.prod):
        fill(environment)
    project.prod.down()
    before, known = contents(project), password(project)

    code, said = ask(project, "secrets", "rotate", "DB_PASSWORD")

    assert code == 2
    assert "nothing was changed" in said
    steps = compose_commands(said)
    assert steps == ["docker compose --file docker-compose.prod.yml up -d --wait db"]
    assert contents(project) == before
    assert can_log_in(project.dev, known)
    shell(steps[0], project)
    _, new, _ = rotate(project)
    for environment in (project.dev, project.prod):
        assert can_log_in(environment, new)
        assert_rows(environment)


def test_rotation_with_an_unknown_name_or_no_engine(new_stack: NewStack) -> None:
    project = new_stack()
    before = contents(project)

    code, said = ask(project, "secrets", "rotate", "DB_PASSWROD")
    assert code == 2
    assert "did you mean 'DB_PASSWORD'?" in said

    nobody = {"DOCKER_HOST": "unix:///nonexistent.sock"}
    code, said = ask(project, "secrets", "rotate", "DB_PASSWORD", **nobody)
    assert code == 2
    assert said.startswith("error: docker")
    assert len(said.splitlines()) == 1
    assert contents(project) == before


def test_rotation_knows_what_an_environment_calls_its_database(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    project.change_spec("shop", "environments", "prod", "db", "database")
    accept(project, f"first-start:prod/{volume(project.prod)}")
    for environment in (project.dev, project.prod):
        start(environment)

    old, new, _ = rotate(project)

    for environment, database in ((project.dev, "app"), (project.prod, "shop")):
        assert can_log_in(environment, new, database)
        assert not can_log_in(environment, old, database)


def test_failed_rotation_is_finished_by_the_next(new_stack: NewStack) -> None:
    project = new_stack("dev", "prod")
    for environment in (project.dev, project.prod):
        fill(environment)
    old = password(project)
    # no role app any more: dev is changed, prod can't be
    project.prod.sql("create role other superuser login")
    rename = ("psql", "-U", "other", "-d", "postgres", "-c")
    project.prod.execute("db", *rename, "alter role app rename to gone")
    code, said = ask(project, "secrets", "rotate", "DB_PASSWORD")
    assert code == 2, said
    assert password(project) == old
    # half of it is done, which a user must learn: dev's clients can't log in any more
    assert not can_log_in(project.dev, old)
    assert "dev" in said
    assert "again" in said

    project.prod.execute("db", *rename, "alter role gone rename to app")
    _, new, _ = rotate(project)

    for environment in (project.dev, project.prod):
        assert can_log_in(environment, new)
        assert_rows(environment)
    assert_still(project)


def test_rotation_names_a_command_that_keeps_the_override_file(new_stack: NewStack) -> None:
    project = new_stack()
    override = "services: {db: {labels: {mine: 'yes'}}}\n"
    (project.root / "docker-compose.override.yml").write_text(override)
    run("docker", "compose", "up", "-d", "--wait", cwd=project.root)
    assert project.dev.containers()["db"]["Config"]["Labels"]["mine"] == "yes"

    _, _, said = rotate(project)

    for command in compose_commands(said):
        shell(f"{command} --wait", project)
    assert project.dev.containers()["db"]["Config"]["Labels"].get("mine") == "yes"


def test_app_is_ready_again_after_a_rotation(new_project: NewProject) -> None:
    project = new_project("--env=dev")
    project.dev.up("--build")
    note = make_note(project.dev)

    old, new, said = rotate(project)
    (command,) = compose_commands(said)
    shell(command, project)

    wait_for(project.dev.is_ready, 60, "the app")
    url = project.dev.python("api", "import os; print(os.environ['DATABASE_URL'])")
    assert new in url
    assert old not in url
    assert_kept(project.dev, note)
    assert_still(project)


def test_password_in_a_file(new_stack: NewStack) -> None:
    project = new_stack("prod")
    run("git", "init", "--quiet", cwd=project.root)
    project.change_spec("files", "environments", "prod", "secrets")
    project.generate()
    prod, file = project.prod, project.root / SECRET

    assert file.read_text() == password(project)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    run("git", "add", "--all", cwd=project.root)
    assert not run("git", "ls-files", "secrets", ".env", cwd=project.root)

    fill(prod)
    for _ in range(2):
        container = prod.containers()["db"]
        assert container["HostConfig"]["ReadonlyRootfs"] is True
        assert not [one for one in container["Config"]["Env"] if password(project) in one]
        assert prod.execute("db", "id", "-u") == "999"
        assert prod.execute("db", "cat", IN_CONTAINER) == password(project)
        assert can_log_in(prod, password(project))
        assert not can_log_in(prod, "another")
        assert_rows(prod)
        prod.down()
        start(prod)


def test_rotation_changes_the_file_too(new_stack: NewStack) -> None:
    project = new_stack("prod")
    project.change_spec("files", "environments", "prod", "secrets")
    project.generate()
    prod, file = project.prod, project.root / SECRET
    fill(prod)
    mode = file.stat().st_mode

    old, new, said = rotate(project)

    assert file.read_text() == new
    assert file.stat().st_mode == mode
    assert_still(project)
    for command in compose_commands(said):
        shell(f"{command} --wait", project)
    assert can_log_in(prod, new)
    prod.compose("restart", "db")
    start(prod)
    assert prod.execute("db", "cat", IN_CONTAINER) == new
    prod.down()
    start(prod)
    assert can_log_in(prod, new)
    assert not can_log_in(prod, old)
    assert_rows(prod)


def test_files_and_env_that_differ_are_refused(new_stack: NewStack) -> None:
    project = new_stack("prod")
    spec = project.spec()
    write(project, {**spec, "environments": {"prod": {"secrets": "files"}}})
    project.generate()
    replace(project.root / SECRET, password(project), "mine")
    before = contents(project)

    code, said = ask(project, "generate")

    assert code == 2
    assert "make both the same" in said
    assert contents(project) == before
