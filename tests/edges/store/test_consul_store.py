"""The Consul store: a server that fails, in every way we know, never looks like an empty one."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldkeep.core.journal.sizes import transaction_bytes
from fieldkeep.edges.store import consul_environment
from fieldkeep.edges.store.consul import ConsulStore
from fieldkeep.edges.store.consul_http import Transport
from fieldkeep.edges.store.kv import Retrying, StillWaiting, WaitOver
from fieldkeep.errors import AccessDenied, FieldkeepError, Unanswered, Unavailable, UsageError
from fieldkeep.model import Absent, Check, Conflict, Limits, Operation, Present, Put
from tests.edges.store.rigs import applied, index, present
from tests.real import proxy
from tests.real.proxy import ANY, Answer, Gate
from tests.real.servers import HOST, ConsulServer, free_ports

TOKEN = "5ec2e700-70ce-4a11-9d0d-5eed5eed5eed"
INDEX = {"X-Consul-Index": "7"}
Connect = Callable[..., ConsulStore]


def connect(url: str, token: str = TOKEN, limits: Limits | None = None) -> ConsulStore:
    variables = {"CONSUL_HTTP_TOKEN": token} if token else {}
    return consul_environment.connect(url, Path(), variables, limits or Limits())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.READ_SECONDS", 0.5)
    monkeypatch.setattr("fieldkeep.edges.store.consul_errors.LIMITED_SECONDS", 0.001)


def secretless(gate: Gate | None, error: BaseException, token: str = TOKEN) -> None:
    """The token is in no text that a person or a log could get to see."""
    assert token not in "".join(traceback.format_exception(error))
    at: BaseException | None = error
    while at is not None:
        assert token not in f"{at} {at!r} {getattr(at, 'hint', '')} {at.__dict__}"
        at = at.__cause__ or at.__context__
    if gate is not None:
        assert not [seen.path for seen in gate.seen if token in seen.path]


def entry(key: str, **other: Any) -> dict[str, Any]:
    """An entry as Consul answers it, with some of it otherwise."""
    right = {"LockIndex": 0, "Key": key, "Flags": 0, "Value": "MQ==", "CreateIndex": 5}
    return {**right, "ModifyIndex": 7, **other}


# --------------------------------------------------------------------------- reading

BROKEN = {
    "400": (Answer(400, b"Bad request"), "400"),
    "401": (Answer(401, b"ACL support disabled"), "401"),
    "403": (proxy.FORBIDDEN, "403"),
    "404 of somebody else": (Answer(404, b"404 page not found"), "404"),
    "404 with a page and an index": (Answer(404, b"<html>", INDEX), "404"),
    "404 without an index": (Answer(404), "404"),
    "405": (Answer(405), "405"),
    "413": (Answer(413, b"Request body too large"), "413"),
    "429": (proxy.TOO_MANY, "429"),
    "500": (proxy.NO_LEADER, "500"),
    "502": (proxy.BAD_GATEWAY, "502"),
    "503": (Answer(503), "503"),
    "301": (proxy.REDIRECT, "301"),
    "302": (Answer(302, headers={"Location": "/login"}), "302"),
    "307": (Answer(307, headers={"Location": "http://127.0.0.1:1/"}), "307"),
    "204": (Answer(204), "not Consul's"),
    "a page": (proxy.GARBAGE, "not Consul's"),
    "cut short": (proxy.CUT_SHORT, None),
    "nothing": (Answer(200, b"", INDEX), "not Consul's"),
    "hang up": (proxy.HANG_UP, None),
    "silence": (proxy.SILENCE, "0.5 s"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_read_that_fails_is_an_error_and_never_absent(
    consul_agent: ConsulServer, gate: Gate, key: str, name: str
) -> None:
    consul_agent.put(key, b"a value of some length")
    answer, said = BROKEN[name]
    gate.answer("GET", "/v1/kv/", answer)
    with pytest.raises(Unavailable, match=said) as caught:
        connect(gate.url).get(key)
    assert caught.value.exit_code == 4
    assert caught.value.hint
    assert gate.address in str(caught.value)
    assert "\n" not in str(caught.value)
    assert 1 <= len(gate.seen) <= 3
    secretless(gate, caught.value)


OTHER_SHAPES: dict[str, Any] = {
    "null": None,
    "a truth": True,
    "a number": 7,
    "a text": "x",
    "an object": {},
    "an entry without a list": entry("KEY"),
    "an empty list": [],
    "a list of null": [None],
    "a list of lists": [[]],
    "an empty entry": [{}],
    "another key": [entry("other")],
    "no key": [{k: v for k, v in entry("KEY").items() if k != "Key"}],
    "no value": [{k: v for k, v in entry("KEY").items() if k != "Value"}],
    "a value that is a number": [entry("KEY", Value=5)],
    "a value that is no base64": [entry("KEY", Value="%%%%")],
    "half a base64": [entry("KEY", Value="MQ=")],
    "no index": [{k: v for k, v in entry("KEY").items() if k != "ModifyIndex"}],
    "an index of null": [entry("KEY", ModifyIndex=None)],
    "an index that is a text": [entry("KEY", ModifyIndex="7")],
    "no created index": [{k: v for k, v in entry("KEY").items() if k != "CreateIndex"}],
    "no flags": [{k: v for k, v in entry("KEY").items() if k != "Flags"}],
    "an error": {"error": "no such route"},
}


@pytest.mark.parametrize("name", OTHER_SHAPES)
def test_an_answer_of_another_shape_is_an_error_and_never_absent(
    gate: Gate, key: str, name: str
) -> None:
    body = json.dumps(OTHER_SHAPES[name]).replace('"KEY"', json.dumps(key)).encode()
    gate.answer("GET", "/v1/kv/", Answer(200, body, INDEX))
    with pytest.raises(Unavailable) as caught:
        connect(gate.url).get(key)
    secretless(gate, caught.value)


def test_the_shape_that_is_right_is_read(gate: Gate, key: str) -> None:
    gate.answer("GET", "/v1/kv/", Answer(200, json.dumps([entry(key)]).encode(), INDEX), times=1)
    gate.answer("GET", "/v1/kv/", Answer(404, b"", INDEX))
    store = connect(gate.url)
    assert store.get(key) == Present(b"1", 7, 5, 0)
    assert store.get(key) == Absent()


def test_a_read_is_repeated_after_a_moment_without_a_leader(
    consul_agent: ConsulServer, gate: Gate, key: str
) -> None:
    consul_agent.put(key, b"1")
    gate.answer("GET", "/v1/kv/", proxy.NO_LEADER, times=1)
    gate.answer("GET", "/v1/kv/", proxy.HANG_UP, times=1)
    store, told = connect(gate.url), list[object]()
    store.tell = told.append
    assert present(store.get(key)).value == b"1"
    assert [seen.status for seen in gate.seen] == [500, 0, 200]
    retries = [delay for delay in told if isinstance(delay, Retrying)]
    assert [(delay.attempt, delay.attempts) for delay in retries] == [(1, 3), (2, 3)]
    assert "500" in str(retries[0].error)


@pytest.mark.parametrize(
    ("leader", "leaderless"), [(b'""', True), (b'"127.0.0.1:8300"', False), (None, None)]
)
def test_a_server_that_keeps_us_waiting_is_asked_for_its_leader(
    monkeypatch: pytest.MonkeyPatch,
    gate: Gate,
    key: str,
    leader: bytes | None,
    leaderless: bool | None,
) -> None:
    monkeypatch.setattr("fieldkeep.edges.store.patience.QUIET_SECONDS", 0.01)
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.READ_SECONDS", 30)
    hold = gate.hold("GET", "/v1/kv/")
    gate.answer("GET", "/v1/status/leader", Answer(200, leader) if leader else proxy.SILENCE)
    store = connect(gate.url)

    def hears(delay: object) -> None:
        told.append(delay)
        hold.release()

    told = list[object]()
    store.tell = hears
    assert store.get(key) == Absent()
    assert told == [StillWaiting(gate.url, leaderless), WaitOver()]


def test_a_stale_read_takes_any_servers_copy(
    consul_agent: ConsulServer, gate: Gate, key: str
) -> None:
    consul_agent.put(key, b"1")
    store = connect(gate.url).stale()
    assert present(store.get(key)).value == b"1"
    (read,) = [seen.path for seen in gate.seen]
    assert "stale" in read
    assert "consistent" not in read
    assert (connection := store.connection()) is not None
    assert connection.behind == 0


def test_what_a_server_without_a_leader_does_not_have_is_unknown(gate: Gate, key: str) -> None:
    said = {**INDEX, "X-Consul-KnownLeader": "false", "X-Consul-LastContact": "24000"}
    gate.answer("GET", "/v1/kv/", Answer(404, b"", said))
    with pytest.raises(Unavailable, match="may not have read its log"):
        connect(gate.url).stale().get(key)


@pytest.mark.parametrize(
    ("token", "answer", "hint"),
    [
        ("", proxy.FORBIDDEN, "no token was sent"),
        ("t0ken", proxy.FORBIDDEN, "needs key read"),
        ("t0ken", Answer(403, b"ACL not found"), "does not know the token"),
    ],
)
def test_a_refusal_tells_no_token_from_an_unknown_one_from_missing_rights(
    gate: Gate, key: str, token: str, answer: Answer, hint: str
) -> None:
    gate.answer("GET", "/v1/kv/", answer)
    with pytest.raises(AccessDenied) as caught:
        connect(gate.url, token=token).get(key)
    assert hint in caught.value.hint


def test_every_read_is_consistent_and_names_one_key(gate: Gate, key: str) -> None:
    store = connect(gate.url, token="")
    applied(store, Put(key, b"1", 0))
    store.get(key)
    store.get(key + ".sync")
    reads = [seen.path for seen in gate.seen if seen.method == "GET"]
    assert [path.split("?")[0] for path in reads] == [f"/v1/kv/{key}", f"/v1/kv/{key}.sync"]
    for path in reads:
        assert "consistent" in path
        assert "recurse" not in path


def test_large_flags_are_carried(gate: Gate, key: str) -> None:
    store = connect(gate.url, token="")
    applied(store, Put(key, b"1", 0, flags=2**64 - 1))
    assert present(store.get(key)).flags == 2**64 - 1


# --------------------------------------------------------------------------- writing

REFUSED = {"400", "401", "403", "413", "301", "302", "307"}
UNKNOWN = {
    "429",
    "500",
    "502",
    "503",
    "204",
    "a page",
    "cut short",
    "nothing",
    "hang up",
    "silence",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_write_that_fails_is_never_sent_again(
    gate: Gate, consul_agent: ConsulServer, key: str, name: str
) -> None:
    """Refused is Unavailable, and nothing was applied; all else is Unanswered: nobody knows."""
    answer, _ = BROKEN[name]
    gate.answer("PUT", "/v1/txn", answer)
    with pytest.raises(Unavailable) as caught:
        connect(gate.url).commit([Put(key, b"1", 0)])
    assert len(gate.seen) == 1
    assert caught.value.hint
    if name in REFUSED:
        assert not isinstance(caught.value, Unanswered)
    if name in UNKNOWN:
        assert isinstance(caught.value, Unanswered)
    if not answer.forward:
        assert consul_agent.get(key) is None
    secretless(gate, caught.value)


@pytest.mark.parametrize(
    "body", [{}, [], None, 7, {"Results": None}, {"Results": []}, {"Results": [{}]}], ids=str
)
def test_an_answer_to_a_write_of_another_shape_is_unknown(gate: Gate, key: str, body: Any) -> None:
    gate.answer("PUT", "/v1/txn", Answer(200, json.dumps(body).encode()))
    with pytest.raises(Unanswered) as caught:
        connect(gate.url).commit([Put(key, b"1", 0)])
    secretless(gate, caught.value)


def test_an_answer_that_is_lost_on_its_way_is_unknown_though_applied(
    gate: Gate, consul_agent: ConsulServer, key: str
) -> None:
    gate.answer("PUT", "/v1/txn", proxy.LOST)
    with pytest.raises(Unanswered) as caught:
        connect(gate.url, token="").commit([Put(key, b"1", 0)])
    assert consul_agent.get(key) == b"1"
    assert len(gate.seen) == 1
    secretless(gate, caught.value)


def test_a_refused_connection_is_not_unknown(key: str) -> None:
    """Nothing was sent, so nothing can have been applied."""
    store = connect(f"consul://{HOST}:{free_ports(1)[0]}")
    with pytest.raises(Unavailable, match="refused") as read:
        store.get(key)
    with pytest.raises(Unavailable, match="refused") as written:
        store.commit([Put(key, b"1", 0)])
    assert not isinstance(written.value, Unanswered)
    for caught in (read, written):
        assert "0x" not in str(caught.value)  # no library's objects
        secretless(None, caught.value)


def test_a_rolled_back_transaction_without_a_moved_index_is_an_error(gate: Gate, key: str) -> None:
    said = {"Results": None, "Errors": [{"OpIndex": 0, "What": "something else went wrong"}]}
    gate.answer("PUT", "/v1/txn", Answer(409, json.dumps(said).encode()))
    with pytest.raises(Unavailable, match="something else") as caught:
        connect(gate.url).commit([Put(key, b"1", 0)])
    assert not isinstance(caught.value, Unanswered)


@pytest.mark.parametrize("layout", [None, 4], ids=["compact", "pretty"])
def test_a_conflict_names_its_keys_however_the_answer_is_laid_out(
    gate: Gate, key: str, layout: int | None
) -> None:
    """A -dev agent writes its JSON pretty, a server compact."""
    what = 'failed to set key "x", index is stale'
    errors = [{"OpIndex": number, "What": what} for number in (1, 10)]
    body = json.dumps({"Results": None, "Errors": errors}, indent=layout)
    if layout is None:
        body = body.replace(": ", ":")
    gate.answer("PUT", "/v1/txn", Answer(409, body.encode()))
    names = [f"{key}/{number}" for number in range(12)]
    outcome = connect(gate.url).commit([Put(name, b"1", 0) for name in names])
    assert outcome == Conflict((names[1], names[10]))


def test_conflicts_of_a_server_name_their_keys(consul_server: ConsulServer, key: str) -> None:
    """The words of a server that is not in -dev mode, for each kind of operation."""
    store = connect(consul_server.url, token="")
    consul_server.put(key, b"1")
    now, other = index(store, key), Put(key + ".sync", b"1", 0)
    losing: list[Operation] = [
        Check(key, 0),
        Check(key, now + 1),
        Put(key, b"2", 0),
        Put(key, b"2", now + 1),
    ]
    for operation in losing:
        assert store.commit([other, operation]) == Conflict((key,))
    consul_server.delete(key)
    for operation in (Check(key, now), Put(key, b"2", now)):
        assert store.commit([other, operation]) == Conflict((key,))
    assert consul_server.keys("test/") == []
    applied(store, Check(key, 0), other)


# --------------------------------------------------------------------------- rights


@pytest.fixture
def acl_gate(consul_acl: ConsulServer) -> Iterator[Gate]:
    with Gate(consul_acl.address) as opened:
        yield opened


@pytest.mark.parametrize("token", ["", TOKEN], ids=["none", "unknown"])
def test_without_rights_nothing_is_absent(
    consul_acl: ConsulServer, acl_gate: Gate, key: str, token: str
) -> None:
    store = connect(acl_gate.url, token)
    for there in (False, True):
        if there:
            consul_acl.put(key, b"1")
        with pytest.raises(Unavailable, match="403") as read:
            store.get(key)
        with pytest.raises(Unavailable, match="permission denied") as written:
            store.commit([Put(key, b"2", 0)])
        assert not isinstance(written.value, Unanswered)
        for caught in (read, written):
            assert "CONSUL_HTTP_TOKEN" in caught.value.hint
            secretless(acl_gate, caught.value, token or TOKEN)
    assert consul_acl.get(key) == b"1"


def test_a_reader_reads_and_is_told_that_it_may_not_write(
    consul_acl: ConsulServer, acl_gate: Gate, key: str
) -> None:
    consul_acl.put(key, b"1")
    token = consul_acl.token('key_prefix "test/" { policy = "read" }')
    store = connect(acl_gate.url, token)
    live = present(store.get(key))
    assert store.get(key + ".sync") == Absent()
    for expect in (live.index, live.index + 1):
        with pytest.raises(Unavailable, match="permission denied") as caught:
            store.commit([Put(key, b"2", expect), Put(key + ".sync", b"2", 0)])
        assert not isinstance(caught.value, Unanswered)
        secretless(acl_gate, caught.value, token)
    assert consul_acl.get(key) == b"1"


def test_rights_for_some_keys_write_none(
    consul_acl: ConsulServer, acl_gate: Gate, key: str
) -> None:
    rules = f'key_prefix "test/" {{ policy = "read" }} key "{key}" {{ policy = "write" }}'
    store = connect(acl_gate.url, consul_acl.token(rules))
    applied(store, Put(key, b"1", 0))
    now = index(store, key)
    with pytest.raises(Unavailable, match="permission denied"):
        store.commit([Put(key, b"2", now), Put(key + ".sync", b"2", 0)])
    assert consul_acl.get(key) == b"1"
    assert consul_acl.get(key + ".sync") is None


def test_the_token_travels_in_no_url(consul_acl: ConsulServer, acl_gate: Gate, key: str) -> None:
    token = consul_acl.token('key_prefix "test/" { policy = "write" }')
    store = connect(acl_gate.url, token)
    indexes = applied(store, Put(key, b"1", 0))
    assert present(store.get(key)).value == b"1"
    assert store.commit([Put(key, b"2", indexes[key] + 1)]) == Conflict((key,))
    assert len(acl_gate.seen) == 3
    for seen in acl_gate.seen:
        assert token not in seen.path
        assert "token" not in seen.path
        assert token.encode() not in seen.body


def test_the_token_may_come_from_a_file(consul_acl: ConsulServer, tmp_path: Path, key: str) -> None:
    token = consul_acl.token('key_prefix "test/" { policy = "write" }')
    file = tmp_path / "token"
    file.write_text(token + "\n", "utf-8")
    variables = {"CONSUL_HTTP_TOKEN_FILE": str(file)}
    for more in ({}, {"CONSUL_HTTP_TOKEN": ""}):  # an unset variable of a pipeline is empty
        store = consul_environment.connect(consul_acl.url, Path(), {**variables, **more}, Limits())
        assert store.get(key) == Absent()
    both = {**variables, "CONSUL_HTTP_TOKEN": TOKEN}
    with pytest.raises(Unavailable, match="403"):
        consul_environment.connect(consul_acl.url, Path(), both, Limits()).get(key)


# --------------------------------------------------------------------------- sizes


class _Wire(Transport):
    """Keeps the body of a write and sends it nowhere."""

    def __init__(self) -> None:
        super().__init__(f"http://{HOST}:1", None)
        self.body = ""

    def put(self, callback: Any, path: str, params: Any = None, data: Any = "") -> Any:
        del callback, params
        assert path == "/v1/txn"
        self.body = data
        raise Unavailable("sent nowhere")


_KEYS = st.text("abcXYZ019,_.-/", min_size=1, max_size=60)
_INDEXES = st.one_of(st.just(0), st.integers(1, 2**63 - 1))
_OPERATIONS = st.one_of(
    st.builds(Check, _KEYS, _INDEXES),
    st.builds(Put, _KEYS, st.binary(max_size=200), _INDEXES, st.integers(0, 2**64 - 1)),
)


@given(st.lists(_OPERATIONS, min_size=1, max_size=64))
@example([Put("k", b"", 2**63 - 1, 2**64 - 1)] * 64)
@example([Check("k", 0)] * 64)
@example([Put("k" * 50, b"x" * 100_000, 0)] * 3)
def test_a_transaction_is_never_larger_than_was_computed(operations: list[Operation]) -> None:
    wire = _Wire()
    wire.session.close()
    with pytest.raises(Unavailable):
        ConsulStore("consul://x", wire, Limits()).commit(operations)
    sent, computed = len(wire.body.encode()), transaction_bytes(operations)
    assert sent <= computed
    assert computed - sent <= 100 * len(operations)  # and not much larger either


def test_what_a_server_finds_too_large_after_all_is_an_error(gate: Gate, key: str) -> None:
    generous = Limits(value=1 << 30, transaction=1 << 30, operations=1000)
    store = connect(gate.url, token="", limits=generous)
    large: list[list[Operation]] = [
        [Put(key, b"x" * 600_000, 0)],
        [Put(f"{key}/{number}", b"x", 0) for number in range(65)],
    ]
    for operations in large:
        with pytest.raises(Unavailable, match="413") as caught:
            store.commit(operations)
        assert not isinstance(caught.value, Unanswered)
    assert store.get(key) == Absent()


# --------------------------------------------------------------------------- the environment


@pytest.mark.parametrize(
    ("url", "variables", "meant"),
    [
        ("consul://h:1", {}, "consul://h:1"),
        ("consul://h:1", {"CONSUL_HTTP_ADDR": "other:2"}, "consul://h:1"),
        ("consul://h", {}, "consul://h:8500"),
        ("consul://H.Example", {}, "consul://h.example:8500"),
        ("consul+https://h", {}, "consul+https://h:8501"),
        ("consul+https://h:1", {}, "consul+https://h:1"),
        ("consul://[::1]:1", {}, "consul://[::1]:1"),
        ("consul://[::1]", {}, "consul://[::1]:8500"),
        ("consul://", {}, "consul://127.0.0.1:8500"),
        ("consul://", {"CONSUL_HTTP_ADDR": ""}, "consul://127.0.0.1:8500"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1"}, "consul://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h"}, "consul://h:8500"),
        ("consul://", {"CONSUL_HTTP_ADDR": "http://h:1"}, "consul://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "http://h:1/"}, "consul://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "https://h:1"}, "consul+https://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "https://h"}, "consul+https://h:8501"),
        ("consul://", {"CONSUL_HTTP_ADDR": "[::1]:1"}, "consul://[::1]:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "https://[::1]:1/"}, "consul+https://[::1]:1"),
        ("consul+https://", {"CONSUL_HTTP_ADDR": "h:1"}, "consul+https://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": "true"}, "consul+https://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": "1"}, "consul+https://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": "T"}, "consul+https://h:1"),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": "false"}, "consul://h:1"),
        ("consul://h:1", {"CONSUL_HTTP_SSL": "true"}, "consul+https://h:1"),
        ("consul://h", {"CONSUL_HTTP_SSL": "1"}, "consul+https://h:8501"),
        ("consul://h:1", {"CONSUL_HTTP_SSL": "false"}, "consul://h:1"),
        ("consul+https://h:1", {"CONSUL_HTTP_SSL": "false"}, "consul+https://h:1"),
        (
            "consul://",
            {"CONSUL_HTTP_ADDR": "http://h:1", "CONSUL_HTTP_SSL": "true"},
            "consul+https://h:1",
        ),
        (
            "consul://",
            {"CONSUL_HTTP_ADDR": "https://h:1", "CONSUL_HTTP_SSL": "false"},
            "consul+https://h:1",
        ),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": ""}, "consul://h:1"),
    ],
)
def test_forms_of_an_address(url: str, variables: Mapping[str, str], meant: str) -> None:
    assert consul_environment.connect(url, Path(), variables, Limits()).url == meant


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        ("consul://user:5ecret@h:1", {}),
        ("consul://5ecret@h:1", {}),
        ("consul+https://5ecret@h", {}),
        ("consul://h:port", {}),
        ("consul://h:99999", {}),
        ("consul://:8500", {}),
        ("consul://[::1", {}),
        ("consul://", {"CONSUL_HTTP_ADDR": "user:5ecret@h:1"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "http://5ecret@h:1"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "https://user:5ecret@h:port"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "unix:///var/run/consul.sock"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "ftp://h:1"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1/v1"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1?token=5ecret"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "http://h:1/?token=5ecret"}),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1#5ecret"}),
        ("consul://h:1?token=5ecret", {}),
        ("consul://h:1/?token=5ecret", {}),
        ("consul://h:1#5ecret", {}),
        ("consul://", {"CONSUL_HTTP_ADDR": "h:1", "CONSUL_HTTP_SSL": "maybe"}),
        ("consul://h:1", {"CONSUL_HTTP_SSL": "maybe"}),
        ("consul://h:1", {"CONSUL_HTTP_TOKEN_FILE": "/nowhere/to/be/found"}),
        ("consul://h:1", {"CONSUL_HTTP_TOKEN": "5ecret\n5ecret"}),
        ("consul://h:1", {"CONSUL_HTTP_TOKEN": "5ecretö"}),
        ("consul://h:1", {"CONSUL_CLIENT_CERT": "cert.pem"}),
        ("consul://h:1", {"CONSUL_CLIENT_KEY": "key.pem"}),
    ],
)
def test_what_is_no_address_or_no_token_is_refused(url: str, variables: Mapping[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        consul_environment.connect(url, Path(), variables, Limits())
    assert caught.value.exit_code == 64
    assert caught.value.hint
    secretless(None, caught.value, "5ecret")


def test_a_token_is_never_sent_in_clear_text_where_encryption_is_asked_for(
    gate: Gate, key: str
) -> None:
    """The server speaks no TLS: that is an error, not a reason to go on without."""
    variables = {"CONSUL_HTTP_SSL": "true", "CONSUL_HTTP_TOKEN": TOKEN}
    store = consul_environment.connect(gate.url, Path(), variables, Limits())
    with pytest.raises(Unavailable, match="TLS") as read:
        store.get(key)
    with pytest.raises(Unavailable, match="TLS") as written:
        store.commit([Put(key, b"1", 0)])
    assert not isinstance(written.value, Unanswered)
    assert gate.came == []
    for caught in (read, written):
        secretless(gate, caught.value)


def test_a_namespace_is_asked_for_in_reads_and_writes(gate: Gate, key: str) -> None:
    gate.answer(ANY, "/v1/", proxy.FORBIDDEN)
    store = consul_environment.connect(gate.url, Path(), {"CONSUL_NAMESPACE": "team a"}, Limits())
    with pytest.raises(Unavailable):
        store.get(key)
    with pytest.raises(Unavailable):
        store.commit([Put(key, b"1", 0)])
    assert len(gate.seen) == 2
    for seen in gate.seen:
        assert "ns=team+a" in seen.path or "ns=team%20a" in seen.path


def test_proxies_of_the_environment_are_not_used(
    gate: Gate, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://{HOST}:{free_ports(1)[0]}"
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setenv("CONSUL_HTTP_ADDR", nowhere.removeprefix("http://"))
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", TOKEN)
    assert connect(gate.url, token="").get(key) == Absent()


# --------------------------------------------------------------------------- a slow server


class _Dripping(BaseHTTPRequestHandler):
    """Sends a byte often enough for every timeout between two bytes, and never ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Consul-Index", "7")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while True:
            self.wfile.write(b" ")
            time.sleep(0.02)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_an_answer_that_only_drips_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.WHOLE_SECONDS", 0.2)
    server = _Quiet((HOST, 0), _Dripping)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    store = connect(f"consul://{HOST}:{server.server_address[1]}")
    with pytest.raises(Unavailable, match=r"(not complete|no answer) within 0\.2 s") as read:
        store.get("a")
    assert not isinstance(read.value, Unanswered)
    with pytest.raises(Unanswered, match=r"(not complete|no answer) within 0\.2 s"):
        store.commit([Put("a", b"1", 0)])
    server.shutdown()
    thread.join()
    server.server_close()


