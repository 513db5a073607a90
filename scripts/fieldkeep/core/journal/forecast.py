"""Tells, before anything is written, which later write of the same document would not fit the
store: to put it back, to restore it, or to change every value that git owns in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.sizes import too_large
from fieldkeep.core.stored import backups, hold, record
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.record import Owned, Pending, Reference
from fieldkeep.model import Check, Limits, Put, Writer

_LARGEST_SHARE = 2
"""A value of less than one part in so many of the limits needs no closer look."""

_REASON = "a reason of usual length, as people write it with a restore"


@dataclass(frozen=True, slots=True)
class Shortage:
    """A later write that would not fit, and the setting that helps."""

    message: str
    hint: str


def shortages(
    document: Document,
    owned: Owned,
    keys: Keys,
    depth: int,
    limits: Limits,
    writer: Writer,
    now: datetime,
) -> tuple[Shortage, ...]:
    """What would not fit once the ``document``, of which git owns ``owned``, is live."""
    size = len(document.encoded)
    writes: list[Shortage] = []
    if size * depth * _LARGEST_SHARE > limits.value:
        writes += _history(document, owned, depth, limits, writer, now)
    if size * _LARGEST_SHARE > min(limits.value, limits.transaction):
        writes += _announcement(owned, keys, limits, writer, now)
    return tuple(writes)


def _history(
    document: Document, owned: Owned, depth: int, limits: Limits, writer: Writer, now: datetime
) -> Iterator[Shortage]:
    entry = backups.create(
        document, owned, writer, reason=_REASON, run="0" * 32, serial=10**9, timestamp=rfc3339(now)
    )
    size = len(canonical.dumps(backups.packed(entry.raw))) + len(",")
    fitting = (limits.value - len("[]")) // size
    if fitting < depth:
        yield Shortage(
            f"only {fitting} of {depth} backups of this size fit the store ({size:,} bytes each, it"
            f" takes {limits.value:,}): once there are as many, every change is refused",
            f"set history to {max(fitting, 1)}, or raise max_value_bytes if the server allows more"
            " (Consul: limits.kv_max_value_size)",
        )


def _announcement(
    owned: Owned, keys: Keys, limits: Limits, writer: Writer, now: datetime
) -> Iterator[Shortage]:
    """The announcement of an apply in several writes, as short as it can be, with the hold that a
    restore sets beside it."""
    run, digest, at = "0" * 32, canonical.digest(None), rfc3339(now)
    applied = {"commit": writer.commit, "at": at, "run": run, "digest": digest}
    before = record.create(writer, owned, run=run, serial=10**9, applied=applied)
    names = {name: sorted(values) for name, values in owned.items()}
    references = (Reference(digest, names),)
    pending = Pending(
        run, writer.commit, writer.owner, 10**9, digest, at, {}, references=references
    )
    value = record.with_pending(before, pending)
    restore_hold = hold.create(
        now + timedelta(hours=4), _REASON, writer.actor, now, hold.BY_RESTORE
    )
    others = (keys.document, keys.backup, keys.history)
    reasons = [
        too_large(
            (
                *(Check(key, 2**63) for key in others),
                Put(keys.hold, hold.encode(restore_hold), 2**63),
                Put(keys.record, canonical.dumps(form), 2**63),
            ),
            limits,
        )
        for form in (value, record.packed(value))
    ]
    if all(reasons):
        yield Shortage(
            f"what is live could then neither be put back nor changed: {reasons[-1]}",
            "raise max_transaction_bytes and max_value_bytes if the server allows more (Consul:"
            " limits.txn_max_req_len, limits.kv_max_value_size)",
        )
