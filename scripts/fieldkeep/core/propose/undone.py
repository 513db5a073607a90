"""Edits that were backed up, and that a sync replaced by what git says before git had them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import ENTRY_OF, same
from fieldkeep.core.restore.field_history import Step, field_history
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import FieldFile, Json


@dataclass(frozen=True, slots=True)
class Undone:
    """``value`` is what people had set, ``index`` a backup that has it, of that ``timestamp``."""

    field: str
    attribute: str
    value: Json
    index: int
    timestamp: str

    @property
    def entry(self) -> str:
        return f"{self.field}.{ENTRY_OF.get(self.attribute, self.attribute)}"


def undone(
    stored: StoreState, files: Mapping[str, FieldFile], pages: Sequence[str]
) -> Iterator[Undone]:
    """Of each attribute that git sets, the last edit that a sync undid, if git said the same before
    it and says the same now: what was corrected in a review is none. A value that was merged, and
    that git took back later, cannot be told from one."""
    for name in filter(files.__contains__, _edited(stored)):
        steps = {one.attribute: one.steps for one in field_history(stored, name)}
        for attribute, (git, _) in attributes.from_file(files[name], pages).items():
            edit = _last(git, attribute, steps.get(attribute, ()))
            if edit and edit.occasion and edit.index is not None:
                yield Undone(name, attribute, edit.value, edit.index, edit.occasion.timestamp)


def _edited(stored: StoreState) -> list[str]:
    """The live fields of which a captured backup says something else."""
    live = stored.effective.fields if stored.effective else {}
    captured = [b.document.fields for b in stored.history.valid if b.text("reason") == LIVE_EDIT]
    return [
        name
        for name, field in live.items()
        if any(name in fields and fields[name] != field for fields in captured)
    ]


def _last(git: Json, attribute: str, steps: Sequence[Step]) -> Step | None:
    """Back in time: git's value, put there by a sync; edits; git's value."""
    if not steps or not same(attribute, steps[0].value, git) or not _by_a_sync(steps[0]):
        return None
    for edit, before in pairwise(steps[1:]):
        if edit.value is None or _by_a_sync(edit):
            return None
        if same(attribute, before.value, git):
            return steps[1]
    return None


def _by_a_sync(step: Step) -> bool:
    return step.occasion is not None and step.occasion.reason != LIVE_EDIT
