"""What is live -> what the field files would have to say.

An *attribute* is what the document calls it, an *entry* what a field file calls it, parts written
``visibility.table`` (see ``core.document.attributes``). A live value that no field file can say is
reported instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attribute_table import ENTRIES, SCHEMA_VERSION
from fieldkeep.core.document.attributes import (
    ENTRY_OF,
    HAS_PARTS,
    NAME,
    NOT_CUSTOMIZABLE,
    SET_BY,
    FieldValues,
    NoValue,
    is_reserved,
    same,
)
from fieldkeep.core.edit.yamltext import sayable
from fieldkeep.core.fields import rules
from fieldkeep.core.fields.field_schema import Schema, check
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.model import FieldFile, Json

_EDITS: Final = frozenset({Drift.LIVE_EDITED, Drift.BOTH, Drift.LIVE_CHANGED})
_MUST_SURVIVE: Final = frozenset(entry.key for entry in ENTRIES if entry.must_survive)
_CLEARED: Final = {
    ENTRY_OF[attribute.name]: attribute.cleared
    for entry in ENTRIES
    for attribute in entry.attributes
    if attribute.cleared is not None
}
_REGEX: Final = "validation.regex"
_NO_VALUE: Final = (None, NoValue.UNSET, NoValue.NOT_MENTIONED)
_NOT_IN_FILES: Final = frozenset({*NOT_CUSTOMIZABLE, "validation"})
_ENTRIES: Final = frozenset({SCHEMA_VERSION, *(entry.key for entry in ENTRIES)})


@dataclass(frozen=True, slots=True)
class Selection:
    """Without names: what was edited in the application, as far as the backups tell. A name, or
    ``everything``: all in which live and git differ, fields without a file too. ``known`` are
    entries (``company.visibility.table``) that count as edited, whatever the backups tell."""

    names: tuple[str, ...] = ()
    everything: bool = False
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unsayable:
    """A live value that no field file can say, with the ``attribute`` of the document ('' for the
    whole field)."""

    field: str
    attribute: str
    value: Json
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a field's file has to say: ``entries`` by key; of ``visibility`` and ``validation`` only
    the parts that change. ``scope`` are the attributes that were asked for."""

    name: str
    entries: Mapping[str, Json]
    scope: frozenset[str]
    unsayable: tuple[Unsayable, ...] = ()


def select(
    evaluation: Evaluation, desired: Desired, schema: Schema, selection: Selection
) -> tuple[Draft, ...]:
    """What each field's file should say that it does not say yet."""
    effective = evaluation.stored.effective
    live = effective.fields if effective else {}
    names = selection.names or sorted(live)
    if not selection.names and not selection.everything:
        names = [name for name in names if name in desired.files]
    whole = bool(selection.names) or selection.everything
    name_by_lower_case = {name.lower(): name for name in desired.files}
    drafts = []
    for name in names:
        field = _Field(name, live[name], evaluation, desired, schema, selection.known)
        twin = name_by_lower_case.setdefault(name.lower(), name)
        if field.file is None and twin != name:
            reason = f"its file would differ from that of '{twin}' only in case"
            drafts.append(field.no_draft(reason))
        elif field.file is None and (reason := field.misfit({}) or ""):
            drafts.append(field.no_draft(reason))
        else:
            drafts.append(field.draft(whole=whole))
    return tuple(drafts)


def edited_without_file(
    evaluation: Evaluation, desired: Desired, schema: Schema
) -> tuple[str, ...]:
    """The live fields that people edited and that no file is about; see ``Selection``."""
    effective = evaluation.stored.effective
    live = effective.fields if effective else {}
    names = sorted(live.keys() - desired.files.keys())
    fields = (_Field(n, live[n], evaluation, desired, schema, frozenset()) for n in names)
    return tuple(field.name for field in fields if field.is_edited())


