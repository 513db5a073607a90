"""The count of services, on a real Consul with ACLs: a number, or the reason why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkeep.core.plan.usage import Registered, Unknown, Usage
from fieldkeep.edges.labels import consul_services
from fieldkeep.operations.services import registered_services
from fieldkeep.settings.settings import Settings
from fieldkeep.settings.sources import Access, SourceSetting
from tests.real.parts import ROOT
from tests.real.proxy import FORBIDDEN, GARBAGE, NO_LEADER, Answer, Gate
from tests.real.required import required
from tests.real.servers import ConsulServer

SERVICES = 'service_prefix "" { policy = "read" }'
NODES = 'node_prefix "" { policy = "read" }'
DOCUMENTED = re.findall(
    r"```hcl\n(.*?)```", (ROOT / "docs/consul-acl.md").read_text("utf-8"), re.DOTALL
)[2]
METADATA = [{"company": "a"}, {"company": "", "my-key": "1"}, {}]


@pytest.fixture(scope="module")
def consul(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulServer]:
    """One of our own: whoever counts services shares the catalogue with nobody."""
    folder = tmp_path_factory.mktemp("counted")
    with ConsulServer(required("consul"), folder, dev=True, acl=True) as server:
        yield server


@pytest.fixture
def registered(consul: ConsulServer) -> Iterator[ConsulServer]:
    for number, metadata in enumerate(METADATA):
        name = "web" if number else "a/b c"
        service = {"ID": f"{name}-{number}", "Service": name, "Meta": metadata}
        body = {"Node": "elsewhere", "Address": "192.0.2.1", "Service": service}
        consul.ask("PUT", "/v1/catalog/register", body)
    yield consul
    consul.ask("PUT", "/v1/catalog/deregister", {"Node": "elsewhere"})


def of_store(address: str, token: str = "") -> Usage:
    return consul_services.services_of_store(f"consul://{address}", {"CONSUL_HTTP_TOKEN": token})


def reason(usage: Usage) -> str:
    assert isinstance(usage, Unknown)
    return usage.reason


def test_every_instance_counts_but_consul_itself(registered: ConsulServer) -> None:
    usage = of_store(registered.address, registered.management)
    assert isinstance(usage, Registered)
    assert sorted(usage.services, key=json.dumps) == sorted(METADATA, key=json.dumps)


def test_a_token_with_the_documented_rights_counts_the_same(registered: ConsulServer) -> None:
    all_seen = of_store(registered.address, registered.management)
    assert of_store(registered.address, registered.token(DOCUMENTED)) == all_seen


@pytest.mark.parametrize(
    "rules",
    ['key_prefix "" { policy = "write" }', SERVICES, NODES, 'service "web" { policy = "read" }'],
)
def test_a_token_that_sees_less_counts_nothing(registered: ConsulServer, rules: str) -> None:
    message = reason(of_store(registered.address, registered.token(rules)))
    assert 'service_prefix "" and node_prefix "" read' in message


def test_no_token_and_a_wrong_one_count_nothing(registered: ConsulServer) -> None:
    assert "not even Consul itself" in reason(of_store(registered.address))
    wrong = "11111111-2222-3333-4444-555555555555"
    message = reason(of_store(registered.address, wrong))
    assert "not allowed (HTTP 403)" in message
    assert wrong not in message


def test_a_token_from_a_file(registered: ConsulServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(registered.management, "utf-8")
    variables = {"CONSUL_HTTP_TOKEN_FILE": str(tmp_path / "token")}
    usage = consul_services.services_of_store(f"consul://{registered.address}", variables)
    assert isinstance(usage, Registered)


def test_a_catalogue_with_nothing_but_consul_itself_has_no_services(consul: ConsulServer) -> None:
    assert of_store(consul.address, consul.management) == Registered(())


CATALOG = "/v1/catalog/services"
SERVICE = "/v1/catalog/service/"
FILTERED = {"X-Consul-Results-Filtered-By-ACLs": "true"}


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        (CATALOG, FORBIDDEN, "HTTP 403"),
        (SERVICE, NO_LEADER, "HTTP 500"),
        (CATALOG, GARBAGE, "not JSON"),
        (CATALOG, Answer(200, b"[]"), "not Consul's"),
        (CATALOG, Answer(200, b"{}"), "not even Consul itself"),
        (SERVICE, Answer(200, b"[]"), "no instance of the service"),
        (SERVICE, Answer(200, b"{}"), "not Consul's"),
        (SERVICE, Answer(200, b'[{"ServiceMeta": {"a": 1}}]'), "not Consul's"),
        (SERVICE, Answer(200, b"[1]"), "not Consul's"),
        (CATALOG, Answer(200, b'{"consul": [], "web": []}', FILTERED), "leaves out"),
    ],
)
def test_whatever_else_is_answered_is_no_number(
    registered: ConsulServer, path: str, answer: Answer, message: str
) -> None:
    with Gate(registered.address) as gate:
        gate.answer("GET", path, answer)
        assert message in reason(of_store(gate.address, registered.management))


def test_nobody_there_is_no_number(consul: ConsulServer) -> None:
    with Gate(consul.address) as gate:
        address = gate.address
    assert "connection refused" in reason(of_store(address))


# --------------------------------------------------------------------------- who is asked


def settings(store: str, **catalogs: str | None) -> Settings:
    access = Access(token_env="OTHER_TOKEN")
    sources = {
        name: SourceSetting(("x.yml",), catalog=url, catalog_access=access)
        for name, url in catalogs.items()
    }
    return Settings(Path("/nowhere"), store=store, sources=sources)


def test_the_catalogues_of_sources_go_before_the_store(registered: ConsulServer) -> None:
    variables = {"OTHER_TOKEN": registered.management}
    url = f"http://{registered.address}"
    with Gate(registered.address) as gate:
        own = settings(gate.url, north=url, south=url, east=None)
        usage = registered_services(own, variables)
        assert gate.seen == []
    assert isinstance(usage, Registered)
    assert len(usage.services) == len(METADATA)  # one catalogue, named twice, counts once


def test_one_catalogue_that_fails_leaves_no_number(registered: ConsulServer) -> None:
    with Gate(registered.address) as gate:
        gate.answer("GET", CATALOG, NO_LEADER)
        own = settings(
            "sqlite:///x.db", a=f"http://{registered.address}", b=f"http://{gate.address}"
        )
        assert "HTTP 500" in reason(
            registered_services(own, {"OTHER_TOKEN": registered.management})
        )


def test_an_embedded_store_has_no_catalogue() -> None:
    assert "no catalogue is configured" in reason(
        registered_services(settings("sqlite:///x.db"), {})
    )


def test_a_broken_token_file_is_a_reason(tmp_path: Path) -> None:
    variables = {"CONSUL_HTTP_TOKEN_FILE": str(tmp_path / "none")}
    assert "CONSUL_HTTP_TOKEN_FILE" in reason(
        registered_services(settings("consul://127.0.0.1:1"), variables)
    )
