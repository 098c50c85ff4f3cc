"""Top-level volumes: those of somebody else, and those that services share."""

from __future__ import annotations

from support import plan, spec, stack

from composegen.document import reasons
from composegen.plan import Volume

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

    assert warning.startswith("dev: Compose does not make the volume company-archive")
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
