"""Foretells what the next sync would do to a document that was put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fieldkeep.core.document.attributes import FieldValues, field_values, same
from fieldkeep.core.journal.entries import TargetState
from fieldkeep.core.labels.label_origins import label_origins
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import merge
from fieldkeep.core.plan.held import changes_customizations
from fieldkeep.core.stored.backups import Backup, BackupHistory
from fieldkeep.core.stored.record import NoRecord, Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import (
    Certainty,
    Extracted,
    Json,
    LabelReading,
    PoolReading,
    RuleRef,
    Skipped,
    Targets,
)


def reverted_by_next_sync(
    target: TargetState, stored: StoreState, desired: Desired | None
) -> tuple[str, ...]:
    """The fields whose customizations the next sync would change or delete again. Without the field
    files (``desired`` is None), the last apply stands in for them.

    No source is asked. Each counts as read, and as giving the labels that it gave last: a sync that
    reads every source deletes what only git had and what left git.
    """
    fields = {name: field_values(entry) for name, entry in target.document.fields.items()}
    if desired is None:
        removed = (fields.keys() & target.owned.keys()) - stored.base.keys()
        return tuple(sorted(removed | _unlike(fields, stored.base)))
    status = {**target.document.servers, **stored.servers}
    readings = tuple(_last_reading(reading.source, desired, status) for reading in desired.readings)
    restored = StoreState(target.document, _with_backup_of(target, stored), NoRecord())
    merged = merge(replace(desired, readings=readings), restored, base=target.owned, prune=False)
    changed = {
        name
        for name, result in merged.results.items()
        if (
            changes_customizations(fields[name], result)
            if name in fields
            else name in desired.files
        )
    }
    return tuple(sorted(changed.union(merged.deleted)))


def _last_reading(
    source: str, desired: Desired, status: Mapping[str, Mapping[str, Json]]
) -> Extracted:
    """A source with the labels that the store last had of it."""
    origins = label_origins((Skipped(source, ""),), desired.choice, status)
    labels = tuple(
        LabelReading(
            name,
            Certainty.ALWAYS,
            (RuleRef(0, (origin.source_label,), origin.regex, origin.replacement, "replace"),),
        )
        for name, origin in sorted(origins.items())
    )
    return Extracted(source, {}, (PoolReading("", Targets.UNKNOWN, labels),))


def _with_backup_of(target: TargetState, stored: StoreState) -> BackupHistory:
    """The history once the document is live: with a backup of it on top."""
    entries = stored.history.entries
    serial = max((e.serial for e in entries if isinstance(e, Backup)), default=0) + 1
    owned = {name: tuple(values) for name, values in target.owned.items()}
    newest = Backup({}, target.document, ours=True, serial=serial, owned=owned)
    return BackupHistory((newest, *entries), complete=True)


def _unlike(fields: Mapping[str, FieldValues], base: Owned) -> set[str]:
    """The fields that lack, or have otherwise, what git had set."""
    return {
        name
        for name, owned in base.items()
        if owned and (name not in fields or _differs(fields[name], owned))
    }


def _differs(values: FieldValues, owned: Mapping[str, Json]) -> bool:
    return any(not same(name, values.get(name), value) for name, value in owned.items())
