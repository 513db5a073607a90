"""Merges git, the base, live, the newest backup and Prometheus into one set of fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.suggest import closest
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attribute_table import SET_BY_NO_PERSON
from fieldkeep.core.document.attributes import (
    NO_VALUES,
    NOT_CUSTOMIZABLE,
    STRUCTURE,
    EntryPath,
    FieldValues,
    NoValue,
    shows_field,
)
from fieldkeep.core.document.document import Document
from fieldkeep.core.labels.label_origins import LabelOrigin, label_origins
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.decide import AttributeInputs, Decision, decide
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.machines import MachineResets
from fieldkeep.core.merge.merged_field import (
    NOT_LIVE,
    FieldMerge,
    LiveSide,
    MergedField,
    Reusable,
)
from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Extracted, Json


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged fields by name. ``deleted`` names the fields of live that are not among them,
    ``preserved`` those whose customizations all survive; ``owned`` is the next base;
    ``live_by_machine``: an application wrote the live document by itself; ``reusable`` is for the
    next merge of the same sync."""

    results: Mapping[str, MergedField]
    deleted: tuple[str, ...]
    owned: Owned
    drift: tuple[FieldDrift, ...]
    warnings: tuple[str, ...]
    reusable: Reusable
    preserved: tuple[str, ...] = ()
    live_by_machine: bool = False


def merge(
    desired: Desired, stored: StoreState, *, base: Owned, prune: bool, last: Reusable | None = None
) -> Merged:
    """Merge every field. ``base`` is ``stored.base``, or empty when another owner is taken over.
    ``last`` is of an earlier merge: it spares work, and changes nothing of the result."""
    last = last.for_merge(desired, stored, base) if last else None
    return _Merge(desired, stored, base, prune, last.fields if last else {}).run()


