"""Hears of every change of a project's keys, for those who only look."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from fieldkeep.core.stored.keys import Keys
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.errors import Unavailable
from fieldkeep.model import Live

_LOOK_SECONDS: Final = 10.0  # what changes beside the document is seen after that
_SETTLE_SECONDS: Final = 1.0  # an apply may write other keys after the document
_PAUSE_SECONDS: Final = 2.0  # before a store that failed is asked again


def changes(store: Store, keys: Keys) -> Iterator[None]:
    """Once at first, and whenever any of the keys has changed, or the store went or came back.
    Changes in quick succession may be one."""
    seen: Seen | None = None
    known: dict[str, Live] | str | None = None
    while True:
        try:
            seen = store.wait(keys.document, seen, _LOOK_SECONDS if seen else 0)
            found: dict[str, Live] | str = dict(kv.read(store, keys).values)
        except Unavailable as error:
            seen, found = None, str(error)
        if found != known:
            known = found
            yield
            time.sleep(_SETTLE_SECONDS)
        elif seen is None:
            time.sleep(_PAUSE_SECONDS)
