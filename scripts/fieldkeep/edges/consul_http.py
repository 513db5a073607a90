"""HTTP to Consul as we want it: python-consul's own client has no time-out, puts its token into
URLs and sends none with transactions, so its API classes run over this transport instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import requests
from consul.base import Response  # the shape that python-consul's callbacks take

from fieldkeep.errors import Unanswered, Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
NOT_FOUND = 404

Callback = Callable[[Response], Any]


class Transport:
    """get/put/delete/post, as python-consul calls them. The token travels in a header only;
    redirects are errors; proxies and .netrc of the environment are not used."""

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
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = verify
        self.session.cert = cert
        if token:
            self.session.headers["X-Consul-Token"] = token

    def get(self, callback: Callback, path: str, params: Mapping[str, Any] | None = None) -> Any:
        response = self._answer("GET", path, params)
        # Consul's own "no such key" has an index and no body; any other 404 is somebody else's,
        # and taking it for "absent" would let an apply overwrite what it could not see.
        if response.code == NOT_FOUND and (
            response.body or "X-Consul-Index" not in response.headers
        ):
            what = f"GET {self.base_uri}{path}: HTTP 404 that is not Consul's"
            raise Unavailable(what, "name Consul itself, not something in front of it")
        return callback(response)

    def put(
        self, callback: Callback, path: str, params: Mapping[str, Any] | None = None, data: Any = ""
    ) -> Any:
        return callback(self._answer("PUT", path, params, data))

    def post(
        self, callback: Callback, path: str, params: Mapping[str, Any] | None = None, data: Any = ""
    ) -> Any:
        return callback(self._answer("POST", path, params, data))

    def delete(self, callback: Callback, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return callback(self._answer("DELETE", path, params))

    def _answer(
        self, method: str, path: str, params: Mapping[str, Any] | None, data: Any = None
    ) -> Response:
        what = f"{method} {self.base_uri}{path}"
        # An unsent or refused request changed nothing; of a write that got no answer nobody knows.
        lost = Unavailable if method == "GET" else Unanswered
        try:
            # python-consul's own "token" parameter never reaches the URL
            wanted = {k: v for k, v in {**self.params, **(params or {})}.items() if k != "token"}
            response = self.session.request(
                method,
                self.base_uri + quote(path, safe="/:"),
                params=wanted,
                data=data,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            message = f"{what}: TLS failed: {_reason(error)}"
            raise Unavailable(message, "check CONSUL_CACERT and the server's name") from error
        except requests.exceptions.ConnectTimeout as error:
            message = f"{what}: no connection within {CONNECT_SECONDS:g} s"
            raise Unavailable(message, _ADDRESS) from error
        except requests.exceptions.Timeout as error:
            message = f"{what}: no answer within {READ_SECONDS:g} s"
            raise lost(message, "is the server overloaded, or without a leader?") from error
        except requests.exceptions.ConnectionError as error:
            refused = "NewConnectionError" in repr(error) or "Failed to establish" in str(error)
            kind = Unavailable if refused else lost
            raise kind(f"{what}: {_reason(error)}", _ADDRESS) from error
        except requests.exceptions.RequestException as error:
            raise lost(f"{what}: {_reason(error)}", _ADDRESS) from error
        if 300 <= response.status_code < 400:  # noqa: PLR2004
            message = f"{what}: redirected (HTTP {response.status_code})"
            raise Unavailable(message, "name Consul itself, not something in front of it")
        return Response(response.status_code, response.headers, response.text)


_ADDRESS = "check the address (--store, CONSUL_HTTP_ADDR) and that the server runs"


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: requests wraps it three times, with object addresses."""
    text = str(error)
    for known in ("Connection refused", "Connection reset", "Name or service not known"):
        if known in text:
            return known.lower()
    cause = error.__cause__ or error.__context__ or error
    return type(cause).__name__
