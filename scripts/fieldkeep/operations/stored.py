"""The keys of a project in its store, read and decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from fieldkeep.core.stored import exported, set_aside, state
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.kv import Store
from fieldkeep.model import Live, Source
from fieldkeep.operations.project import Project
from fieldkeep.settings.settings import Settings

Recall = Callable[[Snapshot, StoreState], StoreState]
"""What a store that was read held before, as far as it has lost it."""


def as_read(_snapshot: Snapshot, stored: StoreState) -> StoreState:
    """Recalls nothing."""
    return stored


def store_time(project: Project, store: Store) -> datetime:
    """The time by the server of the store, as its last answer said it; ours where it says none. All
    writers share the server, so a hold ends for all of them at once."""
    connection = store.connection()
    try:
        server = parsedate_to_datetime((connection.date if connection else None) or "")
    except (ValueError, TypeError):
        return project.clock()
    return server if server.tzinfo else server.replace(tzinfo=UTC)


def read_store(
    store: Store, settings: Settings, known: Mapping[str, Live] = MappingProxyType({})
) -> tuple[Snapshot, StoreState]:
    """Read and decode all keys but the ``known``; for each damaged value, also the key that it is
    set aside under."""
    snapshot = kv.read(store, settings.keys, known=known)
    stored = state.decode(snapshot)
    if state.is_inconsistent_read(stored):
        snapshot = kv.read(store, settings.keys)
        stored = state.decode(snapshot)
    # another value may be damaged by the time that these are read
    while missing := _without_aside(snapshot, stored):
        aside = {*missing, *snapshot.values} - set(settings.keys.all)
        snapshot = kv.read(store, settings.keys, sorted(aside))
        stored = state.decode(snapshot)
    return snapshot, stored


def _without_aside(snapshot: Snapshot, stored: StoreState) -> set[str]:
    damaged = state.damaged_keys(snapshot, stored)
    return {snapshot.keys.aside(key) for key in damaged} - snapshot.values.keys()


def read_set_aside(store: Store, settings: Settings) -> tuple[SetAside, ...]:
    """The values that were set aside, newest first."""
    return set_aside.decode_all(settings.keys, read_set_aside_keys(store, settings))


def read_set_aside_keys(store: Store, settings: Settings) -> dict[str, Live]:
    return {name: store.get(name) for name in map(settings.keys.aside, settings.keys.all)}


def document_set_aside(project: Project, store: Store, number: int) -> Source:
    """The document in a value that was set aside, out of all its wrappers. Raises InputError."""
    entry = set_aside.find(read_set_aside(store, project.settings), number)
    return Source(f"{set_aside.PREFIX}{number}", exported.without_wrappers(entry.value()))
