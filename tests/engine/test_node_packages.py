"""Every lock file is followed by its own package manager, and TypeScript is built for prod."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .node_apps import package
from .support import Environment, NewStack, attempt, free_ports, run

NODE = "node:24-slim"
SERVER = """\
const http = require('http')
http.createServer((_, answer) => answer.end(require('ms')('2 days') + '')).listen(process.env.PORT)
"""
TYPED = """\
import http from 'node:http'
const text: string = 'typed'
http.createServer((_, answer) => { answer.end(text) }).listen(process.env.PORT)
"""
TSCONFIG = {
    "compilerOptions": {
        "module": "nodenext",
        "outDir": "dist",
        "rootDir": "src",
        "types": ["node"],
    },
    "include": ["src"],
}
# What makes each lock file, and what package.json says about it.
MANAGERS = {
    "npm": ("npm install --package-lock-only", None),
    "pnpm": ("npx --yes pnpm@10 install --lockfile-only", None),
    "yarn": ("npx --yes yarn@1.22.22 install && rm -r node_modules", None),
    "modern": (
        "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4.9.2 install"
        " --mode=update-lockfile",
        "yarn@4.9.2",
    ),
}
# Each lock file's service, its folder and Node; Yarn is in the images of Node up to 25.
SERVICES = {
    **{name: (name, "24") for name in MANAGERS},
    "yarn-22": ("yarn", "22"),
    "modern-22": ("modern", "22"),
}


def files(name: str) -> dict[str, str]:
    said = {"packageManager": MANAGERS[name][1]} if MANAGERS[name][1] else {}
    text = package({"ms": "^2.1.3"}, devDependencies={"left-pad": "^1.3.0"}, **said)
    return {"package.json": text, "src/server.js": SERVER}


def locked(folder: Path, words: str) -> dict[str, str]:
    """Return the lock file that a command leaves beside package.json, in a container."""
    mount = ("--volume", f"{folder}:/app", "--workdir", "/app")
    run("docker", "run", "--rm", *mount, NODE, "sh", "-c", words)
    names = {"package-lock.json", "pnpm-lock.yaml", "yarn.lock"}
    return {path.name: path.read_text() for path in folder.iterdir() if path.name in names}


@pytest.fixture(scope="module")
def prod(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    given = {}
    for name, (words, _) in MANAGERS.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / "package.json").write_text(files(name)["package.json"])
        lock = locked(folder, words)
        assert len(lock) == 1
        given |= {f"{name}/{path}": text for path, text in {**files(name), **lock}.items()}
    scripts = {"build": "tsc", "test": "tsc --noEmit --listFiles"}
    tools = {"typescript": "^5.9.0", "@types/node": "^24.0.0"}
    given |= {
        "typed/package.json": package({}, type="module", scripts=scripts, devDependencies=tools),
        "typed/tsconfig.json": json.dumps(TSCONFIG),
        "typed/src/server.ts": TYPED,
    }
    services = "\n".join(
        f"  {name}: {{component: express, version: {version!r}, build: {folder}, health: /}}"
        for name, (folder, version) in SERVICES.items()
    )
    ports = free_ports("typed")
    spec = f"""\
services:
{services}
  typed:
    {{component: express, build: typed, port: {ports["typed"]}, health: /, main: src/server.ts,
      output: dist}}
environments: {{dev: {{}}, test: {{}}, prod: {{typed: {{main: dist/server.js}}}}}}
"""
    project = new_stack(spec, given, ports)
    project.prod.up("--build")
    return project.prod


def test_prod_has_the_packages_and_none_for_development(prod: Environment) -> None:
    assert prod.health() == dict.fromkeys((*SERVICES, "typed"), "healthy")
    for name in SERVICES:
        found = prod.execute(name, "node", "-e", "console.log(require('ms')('2 days'))")
        assert found == "172800000", name
        missing = prod.command("exec", "-T", name, "node", "-e", "require('left-pad')")
        assert attempt(*missing, cwd=prod.root)[0] == 1, name


def test_typescript_is_built(prod: Environment) -> None:
    assert prod.execute("typed", "ls", "dist") == "server.js"
    assert prod.processes("typed")
    assert any("dist/server.js" in line for line in prod.processes("typed").values())
    assert attempt(*prod.command("exec", "-T", "typed", "tsc", "-v"), cwd=prod.root)[0] != 0


def test_dev_has_all_packages_and_test_runs_the_script(prod: Environment) -> None:
    dev = Environment(prod.root, "dev", prod.port)
    prod.down()
    dev.up("--build", *SERVICES)
    for name in SERVICES:
        assert dev.execute(name, "node", "-e", "console.log(require('left-pad')('5', 2))") == "5"
    dev.down()
    test = Environment(prod.root, "test", prod.port)
    # the stand-in of Node was built without its support for TypeScript, so only the compiler runs
    assert "/app/src/server.ts" in test.compose("run", "--rm", "--build", "typed")
