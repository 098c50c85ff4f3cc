"""Whatever is edited and run, in whatever order: nothing of the user's is lost, and runs settle."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from support import Done, cli, files, generated, project

LOCK = ".composegen/lock.json"
NEW = ".composegen-new"
DEV, TEST, PROD = "docker-compose.yml", "docker-compose.test.yml", "docker-compose.prod.yml"
OURS = (DEV, DEV, TEST, PROD, "Dockerfile", ".dockerignore", ".env.example")

# What the spec can say, choice by choice; the first is where it starts.
CHOICES: dict[str, tuple[str, ...]] = {
    "port": ("8000", "8080"),
    "python": ("3.13", "3.12"),
    "environment": ("{}", "{LOG_LEVEL: debug}", "{LOG_LEVEL: info, REGION: eu}"),
    "uploads": ("", ", data: {/app/uploads: uploads}", ", data: {/app/uploads: temp}"),
    "needs": ("[db]", "[]", "[db, cache]"),
    "db": ("db", "main"),
    "old": ("", ", renamed_from: db"),
    "version": ("17", "18", ""),
    "prod": ("", ', version: "18"', ', version: "17"'),
    "database": ("app", "shop"),
    "driver": ("", "{driver_opts: {type: none}}"),
    "queue": ("", "\n  queue: redis:8"),
    "memory": ("1G", "2G"),
    "test": ("", "test: {}, "),
}


def spec(said: dict[str, str]) -> str:
    path = "/var/lib/postgresql/data" if said["version"] == "17" else "/var/lib/postgresql"
    driver = "" if said["prod"] else said["driver"]
    volume = f", data: {{{path}: {{volume: {driver}}}}}" if driver else ""
    prod = f"{{{said['db']}: {{memory: {said['memory']}{said['prod']}}}}}"
    needs = said["needs"].replace("db", said["db"])
    version = f'version: "{said["version"]}", ' if said["version"] else ""
    return f"""\
