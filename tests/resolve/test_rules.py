"""What a spec may say, and what its user is warned of all the same."""

from __future__ import annotations

import pytest
from support import problems, spec, stack

PGDATA = "/var/lib/postgresql"
DISK = "{key: disk, driver_opts: {type: none, o: bind, device: /srv/disk}}"
BOTH = "{dev: {}, prod: {}}"


def warned(services: str, environments: str = BOTH) -> list[str]:
    return list(stack(spec(services, environments)).warnings)


@pytest.mark.parametrize(
    ("data", "environments", "place", "wanted"),
    [
        ("/x: {kind: config, source: /srv/x, insist: true}", BOTH, "api", "is an absolute path"),
        (
            "/x: {kind: config, read_only: false, insist: true}",
            BOTH,
            "api",
            "the container could change its own config",
        ),
        (f"/x: {{kind: files, volume: {DISK}}}", BOTH, "api", "is the folder /srv/disk on this"),
        (f"{PGDATA}: {{edited: true}}", "{dev: {}}", "db", "may not write to a host folder"),
        (f"{PGDATA}: {{edited: true, insist: true}}", "{prod: {}}", "db", "depends on the host's"),
        (f"{PGDATA}: {{persist: false, insist: true}}", "{dev: {}}", "db", "lost with its"),
        (f"{PGDATA}: {{volume: {DISK}}}", "{prod: {}}", "db", "is the folder /srv/disk on this"),
    ],
)
def test_what_is_warned_of(data: str, environments: str, place: str, wanted: str) -> None:
    component = {"api": "fastapi", "db": "postgres"}[place]
    target = data.partition(":")[0]
    services = f"{{{place}: {{component: {component}, data: {{{data}}}}}}}"

    (warning,) = warned(services, environments)

    assert warning.startswith(f"services.{place}.data.{target}: ")
    assert wanted in warning
    assert "insist" not in warning


@pytest.mark.parametrize(
    "data",
    [
        "/x: {kind: config, source: ./x}",
        "/x: {kind: files, volume: {key: nfs, driver_opts: {type: nfs, device: ':/x'}}}",
        "/x: temp",
    ],
)
def test_nothing_to_be_warned_of(data: str) -> None:
    assert warned(f"{{api: {{component: fastapi, data: {{{data}}}}}}}") == []


def test_tests_are_in_memory_whatever_is_said() -> None:
    data = f"{{{PGDATA}: {{volume: {DISK}}}}}"
    assert warned(f"{{db: {{component: postgres, data: {data}}}}}", "{test: {}}") == []


def test_insisting_is_offered_once() -> None:
    services = "{api: {component: fastapi, data: {/x: {kind: config, source: /srv/x}}}}"
    (problem,) = problems(spec(services, "{dev: {}}"))
    assert problem.count("insist") == 1