# --------------------------------------------------------------------------- TLS


class _Absent(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("X-Consul-Index", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up: what the tests are after."""


@dataclass(frozen=True)
class Secure:
    """A server with a certificate for the name `consul.test` (and, so, for no address)."""

    url: str
    certificate: str


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    files = ["-keyout", str(secret), "-out", str(certificate)]
    names = ["-subj", "/CN=consul.test", "-addext", "subjectAltName=DNS:consul.test"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    server = _Quiet((HOST, 0), _Absent)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield Secure(f"consul+https://{HOST}:{server.server_address[1]}", str(certificate))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("word", ["", "1", "TRUE", "true", "yes", "on", "no", "of"])
def test_only_a_clear_no_turns_verification_off(secure: Secure, key: str, word: str) -> None:
    variables = {"CONSUL_HTTP_SSL_VERIFY": word, "CONSUL_HTTP_TOKEN": TOKEN}
    store = consul_environment.connect(secure.url, Path(), variables, Limits())
    with pytest.raises(Unavailable, match="TLS") as read:
        store.get(key)
    with pytest.raises(Unavailable, match="TLS") as written:
        store.commit([Put(key, b"1", 0)])
    assert not isinstance(written.value, Unanswered)
    for caught in (read, written):
        secretless(None, caught.value)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("word", ["false", "0", "False"])
def test_a_clear_no_turns_verification_off(secure: Secure, key: str, word: str) -> None:
    variables = {"CONSUL_HTTP_SSL_VERIFY": word}
    store = consul_environment.connect(secure.url, Path(), variables, Limits())
    assert store.get(key) == Absent()


def test_a_certificate_is_checked_for_the_name_that_was_said(secure: Secure, key: str) -> None:
    ca = {"CONSUL_CACERT": secure.certificate}
    named = {**ca, "CONSUL_TLS_SERVER_NAME": "consul.test"}
    assert consul_environment.connect(secure.url, Path(), named, Limits()).get(key) == Absent()
    for wrong in (ca, {**ca, "CONSUL_TLS_SERVER_NAME": "other.test"}):
        with pytest.raises(Unavailable, match="TLS"):
            consul_environment.connect(secure.url, Path(), wrong, Limits()).get(key)


@pytest.mark.parametrize("name", ["CONSUL_CACERT", "CONSUL_CLIENT_CERT"])
def test_a_certificate_that_is_not_there_is_said(secure: Secure, key: str, name: str) -> None:
    variables = {name: "/nowhere/certificate.pem", "CONSUL_HTTP_TOKEN": TOKEN}
    if name == "CONSUL_CLIENT_CERT":
        variables["CONSUL_CLIENT_KEY"] = "/nowhere/key.pem"
    with pytest.raises(FieldkeepError) as caught:
        consul_environment.connect(secure.url, Path(), variables, Limits()).get(key)
    assert caught.value.exit_code in (4, 64)
    assert "/nowhere/certificate.pem" in f"{caught.value} {caught.value.hint}"
    secretless(None, caught.value)
