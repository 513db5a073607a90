"""Which backups the history keeps: one of each state, and longest those that alone hold an edit.

A *state* is a document's customizations and structure, without the clock and the servers' status.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import first_few, shortened
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import NOT_CUSTOMIZABLE
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import Backup, Entry, parse
from fieldkeep.core.stored.record import Owned
from fieldkeep.model import Json

_LONGEST: Final = 80
_MOST_EARLIER: Final = 10
_Value = tuple[str, str, bytes]  # field, attribute, canonical JSON


@dataclass(frozen=True, slots=True)
class HeldValue:
    """A value of one attribute that a person set."""

    field: str
    attribute: str
    value: Json


@dataclass(frozen=True, slots=True)
class Leaving:
    """A backup for which the history has no room, and the customizations that no other backup and
    not the new document holds either."""

    backup: Backup
    values: tuple[HeldValue, ...]

    def __str__(self) -> str:
        values = [f"{v.field}.{v.attribute} {json.dumps(v.value)}" for v in self.values]
        texts = first_few([shortened(value, _LONGEST) for value in values])
        return f"the backup of {self.backup.timestamp} leaves the history; only it holds {texts}"


@dataclass(frozen=True, slots=True)
class Retained:
    """The entries that stay, newest first, and those that leave with a value of their own."""

    entries: tuple[Entry, ...]
    leaving: tuple[Leaving, ...] = ()


def without_repeats(entries: Sequence[Entry], needed: Container[int] = ()) -> tuple[Entry, ...]:
    """One entry of each state: our newest, else another writer's newest. Damaged entries stay, and
    ours with the serials that are ``needed``."""
    best: dict[bytes, Backup] = {}
    for entry in entries:
        if isinstance(entry, Backup):
            state = entry.document.substance
            known = best.setdefault(state, entry)
            if (entry.ours, entry.serial) > (known.ours, known.serial):
                best[state] = entry
    stays = {id(entry) for entry in best.values()}
    return tuple(
        e
        for e in entries
        if not isinstance(e, Backup) or id(e) in stays or (e.ours and e.serial in needed)
    )


def with_earlier(entry: Mapping[str, Json], entries: Sequence[Entry]) -> dict[str, Json]:
    """A new entry that names when our entries of the same state, which it replaces, were made."""
    new = parse(dict(entry))
    assert isinstance(new, Backup)
    state = new.document.substance
    earlier = [
        asdict(occasion)
        for old in entries
        if isinstance(old, Backup) and old.ours and old.document.substance == state
        for occasion in old.occasions
    ]
    return {**entry, "earlier": earlier[:_MOST_EARLIER]} if earlier else dict(entry)


def retain(
    entries: Sequence[Entry],
    target: Document,
    owned: Owned,
    depth: int,
    *,
    added: int,
    needed: Container[int] = (),
) -> Retained:
    """At most ``depth`` of the entries. The first ``added``, at least one, are new and leave last.
    Of the others those leave first, the oldest first, that hold no value of their own, then those
    whose values people replaced, then those whose values git overruled."""
    staying = list(without_repeats(entries, needed))
    leaving: list[Leaving] = []
    newest = max(1, added)
    if len(staying) > depth:
        values = _Values(staying, target, owned)
        while len(staying) > depth:
            oldest_first = range(len(staying) - 1, newest - 1, -1)
            index = min(oldest_first, key=values.rank, default=len(staying) - 1)
            entry = staying.pop(index)
            lost = values.remove(index)
            if isinstance(entry, Backup) and lost:
                leaving.append(Leaving(entry, lost))
    return Retained(tuple(staying), tuple(leaving))


_NOTHING: Final = 0
_REPLACED: Final = 1
_OVERRULED: Final = 2


class _Values:
    """The values that each entry holds, and how many entries hold each of them."""

    def __init__(self, entries: Sequence[Entry], target: Document, owned: Owned) -> None:
        self.owned, self.fields = owned, target.fields
        everything = [list(_values(e.document)) if isinstance(e, Backup) else [] for e in entries]
        self.holders = Counter(value for values in everything for value in dict.fromkeys(values))
        self.holders.update(set(_values(target)))
        self.everything = [frozenset(values) for values in everything]
        self.customizations = [
            frozenset(_customizations(entry, values)) if isinstance(entry, Backup) else frozenset()
            for entry, values in zip(entries, everything, strict=True)
        ]

    def rank(self, index: int) -> int:
        alone = self._alone(index)
        if any(self._overruled(value) for value in alone):
            return _OVERRULED
        return _REPLACED if alone else _NOTHING

    def _alone(self, index: int) -> list[_Value]:
        return [value for value in self.customizations[index] if self.holders[value] == 1]

    def _overruled(self, value: _Value) -> bool:
        name, attribute, _ = value
        return name not in self.fields or attribute in self.owned.get(name, ())

    def remove(self, index: int) -> tuple[HeldValue, ...]:
        """The values that are gone with the entry."""
        alone = sorted(self._alone(index))
        self.holders.subtract(self.everything.pop(index))
        del self.customizations[index]
        return tuple(HeldValue(n, a, canonical.loads(value)) for n, a, value in alone)


def _values(document: Document) -> Iterator[_Value]:
    for name, field in document.fields.items():
        for attribute, value in attributes.flatten(field).items():
            if attribute not in NOT_CUSTOMIZABLE:
                comparable = attributes.as_list(value) if attribute == "category" else value
                yield name, attribute, canonical.dumps(comparable)


def _customizations(backup: Backup, values: Iterable[_Value]) -> Iterator[_Value]:
    """What people set: neither a default nor what git owned in the backup."""
    defaults: dict[str, Mapping[str, Json]] = {}
    for value in values:
        name, attribute, encoded = value
        if attribute in backup.owned.get(name, ()):
            continue
        if name not in defaults:
            pages = [a.removeprefix("show_in_") for a in backup.document.fields[name]]
            defaults[name] = attributes.defaults(name, pages)
        default = attributes.as_list(defaults[name].get(attribute))
        if encoded != canonical.dumps(default) or attribute not in defaults[name]:
            yield value
