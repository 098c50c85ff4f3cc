"""Top-level volumes: those of somebody else, and those that services share."""

from __future__ import annotations

import pytest
from support import CATALOG, plan, problems, spec, stack

from composegen.formats.yaml12 import read
from composegen.plan.model import Volume
from composegen.render.compose import reasons
from composegen.resolve import resolve
from composegen.resolve.choose import Pinned
from composegen.spec.model import parse_spec

ARCHIVE = "{key: archive, external: true, name: company-archive}"
SHARED = f"""{{
  api: {{component: fastapi, data: {{/data: {{kind: files, volume: {ARCHIVE}}}}}}},
  worker: {{component: python, data: {{/data: {{kind: files, volume: {ARCHIVE}}}}}}}
}}"""
PROTECTED = "{db: {component: postgres, data: {/var/lib/postgresql: {protect: true}}}}"


def test_external_volume_is_named_with_the_command_that_makes_it() -> None:
    found = stack(spec(SHARED, "{dev: {}}"))
    command = "docker volume create company-archive"

    (warning,) = found.warnings

    assert warning.startswith("dev: Compose does not create the volume company-archive")
    assert warning.endswith(command)
    assert reasons(found.plans[0])["volumes", "archive"] == f"not made by Compose: {command}"


def test_protected_volume_is_external_in_prod_only() -> None:
    (warning,) = stack(spec(PROTECTED)).warnings
    assert warning.endswith("docker volume create app-prod_db_data")
    assert plan(spec(PROTECTED)).volumes == (Volume("db_data"),)


def test_protected_volume_is_made_with_the_options_of_the_spec() -> None:
    options = "{driver: local, driver_opts: {type: nfs, o: 'addr=h,rw'}}"
    services = PROTECTED.replace("protect: true", f"protect: true, volume: {options}")
    (warning,) = stack(spec(services)).warnings
    command = "docker volume create --driver local --opt o=addr=h,rw --opt type=nfs"
    assert warning.endswith(f"{command} app-prod_db_data")


def test_tests_never_touch_a_volume_of_somebody_else() -> None:
    (volume,) = plan(spec(SHARED), "test").volumes
    assert volume == Volume("archive", driver_opts={"device": "tmpfs", "type": "tmpfs"})


def test_services_share_a_volume_by_its_key() -> None:
    services = """{
      api: {component: fastapi, data: {/data: {kind: files, volume: shared}}},
      worker: {component: python, data: {/data: {kind: files, volume: shared}}}
    }"""
    assert plan(spec(services)).volumes == (Volume("shared"),)


def database(dev: str, prod: str) -> str:
    entry = "{component: postgres, data: {/var/lib/postgresql: {volume: %s}}}"
    here = "{db: {data: {/var/lib/postgresql: {volume: %s}}}}"
    return spec(f"{{db: {entry % dev}}}", f"{{dev: {{}}, prod: {here % prod}}}")


@pytest.mark.parametrize("more", ["", ", external: true"])
def test_two_environments_do_not_write_one_database(more: str) -> None:
    volume = f"{{name: main{more}}}"
    (problem,) = problems(database(volume, volume))
    place = "db.data./var/lib/postgresql"
    assert problem.startswith(f"environments.prod.{place}: 'main' would be the volume of prod")
    assert f"by services.{place}, of dev" in problem
    assert "two servers would write to it" in problem
    (problem,) = problems(database("{name: app-prod_db_data}", "{key: db_data}"))
    assert "'app-prod_db_data'" in problem
    assert not problems(database("{name: main}", "{name: other}"))


def test_a_volume_of_two_environments_is_somebody_elses() -> None:
    volume = "{component: fastapi, data: {/data: {kind: models, volume: {name: main%s}}}}"
    environments = "{dev: {}, prod: {}}"
    (problem,) = problems(spec(f"{{api: {volume % ''}}}", environments))
    assert problem.startswith("services.api.data./data: 'main' would be the volume of prod")
    assert "external: true" in problem
    assert not problems(spec(f"{{api: {volume % ', external: true'}}}", environments))


def hostnames(named_by: dict[str, dict[str, str] | None]) -> tuple[dict[str, str | None], str]:
    """Return the hostnames of two brokers in dev, and what is said about them."""
    text = spec("{a: rabbitmq, b: rabbitmq, api: fastapi}", "{dev: {}}")
    parsed, _ = parse_spec(read(text.encode()).value)
    assert parsed
    found, wrong = resolve(parsed, CATALOG, {}, Pinned(named_by=named_by))
    assert not wrong
    services = found.plans[0].services
    warnings = "\n".join(line for line in found.warnings if "hostname" in line)
    return {one.name: one.hostname for one in services if one.component == "rabbitmq"}, warnings


def test_brokers_have_the_hostnames_that_their_data_is_under() -> None:
    assert hostnames({}) == ({"a": "a", "b": "b"}, "")
    assert hostnames({"prod/app_a_data": {"hostname": "x"}})[0] == {"a": "a", "b": "b"}
    pinned = {"dev/app_a_data": {"hostname": "x"}, "dev/app_b_data": {}}
    assert hostnames(pinned) == ({"a": "x", "b": "b"}, "")
    # of before it was the service's name
    assert hostnames({"dev/app_b_data": None}) == ({"a": "a", "b": "rabbitmq"}, "")


def test_a_name_that_two_answer_to() -> None:
    both, said = hostnames({"dev/app_a_data": None, "dev/app_b_data": None})
    assert set(both.values()) == {"rabbitmq"}
    shared = (
        "b keeps the hostname rabbitmq, which its data is stored under, and a also answers to it"
    )
    assert shared in said
    assert "a keeps the hostname api" in hostnames({"dev/app_a_data": {"hostname": "api"}})[1]
