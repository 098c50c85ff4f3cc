"""How edits reach a container in dev where the code is not mounted."""

from __future__ import annotations

import pytest
from support import problems, service, spec, stack

from composegen.plan.model import Mount, Service, Watch
from composegen.resolve.context import Context

IGNORED = ("__pycache__/", ".venv/", "node_modules/")
CONTEXT = Context("yarn.lock", settings=(".npmrc",), entries=("index.html", "src"))


def dev(said: str) -> Service:
    result = stack(spec(f"{{x: {{{said}}}}}", "{dev: {}, prod: {}}"), {"web": CONTEXT})
    assert result.plans[1].services[0].watch == ()
    return result.plans[0].services[0]


def test_a_bind_mount_needs_no_watch() -> None:
    one = dev("component: vite, build: web")
    assert one.watch == ()
    assert [(mount.source, mount.target) for mount in one.mounts if mount.type == "bind"] == [
        ("./web/index.html", "/app/index.html"),
        ("./web/src", "/app/src"),
    ]


@pytest.mark.parametrize("sync", ["watch", "volume"])
def test_code_is_synced_and_requirements_build_again(sync: str) -> None:
    """A single file fits no volume: it is in the image, and synced."""
    one = dev(f"component: vite, build: web, sync: {sync}")
    assert one.build
    assert one.build.target == "dev-code"
    assert one.watch == (
        Watch("sync", "./web/index.html", "/app/index.html"),
        Watch("sync", "./web/src", "/app/src", IGNORED, initial_sync=sync == "volume"),
        Watch("rebuild", "./web/yarn.lock"),
        Watch("rebuild", "./web/package.json"),
        Watch("rebuild", "./web/.npmrc"),
    )
    volumes = [mount for mount in one.mounts if mount.type != "tmpfs"]
    wanted = [Mount("volume", "/app/src", "x_src", why=volumes[0].why)] if volumes else []
    assert volumes == wanted
    assert bool(volumes) == (sync == "volume")


def test_config_restarts() -> None:
    data = "data: {/etc/app: config}"
    one = service(spec(f"{{x: {{component: python, sync: watch, {data}}}}}"), "x")
    assert one.watch == (
        Watch("sync", "./app", "/app/app", IGNORED),
        Watch("rebuild", "./requirements.txt"),
        Watch("restart", "./etc-app"),
    )


def test_installed_packages_are_never_hidden() -> None:
    """They lie in the folder of the code: mounting it whole would bring the host's packages in."""
    (message,) = problems(spec("{x: {component: express, code: [.]}}", "{dev: {}}"))
    assert message.startswith("services.x.code: /app would hide /app/node_modules")
    assert "code: [src]" in message
    assert not problems(spec("{x: {component: express, code: [.], sync: watch}}", "{dev: {}}"))


@pytest.mark.parametrize("path", ["/app/node_modules", "/app/node_modules/.cache", "/app/src/x"])
def test_no_data_over_packages_or_code(path: str) -> None:
    assert problems(spec(f"{{x: {{component: express, data: {{{path}: files}}}}}}"))
