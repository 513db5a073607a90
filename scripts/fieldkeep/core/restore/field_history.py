"""What became of one field, attribute by attribute, as the backups tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.common.times import parse_time
from fieldkeep.core.document.attributes import NAME, flatten, same
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import Backup, BackupHistory
from fieldkeep.core.stored.occasions import Occasion
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import InputError
from fieldkeep.model import Json

_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_NO_FIELD: Final = "`fieldkeep list` names all fields, `fieldkeep history --help` the commands"


@dataclass(frozen=True, slots=True)
class Step:
    """A value that an attribute got; None where it had none, or the field was not there. ``index``
    is the backup that has it, None for what is live; ``set_by`` is git, application or another
    writer. ``replaced``: that backup is a later one of the same state."""

    value: Json
    index: int | None
    occasion: Occasion | None
    set_by: str
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class AttributeHistory:
    """The values of one attribute, newest first; one step if it never changed."""

    attribute: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class HeldValue:
    """A value in a backup that git did not set there."""

    index: int
    backup: Backup
    value: Json


def field_history(stored: StoreState, name: str) -> tuple[AttributeHistory, ...]:
    """By attribute. Raises InputError if neither live nor a backup has the field."""
    versions = list(_versions(stored, name))
    names = sorted({a for _, values in versions for a in values} - {NAME})
    if not names:
        near = closest(name, {n for b in stored.history.valid for n in b.document.fields})
        hint = f"did you mean '{near}'?" if near else _NO_FIELD
        if name.isdecimal():
            hint = f"`fieldkeep history show {name}` shows the backup of that number"
        raise InputError(f"there is no field '{name}' in any backup", hint)
    return tuple(AttributeHistory(a, tuple(_steps(a, versions))) for a in names)


def moments(history: BackupHistory) -> list[tuple[int, Backup, Occasion]]:
    """Each time that a backup tells of, with that backup and its number; the oldest first."""
    times = [
        (parse_time(occasion.timestamp) or _EARLIEST, -index, index, entry, occasion)
        for index, entry in enumerate(history.entries)
        if isinstance(entry, Backup)
        for occasion in entry.occasions
    ]
    return [item[2:] for item in sorted(times, key=lambda item: item[:2])]


_Version = tuple[tuple[int | None, Backup | None, Occasion | None], Mapping[str, Json]]


def _versions(stored: StoreState, name: str) -> Iterator[_Version]:
    """The field at each time that a backup tells of, the oldest first, and as it is live."""
    for index, entry, occasion in moments(stored.history):
        yield (index, entry, occasion), flatten(entry.document.fields.get(name, {}))
    if isinstance(stored.document, Document):
        yield (None, None, None), flatten(stored.document.fields.get(name, {}))


def _steps(attribute: str, versions: Sequence[_Version]) -> list[Step]:
    steps: list[Step] = []
    for (index, backup, occasion), values in versions:
        value = values.get(attribute)
        if not steps or not same(attribute, steps[-1].value, value):
            replaced = backup is not None and occasion != backup.occasions[0]
            set_by = _set_by(attribute, backup, values)
            steps.append(Step(value, index, occasion, set_by, replaced))
    if steps and steps[0].value is None and len(steps) > 1:
        del steps[0]  # the field was not there yet
    return steps[::-1]


def _set_by(attribute: str, backup: Backup | None, values: Mapping[str, Json]) -> str:
    if backup is None:
        return "application"
    if not backup.ours:
        return "another writer"
    name = values.get(NAME)
    return "git" if attribute in backup.owned.get(str(name), ()) else "application"


def held_values(
    stored: StoreState, name: str, attribute: str, winner: Json
) -> tuple[HeldValue, ...]:
    """The values that the history still has of an attribute, git's own left out: each once, the
    newest first."""
    held: list[HeldValue] = []
    for index, backup in enumerate(stored.history.entries):
        if not isinstance(backup, Backup) or attribute in backup.owned.get(name, ()):
            continue
        values = flatten(backup.document.fields.get(name, {}))
        if attribute not in values:
            continue
        known = [winner, *(earlier.value for earlier in held)]
        if not any(same(attribute, values[attribute], value) for value in known):
            held.append(HeldValue(index, backup, values[attribute]))
    return tuple(held)
