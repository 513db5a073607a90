"""Keys to rehearse on: an embedded store for one run, or keys of their own on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fieldkeep.core.stored.keys import Keys
from fieldkeep.edges.store import sqlite
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended
from fieldkeep.model import Conflict, Delete, Limits, Present


@contextmanager
def embedded(limits: Limits) -> Iterator[Store]:
    """A store that is gone afterwards."""
    with TemporaryDirectory(prefix="fieldkeep-drill-") as folder:
        yield sqlite.connect("sqlite:///drill.db", Path(folder), {}, limits)


def clear(store: Store, keys: Keys) -> None:
    """Delete the keys of one document, each by its exact name. Raises Contended if somebody else
    writes to them, Unavailable."""
    for key in (*keys.all, *map(keys.aside, keys.all)):
        live = store.get(key)
        if not isinstance(live, Present):
            continue
        if isinstance(store.commit([Delete(key, live.index)]), Conflict):
            raise Contended(f"{store.url}: another program writes to {key}", "use another --key")
