"""Serves a few pages over HTTP, read-only, from a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from fieldkeep.errors import UsageError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. It is sent as it is, whatever the client would rather have."""

    body: str
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or says nothing for too long, is no news either."""


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds: a client that sends nothing holds no thread for ever

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """A scrape is no news."""


@contextmanager
def served(address: str, pages: Mapping[str, Callable[[], Page]]) -> Iterator[str]:
    """Serve ``pages`` by path at ``HOST:PORT`` (port 0: any that is free); the URL. Raises
    UsageError if that address cannot be had."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"'{address}' is no HOST:PORT", "for example 127.0.0.1:9469")
    try:
        server = make_server(host.strip("[]"), int(port), _application(pages), _Server, _Quiet)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen at {address}: {error}", "name another one") from error
    with server:
        Thread(target=server.serve_forever, daemon=True, name="pages").start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()


def _application(
    pages: Mapping[str, Callable[[], Page]],
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def answer(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        page = _page(pages, environment["REQUEST_METHOD"], environment["PATH_INFO"])
        body = page.body.encode()
        headers = [("Content-Type", page.content_type), ("Content-Length", str(len(body)))]
        start(f"{page.status.value} {page.status.phrase}", headers)
        return [b"" if environment["REQUEST_METHOD"] == "HEAD" else body]

    return answer


def _page(pages: Mapping[str, Callable[[], Page]], method: str, path: str) -> Page:
    if method not in ("GET", "HEAD"):
        return Page("read-only\n", status=HTTPStatus.METHOD_NOT_ALLOWED)
    if path not in pages:
        names = " ".join(sorted(pages))
        return Page(f"there is {names} here\n", status=HTTPStatus.NOT_FOUND)
    return pages[path]()
