"""What this runner does not know fails, with the place where it stands: never a silent skip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Unknown(Exception):
    """Something in a workflow that GitHub, or this runner, would not understand there.

    `thing` says what it is; `place` says where: file, job, step and key, outermost first.
    """

    def __init__(self, thing: str) -> None:
        super().__init__(thing)
        self.thing = thing
        self.place: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ": ".join((*self.place, self.thing))


@contextmanager
def at(place: str) -> Iterator[None]:
    """Add where we are to whatever is found unknown inside."""
    try:
        yield
    except Unknown as unknown:
        unknown.place = (place, *unknown.place)
        raise


def words(text: str) -> frozenset[str]:
    """The names in a text."""
    return frozenset(text.split())


def only(given: object, known: frozenset[str], what: str) -> dict[str, Any]:
    """`given` as a mapping, all of whose keys are known."""
    if not isinstance(given, dict):
        raise Unknown(f"{what} is {given!r}, no mapping")
    for key in given:
        if key not in known:
            raise Unknown(f"{what}: key {key!r}")
    return given
