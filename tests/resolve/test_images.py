"""Which images are built, and from what."""

from __future__ import annotations

from typing import Any

import pytest
from support import plan, problems, service, spec, stack

from composegen.plan.model import Build, File, Healthcheck
from composegen.render import render
from composegen.resolve.context import Context

SERVE = "uvicorn app.main:app --host 0.0.0.0 --port 8000"
DEV = {"GID": "${HOST_GID:-1000}", "UID": "${HOST_UID:-1000}"}


def dockerfiles(
    services: str, environments: str = "{dev: {}, test: {}, prod: {}}"
) -> dict[str, dict[str, Any]]:
    """Return what each Dockerfile is made from, by its path."""
    files: tuple[File, ...] = stack(spec(services, environments)).dockerfiles
    return {one.path: dict(one.values) for one in files}


def builds(services: str, environment: str = "dev") -> dict[str, Build | None]:
    return {one.name: one.build for one in plan(spec(services), environment).services}


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_build(environment: str) -> None:
    got = builds("{api: fastapi, db: postgres}", environment)
    args = DEV if environment == "dev" else {}
    assert got == {"api": Build(".", "Dockerfile", environment, args), "db": None}


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        ("{a: fastapi, b: python}", {"Dockerfile": ["a", "b"]}),
        ("{a: python, b: fastapi}", {"Dockerfile": ["a", "b"]}),
        ("{a: fastapi, b: 'fastapi:3.12'}", {"Dockerfile": ["a"], "Dockerfile.b": ["b"]}),
        (
            "{w: 'python:3.12', b: python, a: fastapi}",
            {"Dockerfile": ["w"], "Dockerfile.a": ["a", "b"]},
        ),
        (
            "{a: fastapi, b: {component: python, pip: true}}",
            {"Dockerfile": ["a"], "Dockerfile.b": ["b"]},
        ),
        (
            "{a: {component: fastapi, build: ./x}, b: {component: fastapi, build: y/}}",
            {"x/Dockerfile": ["a"], "y/Dockerfile": ["b"]},
        ),
        (
            "{a: {component: fastapi, build: x}, b: {component: python, build: ./x/}}",
            {"x/Dockerfile": ["a", "b"]},
        ),
        ("{a: redis}", {}),
    ],
)
def test_one_dockerfile_for_one_folder_and_one_runtime(
    services: str, wanted: dict[str, list[str]]
) -> None:
    for environment in ("dev", "prod"):
        got: dict[str, list[str]] = {}
        for name, build in builds(services, environment).items():
            if build:
                path = f"{build.context}/{build.dockerfile}".removeprefix("./")
                got.setdefault(path, []).append(name)
        assert got == wanted
    assert set(dockerfiles(services)) == set(wanted)


def test_the_server_gives_the_image_its_command() -> None:
    values = dockerfiles("{w: {component: python, heartbeat: /tmp/x}, api: fastapi}")["Dockerfile"]
    assert values["command"]["prod"][0] == "uvicorn"
    assert values["port"] == 8000
    assert values["watch"] is True
    assert values["healthcheck"].test[:2] == ("CMD", "python")


@pytest.mark.parametrize(
    ("component", "environment", "command"),
    [
        (
            "fastapi",
            "dev",
            f"{SERVE} --reload --reload-dir app",
        ),
        ("fastapi", "test", "pytest -p no:cacheprovider"),
        ("fastapi", "prod", SERVE),
        ("python", "dev", "watchfiles --filter python 'python -m app' app"),
        ("python", "test", "python -m app"),
        ("python", "prod", "python -m app"),
        ("express", "dev", "node --watch --watch-path=src src/server.js"),
        ("express", "test", "node --test"),
        ("express", "prod", "node src/server.js"),
        ("vite", "dev", "vite --host 0.0.0.0 --port 8080 --strictPort"),
        ("vite", "test", "npm run test --if-present"),
        ("vite", "prod", "nginx -g 'daemon off;'"),
        ("nextjs", "dev", "next dev --hostname 0.0.0.0 --port 3000"),
        ("nextjs", "prod", "node server.js"),
        ("celery", "prod", "celery --app app.tasks worker --concurrency 2 --loglevel INFO"),
        ("django", "dev", "python manage.py runserver 0.0.0.0:8000"),
        ("django", "test", "python manage.py test"),
        ("streamlit", "dev", "streamlit run app/main.py --server.runOnSave true"),
        ("streamlit", "prod", "streamlit run app/main.py --server.fileWatcherType none"),
    ],
)
def test_command(component: str, environment: str, command: str) -> None:
    words = service(spec(f"{{x: {component}}}"), "x", environment).command
    assert " ".join(f"'{word}'" if " " in word else word for word in words) == command


