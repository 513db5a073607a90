"""What the next sync would make of a document that was put back."""

from __future__ import annotations

from dataclasses import replace

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import STRUCTURE, NoValue
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.entries import TargetState
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import MergedField, merge
from fieldkeep.core.stored.backups import Backup, BackupHistory
from fieldkeep.core.stored.record import NoRecord, Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Skipped


def reverted_by_next_sync(
    target: TargetState, stored: StoreState, desired: Desired | None
) -> tuple[str, ...]:
    """The fields whose customizations the next sync would change again. Without the field files
    (``desired`` is None), as the last apply knew them."""
    if desired is None:
        return _unlike_base(target.document, stored.base)
    # Prometheus is not asked: what the document says of the servers stands in for its answer
    servers = {*target.document.servers, *(reading.source for reading in desired.readings)}
    unasked = tuple(Skipped(name, "not asked") for name in sorted(servers))
    after = StoreState(target.document, _shelf(target, stored), NoRecord())
    merged = merge(replace(desired, readings=unasked), after, base=target.owned, prune=False)
    changed = {name for name, result in merged.results.items() if _differs(target.document, result)}
    return tuple(sorted({*changed, *merged.deleted}))


def _shelf(target: TargetState, stored: StoreState) -> BackupHistory:
    """The shelf once the document is live: a backup of it on top."""
    entries = stored.history.entries
    serial = max((e.serial for e in entries if isinstance(e, Backup)), default=0) + 1
    owned = {name: tuple(listed) for name, listed in target.owned.items()}
    return BackupHistory(
        (Backup({}, target.document, True, serial, owned), *entries), complete=True
    )


def _differs(document: Document, result: MergedField) -> bool:
    if result.name not in document.fields:
        return True
    side = attributes.field_values(document.fields[result.name])
    return any(
        unit not in STRUCTURE
        and side.get(unit) is not NoValue.NOT_MENTIONED
        and not attributes.same(unit, decision.value, side.get(unit))
        for unit, decision in result.decisions.items()
    )


def _unlike_base(document: Document, base: Owned) -> tuple[str, ...]:
    sides = {name: attributes.field_values(entry) for name, entry in document.fields.items()}
    return tuple(
        name
        for name, owned in sorted(base.items())
        if owned
        and (
            name not in sides
            or any(not attributes.same(u, sides[name].get(u), value) for u, value in owned.items())
        )
    )
