"""What an application resets by itself, told from the edits of people.

Such an application says in the document that it wrote it: ``source`` matches one of the setting
``machine_sources``, or the wrapper's ``meta`` says ``auto_updated``. People may edit that document
afterwards, and its source stays: so only a value that a reset leaves counts as reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import STRUCTURE, NoValue
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json

# The values that a reset leaves, in the words of docs/store.md.
_RESET_VALUES: Final[Mapping[str, tuple[Json, ...]]] = {
    "field_type": ("string",),
    "options": (None, []),
}


def written_by_machine(document: Document, sources: Sequence[str]) -> bool:
    """Whether a program wrote the document by itself; ``sources`` are glob patterns."""
    source = document.raw.get("source")
    named = isinstance(source, str) and any(fnmatchcase(source, pattern) for pattern in sources)
    return named or document.auto_updated


class MachineResets:
    """The resets in the live document, and the values that people had set before."""

    def __init__(self, stored: StoreState, sources: Sequence[str]) -> None:
        self.sources, live = sources, stored.effective
        self.active = live is not None and written_by_machine(live, sources)
        ours = [entry for entry in stored.history.valid if entry.ours]
        ours.sort(key=lambda entry: entry.serial, reverse=True)
        others = [entry for entry in stored.history.valid if not entry.ours]
        self.backups: list[Backup] = [*ours, *others] if self.active else []

    def is_reset(self, attribute: str, value: Json | NoValue) -> bool:
        """Whether live has the value because a program put it there."""
        return self.active and _is_reset_value(attribute, value)

    def before(self, name: str, attribute: str) -> tuple[Json | NoValue, bool]:
        """The newest value in a backup that is no reset, and whether git had set it there."""
        for backup in self.backups:
            if name not in backup.document.fields:
                continue
            value = attributes.field_values(backup.document.fields[name]).get(attribute)
            reset = attribute in STRUCTURE or _is_reset_value(attribute, value)
            if reset and written_by_machine(backup.document, self.sources):
                continue
            return value, attribute in backup.owned.get(name, ())
        return NoValue.NOT_MENTIONED, False

    def top_level(self) -> Mapping[str, Json]:
        """The document around the fields as the newest backup of people has it."""
        people = (b for b in self.backups if not written_by_machine(b.document, self.sources))
        backup = next(people, None)
        return backup.document.raw if backup else {}


def _is_reset_value(attribute: str, value: Json | NoValue) -> bool:
    if isinstance(value, NoValue):
        return attribute in _RESET_VALUES
    return any(attributes.same(attribute, value, r) for r in _RESET_VALUES.get(attribute, ()))
