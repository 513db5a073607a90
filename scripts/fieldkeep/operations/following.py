"""Hears of every change of a project's keys, for those who only look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from fieldkeep.core.stored.keys import Keys
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.errors import Unavailable
from fieldkeep.model import Live

_LOOK_SECONDS: Final = 10.0  # what changes beside the document is seen after that
_SETTLE_SECONDS: Final = 1.0  # an apply may write other keys after the document
_PAUSE_SECONDS: Final = 2.0  # before a store that failed is asked again


def changes(store: Store, keys: Keys, missed: Callable[[], bool]) -> Iterator[None]:
    """Once at first, and whenever any of the keys has changed, or the store went or came back.
    Changes in quick succession may be one. ``missed``: the store failed between the last change and
    the caller's own look at it, which is then told of again."""
    seen: Seen | None = None
    known: dict[str, Live] | str | None = None
    while True:
        try:
            seconds = _PAUSE_SECONDS if missed() else _LOOK_SECONDS
            seen = store.wait(keys.document, seen, seconds if seen else 0)
            found: dict[str, Live] | str = dict(kv.read(store, keys).values)
        except Unavailable as error:
            seen, found = None, str(error)
        if found != known or (seen is not None and missed()):
            known = found
            yield
            time.sleep(_SETTLE_SECONDS)
        elif seen is None:
            time.sleep(_PAUSE_SECONDS)
