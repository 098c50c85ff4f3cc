"""Config files of components: where they lie, what is in them, and whose they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import cli, generated, problems, project, service, spec, stack

APPS = "a: fastapi, b: {component: fastapi, build: b}"


def file(services: str, path: str = "front/default.conf") -> dict[str, Any]:
    """Return what a config file is made from."""
    found = {one.path: one for one in stack(spec(services)).files}
    return dict(found[path].values)


def routes(said: str) -> dict[str, str]:
    values = file(f"{{{APPS}, front: {{component: nginx, {said}}}}}")
    return {one["path"]: f"{one['host']}:{one['port']}" for one in values["routes"]}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("needs: [a]", {"/": "a:8000"}),
        ("needs: [a, b]", {"/b/": "b:8000", "/": "a:8000"}),
        ("needs: [b, a]", {"/a/": "a:8000", "/": "b:8000"}),
        ("needs: [a, b], routes: {/: b, /v1/: a}", {"/v1/": "a:8000", "/": "b:8000"}),
        ("needs: [a], routes: {/x/: a, /x/y/: a}", {"/x/y/": "a:8000", "/x/": "a:8000"}),
        ("port: 8080", {}),
    ],
)
def test_routes(said: str, wanted: dict[str, str]) -> None:
    assert routes(said) == wanted
    assert list(routes(said)) == list(wanted), "the longest path comes first"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("needs: [a], routes: {/: b}", "/ routes to 'b', which is not in needs:"),
        ("needs: [a], routes: {/: x}", "/ routes to 'x', which is not in needs:"),
        (
            "needs: [w], routes: {/: w}",
            "/ routes to 'w', which listens on no port",
        ),
    ],
)
def test_a_route_that_leads_nowhere(said: str, message: str) -> None:
    worker = "w: {component: python, heartbeat: /tmp/x}"
    found = problems(spec(f"{{{APPS}, {worker}, front: {{component: nginx, {said}}}}}"))
    assert [message in text for text in found] == [True], found


def test_a_file_is_mounted_with_its_folder_and_read_only() -> None:
    services = f"{{{APPS}, front: {{component: nginx, needs: [a]}}}}"
    for environment in ("dev", "test", "prod"):
        front = service(spec(services), "front", environment)
        (mount,) = [one for one in front.mounts if one.type == "bind"]
        assert (mount.source, mount.target) == ("./front", "/etc/nginx/conf.d")
        assert mount.read_only


def test_one_file_for_all_environments() -> None:
    services = f"{{{APPS}, front: {{component: nginx, needs: [a]}}}}"
    one = spec(services, "{dev: {}, prod: {front: {needs: {b: {}}}}}")
    (message,) = problems(one)
    assert "environments.prod.front" in message
    assert "front/default.conf serves all environments" in message


def test_a_renamed_service_keeps_its_file() -> None:
    services = f"{{{APPS}, gate: {{component: nginx, needs: [a], renamed_from: front}}}}"
    assert file(services)["service"] == "gate"


SPEC = """\
name: x
services:
  api: fastapi
  front:
    component: nginx
    needs: [api]
"""


def test_edits_are_kept_and_new_routes_arrive(tmp_path: Path) -> None:
    root = generated(project(tmp_path, SPEC))
    conf = root / "front/default.conf"
    text = conf.read_text().replace("client_max_body_size 16m", "client_max_body_size 100m")
    conf.write_text(text)
    docs = "  docs: {component: fastapi, build: docs}\n"
    project(root, SPEC.replace("[api]", "[api, docs]") + docs)
    generated(root)
    merged = conf.read_text()
    assert "client_max_body_size 100m;" in merged
    assert "location /docs/ {" in merged


def test_an_entry_of_the_spec_replaces_the_file(tmp_path: Path) -> None:
    own = "    data: {/etc/nginx/conf.d: {kind: config, source: conf}}\n"
    root = generated(project(tmp_path, SPEC + own, {"conf/default.conf": "# mine\n"}))
    assert not (root / "front").exists()
    assert "source: ./conf" in (root / "docker-compose.yml").read_text()


def test_a_file_that_is_there_is_not_ours(tmp_path: Path) -> None:
    root = project(tmp_path, SPEC, {"front/default.conf": "# mine\n"})
    done = cli("generate", cwd=root)
    assert done.code != 0
    assert "front/default.conf" in done.err
    assert (root / "front/default.conf").read_text() == "# mine\n"
