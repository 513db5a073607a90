"""Serves a few pages over HTTP, read-only, from a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from fieldkeep.errors import UsageError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

LOOPBACK: Final = "127.0.0.1"
_MOST_CLIENTS: Final = 128  # a thread each; who comes after them is hung up on


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. It is sent as it is, whatever the client would rather have."""

    body: str
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on: server-sent events, each sent at once."""

    events: Callable[[], Generator[str]]
    headers: tuple[tuple[str, str], ...] = ()


Answer = Page | Stream
Pages = Mapping[str, Callable[[], Answer]]
"""By path, what a GET of it answers."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free = BoundedSemaphore(_MOST_CLIENTS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or says nothing for too long, is no news either."""


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds: a client that sends nothing, or takes nothing, holds no thread for ever

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """A scrape is no news."""


@contextmanager
def served(address: str, pages: Pages, *, own_names_only: bool = False) -> Iterator[str]:
    """Serve ``pages`` at ``HOST:PORT`` (port 0: any that is free); the URL. Raises UsageError if
    that address cannot be had. ``own_names_only``: answer only those who ask for this machine by
    a name that nobody else can give it, so that no page of a stranger can have its name lead
    here."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"'{address}' is no HOST:PORT", "for example 127.0.0.1:9469")
    application = _application(pages, _is_own_name if own_names_only else lambda _: True)
    try:
        server = make_server(host.strip("[]"), int(port), application, _Server, _Quiet)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen at {address}: {error}", "name another one") from error
    with server:
        Thread(target=server.serve_forever, daemon=True, name="pages").start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()


def _is_own_name(host: str) -> bool:
    """Whether a Host header is ``localhost`` or an address of the loopback, with any port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _application(
    pages: Pages, is_ours: Callable[[str], bool]
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def answer(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        method = environment["REQUEST_METHOD"]
        found: Answer = Page("ask for localhost\n", status=HTTPStatus.MISDIRECTED_REQUEST)
        if is_ours(environment.get("HTTP_HOST", "")):
            found = _answer(pages, method, environment["PATH_INFO"])
        match found:
            case Page(body, kind, status, headers):
                content = body.encode()
                length = ("Content-Length", str(len(content)))
                start(f"{status.value} {status.phrase}", [("Content-Type", kind), length, *headers])
                return [b"" if method == "HEAD" else content]
            case Stream(events, headers):
                start("200 OK", [("Content-Type", "text/event-stream; charset=utf-8"), *headers])
                return [] if method == "HEAD" else _encoded(events())

    return answer


def _encoded(events: Generator[str]) -> Iterator[bytes]:
    """The server closes it as soon as the client is gone."""
    with closing(events):
        for event in events:
            yield event.encode()


def _answer(pages: Pages, method: str, path: str) -> Answer:
    if method not in ("GET", "HEAD"):
        return Page("read-only\n", status=HTTPStatus.METHOD_NOT_ALLOWED)
    if path not in pages:
        names = " ".join(sorted(pages))
        return Page(f"there is {names} here\n", status=HTTPStatus.NOT_FOUND)
    return pages[path]()
