"""Which ports of the host lead to a service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import plan, problems, service, spec, stack


def ports(services: str, environment: str = "dev", environments: str | None = None) -> list[str]:
    text = spec(services, environments) if environments else spec(services)
    return [port for one in plan(text, environment).services for port in one.ports]


@pytest.mark.parametrize(
    ("keys", "dev", "test", "prod"),
    [
        ("", ["127.0.0.1:8000:8000"], [], []),
        (", port: 9000", ["127.0.0.1:9000:8000"], [], ["127.0.0.1:9000:8000"]),
        (", ports: ['9000:80']", ["127.0.0.1:9000:80"], [], ["127.0.0.1:9000:80"]),
        (", ports: ['9000:80/udp']", ["127.0.0.1:9000:80/udp"], [], ["127.0.0.1:9000:80/udp"]),
        (", ports: ['0.0.0.0:9:80']", ["0.0.0.0:9:80"], [], ["0.0.0.0:9:80"]),
        (", ports: ['10.0.0.1:9:80']", ["10.0.0.1:9:80"], [], ["10.0.0.1:9:80"]),
        (", ports: ['[::1]:9:80']", ["[::1]:9:80"], [], ["[::1]:9:80"]),
        (", ports: ['80']", ["127.0.0.1::80"], [], ["127.0.0.1::80"]),
        (", ports: [80]", ["127.0.0.1::80"], [], ["127.0.0.1::80"]),
        (", ports: []", [], [], []),
        (
            ", port: 9000, ports: ['9100:9100']",
            ["127.0.0.1:9000:8000", "127.0.0.1:9100:9100"],
            [],
            ["127.0.0.1:9000:8000", "127.0.0.1:9100:9100"],
        ),
        (
            ", port: 9000, replicas: 3",
            ["127.0.0.1:9000-9002:8000"],
            [],
            ["127.0.0.1:9000-9002:8000"],
        ),
        (", replicas: 3", [], [], []),
    ],
)
def test_an_app(keys: str, dev: list[str], test: list[str], prod: list[str]) -> None:
    services = f"{{api: {{component: fastapi{keys}}}}}"
    assert ports(services, "dev") == dev
    assert ports(services, "test") == test
    assert ports(services, "prod") == prod


@pytest.mark.parametrize(
    ("environments", "environment", "wanted"),
    [
        ("{dev: {}, prod: {}}", "dev", ["127.0.0.1:6000:6379"]),
        ("{dev: {}, prod: {}}", "prod", []),
        ("{prod: {x: {port: 7000}}}", "prod", ["127.0.0.1:7000:6379"]),
        ("{test: {x: {port: 7000}}}", "test", ["127.0.0.1:7000:6379"]),
        ("{test: {x: {ports: ['7000:1']}}}", "test", ["127.0.0.1:7000:1"]),
        ("{dev: {x: {port: 7000}}}", "dev", ["127.0.0.1:7000:6379"]),
    ],
)
def test_a_store(environments: str, environment: str, wanted: list[str]) -> None:
    assert ports("{x: {component: redis, port: 6000}}", environment, environments) == wanted


def test_a_worker_has_no_port() -> None:
    assert ports("{w: python}") == []
    assert ports("{w: {component: python, ports: ['80:80']}}") == ["127.0.0.1:80:80"]


def test_the_next_free_port() -> None:
    got = ports("{a: postgres, b: postgres, c: {component: redis, port: 5433}, d: postgres}")
    assert got == [
        "127.0.0.1:5432:5432",
        "127.0.0.1:5434:5432",
        "127.0.0.1:5433:6379",
        "127.0.0.1:5435:5432",
    ]


@pytest.mark.parametrize(
    ("keys", "dev"),
    [
        ("rabbitmq", ["5672:5672"]),
        ("rabbitmq, management: true", ["15672:15672", "5672:5672"]),
        ("rabbitmq, management: true, port: 5000", ["15672:15672", "5000:5672"]),
        ("rabbitmq, management: true, ports: ['5000:5672']", ["5000:5672"]),
        ("rabbitmq, management: true, ports: []", []),
        ("qdrant", ["6333:6333", "6334:6334"]),
        ("weaviate", ["50051:50051", "8080:8080"]),
    ],
)
def test_all_that_a_server_listens_on_is_published_in_dev(keys: str, dev: list[str]) -> None:
    services = f"{{x: {{component: {keys}}}}}"
    assert ports(services) == [f"127.0.0.1:{one}" for one in dev]
    said = [f"127.0.0.1:{one}" for one in dev if "port" in keys and one.startswith("5000")]
    assert ports(services, "prod") == (said if "ports:" in keys else [])


def test_two_servers_with_several_ports_each() -> None:
    queue = "{component: rabbitmq, management: true}"
    assert ports(f"{{a: {queue}, b: {queue}, c: {{component: redis, port: 15672}}}}") == [
        "127.0.0.1:15673:15672",
        "127.0.0.1:5672:5672",
        "127.0.0.1:15674:15672",
        "127.0.0.1:5673:5672",
        "127.0.0.1:15672:6379",
    ]


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("port: 80", "services.x.port: 80 is a privileged port; put a proxy in front, or insist"),
        ("port: 65535, replicas: 2", "services.x.port: the replicas would need port 65536"),
        (
            "ports: ['9:9'], replicas: 2",
            "services.x.ports[0]: 2 replicas can't share one host port",
        ),
        ("ports: ['9:9', '9:8']", "services.x.ports[1]: port 9 is already published at services.x"),
        ("port: 9, ports: ['9:8'], profiles: [a]", "services.x.ports[0]: port 9 is already"),
    ],
)
def test_wrong(keys: str, wanted: str) -> None:
    got = problems(spec(f"{{x: {{component: fastapi, {keys}}}}}", "{prod: {}}"))
    assert [line for line in got if line.startswith(wanted)]


def test_a_privileged_port_can_be_had() -> None:
    services = "{x: {component: fastapi, ports: ['127.0.0.1:80:8000']}}"
    assert ports(services, "prod") == ["127.0.0.1:80:8000"]
    assert ports("{x: {component: fastapi, port: 80}}", "dev", "{dev: {}}") == ["127.0.0.1:80:8000"]


def test_one_number_for_tcp_and_udp() -> None:
    services = "{x: {component: python, ports: ['53:53/tcp', '53:53/udp']}}"
    assert ports(services) == ["127.0.0.1:53:53/tcp", "127.0.0.1:53:53/udp"]


def test_an_override_that_takes_the_same_port_is_said_there() -> None:
    got = problems(
        spec(
            "{a: {component: fastapi, port: 9000}, b: fastapi}",
            "{dev: {}, prod: {b: {port: 9000}}}",
        )
    )
    assert got == ["environments.prod.b.port: port 9000 is already published at services.a.port"]


@pytest.mark.parametrize(
    ("entry", "warned"),
    [("0.0.0.0:9:80", True), ("[::]:9:80", True), ("9:80", False), ("10.0.0.1:9:80", False)],
)
def test_a_port_for_everybody_is_warned_of(entry: str, warned: bool) -> None:
    text = spec(f"{{x: {{component: python, ports: ['{entry}']}}}}", "{prod: {}}")
    warnings = [line for line in stack(text).warnings if "on every interface" in line]
    assert bool(warnings) == warned
    assert all(entry in line for line in warnings)


@pytest.mark.parametrize(
    ("services", "warned"),
    [
        ("{door: {component: nginx, needs: [api]}, api: fastapi}", True),
        ("{door: {component: nginx, needs: [api], port: 8080}, api: fastapi}", False),
        ("{door: {component: nginx, needs: [api], ports: []}, api: fastapi}", False),
        (
            "{door: {component: nginx, needs: [api]}, api: fastapi, "
            "tunnel: {component: image, image: 'x:1', needs: [door]}}",
            False,
        ),
        ("{api: fastapi}", False),
    ],
)
def test_a_door_that_nobody_reaches(services: str, warned: bool) -> None:
    found = [line for line in stack(spec(services)).warnings if "publishes no port" in line]
    assert found == (
        [
            "prod: door publishes no port, so nobody can reach what is behind it; for example "
            "services.door.port: 8080"
        ]
        if warned
        else []
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["redis", "fastapi", "postgres", "chroma"]),
            st.none() | st.sampled_from([5432, 5433, 6379, 8000, 8001, 9000]),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_no_two_services_on_one_port(services: list[tuple[str, int | None]]) -> None:
    entries = ", ".join(
        f"s{number}: {{component: {component}{f', port: {port}' if port else ''}}}"
        for number, (component, port) in enumerate(services)
    )
    text = spec(f"{{{entries}}}", "{dev: {}}")
    named = [port for _, port in services if port]
    if len(set(named)) < len(named):
        assert all("is already published at" in line for line in problems(text))
        assert len(problems(text)) == len(named) - len(set(named))
        return
    hosts = [port.split(":")[1] for one in plan(text).services for port in one.ports]
    assert len(set(hosts)) == len(hosts) == len(services)
    for number, (_, port) in enumerate(services):
        if port:
            assert f":{port}:" in service(text, f"s{number}").ports[0]
