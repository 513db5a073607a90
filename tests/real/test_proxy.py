"""The gate holds what it is told to hold, and breaks what it is told to break."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.real import proxy
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer, RawConsul


@pytest.fixture
def client(gate: Gate) -> Iterator[RawConsul]:
    raw = RawConsul(gate.address)
    with raw.session:
        yield raw


def test_whatever_no_rule_takes_goes_through(
    consul_agent: ConsulServer, gate: Gate, client: RawConsul, key: str
) -> None:
    assert client.get(key) is None
    client.put(key, b"1")
    direct = consul_agent.request("GET", f"/v1/kv/{key}")
    through = client.request("GET", f"/v1/kv/{key}")
    assert through.content == direct.content
    assert through.headers["X-Consul-Index"] == direct.headers["X-Consul-Index"]
    assert [(seen.method, seen.status) for seen in gate.seen] == [
        ("GET", 404),
        ("PUT", 200),
        ("GET", 200),
    ]


def test_a_held_request_arrives_when_released(
    consul_agent: ConsulServer, gate: Gate, client: RawConsul, key: str
) -> None:
    hold = gate.hold("PUT", f"/v1/kv/{key}")
    late = threading.Thread(target=client.put, args=(key, b"late"))
    late.start()
    hold.wait_held()
    assert consul_agent.get(key) is None
    consul_agent.put(key, b"early")
    hold.release()
    late.join()
    assert consul_agent.get(key) == b"late"


def test_nobody_held_is_said_in_time(gate: Gate) -> None:
    with pytest.raises(TimeoutError):
        gate.hold("PUT", "/v1/txn").wait_held(0.01)


def test_a_hold_leads_on_to_the_rules_after_it(gate: Gate, client: RawConsul, key: str) -> None:
    hold = gate.hold("GET", "/v1/kv/")
    gate.answer("GET", "/v1/kv/", proxy.NO_LEADER, times=1)
    hold.release()
    assert client.request("GET", f"/v1/kv/{key}").status_code == 500
    assert client.request("GET", f"/v1/kv/{key}").status_code == 404


def test_closing_the_gate_ends_held_and_silent_requests(
    consul_agent: ConsulServer, key: str
) -> None:
    ended: list[type[Exception]] = []

    def ask(client: RawConsul, method: str) -> None:
        try:
            client.request(method, f"/v1/kv/{key}")
        except requests.ConnectionError as e:
            ended.append(type(e))

    with Gate(consul_agent.address) as gate:
        raw = RawConsul(gate.address)
        hold = gate.hold("PUT", "/v1/kv/")
        gate.answer("GET", "/v1/kv/", proxy.SILENCE)
        threads = [threading.Thread(target=ask, args=(raw, method)) for method in ("PUT", "GET")]
        for thread in threads:
            thread.start()
        hold.wait_held()
    for thread in threads:
        thread.join()
    raw.session.close()
    assert ended == [requests.ConnectionError] * 2
    assert consul_agent.get(key) is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (proxy.NO_LEADER, 500),
        (proxy.FORBIDDEN, 403),
        (proxy.TOO_MANY, 429),
        (proxy.BAD_GATEWAY, 502),
        (proxy.REDIRECT, 301),
        (proxy.GARBAGE, 200),
    ],
)
def test_canned_answers(
    gate: Gate, client: RawConsul, key: str, answer: proxy.Answer, status: int
) -> None:
    gate.answer(proxy.ANY, "/v1/", answer)
    came = client.request("GET", f"/v1/kv/{key}")
    assert (came.status_code, came.content) == (status, answer.body)
    gate.clear()
    assert client.request("GET", f"/v1/kv/{key}").status_code == 404


def test_an_answer_cut_short(
    consul_agent: ConsulServer, gate: Gate, client: RawConsul, key: str
) -> None:
    consul_agent.put(key, b"0123456789")
    gate.answer("GET", "/v1/kv/", proxy.CUT_SHORT)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.request("GET", f"/v1/kv/{key}")


def test_a_lost_answer_was_applied(
    consul_agent: ConsulServer, gate: Gate, client: RawConsul, key: str
) -> None:
    gate.answer("PUT", "/v1/kv/", proxy.LOST)
    with pytest.raises(requests.ConnectionError):
        client.put(key, b"1")
    assert consul_agent.get(key) == b"1"
    gate.clear()
    gate.answer("PUT", "/v1/kv/", proxy.HANG_UP)
    with pytest.raises(requests.ConnectionError):
        client.put(key, b"2")
    assert consul_agent.get(key) == b"1"


def test_silence_lasts_until_the_client_gives_up(gate: Gate, key: str) -> None:
    gate.answer("GET", "/v1/kv/", proxy.SILENCE)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"http://{gate.address}/v1/kv/{key}", timeout=0.05)
