"""The Consul store against what newer releases answer."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.core.stored.keys import keys
from fieldkeep.edges.store import apply, consul_environment
from fieldkeep.edges.store.consul import ConsulStore
from fieldkeep.errors import Unanswered, Unavailable, UsageError
from fieldkeep.model import Absent, Applied, Check, Conflict, Delete, Limits, Operation, Put
from tests.edges.store.rigs import applied, index, present
from tests.real.newer_consul import MAX_OPERATIONS, NewerConsul, Release
from tests.real.proxy import Answer, Gate
from tests.real.servers import ConsulServer

GENEROUS = Limits(value=1 << 30, transaction=1 << 30, operations=1000)


def connect(
    url: str, variables: Mapping[str, str] | None = None, limits: Limits | None = None
) -> ConsulStore:
    return consul_environment.connect(url, Path(), variables or {}, limits or Limits())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("fieldkeep.edges.store.consul_errors.LIMITED_SECONDS", 0.001)


@pytest.fixture(params=Release)
def newer(consul_agent: ConsulServer, request: pytest.FixtureRequest) -> Iterator[NewerConsul]:
    with NewerConsul(consul_agent.address, request.param) as opened:
        yield opened


def statuses(gate: Gate) -> list[int]:
    return [seen.status for seen in gate.seen]


def test_what_every_release_answers_alike(newer: NewerConsul, key: str) -> None:
    store = connect(newer.url)
    assert store.get(key) == Absent()
    indexes = applied(store, Put(key, b"1", 0), Check(key + ".hold", 0))
    assert present(store.get(key)).value == b"1"
    losing: list[Operation] = [
        Check(key, 0),
        Check(key, indexes[key] + 1),
        Put(key, b"2", 0),
        Delete(key, indexes[key] + 1),
    ]
    for operation in losing:
        assert store.commit([operation, Put(key + ".sync", b"1", 0)]) == Conflict((key,))
    applied(store, Delete(key, indexes[key]))
    assert store.get(key) == Absent()


# --------------------------------------------------------------------------- rate limits


def test_a_limited_read_is_asked_again(newer: NewerConsul, key: str) -> None:
    applied(connect(newer.url), Put(key, b"1", 0))
    newer.limit_reads(2)
    assert present(connect(newer.url).get(key)).value == b"1"
    assert statuses(newer)[-3:] == [429, 429, 200]


def test_a_read_that_stays_limited_is_an_error_and_never_absent(
    newer: NewerConsul, key: str
) -> None:
    newer.limit_reads(99)
    with pytest.raises(Unavailable, match="HTTP 429: rate limit exceeded") as caught:
        connect(newer.url).get(key)
    assert statuses(newer) == [429, 429, 429]
    assert "later" in caught.value.hint


def test_the_pause_that_a_gateway_asks_for_is_kept(newer: NewerConsul, key: str) -> None:
    newer.limit_reads(1, {"Retry-After": "1"})
    started = time.monotonic()
    assert connect(newer.url).get(key) == Absent()
    assert time.monotonic() - started >= 1


def test_a_pause_that_is_too_long_is_not_waited_for(newer: NewerConsul, key: str) -> None:
    newer.limit_reads(1, {"Retry-After": "3600"})
    with pytest.raises(Unavailable, match="429"):
        connect(newer.url).get(key)
    assert statuses(newer) == [429]


@pytest.mark.parametrize("leader", [True, False], ids=["503 of the leader", "429"])
def test_a_limited_write_is_unknown_until_it_is_read(
    newer: NewerConsul, key: str, leader: bool
) -> None:
    newer.limit_writes(1, leader=leader)
    operations = [Put(key, b"1", 0)]
    with pytest.raises(Unanswered, match="rate limit exceeded") as caught:
        connect(newer.url).commit(operations)
    assert len(newer.seen) == 1  # a write is sent once
    assert "later" in caught.value.hint

    newer.limit_writes(1, leader=leader)
    newer.limit_reads(1)
    lost = apply.commit(connect(newer.url), operations)
    assert isinstance(lost, apply.Lost)
    assert lost.error is not None
    assert connect(newer.url).get(key) == Absent()


def test_a_write_that_was_applied_before_its_repetition_was_limited_is_found(
    newer: NewerConsul, consul_agent: ConsulServer, key: str
) -> None:
    """A proxy in between that sends a write again shows the second answer only."""
    newer.answer("PUT", "/v1/txn", Answer(429, b"rate limit exceeded"), times=1)
    consul_agent.put(key, b"1")
    outcome = apply.commit(connect(newer.url), [Put(key, b"1", 0)])
    assert isinstance(outcome, Applied)
    assert outcome.indexes == {key: index(connect(newer.url), key)}


# --------------------------------------------------------------------------- names of keys

NAMES = ["a/b.c", "a-b/c_d,e", ".a/b", "A/1", "a..b", "a/..", "../a", "a//b", "a/./b", "a.", "/a"]
NAMES += ["a:b", "a+b", "a b", " a", "a ", "a%20b", "a%2e%2e/b", "é", "a*b", "a=b", "a&b", "a?b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_we_take_is_stored_by_every_release_as_it_is_named(
    newer: NewerConsul, consul_agent: ConsulServer, key: str, name: str
) -> None:
    try:
        document = keys(f"{key}/{name}")
    except UsageError:
        return
    store = connect(newer.url)
    for one in document.all:
        applied(store, Put(one, b"1", 0))
        assert present(store.get(one)).value == b"1"
        assert consul_agent.get(one) == b"1"


@pytest.mark.parametrize("release", [Release.V1_21_5, Release.V1_22])
def test_a_name_that_a_server_refuses_is_an_error_and_not_asked_again(
    consul_agent: ConsulServer, key: str, release: Release
) -> None:
    """Both answer 500, which elsewhere is worth a second question."""
    with NewerConsul(consul_agent.address, release) as newer:
        store = connect(newer.url)
        with pytest.raises(Unavailable, match="invalid key name") as read:
            store.get(f"{key} ")
        assert statuses(newer) == [500]
        large = Put(f"{key} ", b"x" * 400_000, 0)  # alone, too large for a transaction
        with pytest.raises(Unavailable, match="invalid key name") as written:
            store.commit([large])
        assert not isinstance(written.value, Unanswered)
        assert "name of the key" in read.value.hint


def test_a_name_that_a_transaction_refuses_is_an_error(consul_agent: ConsulServer) -> None:
    with NewerConsul(consul_agent.address, Release.V2_0) as newer:
        with pytest.raises(Unavailable, match="Invalid key in transaction") as caught:
            connect(newer.url).commit([Put("/test/slash", b"1", 0)])
        assert not isinstance(caught.value, Unanswered)


# --------------------------------------------------------------------------- rights


@pytest.fixture(params=Release)
def newer_acl(consul_acl: ConsulServer, request: pytest.FixtureRequest) -> Iterator[NewerConsul]:
    with NewerConsul(consul_acl.address, request.param) as opened:
        yield opened


@pytest.mark.parametrize(
    ("token", "hint"),
    [
        ("", "no token was sent"),
        ("5ec2e700-70ce-4a11-9d0d-5eed5eed5eed", "does not know the token"),
        ("none", "needs key read"),
    ],
    ids=["no token", "unknown", "without rights"],
)
def test_the_reason_of_a_refusal_is_told(
    consul_acl: ConsulServer, newer_acl: NewerConsul, key: str, token: str, hint: str
) -> None:
    if token == "none":
        token = consul_acl.token('key_prefix "elsewhere/" { policy = "read" }')
    store = connect(newer_acl.url, {"CONSUL_HTTP_TOKEN": token})
    with pytest.raises(Unavailable, match="permission denied") as read:
        store.get(key)
    with pytest.raises(Unavailable, match="permission denied") as written:
        store.commit([Put(key, b"1", 0)])
    for caught in (read, written):
        assert hint in caught.value.hint
        assert not isinstance(caught.value, Unanswered)


def test_the_keys_that_may_not_be_written_are_named(
    consul_acl: ConsulServer, newer_acl: NewerConsul, key: str
) -> None:
    rules = f'key_prefix "test/" {{ policy = "read" }} key "{key}" {{ policy = "write" }}'
    store = connect(newer_acl.url, {"CONSUL_HTTP_TOKEN": consul_acl.token(rules)})
    record = key + ".sync"
    assert store.denied([key, record]) == (record,)
    with pytest.raises(Unavailable, match=f"writing {re.escape(record)}: permission denied"):
        store.commit([Put(key, b"1", 0), Put(record, b"1", 0)])


@pytest.mark.parametrize(
    "why", ["Endpoint is blocked by agent configuration", "Access is restricted"]
)
def test_a_refusal_that_no_token_changes_asks_for_none(
    newer: NewerConsul, key: str, why: str
) -> None:
    """agent/http.go: http_config.block_endpoints and http_config.allow_write_http_from."""
    newer.answer("PUT", "/v1/txn", Answer(403, why.encode()))
    with pytest.raises(Unavailable, match=f"HTTP 403.*{why}") as caught:
        connect(newer.url).commit([Put(key, b"1", 0)])
    assert not isinstance(caught.value, Unanswered)
    assert "http_config" in caught.value.hint
    assert "token" not in caught.value.hint


def test_an_absent_key_of_an_answer_that_left_something_out_is_an_error(
    newer: NewerConsul, key: str
) -> None:
    headers = {"X-Consul-Index": "7", "X-Consul-Results-Filtered-By-ACLs": "true"}
    newer.answer("GET", "/v1/kv/", Answer(404, b"", headers))
    with pytest.raises(Unavailable, match="may not see"):
        connect(newer.url).get(key)


# --------------------------------------------------------------------------- sizes


def test_what_is_too_large_names_the_settings(newer: NewerConsul, key: str) -> None:
    store = connect(newer.url, limits=GENEROUS)
    large: list[list[Operation]] = [
        [Put(key, b"x" * 400_000, 0)],
        [Put(f"{key}/{number}", b"x", 0) for number in range(MAX_OPERATIONS + 1)],
    ]
    for operations in large:
        with pytest.raises(Unavailable, match="HTTP 413") as caught:
            store.commit(operations)
        assert not isinstance(caught.value, Unanswered)
        assert "txn_max_req_len" in caught.value.hint
        assert "kv_max_value_size" in caught.value.hint
    alone = connect(newer.url, limits=Limits(value=1 << 30))
    with pytest.raises(Unavailable, match="HTTP 413"):
        alone.commit([Put(key, b"x" * 600_000, 0)])
    assert store.get(key) == Absent()


def test_an_answer_to_a_single_write_that_is_neither_yes_nor_no_is_unknown(
    newer: NewerConsul, key: str
) -> None:
    """agent/kvs_endpoint.go, KVSPut of 1.22 answers some bodies with a text and 200."""
    newer.answer("PUT", "/v1/kv/", Answer(200, b'"Request has no content-length & no body"'))
    with pytest.raises(Unanswered):
        connect(newer.url).commit([Put(key, b"x" * 400_000, 0)])


# --------------------------------------------------------------------------- namespaces

TENANCY = {"CONSUL_NAMESPACE": "team a", "CONSUL_PARTITION": "web"}


def _entry(key: str, value: bytes, number: int) -> dict[str, Any]:
    encoded = base64.b64encode(value).decode()
    entry = {"LockIndex": 0, "Key": key, "Flags": 0, "Value": encoded}
    tenancy = {"Partition": "web", "Namespace": "team a"}
    return {**entry, **tenancy, "CreateIndex": number, "ModifyIndex": number}


def test_a_namespace_and_a_partition_stand_in_every_operation(newer: NewerConsul, key: str) -> None:
    """/v1/txn ignores its query (agent/txn_endpoint.go), so a write without them would land in the
    default namespace. Answers are those of Consul Enterprise."""
    other = key + ".sync"
    results = {"Results": [{"KV": _entry(key, b"", 9)}], "Errors": None}
    newer.answer("PUT", "/v1/txn", Answer(200, json.dumps(results).encode()))
    body = json.dumps([_entry(key, b"1", 7)]).encode()
    newer.answer("GET", "/v1/kv/", Answer(200, body, {"X-Consul-Index": "7"}))
    store = connect(newer.url, TENANCY)
    assert present(store.get(key)).index == 7
    operations: list[Operation] = [
        Check(other, 0),
        Check(key, 7),
        Delete(key + ".hold", 5),
        Put(key, b"2", 7),
    ]
    assert store.commit(operations) == Applied({key: 9})

    read, written = newer.seen
    assert "ns=team+a" in read.path
    assert "partition=web" in read.path
    sent = [operation["KV"] for operation in json.loads(written.body)]
    assert len(sent) == 5
    assert {(kv["Namespace"], kv["Partition"]) for kv in sent} == {("team a", "web")}
    assert store.url == f"{newer.url}?ns=team+a&partition=web"


def test_without_a_namespace_no_operation_has_one(newer: NewerConsul, key: str) -> None:
    store = connect(newer.url, {"CONSUL_NAMESPACE": "", "CONSUL_PARTITION": ""})
    applied(store, Put(key, b"1", 0))
    (sent,) = json.loads(newer.seen[0].body)
    assert sent["KV"].keys() == {"Verb", "Key", "Value", "Index", "Flags"}
    assert store.url == newer.url


def test_a_namespace_takes_its_room_in_a_transaction(newer: NewerConsul, key: str) -> None:
    """What fits as computed is never refused as too large."""
    newer.answer("PUT", "/v1/txn", Answer(500, b"No cluster leader"))
    names = {"CONSUL_NAMESPACE": "n" * 60, "CONSUL_PARTITION": "p" * 60}
    store = connect(newer.url, names)
    room = store.limits.transaction - 20_000
    operations = [Check(f"{key}/{number}", 1) for number in range(50)]
    with pytest.raises(Unanswered):
        store.commit([*operations, Put(key, b"x" * (room * 3 // 4), 0)])
    assert len(newer.seen[0].body) <= Limits().transaction


@pytest.mark.parametrize("namespace", ["team", "default"])
def test_open_source_consul_refuses_a_namespace(
    consul_agent: ConsulServer, gate: Gate, key: str, namespace: str
) -> None:
    consul_agent.put(key, b"1")
    store = connect(gate.url, {"CONSUL_NAMESPACE": namespace})
    with pytest.raises(Unavailable, match="Enterprise feature") as caught:
        store.get(key)
    assert "CONSUL_NAMESPACE" in caught.value.hint
    assert statuses(gate) == [400]


def test_a_consul_without_partitions_refuses_a_write_for_one(
    consul_agent: ConsulServer, gate: Gate, key: str
) -> None:
    """1.8.7 ignores the parameter and knows no such field; newer open source refuses the read."""
    consul_agent.put(key, b"1")
    store = connect(gate.url, {"CONSUL_PARTITION": "web"})
    with pytest.raises(Unavailable, match="Partition") as caught:
        store.commit([Put(key, b"2", index(store, key))])
    assert not isinstance(caught.value, Unanswered)
    assert "CONSUL_PARTITION" in caught.value.hint
    assert consul_agent.get(key) == b"1"
