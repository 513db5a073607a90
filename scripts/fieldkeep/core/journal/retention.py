"""Which backups the history keeps: one of each state, and longest those that alone hold an edit.

A *state* is a document's customizations and structure, without the clock and the servers' status.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import first_few, shortened
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import NOT_CUSTOMIZABLE, shows_field
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import Backup, Entry
from fieldkeep.core.stored.record import Owned
from fieldkeep.model import Json

_LONGEST: Final = 80
_MOST_EARLIER: Final = 10
_Value = tuple[str, str | bytes | bool | None]  # attribute, value as _key has it
_Version = tuple[str, bytes]  # field, everything that it says


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


def with_earlier(new: Backup, entries: Sequence[Entry]) -> Backup:
    """A new entry that names when our entries of the same state, which it replaces, were made."""
    state = new.document.substance
    earlier = [
        asdict(occasion)
        for old in entries
        if isinstance(old, Backup) and old.ours and old.document.substance == state
        for occasion in old.occasions
    ]
    return replace(new, raw={**new.raw, "earlier": earlier[:_MOST_EARLIER]}) if earlier else new


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
    """Which entries alone hold a value. A field is compared as a whole first: most are the same in
    every entry."""

    def __init__(self, entries: Sequence[Entry], target: Document, owned: Owned) -> None:
        self.entries, self.fields, self.owned = list(entries), target.fields, owned
        documents = [entry.document for entry in entries if isinstance(entry, Backup)]
        self.holders = Counter[_Version]()
        self.versions: dict[str, dict[bytes, Mapping[str, Json]]] = defaultdict(dict)
        for document in (*documents, target):
            self.holders.update(document.encoded_fields.items())
            for name, encoded in document.encoded_fields.items():
                self.versions[name][encoded] = document.fields[name]
        self.values: dict[_Version, frozenset[_Value]] = {}

    def rank(self, index: int) -> int:
        alone = self._alone(index)
        if any(self._overruled(name, attribute) for name, (attribute, _) in alone):
            return _OVERRULED
        return _REPLACED if alone else _NOTHING

    def _alone(self, index: int) -> list[tuple[str, _Value]]:
        """The customizations, by field, that only this entry holds."""
        entry = self.entries[index]
        if not isinstance(entry, Backup):
            return []
        return [
            (name, value)
            for name, encoded in entry.document.encoded_fields.items()
            if self.holders[name, encoded] == 1
            for value in _customizations(entry, name, self._nowhere_else(name, encoded))
        ]

    def _nowhere_else(self, name: str, encoded: bytes) -> frozenset[_Value]:
        """The values of one version of a field that no other has."""
        others = (
            self._values_of(name, other)
            for other in self.versions[name]
            if other != encoded and self.holders[name, other]
        )
        return self._values_of(name, encoded).difference(*others)

    def _values_of(self, name: str, encoded: bytes) -> frozenset[_Value]:
        if (name, encoded) not in self.values:
            values = frozenset(_values(self.versions[name][encoded]))
            self.values[name, encoded] = values
        return self.values[name, encoded]

    def _overruled(self, name: str, attribute: str) -> bool:
        return name not in self.fields or attribute in self.owned.get(name, ())

    def remove(self, index: int) -> tuple[HeldValue, ...]:
        """The values that are gone with the entry."""
        alone = sorted(self._alone(index), key=lambda held: (held[0], held[1][0]))
        if isinstance(entry := self.entries.pop(index), Backup):
            self.holders.subtract(entry.document.encoded_fields.items())
        return tuple(HeldValue(name, attribute, _decoded(key)) for name, (attribute, key) in alone)


def _values(field: Mapping[str, Json]) -> Iterator[_Value]:
    for attribute, value in attributes.flatten(field).items():
        if attribute not in NOT_CUSTOMIZABLE:
            yield attribute, _key(attribute, value)


def _key(attribute: str, value: Json) -> str | bytes | bool | None:
    """The same for values that consumers see as the same. Texts and booleans need no encoding."""
    if attribute == "category":
        value = attributes.as_list(value)
    if value is None or isinstance(value, str | bool):
        return value
    return canonical.dumps(value)


def _decoded(key: str | bytes | bool | None) -> Json:
    return canonical.loads(key) if isinstance(key, bytes) else key


def _customizations(backup: Backup, name: str, values: Collection[_Value]) -> Iterator[_Value]:
    """Those of the values that people set: neither defaults nor what git owned in the backup."""
    if not values:
        return
    pages = [a.removeprefix("show_in_") for a in backup.document.fields[name] if shows_field(a)]
    defaults, owned = attributes.defaults(name, pages), backup.owned.get(name, ())
    for attribute, key in values:
        usual = attribute in defaults and key == _key(attribute, defaults[attribute])
        if not usual and attribute not in owned:
            yield attribute, key
