"""Answers without an end in time or size, from every kind of server that a command asks."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldkeep.edges.github.http import Transport
from fieldkeep.edges.labels.api import Api
from fieldkeep.edges.labels.prometheus_server import read_printed_configuration
from fieldkeep.edges.store import stores
from fieldkeep.errors import InputError, Unanswered, Unavailable
from fieldkeep.model import Limits, Put
from fieldkeep.settings.sources import Access
from tests.real.proxy import ANY, Answer, Gate
from tests.real.wire import Wire

SECONDS = 0.3

Ask = Callable[[str], object]


def read_store(address: str) -> object:
    return stores.connect(f"consul://{address}", Path(), {}, Limits()).get("a")


def write_store(address: str) -> object:
    store = stores.connect(f"consul://{address}", Path(), {}, Limits())
    return store.commit([Put("a", b"1", 0)])


def read_labels(address: str) -> object:
    with Api(f"http://{address}", Access(seconds=SECONDS), {}) as api:
        return api.get("/api/v1/targets")


def read_github(address: str) -> object:
    return Transport(f"http://{address}", "token", {}).get("/repos/a/b", "contents: read")


def write_github(address: str) -> object:
    return Transport(f"http://{address}", "token", {}).write("POST", "/a", {}, "issues: write")


ASKS = (read_store, write_store, read_labels, read_github, write_github)
CLIENTS: dict[str, Ask] = {ask.__name__: ask for ask in ASKS}


@pytest.fixture(params=CLIENTS)
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.WHOLE_SECONDS", SECONDS)
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.MAX_BYTES", 1 << 20)
    monkeypatch.setattr("fieldkeep.edges.github.http._WHOLE_SECONDS", SECONDS)
    monkeypatch.setattr("fieldkeep.edges.github.http.MAX_INPUT_BYTES", 1 << 20)
    monkeypatch.setattr("fieldkeep.edges.labels.api.MAX_BYTES", 1 << 20)
    return CLIENTS[request.param]


@contextmanager
def ends(ask: Ask) -> Iterator[None]:
    """An error of ours, soon; of a write, one that says that it may have been done."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        yield
    assert time.monotonic() - began < 12 * SECONDS
    assert isinstance(caught.value, Unanswered) == ask.__name__.startswith("write_")
    assert caught.value.hint


HEAD = b"HTTP/1.1 200 OK\r\nX-Consul-Index: 1\r\n"


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD, b"X"),
        (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
        (HEAD + b"\r\n", b"["),
    ],
    ids=["status", "continue", "head", "body", "chunk size", "chunks", "chunk words", "no length"],
)
def test_an_answer_that_drips(ask: Ask, head: bytes, drop: bytes) -> None:
    with Wire(head, drop, pause=0.02) as wire, ends(ask):
        ask(wire.address)


def test_an_answer_that_grows_without_end(ask: Ask) -> None:
    with Wire(HEAD + b"\r\n", b" " * 65536, pause=0.0) as wire, ends(ask):
        ask(wire.address)


def packed(times: int) -> bytes:
    content = b" " * (64 << 20)
    for _ in range(times):
        content = gzip.compress(content, 9)
    return content


@pytest.mark.parametrize("times", [1, 2])
def test_a_gzip_bomb(ask: Ask, times: int, gate: Gate) -> None:
    headers = {"Content-Encoding": ", ".join(["gzip"] * times), "X-Consul-Index": "1"}
    gate.answer(ANY, "/", Answer(200, packed(times), headers))
    with ends(ask):
        ask(gate.address)


@pytest.mark.parametrize("depth", [200, 900, 200_000])
def test_an_answer_that_is_nested_too_deep(ask: Ask, depth: int, gate: Gate) -> None:
    body = ("[" * depth + "]" * depth).encode()
    gate.answer(ANY, "/", Answer(200, body, {"X-Consul-Index": "1"}))
    with ends(ask):
        ask(gate.address)


def test_a_printed_configuration_that_is_nested_too_deep(gate: Gate) -> None:
    answer = {"status": "success", "data": {"version": "2.53.0", "yaml": "[" * 200_000}}
    gate.answer(ANY, "/", Answer(200, json.dumps(answer).encode()))
    with Api(f"http://{gate.address}", Access(), {}) as api, pytest.raises(InputError):
        read_printed_configuration(api)
