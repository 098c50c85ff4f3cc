"""From a spec to texts, through the command line: templates, the check, and raw keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import PRESETS, cli, generated, project

from composegen.formats.yaml12 import read
from composegen.resources import resource_dir

SPEC = "name: x\nservices:\n  api: fastapi\n"
OWN = "templates/docker-compose.yml.j2"
OURS = (resource_dir("templates") / "docker-compose.yml.j2").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("name: {{ document.name }}\n", "docker-compose.yml"),
        (OURS.replace("name: {{", "name: other{{"), "docker-compose.yml"),
        (OURS.replace("{{ key | entry(value, 4) }}", "x: 1"), "docker-compose.yml"),
        (OURS + "\nextra: true\n", "docker-compose.yml"),
        (OURS + "---\n", "docker-compose.yml"),
        (OURS + "  - [\n", "docker-compose.yml"),
        ("{% if %}", "docker-compose.yml"),
        ("{{ nothing_of_that_name }}", "docker-compose.yml"),
        ("{% include 'missing.j2' %}", "missing.j2"),
        ("{{ 1 / 0 }}", "docker-compose.yml"),
    ],
)
def test_a_broken_own_template_is_the_users_to_mend(
    template: str, said: str, tmp_path: Path
) -> None:
    project(tmp_path, SPEC, {OWN: template})
    done = cli("generate", cwd=tmp_path)
    assert (done.code, "Traceback" in done.err, done.out) == (2, False, "")
    assert said in done.err
    assert not (tmp_path / "docker-compose.yml").exists()


def test_own_templates_come_first(tmp_path: Path) -> None:
    own = "{# mine #}# written by composegen from mine\n"
    dockerfile = (resource_dir("templates") / "dockerfile/python.j2").read_text(encoding="utf-8")
    project(
        tmp_path,
        SPEC,
        {
            OWN: OURS.replace("\nname:", "\n# mine\nname:"),
            "templates/dockerfile/python.j2": dockerfile.replace(
                "PYTHONUNBUFFERED=1", "PYTHONUNBUFFERED=1 MINE=1"
            ),
            "templates/dockerignore.j2": own,
        },
    )
    generated(tmp_path)
    assert "\n# mine\nname:" in (tmp_path / "docker-compose.yml").read_text()
    assert "MINE=1" in (tmp_path / "Dockerfile").read_text()
    assert (tmp_path / ".dockerignore").read_text() == "# written by composegen from mine\n"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("{x-a: .inf}", "service"),
        ("{x-a: -.inf}", "service"),
        ("{x-a: .nan}", "service"),
        ("{x-a: {'<<': 1, '=': 2, y: 3, '': 4, 'a: b': 5}}", "service"),
        ("{profiles: ['true', 'null', '.5', 'a b']}", "service"),
        ("{networks: ['null']}", "service"),
        ('{ports: ["a\'b", "a\\nb"]}', "service"),
        ("{volumes: null}", "service"),
        ("{volumes: data}", "service"),
        ("{tmpfs: 5}", "service"),
        ("{tmpfs: /run}", "service"),
        ("{healthcheck: null, build: ./x, deploy: null, environment: null}", "service"),
        ("{services: null}", "top"),
        ("{services: []}", "top"),
        ("{services: {mail: null}}", "top"),
        ("{services: {api: null}}", "top"),
        ("{services: {'a: b': {image: 'a:1'}}}", "top"),
        ("{services: {'1': {image: 'a:1'}, 'null': {image: 'a:1'}}}", "top"),
        ("{networks: null, volumes: null, configs: null}", "top"),
        ("{networks: [a]}", "top"),
        ("{name: other}", "top"),
        ("{name: null}", "top"),
        ("{version: '3'}", "top"),
        ("{x-a: null, x-b: 1, x-c: text, x-d: [], x-e: {}, x-f: [[1, [2]], {a: [{}]}]}", "top"),
    ],
)
def test_odd_raw_keys(raw: str, place: str, tmp_path: Path) -> None:
    """Whatever a user puts there comes out as it is, or is refused; it is never our bug."""
    indent = "    " if place == "service" else ""
    spec = f"{SPEC.replace('fastapi', '{component: fastapi}')}{indent}compose: {raw}\n"
    if place == "service":
        spec = f"name: x\nservices:\n  api:\n    component: fastapi\n    compose: {raw}\n"
    done = cli("generate", cwd=project(tmp_path, spec))
    assert done.code in (0, 2), done.err[-300:]
    assert "Traceback" not in done.err
    if done.code == 2:
        assert "compose" in done.err
        return
    result = read((tmp_path / "docker-compose.yml").read_bytes()).value
    wanted = read(f"v: {raw}".encode()).value["v"]
    target = result["services"]["api"] if place == "service" else result
    for key, value in wanted.items():
        if key.startswith("x-"):
            assert repr(target[key]) == repr(value)


@pytest.mark.parametrize("name", ["'1'", "'007'", "'1e3'", "'null'", "'true'", "no", "y", "a1"])
def test_service_names(name: str, tmp_path: Path) -> None:
    generated(project(tmp_path, f"name: x\nservices:\n  {name}: fastapi\n"))
    services = read((tmp_path / "docker-compose.yml").read_bytes()).value["services"]
    assert list(services) == [name.strip("'")]


def test_spec_text_is_no_template(tmp_path: Path) -> None:
    value = "{{ 7*7 }} {% include 'x' %} {# c #} {service} {version} ${{ x }}"
    spec = (
        "name: x\nservices:\n  api:\n    component: fastapi\n"
        f'    environment: {{A: "{value}"}}\n'
        f'    command: [run, "{value}"]\n'
        '  db: {component: postgres, settings: {search_path: "{user} {{ 7*7 }}"}}\n'
    )
    generated(project(tmp_path, spec))
    services = read((tmp_path / "docker-compose.prod.yml").read_bytes()).value["services"]
    assert services["api"]["environment"]["A"] == value.replace("$", "$$")
    assert services["api"]["command"] == ["run", value.replace("$", "$$")]
    assert services["db"]["command"][-1] == "search_path={user} {{ 7*7 }}"


def test_dockerfile_has_the_words_as_they_are(tmp_path: Path) -> None:
    """`$$` is Compose's escape; in the exec form of a Dockerfile it would be two characters."""
    spec = (
        "name: x\nservices:\n  api:\n    component: fastapi\n"
        "    command: [sh, -c, 'echo $HOME $$']\n"
        "    healthcheck: {test: [CMD, sh, -c, 'test -n $HOME']}\n"
    )
    text = (generated(project(tmp_path, spec)) / "Dockerfile").read_text()
    assert '\nCMD ["sh", "-c", "echo $HOME $$"]\n' in text
    assert '    CMD ["sh", "-c", "test -n $HOME"]\n' in text


