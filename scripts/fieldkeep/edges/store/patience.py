"""Says within a second that a server keeps a command waiting. A Consul without a leader holds a
request for seven seconds (``rpc_hold_timeout``) before it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import Final

QUIET_SECONDS: Final = 0.6
"""A notice, and the question that comes before it, must be there within a second."""


@contextmanager
def noticed(notice: Callable[[], object], over: Callable[[], object]) -> Iterator[None]:
    """Call ``notice``, in a thread of its own, if the body takes longer than QUIET_SECONDS; then,
    once, ``over`` when both have ended."""
    lock = Lock()
    told = ended = False

    def notify() -> None:
        nonlocal told
        notice()
        with lock:
            told = True
            if ended:
                over()

    timer = Timer(QUIET_SECONDS, notify)
    timer.daemon = True  # never keeps the program from ending
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            ended = True
            if told:
                over()
