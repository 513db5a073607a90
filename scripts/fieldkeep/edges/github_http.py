"""HTTP to GitHub as we want it.

The token travels in a header and stands in no message; redirects are errors, proxies and .netrc of
the environment are not used. A read is asked again a few times, a write never: nobody knows whether
one that got no answer was done, and what we write is found and edited by the next run.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests

from fieldkeep import __version__
from fieldkeep.errors import Unanswered, Unavailable, UsageError
from fieldkeep.model import Json

ATTEMPTS: Final = 3
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_PAGES: Final = 50
PER_PAGE: Final = 100
_TIMES: Final = (5.0, 30.0)  # seconds to connect, seconds between two bytes
_WHOLE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.3
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_CHUNK: Final = 1 << 16
_AGAIN: Final = "run the job again; https://www.githubstatus.com tells of outages"
_ADDRESS: Final = "GITHUB_API_URL has to be the address of GitHub's own API"


class _AgainError(Exception):
    """The same question may well be answered a moment later."""


class Transport:
    """Decoded answers of the API at ``base``. ``right`` is always the permission that the job's
    token needs, for messages. Everything raises Unavailable."""

    def __init__(self, base: str, token: str) -> None:
        self.base = _checked(base)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"fieldkeep/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, right: str) -> Json:
        return self._read(path, {}, right)[0]

    def pages(self, path: str, right: str, params: Mapping[str, str]) -> Iterator[Json]:
        """Every entry of a list. A list that does not end is an error, not a short list."""
        for page in range(1, MAX_PAGES + 1):
            asked = {**params, "per_page": str(PER_PAGE), "page": str(page)}
            found, more = self._read(path, asked, right)
            if not isinstance(found, list):
                raise Unavailable(f"GET {path}: the answer is not a list", _ADDRESS)
            yield from found
            if not more:
                return
        raise Unavailable(
            f"GET {path}: more than {MAX_PAGES * PER_PAGE} entries", "close or remove old ones"
        )

    def write(self, method: str, path: str, body: Mapping[str, Any], right: str) -> Json:
        """Sent once. Raises Unanswered when nobody knows whether it was done."""
        what = f"{method} {path}"
        try:
            return self._ask(what, method, path, right, body=body)[0]
        except _AgainError as error:
            raise Unanswered(f"{what}: {error}; it may have been done", _AGAIN) from error

    def _read(self, path: str, params: Mapping[str, str], right: str) -> tuple[Json, bool]:
        what = f"GET {path}"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._ask(what, "GET", path, right, params=params)
            except _AgainError as error:
                if attempt == ATTEMPTS:
                    raise Unavailable(f"{what}: {error}", _AGAIN) from error
                time.sleep(_PAUSE_SECONDS * attempt * random.uniform(0.5, 1))  # noqa: S311
        raise AssertionError

    def _ask(
        self,
        what: str,
        method: str,
        path: str,
        right: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[Json, bool]:
        """The answer, and whether the list goes on on another page."""
        try:
            with self.session.request(
                method,
                self.base + path,
                params=params,
                json=body,
                timeout=_TIMES,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _content(what, response)
                _refuse(what, response, right)
                more = "next" in response.links
        except requests.exceptions.SSLError as error:
            raise Unavailable(f"{what}: TLS failed", _ADDRESS) from error
        except requests.exceptions.RequestException as error:
            raise _AgainError(_cause(error)) from error
        try:
            return json.loads(content), more
        except (ValueError, RecursionError) as error:
            raise Unavailable(f"{what}: the answer is not JSON", _ADDRESS) from error


def _checked(base: str) -> str:
    """https, or plain http to this machine: anywhere else it would show the token to others."""
    parts = urlsplit(base)
    near = parts.scheme == "http" and _loopback(parts.hostname or "")
    if not (parts.scheme == "https" or near) or not parts.hostname or parts.username:
        raise UsageError("GITHUB_API_URL is not an https address", "GitHub sets it in every run")
    return base.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _content(what: str, response: requests.Response) -> bytes:
    """Bounded in size and time: a time-out of requests counts from byte to byte."""
    parts: list[bytes] = []
    until = time.monotonic() + _WHOLE_SECONDS
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        if sum(map(len, parts)) > MAX_BYTES:
            raise Unavailable(f"{what}: an answer of more than {MAX_BYTES} bytes", _ADDRESS)
        if time.monotonic() > until:
            raise _AgainError(f"not complete within {_WHOLE_SECONDS:g} s")
    return b"".join(parts)


def _refuse(what: str, response: requests.Response, right: str) -> None:
    status = response.status_code
    if status in _BUSY:
        raise _AgainError(f"HTTP {status}")
    if status == 401:  # noqa: PLR2004
        raise Unavailable(f"{what}: the token is not accepted (HTTP 401)", "check GITHUB_TOKEN")
    if response.headers.get("X-RateLimit-Remaining") == "0" and status == 403:  # noqa: PLR2004
        raise Unavailable(f"{what}: too many requests (HTTP 403)", "run the job again later")
    if status in (403, 404):
        raise Unavailable(
            f"{what}: HTTP {status}: not there, or not for this token",
            f"the job needs `permissions: {right}`",
        )
    if 300 <= status < 400:  # noqa: PLR2004
        raise Unavailable(f"{what}: redirected (HTTP {status})", _ADDRESS)
    if status not in (200, 201):
        raise Unavailable(f"{what}: HTTP {status}", _AGAIN)


def _cause(error: Exception) -> str:
    """The cause in a few words: requests wraps it three times, with object addresses."""
    text = str(error)
    for known in ("Connection refused", "Connection reset", "Name or service not known"):
        if known in text:
            return known.lower()
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    return "the connection failed"
