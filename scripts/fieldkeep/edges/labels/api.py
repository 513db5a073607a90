"""Reads JSON over HTTP from the servers that labels come from. Never writes.

Redirects are errors; proxies and .netrc of the environment are not used; answers are limited in
size and time; no message contains a header, a query or a password.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import requests

from fieldkeep.edges import http
from fieldkeep.edges.deadline import Deadline
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json
from fieldkeep.settings.sources import Access

CONNECT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024 * 1024
_DENIED: Final = frozenset({401, 403})
_OK: Final = 200
_HINTS: Final = http.Hints(
    failed="check the address, and that the server runs",
    tls="check ca and the server's name",
    large="is that the right server?",
    late="raise the source's timeout",
    not_json="name the server's own address",
)


class Api:
    """A server's JSON API; use as ``with Api(...) as api``. ``filtered`` is set once a Consul (from
    1.11) has left out of an answer what the token may not see. Raises Refused if a secret may not
    be sent there, Unavailable if it cannot be read."""

    def __init__(
        self,
        base: str,
        access: Access,
        variables: Mapping[str, str],
        *,
        consul: bool = False,
        prepared: requests.Session | None = None,
    ) -> None:
        self.base = base.rstrip("/")
        self.seconds = access.seconds
        self.filtered = False
        self.session = prepared or http.session()
        if prepared is not None:  # it has its token and certificates already
            return
        self.session.verify = access.ca or True
        if access.cert:
            self.session.cert = (access.cert, access.key) if access.key else access.cert
        if token := self._secret("token", access.token_env, access.token_file, variables):
            name, value = (
                ("X-Consul-Token", token) if consul else ("Authorization", f"Bearer {token}")
            )
            self.session.headers[name] = value
        password = self._secret("password", access.password_env, access.password_file, variables)
        if access.user and password is not None:
            pair = base64.b64encode(f"{access.user}:{password}".encode())
            self.session.headers["Authorization"] = f"Basic {pair.decode()}"

    def _secret(
        self, kind: str, variable: str | None, file: str | None, variables: Mapping[str, str]
    ) -> str | None:
        if variable or file:
            place = f"variable {variable}" if variable else f"file {file}"
            require_trusted(f"the {kind} in the {place}", self.base, variables)
        return _secret(variable, file, variables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, params: Mapping[str, str | list[str]] | None = None) -> Json:
        """The decoded answer. Retries if that may help. Raises Unavailable."""
        deadline = Deadline(self.seconds)
        return http.retried(lambda: self._get(path, params or {}, deadline), deadline)

    def _get(self, path: str, params: Mapping[str, str | list[str]], deadline: Deadline) -> Json:
        what = f"GET {self.base}{path}"
        seconds = max(deadline.left, 0.01)
        try:
            with http.requested(
                self.session,
                "GET",
                self.base + path,
                what,
                _HINTS,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                deadline=deadline,
                params=dict(params),
            ) as response:
                _refuse_status(what, response)
                self.filtered |= response.headers.get(http.FILTERED) == "true"
                answer = http.content(what, response, MAX_BYTES, deadline, _HINTS)
        except OSError as error:  # urllib3 found no certificate file
            raise Unavailable(
                f"{what}: {error.strerror or 'a file of the TLS settings'}", "check ca, cert, key"
            ) from error
        return http.decoded(what, answer, _HINTS)


def _refuse_status(what: str, response: requests.Response) -> None:
    status = response.status_code
    if status in http.BUSY:
        pause = http.retry_after(response.headers)
        raise http.Transient(f"{what}: HTTP {status}", _HINTS.failed, pause)
    if status in _DENIED:
        raise Unavailable(
            f"{what}: not allowed (HTTP {status})", "check the source's token or password"
        )
    if status != _OK:
        raise Unavailable(f"{what}: HTTP {status}", _HINTS.not_json)


def _secret(variable: str | None, file: str | None, variables: Mapping[str, str]) -> str | None:
    if variable:
        secret = variables.get(variable, "")
        origin = f"the variable {variable}"
    elif file:
        origin = f"the file {file}"
        try:
            secret = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(
                f"{origin} cannot be read", "check the path and its rights"
            ) from error
    else:
        return None
    if not secret:
        raise Unavailable(f"{origin} is empty", "put the token or password there")
    if not secret.isprintable():
        raise Unavailable(f"{origin} holds control characters", "put the token or password there")
    return secret