def test_code_is_watched() -> None:
    services = "{x: {component: fastapi, code: [app, lib]}, w: {component: python, code: [jobs]}}"
    assert service(spec(services), "x").command[-4:] == (
        *("--reload-dir", "app"),
        *("--reload-dir", "lib"),
    )
    assert service(spec(services), "w").command[-1] == "jobs"


def test_an_own_command() -> None:
    services = "{x: {component: python, command: [python, -m, jobs.x, 'a b']}}"
    own = ("python", "-m", "jobs.x", "a b")
    assert service(spec(services), "x", "prod").command == own
    dev = service(spec(services), "x", "dev").command
    assert dev == ("watchfiles", "--filter", "python", "python -m jobs.x 'a b'", "jobs")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("[node, jobs/x.mjs, 'a b']", "node --watch --watch-path=jobs jobs/x.mjs a b"),
        ("[node, --env-file=x, w.js]", "node --watch --watch-path=w.js --env-file=x w.js"),
        ("[npm, run, dev]", "npm run dev"),
        ("[tsx, watch, src/x.ts]", "tsx watch src/x.ts"),
    ],
)
def test_an_own_command_that_the_program_restarts(said: str, wanted: str) -> None:
    """A program that can watch gets options of its own; another is left as it is."""
    one = service(spec(f"{{x: {{component: node, command: {said}}}}}"), "x")
    assert " ".join(one.command) == wanted


def test_a_test_script_comes_first() -> None:
    for component in ("express", "node"):
        context = Context("package.json", scripts=("test",))
        result = stack(spec(f"{{x: {component}}}"), {".": context})
        (test,) = [one for one in result.plans if one.environment == "test"]
        assert test.services[0].command == ("npm", "test")


def test_a_dollar_in_a_command_is_doubled_for_compose_only() -> None:
    services = "{x: {component: python, command: [sh, -c, 'echo $HOME']}}"
    assert service(spec(services), "x", "prod").command[-1] == "echo $$HOME"
    values = dockerfiles(services)["Dockerfile"]
    assert values["command"]["prod"][-1] == "echo $HOME"


@pytest.mark.parametrize(
    ("component", "said", "wanted"),
    [
        ("python", "{test: [CMD, x]}", ("CMD", "x")),
        ("fastapi", "{test: [CMD-SHELL, 'x $Y']}", ("CMD-SHELL", "x $$Y")),
    ],
)
def test_an_own_healthcheck(component: str, said: str, wanted: tuple[str, ...]) -> None:
    one = service(spec(f"{{x: {{component: {component}, healthcheck: {said}}}}}"), "x")
    assert one.healthcheck
    assert one.healthcheck.test == wanted


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        ("{x: python}", None),
        ("{x: {component: redis, healthcheck: {disable: true}}}", Healthcheck(disable=True)),
        (
            "{x: {component: redis, healthcheck: {interval: 1s, retries: 9}}}",
            Healthcheck(
                ("CMD-SHELL", "redis-cli ping | grep -q PONG"), "1s", "3s", 9, "30s", "250ms"
            ),
        ),
        (
            "{x: {component: redis, healthcheck: {test: [CMD, x]}}}",
            Healthcheck(("CMD", "x"), "10s", "3s", 5, "30s", "250ms"),
        ),
    ],
)
def test_healthcheck(services: str, wanted: Healthcheck | None) -> None:
    assert service(spec(services), "x").healthcheck == wanted


def test_a_service_without_a_check_can_be_waited_for() -> None:
    """The image has another's check, and `up --wait` fails for one that is turned off."""
    one = service(spec("{a: fastapi, x: python}"), "x", "prod")
    assert one.healthcheck
    assert (one.healthcheck.test, one.healthcheck.disable) == (("CMD", "true"), False)
    assert one.why["healthcheck"] == "no check of its own: healthy while it runs"


