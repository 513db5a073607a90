"""JSON over HTTP from servers that labels are read from. Only ever asks, never writes.

Redirects are errors, proxies and .netrc of the environment are not used, no answer may take or
weigh more than its bound, and no message holds a header, a query or a password.
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import requests

from fieldkeep.errors import Unavailable
from fieldkeep.model import Json
from fieldkeep.sources import Access

ATTEMPTS: Final = 3
CONNECT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024 * 1024
_CHUNK: Final = 1 << 16
_PAUSE_SECONDS: Final = 0.3
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_DENIED: Final = frozenset({401, 403})
_OK: Final = 200
_FILTERED: Final = "X-Consul-Results-Filtered-By-ACLs"
_CHECK: Final = "check the address, and that the server runs"


class _AgainError(Exception):
    """The same question may well be answered a moment later."""


class Api:
    """A server's JSON answers; ``with Api(...) as api``. ``filtered``: a Consul (from 1.11) has
    said of an answer that it left out what the token may not see."""

    def __init__(
        self,
        base: str,
        access: Access,
        variables: Mapping[str, str],
        *,
        consul: bool = False,
        session: requests.Session | None = None,
    ) -> None:
        self.base = base
        self.seconds = access.seconds
        self.filtered = False
        if session is not None:  # one that was made ready by somebody else
            self.session = session
            return
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = access.ca or True
        if access.cert:
            self.session.cert = (access.cert, access.key) if access.key else access.cert
        if token := _secret(access.token_env, access.token_file, variables):
            name, value = (
                ("X-Consul-Token", token) if consul else ("Authorization", f"Bearer {token}")
            )
            self.session.headers[name] = value
        password = _secret(access.password_env, access.password_file, variables)
        if access.user and password is not None:
            pair = base64.b64encode(f"{access.user}:{password}".encode())
            self.session.headers["Authorization"] = f"Basic {pair.decode()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, params: Mapping[str, str | list[str]] | None = None) -> Json:
        """The decoded answer. Raises Unavailable, after some attempts where that may help."""
        deadline = time.monotonic() + self.seconds
        what = f"GET {self.base}{path}"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._ask(what, path, params or {}, deadline)
            except _AgainError as error:
                pause = _PAUSE_SECONDS * attempt * random.uniform(0.5, 1)  # noqa: S311
                if attempt == ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise Unavailable(f"{what}: {error}", _CHECK) from error
                time.sleep(pause)
        raise AssertionError

    def _ask(
        self, what: str, path: str, params: Mapping[str, str | list[str]], deadline: float
    ) -> Json:
        left = max(deadline - time.monotonic(), 0.01)
        try:
            with self.session.get(
                self.base + path,
                params=dict(params),
                timeout=(min(CONNECT_SECONDS, left), left),
                allow_redirects=False,
                stream=True,
            ) as response:
                _refuse_status(what, response.status_code)
                self.filtered |= response.headers.get(_FILTERED) == "true"
                content = self._content(what, response, deadline)
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise Unavailable(
                f"{what}: TLS failed ({_cause(error)})", "check ca and the server's name"
            ) from error
        except requests.exceptions.Timeout as error:
            raise _AgainError(f"no answer within {self.seconds:g} s") from error
        except requests.exceptions.RequestException as error:
            raise _AgainError(_cause(error)) from error
        except OSError as error:  # a certificate file that is not there, found by urllib3
            raise Unavailable(
                f"{what}: {error.strerror or 'a file of the TLS settings'}", "check ca, cert, key"
            ) from error
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Unavailable(
                f"{what}: the answer is not JSON", "name the server's own address"
            ) from error

    def _content(self, what: str, response: requests.Response, deadline: float) -> bytes:
        """A read time-out counts from byte to byte: a server that drips would hold us for ever."""
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                raise Unavailable(
                    f"{what}: more than {MAX_BYTES} bytes", "is that the right server?"
                )
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{what}: not complete within {self.seconds:g} s", "raise the source's timeout"
                )
        return b"".join(parts)


def _refuse_status(what: str, status: int) -> None:
    if status in _BUSY:
        raise _AgainError(f"HTTP {status}")
    if status in _DENIED:
        raise Unavailable(
            f"{what}: not allowed (HTTP {status})", "check the source's token or password"
        )
    if status != _OK:
        raise Unavailable(f"{what}: HTTP {status}", "name the server's own address")


def _secret(variable: str | None, file: str | None, variables: Mapping[str, str]) -> str | None:
    if variable:
        found = variables.get(variable, "")
        origin = f"the variable {variable}"
    elif file:
        origin = f"the file {file}"
        try:
            found = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(
                f"{origin} cannot be read", "check the path and its rights"
            ) from error
    else:
        return None
    if not found:
        raise Unavailable(f"{origin} is empty", "put the token or password there")
    if not found.isprintable():
        raise Unavailable(f"{origin} holds control characters", "put the token or password there")
    return found


def _cause(error: Exception) -> str:
    """The cause in a few words: requests wraps it three times, with object addresses."""
    text = str(error)
    for known in ("Connection refused", "Connection reset", "Name or service not known"):
        if known in text:
            return known.lower()
    innermost: BaseException = error
    while following := innermost.__cause__ or innermost.__context__:
        innermost = following
    return type(innermost).__name__