class _Merge:
    """One merge. Looks the sides up once, then decides field by field."""

    def __init__(
        self,
        desired: Desired,
        stored: StoreState,
        base: Owned,
        prune: bool,
        last: Mapping[str, FieldMerge],
    ) -> None:
        self.desired, self.stored, self.base, self.prune = desired, stored, base, prune
        self.last, self.unconfirmed_bases = last, stored.unconfirmed_bases if base else {}
        effective, backup = stored.effective, stored.previous_backup
        self.live = effective.fields if effective else {}
        self.backup = backup.document.fields if backup else {}
        self.backup_owned = backup.owned if backup else {}
        self.labels = label_origins(desired.readings, desired.choice, stored.servers, self.live)
        self.extracted = {name: o for name, o in self.labels.items() if self.is_field(name)}
        self.resets = MachineResets(stored, desired.machine_sources)
        self.drift: list[FieldDrift] = []
        self.warnings: list[str] = [
            f"{skipped.source}: {skipped.reason}; its last known labels stay"
            for skipped in desired.skipped
        ]
        self.warnings += [
            f"{reading.source}: {broken}"
            for reading in desired.readings
            if isinstance(reading, Extracted)
            for broken in reading.broken
        ]
        only_live = self.live.keys() - desired.files.keys() - self.extracted.keys()
        self.deleted = {name for name in only_live if self.should_delete(name, self.live[name])}
        # their file left git, but they stay, exactly as they are
        self.frozen = (only_live - self.deleted) & base.keys()

    def run(self) -> Merged:
        names = self.desired.files.keys() | self.extracted.keys() | self.live.keys()
        names = (names - self.deleted) | self.restored_fields()
        live = {name: self.live_side(name) for name in sorted(self.live)}
        for name, side in live.items():
            self.warn_of_refused(name, side)
        fields = {name: self.merged(name, live.get(name, NOT_LIVE)) for name in sorted(names)}
        results = {name: field.result for name, field in fields.items()}
        owned = {
            name: field.owned
            for name, field in fields.items()
            if name in self.desired.files or name in self.base
        }
        self.drift += [drift for field in fields.values() for drift in field.drift]
        self.drift += self.field_level_drift(names)
        for result in results.values():
            self.warn_of_hidden(result)
        return Merged(
            results,
            tuple(sorted(self.deleted)),
            owned,
            tuple(sorted(self.drift, key=lambda d: (d.field, d.drift, d.attributes))),
            tuple(self.warnings),
            Reusable(self.desired, self.stored, self.base, fields),
            tuple(name for name in live if name in fields and fields[name].preserved),
            self.resets.active,
        )

    # ------------------------------------------------------------------ which fields there are

    def is_field(self, label: str) -> bool:
        """Whether a label becomes a field, or stays one: the setting ``unmanaged`` takes no field
        away that is live, but for one whose file left git."""
        if label in self.desired.files or self.desired.unmanaged is not Unmanaged.IGNORE:
            return True
        return label in self.live and label not in self.base

    def should_delete(self, name: str, entry: Mapping[str, Json]) -> bool:
        """Whether to delete a field that no file and no source has: always when pruning, else if
        only git ever customized it and every source was read."""
        if self.prune and name not in self.labels:
            return True
        only_git = name in self.base and not self.customized_by_others(name, entry)
        return only_git and not self.desired.skipped

    def customized_by_others(self, name: str, entry: Mapping[str, Json]) -> bool:
        """Whether an entry has a value that is neither a default nor was ever set by git."""
        defaults, base = self.usual(name), self.base.get(name, {})
        unconfirmed = self.unconfirmed_bases.get(name, {})
        for attribute, value in _customizable(attributes.flatten(entry)):
            expected = (
                defaults.get(attribute, NoValue.NOT_MENTIONED),
                base.get(attribute, NoValue.NOT_MENTIONED),
                *unconfirmed.get(attribute, ()),
            )
            if any(attributes.same(attribute, value, other) for other in expected):
                continue
            if not self.stored.history.was_set_by_git(name, attribute, value):
                return True
        return False

    def restored_fields(self) -> set[str]:
        """Fields that only the backup has and that come back: those that a recreated or damaged
        document lost. An intact document lacks them because the application removed them."""
        current = self.live.keys() | self.desired.files.keys() | self.extracted.keys()
        only_backup = self.backup.keys() - current
        live = self.stored.document
        if self.stored.recreated or (isinstance(live, Document) and live.damaged):
            return {name for name in only_backup if not self.should_delete(name, self.backup[name])}
        self.drift += [FieldDrift(name, Drift.LIVE_REMOVED) for name in only_backup]
        return set()

    # ------------------------------------------------------------------ one field

    def usual(self, name: str) -> dict[str, Json]:
        return attributes.defaults(name, self.desired.pages)

    def defaults(self, name: str) -> dict[str, Json]:
        """The value of each attribute that no side sets. What has no file is not shown, as the
        setting ``unmanaged`` says: a field that the merge creates, and what git showed before."""
        values = self.usual(name)
        if not self.is_hidden(name):
            return values
        is_new = name not in self.live and name not in self.backup
        owned = {*self.base.get(name, ()), *self.unconfirmed_bases.get(name, ())}
        if name not in self.live:
            owned |= set(self.backup_owned.get(name, ()))
        return values | {a: False for a in values if shows_field(a) and (is_new or a in owned)}

    def is_hidden(self, name: str) -> bool:
        return name not in self.desired.files and self.desired.unmanaged is Unmanaged.HIDE

    def from_git(self, name: str) -> dict[str, tuple[Json, EntryPath]]:
        file = self.desired.files.get(name)
        return attributes.from_file(file, self.desired.pages) if file else {}

    def live_side(self, name: str) -> LiveSide:
        entry, last = self.live[name], self.last.get(name)
        if last and canonical.equal(entry, last.live.entry):
            return last.live
        refused = self.desired.schema.refused(entry)
        return LiveSide(entry, _without(entry, refused), refused)

    def warn_of_refused(self, name: str, live: LiveSide) -> None:
        """Null says nothing: a value takes its place without a warning."""
        self.warnings += [
            f"{name}.{attribute}: the live value is not valid and is not used;"
            " it stays in the history"
            for attribute in live.refused
            if self.live[name].get(attribute) is not None
        ]

    def backup_values(self, name: str) -> FieldValues:
        """The backup's values that the document schema accepts. It may have become stricter since
        the backup was taken."""
        entry = self.backup.get(name)
        return NO_VALUES if entry is None else _without(entry, self.desired.schema.refused(entry))

    def merged(self, name: str, live: LiveSide) -> FieldMerge:
        """The field, of the last merge if nothing of it has moved."""
        last, extracted, frozen = self.last.get(name), self.extracted.get(name), name in self.frozen
        if last and last.live is live and (last.extracted, last.frozen) == (extracted, frozen):
            return last
        result = self.field(name, live.values)
        has_base = name in self.desired.files or name in self.base
        return FieldMerge(
            live,
            extracted,
            frozen,
            result,
            tuple(self.attribute_drift(name, result.decisions, live.values)),
            self.next_base(name, result) if has_base else {},
            live is not NOT_LIVE and self.keeps_customizations(live.values, result),
        )

    def field(self, name: str, live: FieldValues) -> MergedField:
        git = self.from_git(name)
        base = {} if name in self.frozen else self.base.get(name, {})
        backup, defaults = self.backup_values(name), self.defaults(name)
        mentioned = (
            git.keys() | base.keys() | live.values.keys() | backup.values.keys() | defaults.keys()
        )
        decisions = {
            attribute: decide(
                self.inputs(name, attribute, git.get(attribute), base, live, backup, defaults)
            )
            for attribute in sorted(mentioned - set(STRUCTURE) - {attributes.NAME})
        }
        decisions |= {d.attribute: d for d in self.structure_decisions(name, live, backup)}
        values = {a: d.value for a, d in decisions.items() if not isinstance(d.value, NoValue)}
        joined = attributes.join({attributes.NAME: name, **values})
        return MergedField(name, joined, decisions, self.desired.files.get(name))

    def inputs(
        self,
        name: str,
        attribute: str,
        git: tuple[Json, EntryPath] | None,
        base: Mapping[str, Json],
        live: FieldValues,
        backup: FieldValues,
        defaults: Mapping[str, Json],
    ) -> AttributeInputs:
        value, entry = git or (NoValue.NOT_MENTIONED, None)
        was_reset = self.resets.is_reset(attribute, live.get(attribute))
        backup_value = backup.get(attribute)
        git_owned_backup = attribute in self.backup_owned.get(name, ())
        if was_reset:
            backup_value, git_owned_backup = self.resets.before(name, attribute)
        elif attribute in SET_BY_NO_PERSON:
            backup_value = NoValue.NOT_MENTIONED
        unconfirmed_bases = self.unconfirmed_bases.get(name, {}).get(attribute, ())
        return AttributeInputs(
            attribute,
            value,
            entry,
            base=base.get(attribute, NoValue.NOT_MENTIONED),
            unconfirmed_bases=unconfirmed_bases if base else (),
            live=live.get(attribute),
            backup=backup_value,
            git_owned_backup=git_owned_backup,
            default=defaults.get(attribute, NoValue.UNSET),
            live_elsewhere=live.get(attributes.TWINS.get(attribute, "")),
            recreated=self.stored.recreated,
            was_reset=was_reset and live is not NO_VALUES,
            was_set_by_git=partial(self.stored.history.was_set_by_git, name, attribute),
        )

    def structure_decisions(
        self, name: str, live: FieldValues, backup: FieldValues
    ) -> Iterator[Decision]:
        """Structure comes from Prometheus; that of a label that was not extracted stays."""
        if (extracted := self.extracted.get(name)) is not None:
            for attribute, text in extracted.attributes().items():
                yield Decision(attribute, text, ValueOrigin.PROMETHEUS)
            return
        for attribute, default in _NO_LABEL.items():
            if isinstance(value := self.resets.before(name, attribute)[0], str):
                yield Decision(attribute, value, ValueOrigin.BACKUP)
            elif not isinstance(value := live.get(attribute), NoValue):
                yield Decision(attribute, value, ValueOrigin.LIVE)
            elif isinstance(value := backup.get(attribute), str):
                yield Decision(attribute, value, ValueOrigin.BACKUP)
            else:
                yield Decision(attribute, default, ValueOrigin.DEFAULT)

    def attribute_drift(
        self, name: str, decisions: Mapping[str, Decision], live: FieldValues
    ) -> Iterator[FieldDrift]:
        """The drift of each attribute; of a field that live lacks, one for the whole field."""
        if live is NO_VALUES:
            if self.stored.effective is not None and name in self.desired.files:
                yield FieldDrift(name, Drift.LIVE_LOST if name in self.base else Drift.GIT_AHEAD)
            return
        for drift in Drift:
            drifted = tuple(a for a, decision in decisions.items() if decision.drift is drift)
            if drifted:
                yield FieldDrift(name, drift, drifted)

    def field_level_drift(self, names: Iterable[str]) -> Iterator[FieldDrift]:
        """For information: fields that git, Prometheus or both lack."""
        unmanaged = self.labels.keys() - self.desired.files.keys()
        for name in sorted(names):
            if name in self.desired.files and name not in self.extracted:
                near = closest(name, unmanaged)
                detail = f"did you mean '{near}'?" if near else ""
                hint = f"; {detail}" if detail else ""
                self.warnings.append(
                    f"{name}: no source gives this label; applied all the same{hint}"
                )
                yield FieldDrift(name, Drift.NOT_EXTRACTED, detail=detail)
            elif name in unmanaged:
                yield FieldDrift(name, Drift.UNMANAGED)
            elif name not in self.desired.files:
                yield FieldDrift(name, Drift.ORPHAN)

    def warn_of_hidden(self, result: MergedField) -> None:
        """A field that was hidden for want of a file stays so if its new file does not say where
        to show it: people may have hidden it too."""
        name = result.name
        if name not in self.desired.files or name in self.base or name not in self.live:
            return
        says_where = any(map(shows_field, self.from_git(name)))
        if not says_where and not attributes.is_shown(result.attributes):
            self.warnings.append(
                f"{name}: shown nowhere, and its new file does not say where to show it:"
                " `pages: all` and `visibility: {table: true, form: true, filter: true}` do"
            )

    # ------------------------------------------------------------------ the next base

    def next_base(self, name: str, result: MergedField) -> dict[str, Json]:
        if name in self.desired.files:
            return {
                attribute: value
                for attribute, (value, _) in self.from_git(name).items()
                if result.decisions[attribute].origin is ValueOrigin.GIT
            }
        if name in self.frozen:
            return dict(self.base[name])
        # The file is gone and the label is not: what git owned went back to its default, and that
        # is what a later apply must compare with. The empty entry still says "git once had it".
        decided = {a: result.decisions[a] for a in self.base[name] if a in result.decisions}
        return {
            attribute: decision.value
            for attribute, decision in sorted(decided.items())
            if decision.origin is ValueOrigin.DEFAULT and not isinstance(decision.value, NoValue)
        }

    def keeps_customizations(self, live: FieldValues, result: MergedField) -> bool:
        """Whether live has customizations of the field and the result has every one of them."""
        defaults, hidden = self.usual(result.name), self.is_hidden(result.name)
        custom = {
            attribute: value
            for attribute, value in _customizable(live.values)
            if not attributes.same(attribute, value, defaults.get(attribute, NoValue.NOT_MENTIONED))
            and not (hidden and shows_field(attribute) and value is False)
        }
        return bool(custom) and all(
            attribute in result.decisions
            and attributes.same(attribute, result.decisions[attribute].value, value)
            for attribute, value in custom.items()
        )


_NO_LABEL: Final = LabelOrigin().attributes()


def _customizable(values: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The attributes that people set, with their values."""
    for attribute, value in values.items():
        if attribute not in NOT_CUSTOMIZABLE:
            yield attribute, value


def _without(entry: Mapping[str, Json], refused: Collection[str]) -> FieldValues:
    return attributes.field_values({k: v for k, v in entry.items() if k not in refused})