def test_the_dockerfile_of_an_own_healthcheck_says_nothing_that_is_not_known() -> None:
    text = spec("{x: {component: python, healthcheck: {test: [CMD, 'true']}}}")
    assert "None" not in render(stack(text), ["prod"])["Dockerfile"]


def test_folders_of_volumes_exist_in_the_image() -> None:
    services = (
        "{a: {component: fastapi, data: {/x: files, /y: temp, /z: log}},"
        " b: {component: python, data: {/w: models}}, c: {component: redis, data: {/v: files}}}"
    )
    assert dockerfiles(services)["Dockerfile"]["folders"] == ["/w", "/x"]


def test_a_dockerfile_without_a_test_environment_has_no_test_stage() -> None:
    values = dockerfiles("{a: fastapi}", "{prod: {}}")["Dockerfile"]
    assert set(values["command"]) == {"dev", "prod"}
    assert (
        "AS test" not in render(stack(spec("{a: fastapi}", "{prod: {}}")), ["prod"])["Dockerfile"]
    )


@pytest.mark.parametrize(
    ("context", "install", "pip", "lines"),
    [
        (Context("requirements.txt"), "requirements.txt", True, ("!app", "!requirements*.txt")),
        (Context("pyproject.toml"), "pyproject.toml", True, ("!app", "!pyproject.toml")),
        (Context("uv.lock"), "uv.lock", False, ("!app", "!pyproject.toml", "!uv.lock")),
        (
            Context("uv.lock", tests=True),
            "uv.lock",
            False,
            ("!app", "!pyproject.toml", "!tests", "!uv.lock"),
        ),
        (Context("poetry.lock"), "poetry.lock", False, ("!app", "!poetry.lock", "!pyproject.toml")),
        (Context(), "requirements.txt", True, ("!app", "!requirements*.txt")),
    ],
)
def test_what_lies_in_the_folder(
    context: Context, install: str, pip: bool, lines: tuple[str, ...]
) -> None:
    result = stack(spec("{a: {component: python, pip: true}}"), {".": context})
    (file,) = result.dockerfiles
    assert (file.values["install"], file.values["pip"]) == (install, pip)
    assert result.ignored == {".": lines}
    assert bool(result.warnings) == (context.install is None)


def run_lines(services: str, context: Context) -> dict[str, list[str]]:
    """Map each stage of the Dockerfile to what it runs, every command in one line."""
    text = render(stack(spec(services), {".": context}), ["dev"])["Dockerfile"]
    stages: dict[str, list[str]] = {}
    for part in text.replace("\\\n", "").split("\nFROM ")[1:]:
        head, _, body = part.partition("\n")
        lines = [" ".join(line.split()) for line in body.splitlines()]
        stages[head.split()[-1]] = [line for line in lines if line.startswith("RUN ")]
    return stages


@pytest.mark.parametrize("dev", [True, False])
def test_poetry_installs_the_groups_of_a_stage(dev: bool) -> None:
    stages = run_lines("{a: python}", Context("poetry.lock", dev=dev))
    assert "export --only main " in stages["deps"][-1]
    assert ["export --all-groups " in line for line in stages["dev-deps"]] == [dev]
    assert "'watchfiles>=1'" in stages["dev-deps"][-1]
    assert not any("poetry" in line for line in stages["prod"])


def test_steps_end_the_build_for_prod() -> None:
    context = Context("requirements.txt")
    with_steps = run_lines("{a: {component: django, collectstatic: true}}", context)
    assert [line.partition(" ")[2] for line in with_steps["prod"]] == [
        "DJANGO_SECRET_KEY=only-for-this-step python manage.py collectstatic --noinput"
    ]
    assert run_lines("{a: django}", context)["prod"] == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("component: celery", ["app"]),
        ("component: celery, app: 'jobs.tasks:celery'", ["jobs"]),
        ("component: celery, app: config", ["."]),
        ("component: celery, app: config, code: [config, lib]", ["config", "lib"]),
        ("component: celery-beat, app: jobs.tasks", ["jobs"]),
        ("component: django", ["."]),
        ("component: streamlit", ["app"]),
        ("component: streamlit, main: pages/start.py", ["pages"]),
        ("component: streamlit, main: start.py", ["."]),
        ("component: python, command: [python, jobs/run.py]", ["jobs"]),
    ],
)
def test_code_of_python_is_where_the_program_lies(said: str, wanted: list[str]) -> None:
    assert dockerfiles(f"{{x: {{{said}}}}}")["Dockerfile"]["code"] == wanted


