"""Keeps damaged and foreign values, byte for byte, before an apply replaces them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document, Foreign
from fieldkeep.core.journal.sizes import too_large
from fieldkeep.core.stored import hold, set_aside
from fieldkeep.core.stored.backups import Damaged
from fieldkeep.core.stored.keys import BACKUP, HISTORY
from fieldkeep.core.stored.record import DamagedRecord
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Refused
from fieldkeep.model import Absent, Check, Json, Limits, Operation, Present

DEPTH: Final = 20
"""How many values are kept for one key."""


@dataclass(frozen=True, slots=True)
class SettingAside:
    """The transactions that set values aside, one for each key; the values that they add, and the
    oldest ones that they drop for want of room."""

    steps: tuple[tuple[Operation, ...], ...] = ()
    added: tuple[SetAside, ...] = ()
    dropped: tuple[SetAside, ...] = ()


def before_writing(
    snapshot: Snapshot,
    stored: StoreState,
    written: Collection[str],
    history: Sequence[Json],
    *,
    at: str,
    limits: Limits,
) -> SettingAside:
    """Sets aside what a write of the keys ``written`` would lose; ``history`` are the entries of
    the new history. These are not part of the apply's own transaction: together they might exceed
    the store's limits. Raises Refused for a value that cannot be set aside."""
    at_risk = dict(_at_risk(snapshot, stored, history))
    parts = [
        of_value(snapshot, key, value, at=at, limits=limits)
        for key, value in at_risk.items()
        if key in written and value.strip()
    ]
    return SettingAside(
        tuple(step for part in parts for step in part.steps),
        tuple(entry for part in parts for entry in part.added),
        tuple(entry for part in parts for entry in part.dropped),
    )


def of_value(
    snapshot: Snapshot, key: str, value: bytes, *, at: str, limits: Limits
) -> SettingAside:
    """Sets one value of ``key`` aside; nothing if it is set aside already. Raises Refused if the
    store has no room for it."""
    corrupt_key = snapshot.keys.aside(key)
    before = set_aside.decode(key, snapshot.values.get(corrupt_key, Absent()))
    added = set_aside.of(key, value, at)
    if any(entry.checksum == added.checksum for entry in before):
        return SettingAside()
    entries = (added, *before)[:DEPTH]
    while len(content := set_aside.encode(entries)) > limits.value and len(entries) > 1:
        entries = entries[:-1]
    put = snapshot.put(corrupt_key, content)
    if why := too_large((put,), limits):
        raise Refused(
            f"{key} holds a damaged or foreign value of {len(value):,} bytes, which cannot be set"
            f" aside: {why}",
            "keep a copy with `fieldkeep history export --format consul FILE`, then delete the key"
            " yourself; or raise max_value_bytes if the server allows more",
        )
    both = (Check(key, snapshot.index(key)), put)
    step = both if too_large(both, limits) is None else (put,)
    return SettingAside((step,), (added,), (added, *before)[len(entries) :])


def _at_risk(
    snapshot: Snapshot, stored: StoreState, history: Sequence[Json]
) -> Iterator[tuple[str, bytes]]:
    """Each key with a value that is lost if the key is written, and that value."""
    keys = snapshot.keys
    values = {key: live.value for key in keys.all if isinstance(live := snapshot[key], Present)}
    match stored.document:
        case Foreign():
            yield keys.document, values[keys.document]
        case Document(damaged=damaged, unread=unread) if damaged or unread:
            yield keys.document, values[keys.document]
    problems = stored.history.problems
    if any(problem.suffix == BACKUP for problem in problems):
        yield keys.backup, values[keys.backup]
    if any(problem.suffix == HISTORY for problem in problems):
        entries = [e for e in stored.history.entries if isinstance(e, Damaged)]
        whole = any(p.suffix == HISTORY and p.entry is None for p in problems)
        if whole or not _is_canonical(values[keys.history]):
            yield keys.history, values[keys.history]
        elif leaving := [entry.raw for entry in entries if entry.raw not in history]:
            yield keys.history, canonical.dumps(leaving)
    if isinstance(stored.record, DamagedRecord):
        yield keys.record, values[keys.record]
    if hold.is_foreign(snapshot[keys.hold]):
        yield keys.hold, values[keys.hold]


def _is_canonical(value: bytes) -> bool:
    """Whether we may have written it: its entries then hold all of it."""
    return canonical.dumps(canonical.loads(value)) == value
