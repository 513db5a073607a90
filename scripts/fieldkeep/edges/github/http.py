"""HTTP to GitHub's API.

The token is sent in a header and appears in no message. A write is never sent again after a lost
answer: it may have been done, and the next run finds the text and edits it. What GitHub refuses for
too many requests is sent again, a write too: it was not done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.utils import should_bypass_proxies

from fieldkeep import __version__
from fieldkeep.edges import http
from fieldkeep.edges.deadline import Deadline
from fieldkeep.errors import Unanswered, Unavailable, UsageError
from fieldkeep.model import MAX_INPUT_BYTES, Json

MAX_PAGES: Final = 50
PER_PAGE: Final = 100
_TIMES: Final = (5.0, 30.0)  # seconds to connect, seconds between two bytes
_WHOLE_SECONDS: Final = 60.0
_LONGEST: Final = 200  # characters of GitHub's own words
_MINUTE: Final = 60.0
_LATER: Final = "run the job again later"
_AGAIN: Final = "run the job again; https://www.githubstatus.com tells of outages"
ADDRESS: Final = "GITHUB_API_URL has to be the address of GitHub's own API"
_TLS: Final = "SSL_CERT_FILE names the authority of a proxy that has a certificate of its own"
_NOT_PERMITTED: Final = "not permitted to create or approve pull requests"
_MAY_NOT_PROPOSE: Final = (
    "switch on Settings, Actions, General, Allow GitHub Actions to create and approve pull requests"
)
_HINTS: Final = http.Hints(_AGAIN, tls=_TLS, large=ADDRESS, late=_AGAIN, not_json=ADDRESS)


class _TooManyRequests(http.Transient):
    """GitHub refused the request unread."""


class Transport:
    """Decoded answers of the API at ``base``. ``right`` is the permission that the job's token
    needs, for messages. Every method raises Unavailable.

    It is asked through the machine's proxy, if ``variables`` name one: a runner may have no other
    way to GitHub, and GitHub is in no network of which a proxy must not know."""

    def __init__(self, base: str, token: str, variables: Mapping[str, str]) -> None:
        self.base, self._token = _checked(base), token
        self.session = http.session()
        self.session.proxies.update(_proxies(self.base, variables))
        self.session.verify = _authorities(variables)
        self.session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"fieldkeep/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def get(self, path: str, right: str) -> Json:
        return self._read(path, {}, right)[0]

    def pages(self, path: str, right: str, params: Mapping[str, str]) -> Iterator[Json]:
        """Every entry of a list, from all of its pages. More than MAX_PAGES pages are an error: the
        list would be incomplete."""
        for page in range(1, MAX_PAGES + 1):
            asked = {**params, "per_page": str(PER_PAGE), "page": str(page)}
            entries, more = self._read(path, asked, right)
            if not isinstance(entries, list):
                raise Unavailable(f"GET {path}: the answer is not a list", ADDRESS)
            yield from entries
            if not more:
                return
        raise Unavailable(
            f"GET {path}: more than {MAX_PAGES * PER_PAGE} entries", "close or remove old ones"
        )

    def write(self, method: str, path: str, body: Mapping[str, Any], right: str) -> Json:
        """Send a write, and again only if GitHub refused it for too many requests. Raises
        Unanswered if its answer was lost or cannot be read."""
        return http.retried(lambda: self._written(method, path, body, right))

    def _written(self, method: str, path: str, body: Mapping[str, Any], right: str) -> Json:
        try:
            return self._ask(method, path, right, body=body)[0]
        except _TooManyRequests:
            raise
        except (http.Transient, http.Unusable) as error:
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
        """The answer, and whether the list has another page."""
        what = f"{method} {path}"
        whole = Deadline(_WHOLE_SECONDS)
        with http.requested(
            self.session,
            method,
            self.base + path,
            what,
            _HINTS,
            timeout=_TIMES,
            deadline=whole,
            params=params,
            json=body,
        ) as response:
            answer = http.content(what, response, MAX_INPUT_BYTES, whole, _HINTS)
            _refuse(what, response, _message(answer, self._token), right)
            return http.decoded(what, answer, _HINTS), "next" in response.links


def _checked(base: str) -> str:
    """The address without a slash at its end. Plain http, which shows the token to others, is
    accepted for this machine only. Raises UsageError."""
    parts = urlsplit(base)
    local = parts.scheme == "http" and _loopback(parts.hostname or "")
    if not (parts.scheme == "https" or local) or not parts.hostname or parts.username:
        raise UsageError("GITHUB_API_URL is not an https address", "GitHub sets it in every run")
    return base.rstrip("/")


def _proxies(base: str, variables: Mapping[str, str]) -> dict[str, str]:
    """As curl reads its variables, which are written in either case."""
    parts = urlsplit(base)
    proxy, without = (
        variables.get(name) or variables.get(name.upper()) or ""
        for name in (f"{parts.scheme}_proxy", "no_proxy")
    )
    if not proxy or should_bypass_proxies(base, without):
        return {}
    return {parts.scheme: proxy}


def _authorities(variables: Mapping[str, str]) -> str | bool:
    """A file or folder of the authorities that sign for GitHub, or for a proxy in between; True for
    those that everybody knows. Raises UsageError."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if path := variables.get(name):
            if not os.path.exists(path):  # noqa: PTH110 - Path.exists may raise
                raise UsageError(f"{name}: there is no file {path}", "name one, or unset it")
            return path
    return True


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse(what: str, response: requests.Response, message: str, right: str) -> None:
    status = response.status_code
    if (pause := _pause_of_a_limit(response, message)) is not None:
        raise _TooManyRequests(f"{what}: too many requests (HTTP {status})", _LATER, pause)
    if status in http.BUSY:
        pause = http.retry_after(response.headers)
        raise http.Transient(f"{what}: HTTP {status}", _AGAIN, pause)
    if status == 401:  # noqa: PLR2004
        raise Unavailable(f"{what}: the token is not accepted (HTTP 401)", "check GITHUB_TOKEN")
    if status in (403, 404):
        raise Unavailable(
            f"{what}: HTTP {status}: not there, or not for this token{message}",
            _MAY_NOT_PROPOSE
            if _NOT_PERMITTED in message
            else f"the job needs `permissions: {right}`",
        )
    if 300 <= status < 400:  # noqa: PLR2004
        raise Unavailable(f"{what}: redirected (HTTP {status})", ADDRESS)
    if status not in (200, 201):
        raise Unavailable(f"{what}: HTTP {status}{message}", "see https://docs.github.com/rest")


def _pause_of_a_limit(response: requests.Response, message: str) -> float | None:
    """The seconds to wait if GitHub refused for too many requests, else None. It answers 403 as
    well as 429, and asks for a minute where it names no time:
    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    headers = response.headers
    limited = (
        response.status_code == 403  # noqa: PLR2004
        and (
            "Retry-After" in headers
            or headers.get("X-RateLimit-Remaining") == "0"
            or "rate limit" in message.lower()
        )
    )
    if not limited and response.status_code != 429:  # noqa: PLR2004
        return None
    return http.retry_after(headers) or _MINUTE


def _message(content: bytes, token: str) -> str:
    """The beginning of GitHub's own message, with that of each error, in parentheses, or ''. A
    proxy in between may quote the request in it, so the token is blanked, before the end is cut
    off."""
    try:
        answer = json.loads(content)
        details = answer.get("errors", [])
        found = [entry.get("message") for entry in (answer, *details)]
    except (ValueError, RecursionError, AttributeError, TypeError):
        return ""
    message = ": ".join(text for text in found if isinstance(text, str) and text)
    return f" ({message.replace(token, '***')[:_LONGEST]})" if message else ""