@pytest.mark.parametrize("override", ["{build: other}", "{version: '3.12'}", "{pip: true}"])
def test_an_image_is_the_same_in_every_environment(override: str) -> None:
    got = problems(spec("{a: fastapi}", f"{{dev: {{}}, prod: {{a: {override}}}}}"))
    assert got
    assert all(line.startswith("environments.prod") for line in got)
    assert "the same in every environment" in got[0]


NODE = Context("package-lock.json", entries=("index.html", "lib", "src", "tsconfig.json", "x"))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("component: express", ["lib", "src", "tsconfig.json"]),
        ("component: express, main: bin/www.js", ["bin", "lib", "src", "tsconfig.json"]),
        ("component: express, main: server.js", ["lib", "server.js", "src", "tsconfig.json"]),
        ("component: express, code: [x]", ["x"]),
        ("component: express, output: lib", ["src", "tsconfig.json"]),
        ("component: node, command: [node, jobs/a.js]", ["jobs", "lib", "src", "tsconfig.json"]),
        ("component: vite", ["index.html", "src", "tsconfig.json"]),
        ("component: nextjs", ["lib", "src", "tsconfig.json"]),
    ],
)
def test_code_of_node_is_what_is_started_and_found(said: str, wanted: list[str]) -> None:
    result = stack(spec(f"{{a: {{{said}}}}}"), {".": NODE})
    assert result.dockerfiles[0].values["code"] == wanted


@pytest.mark.parametrize(("component", "wanted"), [("vite", ["src"]), ("nextjs", ["app"])])
def test_code_that_is_yet_to_come(component: str, wanted: list[str]) -> None:
    values = dockerfiles(f"{{a: {component}}}")["Dockerfile"]
    assert values["code"] == wanted


def test_a_worker_and_its_server_share_an_image_and_a_front_end_has_its_own() -> None:
    services = "{api: express, jobs: node, web: vite, site: nextjs}"
    values = dockerfiles(services)
    assert set(values) == {"Dockerfile", "Dockerfile.web", "Dockerfile.site"}
    assert builds(services)["jobs"] == builds(services)["api"]


def test_the_last_stage_has_the_image_port_and_user_of_prod() -> None:
    for environments in ("{dev: {}, prod: {}}", "{dev: {}}", "{prod: {}}"):
        values = dockerfiles("{web: vite}", environments)["Dockerfile"]
        assert values["image"]["dev"] == "node:24-slim"
        assert values["image"]["prod"].startswith("nginxinc/nginx-unprivileged:")
        assert (values["user"], values["port"]) == ("101:101", 8080)
        assert values["command"]["dev"][0] == "vite"
        assert values["command"]["prod"][0] == "nginx"
        assert values["healthcheck"].test[1] == "wget"


def test_what_is_baked_in_is_an_argument_of_the_build() -> None:
    said = "environment: {VITE_A: 'a $b', VITE_C: '${C}', D: e}"
    text = spec(f"{{web: {{component: vite, {said}}}}}")
    assert stack(text).dockerfiles[0].values["baked"] == ["VITE_A", "VITE_C"]
    args = {
        name: service(text, "web", name).build.args  # type: ignore[union-attr]
        for name in ("dev", "test", "prod")
    }
    assert args == {"dev": DEV, "test": {}, "prod": {"VITE_A": "a $$b", "VITE_C": "${C}"}}


@pytest.mark.parametrize(
    ("context", "warning"),
    [
        (Context(), "expects a package.json"),
        (Context("package.json"), "output: 'standalone'"),
        (Context("package.json", standalone=True), ""),
    ],
)
def test_what_a_folder_lacks_is_said(context: Context, warning: str) -> None:
    warnings = stack(spec("{a: nextjs}"), {".": context}).warnings
    assert len(warnings) == bool(warning)
    assert warning in "".join(warnings)


def test_packages_of_the_host_stay_out_of_the_build() -> None:
    context = Context("yarn.lock", settings=(".npmrc",), entries=("src", "test"))
    result = stack(spec("{a: express}"), {".": context})
    lines = ("!.npmrc", "!package.json", "!src", "!test", "!yarn.lock", "**/node_modules")
    assert result.ignored == {".": lines}
