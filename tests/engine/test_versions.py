"""Every component in every version, from the image that its file names.

With `--published` from the registry; without it those whose image, or a stand-in for it, is on the
engine. What is built from the user's code has tests of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from composegen.catalog import Catalog

from .asked import BEHIND, IMAGES, PAGES, STORES, Asked
from .support import (
    Environment,
    NewStack,
    Project,
    assert_no_anonymous_volume,
    attempt,
    composegen,
    free_ports,
    run,
    wait_for,
)
from .test_brokers import READ_SECONDS, limited

CATALOG = Catalog()
PULL_SECONDS = 1800
# Debian's MySQL, which stands in, logs into a file that a read-only root has no place for
STAND_IN_NEEDS = {"mysql": 'data: {/var/log/mysql: {kind: temp, mode: "0750"}}'}
APP = "{component: python, command: [sleep, infinity], needs: [%s]}"
WEB = "{component: fastapi, app: app:app, health: /, ports: []}"
MAIN = "from fastapi import FastAPI\napp = FastAPI()\napp.get('/')(lambda: 'still here')\n"


@dataclass(frozen=True)
class Case:
    """A component in one version, with the option that its image depends on."""

    component: str
    version: str
    option: str = ""

    def __str__(self) -> str:
        return f"{self.component}:{self.version} {self.option}".strip()

    @property
    def role(self) -> str:
        return CATALOG[self.component].role

    @property
    def asked(self) -> Asked:
        return {**STORES, **PAGES}[self.component]

    @property
    def environments(self) -> tuple[str, ...]:
        return ("dev",) if self.role == "tool" else ("dev", "prod")

    def spec(self, port: int, more: str) -> str:
        """Return the services: the component, and an app that asks it."""
        behind = {"proxy": "app", "tool": "db"}.get(self.role)
        keys = [f'component: {self.component}, version: "{self.version}", port: {port}']
        keys += [one for one in (self.option, more, behind and f"needs: [{behind}]") if one]
        app = WEB if self.role == "proxy" else APP % ("store" if self.role == "store" else "")
        services = {"app": app, "store": f"{{{', '.join(keys)}{limited(self.component)}}}"}
        if self.role == "tool":
            services["db"] = f"{{component: {BEHIND[self.component]}, ports: []}}"
        lines = [f"  {name}: {text}" for name, text in services.items()]
        said = ", ".join(f"{name}: {{}}" for name in self.environments)
        return "\n".join(["services:", *lines, f"environments: {{{said}}}", ""])


def cases() -> Iterator[Case]:
    names = [name for name in CATALOG.names() if CATALOG[name].role != "app" and name != "image"]
    for name in names:
        for version in CATALOG[name].versions:
            yield Case(name, version)
            yield from (Case(name, version, option) for option in IMAGES.get(name, ()))


def provide(project: Project, case: Case, *, published: bool) -> None:
    """Pull the images that are not built here; skip where only the registry has them."""
    for name in case.environments:
        environment: Environment = getattr(project, name)
        services = environment.config()["services"].values()
        for image in sorted(one["image"] for one in services if "build" not in one):
            if published:
                run("docker", "pull", "--quiet", image, seconds=PULL_SECONDS)
            elif attempt("docker", "image", "inspect", image)[0] != 0:
                pytest.skip(f"{image} IS NOT ON THIS ENGINE: --published pulls it")


@pytest.fixture(scope="module", params=list(cases()), ids=str)
def made(
    request: pytest.FixtureRequest, new_stack: NewStack, with_wget: None, published: bool
) -> Iterator[tuple[Case, Project]]:
    case: Case = request.param
    if not (published or case.asked.stand_in):
        pytest.skip(
            f"NO STAND-IN OF {case.component} UNDERSTANDS THIS: --published pulls the image"
        )
    ports = free_ports("store")
    more = "" if published else STAND_IN_NEEDS.get(case.component, "")
    libraries = "fastapi\nuvicorn\n" if case.role == "proxy" else case.asked.requirements
    files = {"requirements.txt": libraries, "app/__init__.py": MAIN if case.role == "proxy" else ""}
    project = new_stack(case.spec(ports["store"], more), files, ports)
    provide(project, case, published=published)
    yield case, project
    for environment in (project.dev, project.prod):
        environment.remove()


def up(environment: Environment) -> None:
    environment.compose("--profile", "tools", "up", "-d", "--build", "--wait")


def reads(environment: Environment, asked: Asked) -> bool:
    words = environment.command("exec", "-T", "app", "python", "-c", asked.read)
    code, said = attempt(*words, cwd=environment.root)
    assert code != 0 or said.strip() == "still here", said
    return code == 0


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_it_starts_and_keeps_what_it_is_told(made: tuple[Case, Project], name: str) -> None:
    case, project = made
    if name not in case.environments:
        pytest.skip("a tool is in dev alone")
    environment: Environment = getattr(project, name)
    up(environment)
    assert_no_anonymous_volume(environment)
    if case.asked.write:
        environment.execute("app", "python", "-c", case.asked.write)
    wait_for(lambda: reads(environment, case.asked), READ_SECONDS, "the datum")

    environment.compose("--profile", "tools", "down")
    up(environment)

    if case.asked.keeps:
        wait_for(lambda: reads(environment, case.asked), READ_SECONDS, "the datum")
    composegen("status", cwd=project.root)
    environment.compose("--profile", "tools", "down")


LANGUAGES = {
    "node": {"package.json": "{}", "src/index.js": "setInterval(() => 0, 1000)\n"},
    "python": {
        "requirements.txt": "",
        "app/__init__.py": "",
        "app/__main__.py": "import time\nwhile True:\n    time.sleep(1)\n",
    },
}


@pytest.mark.parametrize(
    ("component", "version"),
    [(name, version) for name in LANGUAGES for version in CATALOG[name].versions],
)
def test_an_app_runs_on_each_version(
    component: str, version: str, new_stack: NewStack, published: bool
) -> None:
    image = CATALOG[component].facts_for({"version": version}).image.name.format(version=version)
    if published:
        run("docker", "pull", "--quiet", image, seconds=PULL_SECONDS)
    elif attempt("docker", "image", "inspect", image)[0] != 0:
        pytest.skip(f"{image} IS NOT ON THIS ENGINE: --published pulls it")
    spec = f'services: {{app: {{component: {component}, version: "{version}"}}}}\n'
    project = new_stack(spec, LANGUAGES[component], {"app": 0})
    for environment in (project.dev, project.prod):
        up(environment)
        if published:
            said = environment.execute("app", component, "--version")
            assert said.removeprefix("Python ").removeprefix("v").startswith(f"{version}.")
        environment.down()


def test_every_component_is_asked() -> None:
    assert {case.component for case in cases()} == STORES.keys() | PAGES.keys()
