"""The transport under python-consul's API classes. Its own HTTP client has no timeout, puts the
token into URLs and sends none with transactions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import requests
import urllib3
from consul.base import Response  # the shape that python-consul's callbacks take

from fieldkeep.edges.deadline import Deadline, limited
from fieldkeep.edges.http import (
    FILTERED,
    TLS_FAILURES,
    Hints,
    Transient,
    content,
    reason,
    retry_after,
    session,
)
from fieldkeep.errors import Unanswered, Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0  # between two bytes
WHOLE_SECONDS = 60.0
_AT_ONCE = 0.3  # seconds for a question about which nobody waits
MAX_BYTES = 64 * 1024**2  # with base64 a third more than the largest value
NOT_FOUND = 404

Callback = Callable[[Response], Any]
Params = Iterable[tuple[str, Any]] | None


class Transport:
    """``get`` and ``put`` as python-consul's KV and Txn call them. The token is sent in a header
    only, and redirects are errors."""

    def __init__(
        self,
        base: str,
        token: str | None,
        *,
        verify: bool | str = True,
        cert: tuple[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        self.base_uri = base
        self.params = dict(params or {})
        self.most_bytes = MAX_BYTES
        self.date: str | None = None
        self.behind: float | None = None  # seconds since the server last heard of a leader
        self.knows_leader = True  # the server that answered last
        self.pause = 0.0  # seconds before the next request, as the last answer asked
        self.session = session()
        self.session.verify = verify
        if verify is False:  # the user asked for it; a warning for each request would hide ours
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self.session.cert = cert
        if token:
            self.session.headers["X-Consul-Token"] = token

    def get(self, callback: Callback, path: str, params: Params = ()) -> Any:
        response = self._answer("GET", path, params)
        # Consul's own "no such key" has an index and no body; any other 404 is not Consul's. An
        # empty list is what a token without rights gets. If either counted as "absent", an apply
        # could overwrite a value that it did not see.
        foreign_404 = response.code == NOT_FOUND and (
            response.body or "X-Consul-Index" not in response.headers
        )
        if response.code == NOT_FOUND and response.headers.get(FILTERED) == "true":
            what = f"GET {self.base_uri}{path}: the answer leaves out what the token may not see"
            raise Unavailable(what, "the token (CONSUL_HTTP_TOKEN) needs key read")
        if foreign_404 or response.body.strip() == "[]":
            what = f"GET {self.base_uri}{path}: HTTP {response.code} that is not Consul's answer"
            raise Unavailable(what, _NOT_CONSUL)
        if _undecodable(response.body):
            raise Unavailable(f"GET {self.base_uri}{path}: a value is not base64", _NOT_CONSUL)
        return self._understood("GET", path, callback, response, Unavailable)

    def put(self, callback: Callback, path: str, params: Params = (), data: Any = "") -> Any:
        response = self._answer("PUT", path, params, data)
        return self._understood("PUT", path, callback, response, Unanswered)

    @property
    def sends_token(self) -> bool:
        return "X-Consul-Token" in self.session.headers

    def is_leaderless(self) -> bool | None:
        """Whether the server says that the cluster has no leader; None if it does not answer at
        once. May be called while another thread waits for an answer."""
        url = f"{self.base_uri}/v1/status/leader"
        try:
            with limited(Deadline(_AT_ONCE)):
                answer = self.session.get(url, timeout=_AT_ONCE, allow_redirects=False)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError):
            return None
        return answer.text.strip() == '""' if answer.ok else None

    def _understood(
        self,
        method: str,
        path: str,
        callback: Callback,
        response: Response,
        lost: type[Unavailable],
    ) -> Any:
        """The answer as python-consul decodes it. Raises ``lost`` for a body of another shape."""
        try:
            return callback(response)
        except _UNREADABLE as error:
            message = f"{method} {self.base_uri}{path}: the answer is not Consul's"
            raise lost(message, _NOT_CONSUL) from error

    def _answer(self, method: str, path: str, params: Params, data: Any = None) -> Response:
        what = f"{method} {self.base_uri}{path}"
        # An unsent or refused request changed nothing; a write without an answer may have.
        lost = Unavailable if method == "GET" else Unanswered
        whole = Deadline(WHOLE_SECONDS)
        try:
            # python-consul's own "token" parameter never reaches the URL
            query = [(k, v) for k, v in (*self.params.items(), *(params or ())) if k != "token"]
            with (
                limited(whole),
                self.session.request(
                    method,
                    self.base_uri + quote(path, safe="/:"),
                    params=query,
                    data=data,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body = _body(what, response, self.most_bytes, whole, lost)
        except TLS_FAILURES as error:
            message = f"{what}: TLS failed: {reason(error)}"
            raise Unavailable(message, _HINTS.tls) from error
        except requests.exceptions.ConnectTimeout as error:
            message = f"{what}: no connection within {CONNECT_SECONDS:g} s"
            raise Unavailable(message, _HINTS.failed) from error
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            seconds = whole.seconds if whole.left <= 0 else READ_SECONDS
            message = f"{what}: no answer within {seconds:g} s"
            raise lost(message, _HINTS.late) from error
        except requests.exceptions.ConnectionError as error:
            refused = "NewConnectionError" in repr(error) or "Failed to establish" in str(error)
            kind = Transient if refused or method == "GET" else lost
            raise kind(f"{what}: {reason(error)}", _hint(error)) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise lost(f"{what}: {reason(error)}", _hint(error)) from error
        if 300 <= response.status_code < 400:  # noqa: PLR2004
            message = f"{what}: redirected (HTTP {response.status_code})"
            raise Unavailable(message, _NOT_CONSUL)
        self.date = response.headers.get("Date")
        self.behind = _seconds_behind(response.headers)
        self.knows_leader = response.headers.get("X-Consul-KnownLeader") != "false"
        self.pause = retry_after(response.headers)
        return Response(response.status_code, response.headers, body)


# RecursionError: an answer that is nested too deep
_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
_NOT_CONSUL = "name Consul's HTTP API itself, not something in front of it"
_PROXY = "run it again; if it stays so, look for a proxy in between"
_HINTS = Hints(
    failed="check the address (--store, CONSUL_HTTP_ADDR) and that the server runs",
    tls="check CONSUL_CACERT and the server's name",
    large=_NOT_CONSUL,
    late="is the server overloaded, or without a leader?",
    not_json=_NOT_CONSUL,
)


def _body(
    what: str, response: requests.Response, most: int, whole: Deadline, lost: type[Unavailable]
) -> str:
    """The body as text. Raises ``lost`` if it is too large or too slow."""
    try:
        body = content(what, response, most, whole, _HINTS)
    except Unavailable as error:
        raise lost(str(error), error.hint) from error
    return body.decode("utf-8", "replace")


def _seconds_behind(headers: Mapping[str, str]) -> float | None:
    """By X-Consul-LastContact, in milliseconds: 0 from the leader itself. Without a leader a server
    has no contact, and the number is that of its last one.
    https://developer.hashicorp.com/consul/api-docs/features/consistency"""
    text = headers.get("X-Consul-LastContact", "")
    return int(text) / 1000 if text.isascii() and text.isdigit() else None


def _undecodable(body: str) -> bool:
    """Whether a value is not base64: python-consul would decode it, ignoring wrong characters."""
    try:
        values = [entry["Value"] for entry in json.loads(body) if entry.get("Value") is not None]
    except _UNREADABLE:
        return False  # not a list of entries: reported where the answer is decoded
    try:
        for value in values:
            base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        return True
    return False


def _hint(error: Exception) -> str:
    return _PROXY if "ended" in reason(error) else _HINTS.failed
