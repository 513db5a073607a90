"""What all of our HTTP has in common: a session takes nothing from the environment, a read is asked
again and a write never, an answer is bounded in bytes and in time, and a failure is told by its
cause, in a few words without addresses of objects."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

import requests

from fieldkeep.errors import Unavailable
from fieldkeep.model import Json

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.3
BUSY: Final = frozenset({429, 500, 502, 503, 504})
_CHUNK: Final = 1 << 16
_KNOWN: Final = {
    "Connection refused": "connection refused",
    "Connection reset": "connection reset",
    "Name or service not known": "name or service not known",
    "IncompleteRead": "the connection ended before the whole answer had come",
    "RemoteDisconnected": "the connection ended without an answer",
}

Read = TypeVar("Read")


class Transient(Unavailable):
    """The same read may well be answered a moment later."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many seconds from now."""

    seconds: float
    since: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds; negative when it is over."""
        return self.since + self.seconds - time.monotonic()


def session() -> requests.Session:
    """Proxies and .netrc of the environment are not used."""
    made = requests.Session()
    made.trust_env = False
    return made


def retried(read: Callable[[], Read], deadline: Deadline | None = None) -> Read:
    """What a read gives, asked again where that may help and time is left. Raises Unavailable."""
    for attempt in range(1, ATTEMPTS):
        try:
            return read()
        except Transient:
            pause = PAUSE_SECONDS * attempt * random.uniform(0.5, 1)  # noqa: S311
            if deadline and pause >= deadline.left:
                raise
            time.sleep(pause)
    return read()


@contextmanager
def failures(what: str, hint: str, tls: str, seconds: float) -> Iterator[None]:
    """The errors of requests become ours; ``tls`` is the hint where only that failed."""
    try:
        yield
    except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        raise Unavailable(f"{what}: TLS failed ({reason(error)})", tls) from error
    except requests.exceptions.Timeout as error:
        raise Transient(f"{what}: no answer within {seconds:g} s", hint) from error
    except requests.exceptions.RequestException as error:
        raise Transient(f"{what}: {reason(error)}", hint) from error


def content(
    what: str, response: requests.Response, most: int, deadline: Deadline, *, large: str, late: str
) -> bytes:
    """All of an answer; ``large`` and ``late`` are the hints. The time-out of requests counts from
    byte to byte: a server that drips would hold us for ever. Raises Unavailable, Transient."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise Unavailable(f"{what}: more than {most} bytes", large)
        if deadline.left < 0:
            raise Transient(f"{what}: not complete within {deadline.seconds:g} s", late)
    return b"".join(parts)


def decoded(what: str, content: bytes, hint: str) -> Json:
    """Raises Unavailable."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{what}: the answer is not JSON", hint) from error


def reason(error: BaseException) -> str:
    """The innermost cause: requests wraps it three times."""
    text = str(error)
    for known, said in _KNOWN.items():
        if known in text:
            return said
    while inner := error.__cause__ or error.__context__:
        error = inner
    return type(error).__name__
