"""Serves the newest edition of a page, and tells its readers of each newer one."""

from __future__ import annotations

from collections.abc import Generator
from http import HTTPStatus
from threading import Condition
from typing import Final

from fieldkeep.edges.pages import Answer, Page, Pages, Stream

_MOST_READERS: Final = 32
_ALIVE_SECONDS: Final = 15.0  # a reader that hung up is noticed when something is sent
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


class Editions:
    """``publish`` and ``stall`` are called by one thread, ``pages`` are served by others. A reader
    is told the name of the newest edition at once, and of each that follows, until ``close``; and
    why there is no newer one, where one could not be made."""

    def __init__(self, *, most_readers: int = _MOST_READERS) -> None:
        self._changed = Condition()
        self._name, self._page, self._stalled = "", "", ""
        self._readers, self._most_readers = 0, most_readers
        self._closed = False

    def __bool__(self) -> bool:
        """Whether there is one yet."""
        return bool(self._name)

    def publish(self, name: str, page: str) -> None:
        """``name`` is on one line, and no earlier edition has it."""
        with self._changed:
            self._name, self._page, self._stalled = name, page, ""
            self._changed.notify_all()

    def stall(self, reason: str) -> None:
        """The newest edition is not what it should be by now. ``reason`` is on one line."""
        with self._changed:
            self._stalled = reason
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def pages(self) -> Pages:
        return {"/": self._newest, "/events": self._events}

    def _newest(self) -> Answer:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self)
            return Page(self._page, "text/html; charset=utf-8", headers=_HEADERS)

    def _events(self) -> Answer:
        if self._readers >= self._most_readers:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return Page("too many readers\n", status=status, headers=_HEADERS)
        return Stream(self._names, _HEADERS)

    def _names(self) -> Generator[str]:
        told = ("", "")
        self._count(1)
        try:
            while newest := self._other_than(told):
                name, stalled = newest
                if newest == told:
                    yield ": alive\n\n"
                if name != told[0]:
                    yield f"data: {name}\n\n"
                if stalled and newest != told:
                    yield f"event: stalled\ndata: {stalled}\n\n"
                told = newest
        finally:
            self._count(-1)

    def _other_than(self, told: tuple[str, str]) -> tuple[str, str] | None:
        """The newest edition and why there is no newer one, after a wait for news; None if there
        will be no more."""

        def newest() -> tuple[str, str]:
            return self._name, self._stalled

        with self._changed:
            self._changed.wait_for(lambda: self._closed or newest() != told, _ALIVE_SECONDS)
            return None if self._closed else newest()

    def _count(self, more: int) -> None:
        with self._changed:
            self._readers += more