@pytest.mark.parametrize(
    ("healthcheck", "line"),
    [
        ("{test: [CMD, 'true']}", '    CMD ["true"]'),
        ("{test: [CMD-SHELL, curl -f localhost]}", "    CMD curl -f localhost"),
        ("{disable: true}", "HEALTHCHECK NONE"),
    ],
)
def test_dockerfile_healthcheck(healthcheck: str, line: str, tmp_path: Path) -> None:
    spec = (
        "name: x\nservices:\n  job:\n    component: python\n    command: [python, -m, app.job]\n"
        f"    healthcheck: {healthcheck}\n"
    )
    text = (generated(project(tmp_path, spec)) / "Dockerfile").read_text()
    assert f"\n{line}\n" in text
    assert "None" not in text


@pytest.mark.parametrize("pip", ["true", "false"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"requirements.txt": ""}, "requirements.txt"),
        ({"pyproject.toml": ""}, "pyproject.toml"),
        ({"pyproject.toml": "", "uv.lock": ""}, "uv sync --locked"),
    ],
)
def test_install(given: dict[str, str], words: str, pip: str, tmp_path: Path) -> None:
    spec = f"name: x\nservices:\n  api: {{component: fastapi, build: api, pip: {pip}}}\n"
    files = {f"api/{path}": text for path, text in given.items()}
    text = (generated(project(tmp_path, spec, files)) / "api/Dockerfile").read_text()
    assert words in text
    assert ("/bin/uv" in text) == (pip == "false" or "uv.lock" in given)


YARN = '{"packageManager": "yarn@4.9.2"}'


@pytest.mark.parametrize(
    ("given", "words", "tool"),
    [
        ({"package.json": "{}"}, "npm install --no-package-lock", None),
        ({"package.json": "{}", "package-lock.json": ""}, "npm ci", None),
        ({"package.json": "{}", "pnpm-lock.yaml": ""}, "pnpm install --frozen-lockfile", "pnpm@10"),
        ({"package.json": "{}", "yarn.lock": ""}, "yarn install --frozen-lockfile", "yarn@1.22.22"),
        ({"package.json": YARN, "yarn.lock": ""}, "yarn install --immutable", "cli-dist@4.9.2"),
        ({"package.json": YARN, "pnpm-lock.yaml": ""}, "pnpm install --frozen", "pnpm@10"),
    ],
)
@pytest.mark.parametrize("component", ["express", "vite", "nextjs"])
def test_install_for_node(
    component: str, given: dict[str, str], words: str, tool: str | None, tmp_path: Path
) -> None:
    spec = f"name: x\nservices:\n  web: {{component: {component}, build: web}}\n"
    files = {f"web/{path}": text for path, text in {**given, ".npmrc": ""}.items()}
    text = (generated(project(tmp_path, spec, files)) / "web/Dockerfile").read_text()
    assert words in text
    assert ("install --global" in text) == bool(tool)
    assert f"{tool or ''}\n" in text
    # in the images of Node up to 25, where npm would not write over them
    links = "rm -f /usr/local/bin/yarn /usr/local/bin/yarnpkg \\\n    && npm install --global"
    assert (links in text) == ("yarn.lock" in given)
    # it may hold a token
    assert "source=.npmrc" in text
    assert "COPY .npmrc" not in text


def test_dockerignore_is_of_its_own_folder(tmp_path: Path) -> None:
    """One folder that is copied whole opens none of the others."""
    spec = (
        "name: x\nservices:\n  one: {component: fastapi, build: one, code: [.]}\n"
        "  two: {component: fastapi, build: two}\n"
    )
    generated(project(tmp_path, spec, {"one/requirements.txt": "", "two/requirements.txt": ""}))
    lines = {name: (tmp_path / name / ".dockerignore").read_text() for name in ("one", "two")}
    assert "\n*\n" not in lines["one"]
    assert "\n*\n" in lines["two"]


def test_templates_have_no_preset_in_them() -> None:
    names = [folder.name for folder in PRESETS.iterdir() if folder.is_dir()]
    for file in resource_dir("templates").rglob("*.j2"):
        assert not [name for name in names if name in file.read_text(encoding="utf-8")]