name: app
services:
  api: {{component: fastapi, version: "{said["python"]}", port: {said["port"]}, needs: {needs},
    environment: {said["environment"]}{said["uploads"]}}}
  cache: redis:8
  {said["db"]}: {{component: postgres, {version}database: {said["database"]}\
{said["old"]}{volume}}}{said["queue"]}
environments: {{dev: {{}}, {said["test"]}prod: {prod}}}
"""


# What may change of a volume when a finding about it was accepted, and what may at any time.
RISKS = {
    "first-start": ("first_start",),
    "format": ("format", "target", "first_start"),
    "memory": ("unused",),
    "options": ("driver", "driver_opts", "external"),
    "orphan": ("unused",),
    "path": ("target",),
}
HARMLESS = {"kind", "service", "version"}

START = {name: choices[0] for name, choices in CHOICES.items()}
OTHER = [(name, other) for name, choices in CHOICES.items() for other in choices[1:]]


class Years(RuleBasedStateMachine):
    """A user with an editor, and composegen."""

    original: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "project"
        self.said = dict(START)
        # the lines that the user wrote, by file
        self.mine: dict[str, list[str]] = {path: [] for path in OURS}
        self.number = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def start(self) -> None:
        shutil.copytree(self.original, self.root)

    # what the user does

    @rule(choice=st.sampled_from(OTHER))
    def edit_the_spec(self, choice: tuple[str, str]) -> None:
        name, other = choice
        self.said[name] = other if self.said[name] != other else START[name]
        (self.root / "stack.yaml").write_text(spec(self.said))

    @rule(
        data=st.data(),
        path=st.sampled_from(OURS),
        form=st.sampled_from(["# {}", "# {} ", "x-{}: a"]),
    )
    def insert_a_line(self, data: st.DataObject, path: str, form: str) -> None:
        def edit(lines: list[str]) -> None:
            place = data.draw(st.integers(0, len(lines)))
            after = lines[place - 1] if place else ""
            indent = " " * (len(after) - len(after.lstrip(" ")))
            lines.insert(place, self.made(path, indent + form))

        self.edit(path, edit)

    @rule(data=st.data(), path=st.sampled_from(OURS))
    def alter_a_line(self, data: st.DataObject, path: str) -> None:
        def edit(lines: list[str]) -> None:
            place = data.draw(st.integers(0, len(lines) - 1))
            self.forget(path, lines[place])
            lines[place] = self.made(path, lines[place] + "  # {}")

        self.edit(path, edit)

    @rule(data=st.data(), path=st.sampled_from(OURS))
    def remove_lines(self, data: st.DataObject, path: str) -> None:
        def edit(lines: list[str]) -> None:
            start = data.draw(st.integers(0, len(lines) - 1))
            for line in lines[start : start + 2]:
                self.forget(path, line)
            del lines[start : start + 2]

        self.edit(path, edit)

    @rule(path=st.sampled_from([DEV, PROD]))
    def append_a_service(self, path: str) -> None:
        def edit(lines: list[str]) -> None:
            place = lines.index("volumes:") if "volumes:" in lines else len(lines)
            service = ["  mine-{}:", "    image: axllent/mailpit:v1", ""]
            lines[place:place] = [self.made(path, service[0]), *service[1:]]

        self.edit(path, edit)

    @rule(path=st.sampled_from(OURS))
    def save_with_other_line_ends(self, path: str) -> None:
        if (self.root / path).exists():
            data = (self.root / path).read_bytes().replace(b"\r\n", b"\n")
            (self.root / path).write_bytes(data.replace(b"\n", b"\r\n"))

    @rule(path=st.sampled_from(OURS))
    def delete_a_file(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)
        self.mine[path] = []

    @rule(end=st.sampled_from(["\n", "\r\n", ""]))
    def add_to_env(self, end: str) -> None:
        self.number += 1
        text = (self.root / ".env").read_bytes()
        gap = b"" if text.endswith(b"\n") else b"\n"
        (self.root / ".env").write_bytes(text + gap + f"MINE_{self.number}='a b'{end}".encode())

    def edit(self, path: str, change: Callable[[list[str]], None]) -> None:
        if not (self.root / path).exists():
            return
        data = (self.root / path).read_bytes().decode()
        end = "\r\n" if "\r\n" in data else "\n"
        lines = data.replace("\r\n", "\n").split("\n")
        last = lines.pop()
        if lines:
            change(lines)
        (self.root / path).write_bytes(end.join([*lines, last]).encode())

    def made(self, path: str, form: str) -> str:
        self.number += 1
        line = form.replace("{}", f"mine-{self.number}")
        self.mine[path].append(line)
        return line

    def forget(self, path: str, line: str) -> None:
        if line in self.mine[path]:
            self.mine[path].remove(line)

    # what composegen does

    @rule(command=st.sampled_from(["plan", "check"]), words=st.sampled_from([(), ("--env=dev",)]))
    def look(self, command: str, words: tuple[str, ...]) -> None:
        before = files(self.root)
        done = cli(command, *(words if command == "plan" else ()), cwd=self.root)
        assert done.code in (0, 1, 4), done.err
        assert files(self.root) == before

    @rule(
        choices=st.lists(st.sampled_from(OTHER), min_size=1, max_size=2),
        accept=st.sampled_from([True, True, False]),
        keep=st.booleans(),
        flags=st.sampled_from([(), ("--adopt",), ("--restore",)]),
        env=st.sampled_from([(), (), ("--env=prod",)]),
    )
    def generate(
        self,
        choices: list[tuple[str, str]],
        accept: bool,
        keep: bool,
        flags: tuple[str, ...],
        env: tuple[str, ...],
    ) -> None:
        for choice in choices:
            self.edit_the_spec(choice)
        self.generate_as_it_is(accept, keep, flags, env)

    @rule(accept=st.booleans(), keep=st.booleans())
    def generate_as_it_is(
        self,
        accept: bool,
        keep: bool,
        flags: tuple[str, ...] = (),
        env: tuple[str, ...] = (),
    ) -> None:
        shown = json.loads(cli("plan", "--format=json", *flags, *env, cwd=self.root).out)
        accepted = [one["id"] for one in shown["findings"]] if accept else []
        words = [*flags, *env, *(f"--accept={one}" for one in accepted)]
        if keep:
            words += [f"--keep={path}" for path in shown["conflicts"]]
        before, volumes = files(self.root), self.volumes()

        done = cli("generate", *words, cwd=self.root)

        after = files(self.root)
        at_risk = shown["findings"] and not accept
        wanted = 4 if at_risk else 1 if shown["conflicts"] and not keep else 0
        assert done.code == wanted, done.err
        if done.code == 4:
            assert after == before
        if done.code == 1:
            assert without(after, NEW) == without(before, NEW)
            assert {f"{path}{NEW}" for path in shown["conflicts"]} <= after.keys()
        self.volumes_are(volumes, accepted)
        if done.code == 0:
            self.settled(done, after, env)
        self.nothing_is_lost(before, after)

    def settled(self, done: Done, after: dict[str, bytes], env: tuple[str, ...]) -> None:
        again = cli("generate", *env, cwd=self.root)
        assert again.code == 0, again.err
        assert without(files(self.root), "seen.json") == without(after, "seen.json")
        if not env:
            assert cli("check", cwd=self.root).code == 0, done.err

    def nothing_is_lost(self, before: dict[str, bytes], after: dict[str, bytes]) -> None:
        assert after[".env"].startswith(before[".env"])
        for path, lines in self.mine.items():
            found = "\n".join(
                data.decode() for name, data in after.items() if name.startswith(path)
            ).splitlines()
            for line in lines:
                assert line in found, f"{path}: {line!r} is lost"

    def volumes(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / LOCK).read_text())["volumes"]
        return found

    def volumes_are(self, before: dict[str, Any], accepted: list[str]) -> None:
        """What was not accepted by its name has not happened: a volume is what it was."""
        now = self.volumes()
        for name, entry in before.items():
            changed = {key for key in entry if now[name][key] != entry[key]} - HARMLESS
            if entry["unused"]:
                changed -= {"unused"}
            allowed = {key for kind in RISKS if f"{kind}:{name}" in accepted for key in RISKS[kind]}
            assert changed <= allowed, f"{name}: {changed - allowed}"


def without(found: dict[str, bytes], ending: str) -> dict[str, bytes]:
    return {path: data for path, data in found.items() if not path.endswith(ending)}


def test_years_of_edits(tmp_path: Path) -> None:
    Years.original = generated(project(tmp_path, spec(START), {"stack.yaml": spec(START)}))
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Years,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
