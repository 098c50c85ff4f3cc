"""Proxies in front of two apps: paths lead where the spec says, in dev and in prod."""

from __future__ import annotations

from pathlib import Path

import pytest

from .support import (
    Environment,
    NewStack,
    assert_no_anonymous_volume,
    free_ports,
    page,
    replace,
    wait_for,
)

APP = """\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        seen = self.headers.get("X-Forwarded-For", "nobody")
        self.wfile.write(f"{os.environ['WHO']} {self.path} {bool(seen)}".encode())

    def log_message(self, *words: object) -> None:
        pass


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
PROXIES = ["nginx", "caddy"]


def app(name: str) -> str:
    command = "[python, -m, app.main]"
    return (
        f"{{component: fastapi, build: {name}, command: {command}, environment: {{WHO: {name}}}}}"
    )


@pytest.fixture(scope="module", params=PROXIES)
def front(request: pytest.FixtureRequest, new_stack: NewStack, with_wget: None) -> Environment:
    ports = free_ports("front", "web", "api")
    spec = f"""\
services:
  web: {app("web")}
  api: {app("api")}
  front: {{component: {request.param}, port: {ports["front"]}, needs: [web, api]}}
environments:
  dev: {{web: {{port: {ports["web"]}}}, api: {{port: {ports["api"]}}}}}
  prod: {{}}
"""
    files = {
        f"{name}/{path}": text
        for name in ("web", "api")
        for path, text in {
            "app/__init__.py": "",
            "app/main.py": APP,
            "requirements.txt": "",
        }.items()
    }
    project = new_stack(spec, files, ports)
    return Environment(project.root, "prod", ports["front"])


def test_paths_lead_to_services(front: Environment) -> None:
    front.up("--build")
    assert page(front.port, "/a/b?c=d") == "web /a/b?c=d True"
    assert page(front.port, "/api/x") == "api /api/x True"
    assert_no_anonymous_volume(front)


def test_it_finds_a_service_that_was_made_anew(front: Environment) -> None:
    """The new container has another address: its old one is taken meanwhile."""
    front.up()
    front.compose("rm", "-s", "-f", "web", "api")
    front.up("api", "--no-deps")
    front.up("web", "--no-deps")
    wait_for(lambda: page(front.port, "/x") == "web /x True", 15, "the new address of web")
    wait_for(lambda: page(front.port, "/api/x") == "api /api/x True", 15, "the new address of api")


def test_a_second_start_and_an_edit_of_its_file(front: Environment) -> None:
    front.down()
    front.up()
    file = next(path for path in (front.root / "front").iterdir())
    old, new, reload = EDITS[file.name]
    replace(file, old, new)
    front.execute("front", *reload)
    wait_for(lambda: page(front.port, "/v2/x") == "api /v2/x True", 5, "the edit")


EDITS = {
    "default.conf": ("location /api/", "location /v2/", ("nginx", "-s", "reload")),
    "Caddyfile": (
        "handle /api/*",
        "handle /v2/*",
        ("caddy", "reload", "--config", "/etc/caddy/Caddyfile"),
    ),
}


def test_the_config_is_read_only(front: Environment) -> None:
    (file,) = Path(front.root / "front").iterdir()
    target = {"default.conf": "/etc/nginx/conf.d", "Caddyfile": "/etc/caddy"}[file.name]
    script = f"echo x > {target}/{file.name} || echo refused"
    assert front.execute("front", "sh", "-c", script).endswith("refused")
