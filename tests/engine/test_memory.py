"""Redis and Valkey in prod that are given more than fits: neither is killed, a store keeps all."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .support import Environment, NewStack

# keys of 1 MiB each, one after the other
FILL = (
    "for key in $(seq {count}); do "
    "{cli} eval \"return redis.call('set', KEYS[1], string.rep('x', 1048576))\" 1 $key; done 2>&1"
)


@dataclass(frozen=True)
class Server:
    """A service of prod, and the image's own client."""

    prod: Environment
    cli: str
    service: str

    def ask(self, *words: str) -> str:
        return self.prod.execute(self.service, self.cli, *words)

    def fill(self, count: int, before: str = "true") -> list[str]:
        """Return what the server answers to each key, after a command of the client's."""
        script = f"{before}; {FILL.format(count=count, cli=self.cli)}"
        return self.prod.execute(self.service, "sh", "-c", script).splitlines()

    def assert_never_killed(self) -> None:
        container = self.prod.containers()[self.service]
        assert container["State"]["Running"]
        assert not container["State"]["OOMKilled"]
        assert container["RestartCount"] == 0


@pytest.fixture(scope="module", params=["redis:8", "valkey:9"])
def servers(request: pytest.FixtureRequest, new_stack: NewStack) -> tuple[Server, Server]:
    component, _, version = request.param.partition(":")
    both = f'component: {component}, version: "{version}", memory: 128M'
    spec = f"""\
services:
  store: {{{both}}}
  cache: {{{both}, data: {{/data: cache}}}}
environments: {{prod: {{}}}}
"""
    prod = new_stack(spec, {}, {"store": 0}).prod
    prod.up()
    return Server(prod, f"{component}-cli", "store"), Server(prod, f"{component}-cli", "cache")


def test_a_full_store_refuses_to_write_and_keeps_what_it_took(
    servers: tuple[Server, Server],
) -> None:
    store, _ = servers
    answers = store.fill(200)
    taken = answers.count("OK")
    assert 40 < taken < 64
    assert [line for line in answers if "OOM command not allowed" in line]
    store.assert_never_killed()

    store.prod.down()
    store.prod.up()

    assert store.ask("dbsize") == str(taken)
    assert store.ask("strlen", "1") == "1048576"


def test_a_full_cache_forgets_and_goes_on(servers: tuple[Server, Server]) -> None:
    _, cache = servers
    assert set(cache.fill(200)) == {"OK"}
    assert 30 < int(cache.ask("dbsize")) < 64
    assert cache.ask("exists", "200", "1") == "1"
    cache.assert_never_killed()


def test_a_store_whose_log_is_rewritten_while_all_of_it_changes(
    servers: tuple[Server, Server],
) -> None:
    """For as long as the rewrite lasts, the server needs twice the memory."""
    store, _ = servers
    store.ask("flushall")
    store.fill(45)
    assert store.fill(45, before=f"{store.cli} bgrewriteaof").count("OK") == 45
    store.assert_never_killed()
    assert store.ask("dbsize") == "45"
