"""What our HTTP clients share: nothing is taken from the environment, reads are retried, writes
never are, responses are limited in size and time, and errors are reduced to a short cause."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import requests
import urllib3

from fieldkeep.core.common import canonical
from fieldkeep.edges.deadline import Adapter, Deadline, limited
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.3
LONGEST_PAUSE_SECONDS: Final = 10.0
BUSY: Final = frozenset({429, 500, 502, 503, 504})
TLS_FAILURES: Final = (
    requests.exceptions.SSLError,
    requests.exceptions.ProxyError,
    urllib3.exceptions.SSLError,
)
FILTERED: Final = "X-Consul-Results-Filtered-By-ACLs"  # "true": not all that there is (from 1.11)
_CHUNK: Final = 1 << 16
_CAUSES: Final = {
    "Connection refused": "connection refused",
    "Connection reset": "connection reset",
    "Name or service not known": "name or service not known",
    "IncompleteRead": "the connection ended before the whole answer had come",
    "RemoteDisconnected": "the connection ended without an answer",
}

Read = TypeVar("Read")


class Transient(Unavailable):
    """The same read may succeed a moment later; ``pause``: the seconds that the server asks for."""

    def __init__(self, message: str, hint: str = "", pause: float = 0.0) -> None:
        super().__init__(message, hint)
        self.pause = pause


class Unusable(Unavailable):
    """An answer came that is too large or not JSON."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What to do about a failed request, a failure of TLS alone, and an answer that is too large,
    too slow or not JSON."""

    failed: str
    tls: str
    large: str
    late: str
    not_json: str


def session() -> requests.Session:
    """A session that ignores the proxies and the .netrc of the environment."""
    made = requests.Session()
    made.trust_env = False
    for scheme in ("http://", "https://"):
        made.mount(scheme, Adapter())
    return made


def retried(
    read: Callable[[], Read],
    deadline: Deadline | None = None,
    failed: Callable[[Transient, int], object] | None = None,
) -> Read:
    """The result of ``read``, which is called again after a Transient error, ATTEMPTS times at most
    and only before the deadline. A server that asks for more than LONGEST_PAUSE_SECONDS is not
    waited for. ``failed`` hears of each attempt that another follows. Raises Unavailable."""
    for attempt in range(1, ATTEMPTS):
        try:
            return read()
        except Transient as error:
            own = PAUSE_SECONDS * attempt * random.uniform(0.5, 1)  # noqa: S311 - no secret
            pause = max(own, error.pause)
            if pause > LONGEST_PAUSE_SECONDS or (deadline and pause >= deadline.left):
                raise
            if failed:
                failed(error, attempt)
            time.sleep(pause)
    return read()


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a Retry-After header asks for, as a number or as a date; 0 without one that
    can be read. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return 0.0


@contextmanager
def requested(
    session: requests.Session,
    method: str,
    url: str,
    what: str,
    hints: Hints,
    timeout: tuple[float, float],
    deadline: Deadline,
    **options: Any,
) -> Iterator[requests.Response]:
    """A response whose body is not read yet; redirects are not followed. ``timeout`` is seconds to
    connect and seconds between two bytes, the ``deadline`` of the whole answer; messages begin with
    ``what``. Raises Unavailable and Transient, also while the body is read."""
    try:
        with (
            limited(deadline),
            session.request(
                method, url, timeout=timeout, allow_redirects=False, stream=True, **options
            ) as response,
        ):
            yield response
    except TLS_FAILURES as error:
        raise Unavailable(f"{what}: TLS failed ({reason(error)})", hints.tls) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        seconds = deadline.seconds if deadline.left <= 0 else max(timeout)
        raise Transient(f"{what}: no answer within {seconds:g} s", hints.failed) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Transient(f"{what}: {reason(error)}", hints.failed) from error


def content(
    what: str, response: requests.Response, most: int, deadline: Deadline, hints: Hints
) -> bytes:
    """The body, decompressed, of ``most`` bytes at most. Raises Unavailable, Transient, and the
    errors of urllib3."""
    body = bytearray()
    # What has arrived: iter_content would wait for a whole chunk, however slowly it comes. From 2.6
    # on, urllib3 decompresses no more at once than is asked for.
    while part := response.raw.read1(_CHUNK, decode_content=True):
        body += part
        if len(body) > most:
            raise Unusable(f"{what}: more than {most} bytes", hints.large)
        if deadline.left < 0:
            raise Transient(f"{what}: not complete within {deadline.seconds:g} s", hints.late)
    return bytes(body)


def decoded(what: str, content: bytes, hints: Hints) -> Json:
    """The JSON value of a body. Raises Unavailable."""
    try:
        return canonical.loads(content)
    except ValueError as error:
        raise Unusable(f"{what}: the answer is not JSON", hints.not_json) from error


def reason(error: BaseException) -> str:
    """The innermost cause in a few words: requests wraps it three times."""
    text = str(error)
    for known, cause in _CAUSES.items():
        if known in text:
            return cause
    while inner := error.__cause__ or error.__context__:
        error = inner
    return type(error).__name__
