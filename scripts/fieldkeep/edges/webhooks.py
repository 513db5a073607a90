"""Delivers notices by HTTP. Messages name the host only: a URL may hold a secret."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from urllib3.util import parse_url

from fieldkeep import __version__
from fieldkeep.edges import http
from fieldkeep.edges.deadline import Deadline
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import Unavailable

CONNECT_SECONDS: Final = 5.0
MAX_BYTES: Final = 64 * 1024
_HINTS: Final = http.Hints(
    failed="check the receiver, and its entry in the setting notify",
    tls="check the entry's ca, and the receiver's name",
    large="is that the right receiver?",
    late="raise the entry's timeout",
    not_json="is that the right receiver?",
)


def post(
    url: str,
    body: bytes,
    headers: Callable[[int], Mapping[str, str]],
    *,
    ca: str | None,
    deadline: Deadline,
) -> None:
    """POST until it is taken (any 2xx), a few times at most and not after the deadline. ``headers``
    are those of a time in seconds since 1970. Raises Unavailable."""
    what = f"POST {host(url)}"
    with http.session() as session:
        session.verify = ca or True
        session.headers["User-Agent"] = f"fieldkeep/{__version__}"

        def send() -> None:
            left = max(deadline.left, 0.01)
            times = (min(CONNECT_SECONDS, left), left)
            sent = headers(int(time.time()))
            options = {"data": body, "headers": sent}
            with http.requested(
                session, "POST", url, what, _HINTS, times, deadline, **options
            ) as response:
                http.content(what, response, MAX_BYTES, deadline, _HINTS)
                status = response.status_code
                if status in http.BUSY:
                    pause = http.retry_after(response.headers)
                    raise http.Transient(f"{what}: HTTP {status}", _HINTS.failed, pause)
                if not 200 <= status < 300:  # noqa: PLR2004
                    raise Unavailable(f"{what}: HTTP {status}", _HINTS.failed)

        try:
            http.retried(send, deadline)
        except OSError as error:  # urllib3 found no certificate file
            reason = error.strerror or "a file of the TLS settings"
            raise Unavailable(f"{what}: {reason}", "check the entry's ca") from error


def host(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = parse_url(url)
    return f"{parts.scheme}://{parts.host}{f':{parts.port}' if parts.port else ''}"


def require_trusted_receiver(url: str, secret: str, variables: Mapping[str, str]) -> None:
    """Raises Refused if what is made with the variable ``secret`` may not be sent there."""
    require_trusted(f"a notice made with the variable {secret}", url, variables)
