"""The servers that other tests stand on do what those rely on."""

from __future__ import annotations

from tests.real.servers import ConsulServer, RawConsul


def test_agent_keeps_bytes_flags_and_absence(consul_agent: ConsulServer, key: str) -> None:
    assert consul_agent.get(key) is None
    assert consul_agent.entry(key) is None
    consul_agent.put(key, b"\x00\xff", flags=7)
    consul_agent.put(f"{key}.backup", b"")
    assert consul_agent.get(key) == b"\x00\xff"
    assert consul_agent.get(f"{key}.backup") == b""
    entry = consul_agent.entry(key)
    assert entry is not None
    assert entry["Flags"] == 7
    assert consul_agent.keys(key) == [key, f"{key}.backup"]
    consul_agent.delete(key)
    assert consul_agent.keys(key) == [f"{key}.backup"]
    consul_agent.delete(key, recurse=True)
    assert consul_agent.keys(key) == []


def test_server_keeps_its_data_through_stop_and_kill(consul_server: ConsulServer, key: str) -> None:
    address = consul_server.address
    consul_server.put(key, b"1")
    before = consul_server.entry(key)
    consul_server.stop()
    consul_server.start()
    assert consul_server.entry(key) == before
    consul_server.put(key, b"2")
    consul_server.kill()
    consul_server.start()
    assert consul_server.get(key) == b"2"
    assert consul_server.address == address


def test_tokens_may_do_what_their_rules_say(consul_acl: ConsulServer, key: str) -> None:
    consul_acl.put(key, b"1")
    reader = RawConsul(
        consul_acl.address, consul_acl.token('key_prefix "test/" { policy = "read" }')
    )
    nobody = RawConsul(consul_acl.address)
    with reader.session, nobody.session:
        assert reader.get(key) == b"1"
        assert reader.request("PUT", f"/v1/kv/{key}", body=b"2").status_code == 403
        assert nobody.request("GET", f"/v1/kv/{key}").status_code == 403


def test_sessions_work_from_the_start(consul_agent: ConsulServer, consul_acl: ConsulServer) -> None:
    for consul in (consul_agent, consul_acl):
        assert consul.ask("PUT", "/v1/session/create", {"Behavior": "delete"})["ID"]
