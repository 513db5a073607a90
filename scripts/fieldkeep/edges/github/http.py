"""HTTP to GitHub as we want it.

The token travels in a header and stands in no message; redirects are errors, proxies and .netrc of
the environment are not used. A read is asked again a few times, a write never: nobody knows whether
one that got no answer was done, and what we write is found and edited by the next run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests

from fieldkeep import __version__
from fieldkeep.edges import http
from fieldkeep.errors import Unanswered, Unavailable, UsageError
from fieldkeep.model import MAX_INPUT_BYTES, Json

MAX_PAGES: Final = 50
PER_PAGE: Final = 100
_TIMES: Final = (5.0, 30.0)  # seconds to connect, seconds between two bytes
_WHOLE_SECONDS: Final = 60.0
_LONGEST: Final = 200  # characters of GitHub's own words
_AGAIN: Final = "run the job again; https://www.githubstatus.com tells of outages"
_ADDRESS: Final = "GITHUB_API_URL has to be the address of GitHub's own API"


class Transport:
    """Decoded answers of the API at ``base``. ``right`` is always the permission that the job's
    token needs, for messages. Everything raises Unavailable."""

    def __init__(self, base: str, token: str) -> None:
        self.base = _checked(base)
        self.session = http.session()
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
        try:
            return self._ask(method, path, right, body=body)[0]
        except http.Transient as error:
            raise Unanswered(f"{error}; it may have been done", _AGAIN) from error

    def _read(self, path: str, params: Mapping[str, str], right: str) -> tuple[Json, bool]:
        return http.retried(lambda: self._ask("GET", path, right, params=params))

    def _ask(
        self,
        method: str,
        path: str,
        right: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[Json, bool]:
        """The answer, and whether the list goes on on another page."""
        what = f"{method} {path}"
        with (
            http.failures(what, _AGAIN, _ADDRESS, _TIMES[1]),
            self.session.request(
                method,
                self.base + path,
                params=params,
                json=body,
                timeout=_TIMES,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            whole = http.Deadline(_WHOLE_SECONDS)
            answer = http.content(
                what, response, MAX_INPUT_BYTES, whole, large=_ADDRESS, late=_AGAIN
            )
            _refuse(what, response, answer, right)
            return http.decoded(what, answer, _ADDRESS), "next" in response.links


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


def _refuse(what: str, response: requests.Response, content: bytes, right: str) -> None:
    status = response.status_code
    said = _message(content)
    if status in http.BUSY:
        raise http.Transient(f"{what}: HTTP {status}", _AGAIN)
    if status == 401:  # noqa: PLR2004
        raise Unavailable(f"{what}: the token is not accepted (HTTP 401)", "check GITHUB_TOKEN")
    if response.headers.get("X-RateLimit-Remaining") == "0" and status == 403:  # noqa: PLR2004
        raise Unavailable(f"{what}: too many requests (HTTP 403)", "run the job again later")
    if status in (403, 404):
        raise Unavailable(
            f"{what}: HTTP {status}: not there, or not for this token{said}",
            f"the job needs `permissions: {right}`",
        )
    if 300 <= status < 400:  # noqa: PLR2004
        raise Unavailable(f"{what}: redirected (HTTP {status})", _ADDRESS)
    if status not in (200, 201):
        raise Unavailable(f"{what}: HTTP {status}{said}", "see https://docs.github.com/rest")


def _message(content: bytes) -> str:
    """GitHub's own words, where an answer has some."""
    try:
        found = json.loads(content)["message"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return f" ({found[:_LONGEST]})" if isinstance(found, str) and found else ""
