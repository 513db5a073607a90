"""A merged field, and what the next merge of the same sync need not make again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.attributes import NO_VALUES, FieldValues
from fieldkeep.core.document.document import Document
from fieldkeep.core.labels.label_origins import LabelOrigin
from fieldkeep.core.merge.decide import Decision
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.machines import written_by_machine
from fieldkeep.core.merge.outcome import FieldDrift
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import FieldFile, Json


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of the merged document, with the decision for each attribute, and git's file."""

    name: str
    attributes: Mapping[str, Json]
    decisions: Mapping[str, Decision]
    file: FieldFile | None


@dataclass(frozen=True, slots=True)
class LiveSide:
    """A field of live: its ``entry``, the values that the document schema accepts, and the
    attributes whose values it refuses."""

    entry: Mapping[str, Json] | None = None
    values: FieldValues = NO_VALUES
    refused: tuple[str, ...] = ()


NOT_LIVE: Final = LiveSide()


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """What one field was merged of, as far as it moves between two attempts, and what came of it:
    the result, its drift, the next base, and whether live's customizations all survive."""

    live: LiveSide
    extracted: LabelOrigin | None
    frozen: bool
    result: MergedField
    drift: tuple[FieldDrift, ...]
    owned: Mapping[str, Json]
    preserved: bool


@dataclass(frozen=True, slots=True)
class Reusable:
    """The fields of a merge, for the next merge of the same sync: one whose inputs have not moved
    is merged already."""

    desired: Desired
    stored: StoreState
    base: Owned
    fields: Mapping[str, FieldMerge]

    def for_merge(self, desired: Desired, stored: StoreState, base: Owned) -> Reusable | None:
        """Itself, if all that the fields of a merge share is as it was."""
        before = self.stored
        same = (
            desired is self.desired
            and stored.history is before.history
            and stored.previous_backup is before.previous_backup
            and canonical.equal(base, self.base)
            and canonical.equal(stored.unconfirmed_bases, before.unconfirmed_bases)
            and all(_is_plain(state, desired) for state in (before, stored))
        )
        return self if same else None


def _is_plain(stored: StoreState, desired: Desired) -> bool:
    """Whether the document is there, and as people left it: else a field may depend on others."""
    live = stored.document
    return (
        isinstance(live, Document)
        and not stored.recreated
        and not written_by_machine(live, desired.machine_sources)
    )
