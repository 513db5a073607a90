"""git, base, live, backup and Prometheus -> one document, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import NO_VALUES, STRUCTURE, FieldValues, NoValue
from fieldkeep.core.document.document import Document
from fieldkeep.core.labels import structure
from fieldkeep.core.labels.structure import LabelOrigin
from fieldkeep.core.merge.decide import AttributeInputs, Decision, Drift, ValueOrigin, decide
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Place


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """``field`` is empty for what concerns the whole document."""

    field: str
    drift: Drift
    attributes: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of the merged document, with the decision for each unit."""

    name: str
    attributes: Mapping[str, Json]
    decisions: Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class Merged:
    """``deleted`` are fields of live that the document no longer has; ``owned`` is the next base;
    ``kept`` names the fields of live whose customizations all survive."""

    results: Mapping[str, MergedField]
    deleted: tuple[str, ...]
    owned: Owned
    drift: tuple[FieldDrift, ...]
    warnings: tuple[str, ...]
    kept: tuple[str, ...] = ()


def merge(desired: Desired, stored: StoreState, *, base: Owned, prune: bool) -> Merged:
    """Merge every field. ``base`` is ``stored.base``, or empty when another owner is taken over."""
    return _Merge(desired, stored, base, prune).run()


class _Merge:
    """One merge: the sides looked up once, then field by field."""

    def __init__(self, desired: Desired, stored: StoreState, base: Owned, prune: bool) -> None:
        self.desired, self.stored, self.base, self.prune = desired, stored, base, prune
        self.unconfirmed_bases = stored.unconfirmed_bases if base else {}
        effective, ours = stored.effective, stored.kept
        self.live = effective.fields if effective else {}
        self.kept = ours.document.fields if ours else {}
        self.kept_owned = ours.owned if ours else {}
        self.extracted = structure.combine(desired.readings, desired.choice, stored.servers)
        self.drift: list[FieldDrift] = []
        self.warnings: list[str] = [
            f"{skipped.source}: {skipped.reason}; its last known labels stay"
            for skipped in desired.skipped
        ]

    def run(self) -> Merged:
        deleted, stays = self.deleted()
        names = (self.desired.files.keys() | self.extracted.keys() | self.live.keys()) - deleted
        names |= self.put_back()
        sides = {name: self.live_side(name) for name in sorted(self.live)}
        results = {
            name: self.field(name, sides.get(name, NO_VALUES), stays) for name in sorted(names)
        }
        owned = {name: self.next_base(name, results, stays) for name in sorted(self.owners(names))}
        self.standing(names)
        return Merged(
            results,
            tuple(sorted(deleted)),
            owned,
            tuple(sorted(self.drift, key=lambda d: (d.field, d.drift, d.attributes))),
            tuple(self.warnings),
            tuple(name for name, side in sides.items() if self.survives(side, results.get(name))),
        )

    # ------------------------------------------------------------------ which fields there are

    def deleted(self) -> tuple[set[str], set[str]]:
        """Fields to delete, and those whose file left git but which stay exactly as they are."""
        delete, stays = set[str](), set[str]()
        for name in self.live.keys() - self.desired.files.keys() - self.extracted.keys():
            if self.goes(name, self.live[name]):
                delete.add(name)
            elif name in self.base:
                stays.add(name)
        return delete, stays

    def goes(self, name: str, entry: Mapping[str, Json]) -> bool:
        """Whether a field that is in no file and no source is to be deleted: asked for, or git's
        alone and every source was read."""
        if self.prune:
            return True
        alone = name in self.base and not self.customized_by_others(name, entry)
        return alone and not self.desired.skipped

    def customized_by_others(self, name: str, entry: Mapping[str, Json]) -> bool:
        """Whether an entry says something that is no default and that git never set."""
        defaults = attributes.defaults(name, self.desired.pages)
        base, unconfirmed_bases = self.base.get(name, {}), self.unconfirmed_bases.get(name, {})
        for unit, value in attributes.flatten(entry).items():
            if unit in STRUCTURE or unit == attributes.NAME:
                continue
            nothing = NoValue.NOTHING
            ours = (
                defaults.get(unit, nothing),
                base.get(unit, nothing),
                *unconfirmed_bases.get(unit, ()),
            )
            if any(attributes.same(unit, value, said) for said in ours):
                continue
            if not self.stored.history.shown_by_git(name, unit, value):
                return True
        return False

    def put_back(self) -> set[str]:
        """Fields that only the backup has: removed in the application and so left out, unless the
        document was recreated or damaged, which is no statement about them."""
        only_kept = (
            self.kept.keys() - self.live.keys() - self.desired.files.keys() - self.extracted.keys()
        )
        state = self.stored.state
        if self.stored.recreated or (isinstance(state, Document) and state.damaged):
            return {name for name in only_kept if not self.goes(name, self.kept[name])}
        for name in sorted(only_kept):
            self.drift.append(FieldDrift(name, Drift.LIVE_REMOVED))
        return set()

    # ------------------------------------------------------------------ one field

    def live_side(self, name: str) -> FieldValues:
        entry = self.live[name]
        refused = self.desired.schema.refused(entry)
        for attribute in refused:
            if attribute in entry:
                self.warnings.append(
                    f"{name}.{attribute}: the live value is not valid and is not used;"
                    " it stays in the history"
                )
        return attributes.field_values({k: v for k, v in entry.items() if k not in refused})

    def kept_side(self, name: str) -> FieldValues:
        """A backup is as old as it is: what consumers refuse today is no value to put back."""
        entry = self.kept.get(name)
        if entry is None:
            return NO_VALUES
        refused = self.desired.schema.refused(entry)
        return attributes.field_values({k: v for k, v in entry.items() if k not in refused})

    def field(self, name: str, live: FieldValues, stays: set[str]) -> MergedField:
        file = self.desired.files.get(name)
        git = attributes.from_file(file, self.desired.pages) if file else {}
        base = {} if name in stays else self.base.get(name, {})
        kept = self.kept_side(name)
        defaults = attributes.defaults(name, self.desired.pages)
        everything = (
            git.keys() | base.keys() | live.units.keys() | kept.units.keys() | defaults.keys()
        )
        views = (
            self.views(name, unit, git.get(unit), base, live, kept, defaults)
            for unit in sorted(everything - set(STRUCTURE) - {attributes.NAME})
        )
        decisions = {view.unit: decide(view) for view in views}
        self.note_drift(name, decisions, live)
        decisions |= {decision.unit: decision for decision in self.structure(name, live, kept)}
        values = {u: d.value for u, d in decisions.items() if not isinstance(d.value, NoValue)}
        return MergedField(name, attributes.join({attributes.NAME: name, **values}), decisions)

    def views(
        self,
        name: str,
        unit: str,
        git: tuple[Json, Place] | None,
        base: Mapping[str, Json],
        live: FieldValues,
        kept: FieldValues,
        defaults: Mapping[str, Json],
    ) -> AttributeInputs:
        said, place = git or (NoValue.NOTHING, None)
        return AttributeInputs(
            unit,
            said,
            place,
            base=base.get(unit, NoValue.NOTHING),
            unconfirmed_bases=self.unconfirmed_bases.get(name, {}).get(unit, ()) if base else (),
            live=live.says(unit),
            kept=kept.says(unit),
            kept_by_git=unit in self.kept_owned.get(name, ()),
            default=defaults.get(unit, NoValue.UNSET),
            recreated=self.stored.recreated,
            shown_by_git=partial(self.stored.history.shown_by_git, name, unit),
        )

    def structure(self, name: str, live: FieldValues, kept: FieldValues) -> Iterator[Decision]:
        read = self.extracted.get(name)
        for unit, default in LabelOrigin().units().items():
            was = live.says(unit)
            if read is not None:
                yield Decision(unit, read.units()[unit], ValueOrigin.PROMETHEUS)
            elif not isinstance(was, NoValue):
                yield Decision(unit, was, ValueOrigin.LIVE)
            elif isinstance(kept.says(unit), str):
                yield Decision(unit, kept.says(unit), ValueOrigin.BACKUP)
            else:
                yield Decision(unit, default, ValueOrigin.DEFAULT)

    def note_drift(self, name: str, decisions: Mapping[str, Decision], live: FieldValues) -> None:
        if live is NO_VALUES:
            if self.stored.effective is not None and name in self.desired.files:
                lost = name in self.base
                self.drift.append(FieldDrift(name, Drift.LIVE_LOST if lost else Drift.GIT_AHEAD))
            return
        for drift in Drift:
            listed = tuple(unit for unit, decision in decisions.items() if decision.drift is drift)
            if listed:
                self.drift.append(FieldDrift(name, drift, listed))

    def standing(self, names: Iterable[str]) -> None:
        """What is true of a field as a whole, for information."""
        labels = self.extracted.keys()
        unmanaged = labels - self.desired.files.keys()
        for name in sorted(names):
            if name in self.desired.files and name not in labels:
                near = closest(name, unmanaged)
                detail = f"did you mean '{near}'?" if near else ""
                self.drift.append(FieldDrift(name, Drift.NOT_EXTRACTED, detail=detail))
                hint = f"; {detail}" if detail else ""
                self.warnings.append(
                    f"{name}: no source gives this label; applied all the same{hint}"
                )
            elif name in unmanaged:
                self.drift.append(FieldDrift(name, Drift.UNMANAGED))
            elif name not in self.desired.files:
                self.drift.append(FieldDrift(name, Drift.ORPHAN))

    # ------------------------------------------------------------------ the next base

    def owners(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if name in self.desired.files or name in self.base}

    def next_base(
        self, name: str, results: Mapping[str, MergedField], stays: set[str]
    ) -> dict[str, Json]:
        if name in self.desired.files:
            git = attributes.from_file(self.desired.files[name], self.desired.pages)
            return {unit: value for unit, (value, _) in git.items()}
        if name in stays:
            return dict(self.base[name])
        # The file is gone and the label is not: what git owned went back to its default, and that
        # is what a later apply must compare with. The empty entry still says "git once had it".
        decisions = results[name].decisions
        return {
            unit: decisions[unit].value
            for unit in sorted(self.base[name])
            if unit in decisions
            and decisions[unit].origin is ValueOrigin.DEFAULT
            and not isinstance(decisions[unit].value, NoValue)
        }

    def survives(self, live: FieldValues, result: MergedField | None) -> bool:
        """Whether a field carried customizations and every one of them is in the result."""
        if result is None:
            return False
        defaults = attributes.defaults(result.name, self.desired.pages)
        custom = {
            unit: value
            for unit, value in live.units.items()
            if unit not in STRUCTURE
            and not attributes.same(unit, value, defaults.get(unit, NoValue.NOTHING))
        }
        custom.pop(attributes.NAME, None)
        return bool(custom) and all(
            unit in result.decisions and attributes.same(unit, result.decisions[unit].value, value)
            for unit, value in custom.items()
        )
