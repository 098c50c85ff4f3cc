import re

import pytest

from .support import (
    STORES,
    Environment,
    NewProject,
    assert_no_anonymous_volume,
    attempt,
    replace,
)


@pytest.fixture(scope="module")
def testing(new_project: NewProject) -> Environment:
    return new_project().test


def run_tests(testing: Environment) -> tuple[int, str]:
    return attempt(*testing.command("run", "--rm", "--build", "api"), cwd=testing.root)


def test_starter_passes_its_tests_and_leaves_nothing(testing: Environment) -> None:
    code, output = run_tests(testing)

    assert code == 0, output
    summary = output.strip().splitlines()[-1]
    passed = re.search(r"(\d+) passed", summary)
    assert passed, output
    assert int(passed[1]) > 10
    assert not re.search(r"failed|error|skipped", summary)
    assert_stores_are_in_memory(testing)
    assert_no_anonymous_volume(testing)

    testing.down()

    for kind in (("ps", "-a"), ("volume", "ls"), ("network", "ls")):
        assert testing.listed(*kind) == []


def test_broken_app_fails(testing: Environment) -> None:
    keywords = "return [word for word, _ in Counter(content_words(text)).most_common(limit)]"
    replace(testing.root / "app/texts.py", keywords, "return []")

    code, output = run_tests(testing)

    assert code == 1, output
    assert re.search(r"\d+ failed", output)


def assert_stores_are_in_memory(testing: Environment) -> None:
    containers = testing.containers()
    assert set(containers) >= STORES
    data = {"cache": "/data", "db": "/var/lib/postgresql", "vectors": "/data"}
    for service, target in data.items():
        assert {one["Type"] for one in containers[service]["Mounts"]} <= {"bind"}
        assert f" {target} tmpfs " in testing.execute(service, "cat", "/proc/mounts")
