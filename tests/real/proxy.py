"""A gate in front of a Consul: holds a request, or answers it as a broken server would.

with Gate(consul.address) as gate:
    hold = gate.hold("PUT", "/v1/txn")
    ...start a sync against gate.url in a thread...
    hold.wait_held()        # its write has left and has not arrived
    consul.put(key, b"an application's plain PUT")
    hold.release()          # now the write arrives, too late

    gate.answer("GET", "/v1/kv/", FORBIDDEN)
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, Self

HOST = "127.0.0.1"
ANY = "*"  # any method
_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Answer:
    """What comes back. The server behind the gate hears of the request only if `forward`."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    forward: bool = False  # ask the server, and answer what it says
    cut: bool = False  # announce the whole body, send half of it, hang up
    mute: bool = False  # keep the connection open and never answer
    drop: bool = False  # hang up without a word
    again: bool = False  # with `forward`: send the request twice, and pass on the second answer
    meanwhile: Callable[[], object] = lambda: None  # with `again`: what happens between the two
    wait: float = 0.0  # seconds before the request goes on
    drip: float = 0.0  # seconds between two pieces of the answer, head and body


PASS = Answer(forward=True)
NO_LEADER = Answer(500, b"No cluster leader")
FORBIDDEN = Answer(403, b"Permission denied")
TOO_MANY = Answer(429, b"Your IP is issuing too many concurrent connections")
BAD_GATEWAY = Answer(502, b"<html><body>502 Bad Gateway</body></html>")
REDIRECT = Answer(301, headers={"Location": "/elsewhere"})
GARBAGE = Answer(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
CUT_SHORT = Answer(forward=True, cut=True)
SILENCE = Answer(mute=True)
HANG_UP = Answer(drop=True)
REPEATED = Answer(forward=True, again=True)  # as load balancers do
LOST = Answer(forward=True, drop=True)  # the server did it, and its answer never arrives


class Hold:
    """One request, kept at the gate until the test lets it through."""

    def __init__(self) -> None:
        self._held = threading.Event()
        self._released = threading.Event()

    def wait_held(self, timeout: float = 30.0) -> None:
        if not self._held.wait(timeout):
            raise TimeoutError(f"no such request came within {timeout:g} s")

    def release(self) -> None:
        self._released.set()

    def _keep(self) -> None:
        self._held.set()
        self._released.wait()


@dataclass
class _Rule:
    method: str
    prefix: str
    what: Answer | Hold
    left: int | None  # how many requests it is still for; None: all of them

    def takes(self, method: str, path: str) -> bool:
        return self.left != 0 and self.method in {ANY, method} and path.startswith(self.prefix)


@dataclass(frozen=True)
class Request:
    """A request as it arrives; ``path`` with its query, ``token`` empty where none was sent."""

    method: str
    path: str
    body: bytes
    token: str


@dataclass(frozen=True)
class Exchange:
    """A request that came, and the status that went back; 0 where no answer did."""

    method: str
    path: str
    body: bytes
    status: int


class Gate:
    """A proxy for plain HTTP on loopback; whatever no rule takes goes through unchanged.

    A request meets the rules in the order they were made: a hold, once released, leads on to
    the rules after it, and the first answer ends the matter.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self._rules: list[_Rule] = []
        self._seen: list[Exchange] = []
        self._came: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="gate"
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.closing.set()
        for rule in self._rules:
            if isinstance(rule.what, Hold):
                rule.what.release()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()  # waits for the threads of all requests
        if self._server.failures:
            raise ExceptionGroup("the gate itself failed", self._server.failures)

    @property
    def address(self) -> str:
        return f"{HOST}:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"consul://{self.address}"

    @property
    def seen(self) -> list[Exchange]:
        """All that came so far, in the order it was answered."""
        with self._lock:
            return list(self._seen)

    @property
    def came(self) -> list[tuple[str, str]]:
        """Method and path of all that came so far, answered or not."""
        with self._lock:
            return list(self._came)

    def hold(self, method: str, prefix: str) -> Hold:
        """Keep the next request of this method whose path (with its query) begins so."""
        hold = Hold()
        self._add(_Rule(method, prefix, hold, 1))
        return hold

    def answer(self, method: str, prefix: str, answer: Answer, times: int | None = None) -> None:
        """Answer such requests so: the next `times` of them, or all."""
        self._add(_Rule(method, prefix, answer, times))

    def forget(self) -> None:
        """What it has seen so far: a long test would fill the memory with it."""
        with self._lock:
            self._seen.clear()
            self._came.clear()

    def clear(self) -> None:
        """Let everything through from now on; what is held stays held."""
        with self._lock:
            self._rules = [rule for rule in self._rules if isinstance(rule.what, Hold)]
            for rule in self._rules:
                rule.left = 0

    def _add(self, rule: _Rule) -> None:
        with self._lock:
            self._rules.append(rule)

    def decide(self, request: Request) -> Answer:
        """What comes back; waits as long as a hold keeps the request."""
        method, path = request.method, request.path
        past: list[_Rule] = []
        with self._lock:
            self._came.append((method, path))
        while True:
            with self._lock:
                rule = next(
                    (r for r in self._rules if r not in past and r.takes(method, path)), None
                )
                if rule is not None and rule.left is not None:
                    rule.left -= 1
            if rule is None:
                return PASS
            if isinstance(rule.what, Answer):
                return rule.what
            past.append(rule)
            rule.what._keep()  # noqa: SLF001

    def edited(self, request: Request, answer: Answer) -> Answer:
        """The server's answer on its way back: unchanged."""
        del request
        return answer

    def _note(self, exchange: Exchange) -> None:
        with self._lock:
            self._seen.append(exchange)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them

    def __init__(self, gate: Gate) -> None:
        super().__init__((HOST, 0), _Handler)
        self.gate = gate
        self.closing = threading.Event()
        self.failures: list[Exception] = []
        self._open: set[socket.socket] = set()
        self._hung_up = False
        self._lock = threading.Lock()

    def keep(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._hung_up:
                self._wake(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """Wake every thread that still reads from a client or from the server."""
        with self._lock:
            self._hung_up = True
            for connection in self._open:
                self._wake(connection)

    @staticmethod
    def _wake(connection: socket.socket) -> None:
        with suppress(OSError):  # the other side was quicker
            connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.keep(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.forget(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address
        error = sys.exception()
        # A client that gives up, a server that is down: what tests are after.
        if isinstance(error, Exception) and not isinstance(error, OSError | HTTPException):
            self.failures.append(error)


class _Dripping(BufferedIOBase):
    """Writes eight pieces of everything, with a pause before each."""

    def __init__(self, wire: BufferedIOBase, pause: float, closing: threading.Event) -> None:
        self.wire, self.pause, self.closing = wire, pause, closing

    def write(self, content: Any) -> int:
        size = max(1, len(content) // 8)
        for start in range(0, len(content), size):
            self.closing.wait(self.pause)
            self.wire.write(content[start : start + size])
        return len(content)

    def flush(self) -> None:
        self.wire.flush()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms between its head and its body
    server: _Server

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("X-Consul-Token", "")
        gate, request = self.server.gate, Request(self.command, self.path, body, token)
        answer = gate.decide(request)
        if self.server.closing.is_set():
            self.close_connection = True
            return
        self.server.closing.wait(answer.wait)
        if answer.again:
            self._forward(body)
            answer.meanwhile()
        content = gate.edited(request, self._forward(body)) if answer.forward else answer
        said = 0 if answer.mute or answer.drop else content.status
        gate._note(Exchange(self.command, self.path, body, said))  # noqa: SLF001
        if answer.mute:
            self.server.closing.wait()
        if answer.mute or answer.drop or answer.cut:
            self.close_connection = True
        if said:
            wire = self.wfile
            if answer.drip:
                self.wfile = _Dripping(wire, answer.drip, self.server.closing)
            self._send(content.status, content.headers, content.body, cut=answer.cut)
            self.wfile = wire

    do_GET = do_PUT = do_POST = do_DELETE = serve  # noqa: N815

    def _forward(self, body: bytes) -> Answer:
        host, _, port = self.server.gate.upstream.partition(":")
        upstream = HTTPConnection(host, int(port))
        upstream.connect()
        wire: socket.socket = upstream.sock
        self.server.keep(wire)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            self.server.forget(wire)
            upstream.close()
        kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
        return Answer(answer.status, content, kept)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes, *, cut: bool) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + cut))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)

    def log_message(self, *_: Any) -> None:
        """Say nothing: `seen` has it all."""