class _Field:
    """One field as git, live and the merge see it."""

    def __init__(
        self,
        name: str,
        raw: Mapping[str, Json],
        evaluation: Evaluation,
        desired: Desired,
        schema: Schema,
        known: frozenset[str],
    ) -> None:
        self.name, self.schema, self.known = name, schema, known
        self.pages = desired.pages
        self.file = desired.files.get(name)
        owned = attributes.from_file(self.file, desired.pages) if self.file else {}
        self.git = {attribute: value for attribute, (value, _) in owned.items()}
        self.raw = attributes.flatten(raw)
        self.refused = set(desired.schema.refused(raw))
        self.values = attributes.field_values(
            {k: v for k, v in raw.items() if k not in self.refused}
        )
        self.defaults = attributes.defaults(name, desired.pages)
        result = evaluation.merged.results.get(name)
        self.drift = {a: d.drift for a, d in result.decisions.items()} if result else {}
        self.history = evaluation.stored.history
        self.unsayable: list[Unsayable] = []

    def no_draft(self, reason: str) -> Draft:
        return Draft(self.name, {}, frozenset(), (Unsayable(self.name, "", None, reason),))

    @cached_property
    def backed_up(self) -> list[FieldValues]:
        """The field in each backup of ours."""
        return [
            attributes.field_values(backup.document.fields[self.name])
            for backup in self.history.valid
            if backup.ours and self.name in backup.document.fields
        ]

    def draft(self, *, whole: bool) -> Draft:
        chosen = {a for a in self.candidates() if self.is_chosen(a, whole=whole)}
        self.report_unusable(whole=whole)
        values: dict[str, Json] = {}
        for entry in dict.fromkeys(filter(None, map(self.entry_of, sorted(chosen)))):
            for value in self.value(entry, chosen):
                if reason := self.misfit(_nested({entry: value})):
                    self.refuse(_attribute_of(entry), value, reason)
                else:
                    values[entry] = value
        entries = _nested(self.without_broken(values))
        if self.file is None:
            entries = {NAME: self.name, **entries}
        scope = frozenset(self.raw) | self.git.keys() if whole else frozenset(chosen)
        return Draft(self.name, entries, scope, tuple(self.unsayable))

    def entry_of(self, attribute: str) -> str | None:
        """The entry of a field file that sets an attribute; None if no entry does."""
        if attribute in ENTRY_OF or attribute.startswith("validation."):
            return ENTRY_OF.get(attribute, attribute)
        if attribute in {f"show_in_{page}" for page in self.pages}:
            return "pages"
        return attribute if self.is_teams_own(attribute) else None

    def is_teams_own(self, attribute: str) -> bool:
        """Whether an attribute is an entry of its own name, which a team's schema adds."""
        if attribute in _NOT_IN_FILES or "." in attribute:
            return False
        properties = self.schema.raw.get("properties")
        return attribute in self.git or (
            isinstance(properties, dict)
            and attribute in properties.keys() - _ENTRIES
            and not is_reserved(attribute)
        )

    def candidates(self) -> Iterable[str]:
        """The live attributes that a field file could set."""
        return (
            attribute
            for attribute in self.git.keys() | self.values.values.keys()
            if self.entry_of(attribute) and self.live(attribute) is not NoValue.NOT_MENTIONED
        )

    def is_edited(self) -> bool:
        return any(self.is_chosen(attribute, whole=False) for attribute in self.candidates())

    def live(self, attribute: str) -> Json | NoValue:
        return NoValue.NOT_MENTIONED if attribute in self.refused else self.values.get(attribute)

    def is_chosen(self, attribute: str, *, whole: bool) -> bool:
        live, drift = self.live(attribute), self.drift.get(attribute)
        if drift in (Drift.RECREATED, Drift.MACHINE_RESET):  # a sync restores the edit
            return False
        if not whole:
            is_edit = drift in _EDITS or self.is_earlier_edit(attribute, live)
            # without a word of git's, live keeps a default as it is
            return is_edit and (attribute in self.git or self.is_set(attribute, live))
        if attribute in self.git:
            return not same(attribute, live, self.git[attribute])
        key, _, _ = (self.entry_of(attribute) or "").partition(".")
        if self.file is None and key in _MUST_SURVIVE and live not in _NO_VALUE:
            return True
        return self.is_set(attribute, live)

    def is_set(self, attribute: str, live: Json | NoValue) -> bool:
        """Whether live has more than the default."""
        if live in _NO_VALUE:
            return False
        return not same(attribute, live, self.defaults.get(attribute, NoValue.NOT_MENTIONED))

    def is_earlier_edit(self, attribute: str, live: Json | NoValue) -> bool:
        """Whether people set this value, of which git says nothing, before the last backup: an
        earlier one has another."""
        if attribute in self.git:
            return False
        if f"{self.name}.{self.entry_of(attribute)}" in self.known:
            return True
        return any(not same(attribute, values.get(attribute), live) for values in self.backed_up)

    # ------------------------------------------------------------------ values

    def value(self, entry: str, chosen: set[str]) -> Iterator[Json]:
        """The value of an entry, in the file's form. Yields nothing, and reports why, if a field
        file cannot say it."""
        if entry == "pages":
            yield self.shown_pages(chosen)
            return
        attribute = _attribute_of(entry)
        value = self.regex() if entry == _REGEX else self.live(attribute)
        if value is None or value is NoValue.UNSET:
            if entry not in _CLEARED:
                self.refuse(attribute, None, "a field file cannot say that it has none")
                return
            value = _CLEARED[entry]
        if entry == "category" and value is not NoValue.NOT_MENTIONED:
            value = self.category(value)
        if value is NoValue.NOT_MENTIONED:
            self.refuse(attribute, None, "validation_regex and validation.regex differ")
            return
        yield value

    def shown_pages(self, chosen: set[str]) -> Json:
        """The pages that show the field; git decides about those that were not chosen."""
        shown = []
        for page in self.pages:
            attribute = f"show_in_{page}"
            git = self.git.get(attribute)
            in_order = [self.live(attribute), git, True]
            if attribute in self.git and attribute not in chosen:
                in_order = [git]
            if next(value for value in in_order if isinstance(value, bool)):
                shown.append(page)
        before = self.file.attributes.get("pages") if self.file else None
        if isinstance(before, list):
            return [p for p in before if p in shown] + [p for p in shown if p not in before]
        return "all" if len(shown) == len(self.pages) else shown

    def category(self, live: Json) -> Json:
        was_list = self.file is not None and isinstance(self.file.attributes.get("category"), list)
        names = attributes.as_list(live)
        return names if was_list or len(names) != 1 else names[0]

    def regex(self) -> Json | NoValue:
        """The regex, which the document holds twice: the value that differs from git's, if only
        one does. NOT_MENTIONED if the two differ and either could be meant."""
        values = [v for a in SET_BY[_REGEX] if (v := self.live(a)) not in _NO_VALUE]
        changed = [
            self.live(attribute)
            for attribute in SET_BY[_REGEX]
            if attribute in self.git
            and not same(attribute, self.live(attribute), self.git[attribute])
            # a place that never had a regex has not changed
            if self.live(attribute) not in _NO_VALUE or self.drift.get(attribute) in _EDITS
        ]
        if len(changed) == 1:
            return changed[0]
        if not values:
            return None
        return values[0] if all(value == values[0] for value in values) else NoValue.NOT_MENTIONED

    # ------------------------------------------------------------------ what cannot be said

    def refuse(self, attribute: str, value: Json, reason: str) -> None:
        self.unsayable.append(Unsayable(self.name, attribute, value, reason))

    def report_unusable(self, *, whole: bool) -> None:
        """Report the live values that consumers refuse, and those that no entry sets."""
        for attribute in sorted(self.raw.keys() - _NOT_IN_FILES):
            value = self.raw[attribute]
            if value is None:
                continue
            is_refused = self.refused & {attribute, attribute.split(".")[0]}
            if is_refused and (whole or attribute in self.git):
                self.refuse(attribute, value, "consumers would refuse this value")
            elif whole and self.entry_of(attribute) is None:
                self.refuse(attribute, value, "no attribute of a field file")

    def misfit(self, entries: Mapping[str, Json]) -> str | None:
        """Why no field file may hold these entries; None if one may."""
        if not sayable(entries):
            return "JSON and YAML readers would not agree on it"
        problems = check(self.schema, self.file_with(entries))
        return problems[0].message if problems else None

    def file_with(self, entries: Mapping[str, Json]) -> FieldFile:
        return FieldFile(self.name, {NAME: self.name, **entries}, self.name)

    def without_broken(self, values: dict[str, Json]) -> dict[str, Json]:
        """The values without those that break a rule between entries."""
        before = dict(self.file.attributes) if self.file else {}
        while values:
            candidate = self.file_with(_over(before, _nested(values)))
            broken = next((b for b in rules.broken(candidate) if b.is_error), None)
            if broken is None:
                break
            culprits = [entry for entry in broken.entries if entry in values][:1]
            for entry in culprits or list(values):
                self.refuse(_attribute_of(entry), values.pop(entry), broken.problem.message)
        return values


def _attribute_of(entry: str) -> str:
    """The attribute by which an entry is named to people."""
    return SET_BY.get(entry, (entry,))[0]


def _nested(values: Mapping[str, Json]) -> dict[str, Json]:
    """``visibility.table`` as a part of ``visibility``."""
    nested: dict[str, Json] = {}
    for entry, value in values.items():
        key, _, part = entry.partition(".")
        if part:
            nested.setdefault(key, {})[part] = value
        else:
            nested[key] = value
    return nested


def _over(before: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    merged = dict(before)
    for key, value in changes.items():
        both = key in HAS_PARTS and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    return merged
