"""Puts the catalogue together, field by field, from what was read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fieldkeep.core.catalog.catalog import (
    Attachment,
    Catalog,
    CatalogField,
    Commit,
    SourceView,
    State,
    Unknown,
    Values,
    Version,
)
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attribute_table import SET_BY_NO_PERSON
from fieldkeep.core.document.document import Document, Foreign
from fieldkeep.core.labels.label_origins import last_fields
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.merge.outcome import FieldDrift
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.plan import Plan
from fieldkeep.core.restore.field_history import AttributeHistory, field_history, moments
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Certainty, Extracted, Json, Problem, Reading, Skipped

_MOST_VALUES: Final = 3
_HIDDEN: Final = SET_BY_NO_PERSON | {attributes.NAME}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page says of itself: when it was made, for which project, by which program.
    ``folder`` is that of the field files, ``uncommitted`` names the fields whose files differ from
    the ``commit``."""

    made: datetime
    title: str
    store: str
    environment: str | None
    program: str
    folder: str
    commit: str | None
    uncommitted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What was read. ``evaluation`` is Unknown where no plan could be made, ``stored`` where the
    store could not be read."""

    desired: Desired
    problems: tuple[Problem, ...]
    stored: StoreState | Unknown
    evaluation: Evaluation | Unknown
    commits: tuple[Commit, ...] | Unknown


def build(known: Known, about: Surroundings) -> Catalog:
    """The catalogue; equal inputs give equal ones."""
    fields = _Fields(known, about)
    views = tuple(fields.view(name) for name in fields.names)
    plan = fields.plan
    return Catalog(
        made=about.made,
        title=about.title,
        store=about.store,
        environment=about.environment,
        program=about.program,
        folder=about.folder,
        commit=about.commit,
        dirty=bool(about.uncommitted),
        pages=known.desired.pages,
        fields=views,
        sources=tuple(map(_source, known.desired.readings)),
        live=known.stored if isinstance(known.stored, Unknown) else None,
        unreadable=fields.unreadable,
        after=known.evaluation if isinstance(known.evaluation, Unknown) else None,
        plan=plan,
        versions=versions(known.stored, views) if isinstance(known.stored, StoreState) else (),
        commits=known.commits,
        damaged=tuple(map(str, fields.stored.history.problems)) if fields.stored else (),
        warnings=fields.other_warnings(),
        hold=str(fields.hold) if fields.hold else "",
    )


class _Fields:
    """The inputs by field name."""

    def __init__(self, known: Known, about: Surroundings) -> None:
        self.known, self.about = known, about
        self.stored = known.stored if isinstance(known.stored, StoreState) else None
        evaluation = known.evaluation if isinstance(known.evaluation, Evaluation) else None
        self.plan: Plan | None = evaluation.plan if evaluation else None
        self.hold = evaluation.hold if evaluation else None
        self.results: Mapping[str, MergedField] = evaluation.merged.results if evaluation else {}
        document = self.stored.document if self.stored else None
        self.live = document.fields if isinstance(document, Document) else {}
        self.unreadable = document.reason if isinstance(document, Foreign) else ""
        self.put_back = self.stored is not None and self.stored.restored_from is not None
        self.files = known.desired.files
        self.backed_up = _backed_up(self.stored)
        self.values = _values(known.desired.readings)
        self.drift = _by_field(self.plan.drift if self.plan else ())
        self.actions = {c.field: c.action for c in self.plan.changes} if self.plan else {}
        self.changed = _last_changes(known.commits)
        self.names = sorted({*self.files, *self.live, *self.results, *self.backed_up})
        self.attached = _attached(known.desired, self.stored, self.names)
        self.warnings = _warnings(known.problems, self.plan, self.names)

    def view(self, name: str) -> CatalogField:
        file, result = self.files.get(name), self.results.get(name)
        live = _shown(attributes.flatten(self.live[name])) if name in self.live else None
        after = _shown(attributes.flatten(result.attributes)) if result else None
        git = None
        if file:
            owned = attributes.from_file(file, self.known.desired.pages)
            git = _shown({attribute: value for attribute, (value, _) in owned.items()})
        history: tuple[AttributeHistory, ...] = ()
        if self.stored and (name in self.live or name in self.backed_up):
            history = _changes(field_history(self.stored, name))
        return CatalogField(
            name,
            live,
            git,
            after,
            tuple(self.states(name)),
            action=self.actions.get(name),
            origins={a: d.origin for a, d in result.decisions.items() if a in after}
            if result and after
            else {},
            drift=self.drift.get(name, ()),
            attached=self.attached.get(name, ()),
            changed=self.known.commits
            if isinstance(self.known.commits, Unknown)
            else self.changed.get(name),
            uncommitted=name in self.about.uncommitted,
            history=history,
            warnings=self.warnings.get(name, ()),
            values=self.values.get(name, ()),
        )

    def other_warnings(self) -> tuple[str, ...]:
        """The plan's warnings that are of no field."""
        of_fields = {text for texts in self.warnings.values() for text in texts}
        return tuple(w for w in (self.plan.warnings if self.plan else ()) if w not in of_fields)

    def states(self, name: str) -> Iterator[State]:
        drift = self.drift.get(name, ())
        changes = name in self.actions or (self.put_back and name in self.results)
        differs = changes or any(entry.pending for entry in drift)
        if name in self.warnings:
            yield State.WARNING
        if any(entry.pending for entry in drift):
            yield State.DRIFT
        if changes:
            yield State.CHANGE
        without_file = name in self.live and name not in self.files
        if without_file:
            orphan = self.plan and name in self.plan.orphans
            yield State.ORPHAN if orphan else State.UNMANAGED
        if self.stored is None or self.unreadable or (self.plan is None and name in self.files):
            yield State.UNKNOWN
        elif name not in self.live and name not in self.files and name not in self.results:
            yield State.GONE
        elif self.plan and not differs and not without_file:
            yield State.IN_SYNC


def _shown(values: Mapping[str, Json]) -> Values:
    """The values that say something: no None, nothing of other programs, and what two attributes
    say only once."""
    shown = {a: v for a, v in values.items() if v is not None and a not in _HIDDEN}
    pattern, twin = shown.get("validation.regex"), shown.get("validation_regex")
    if twin in ("", pattern) and twin is not None:
        del shown["validation_regex"]
    return shown


def _changes(history: tuple[AttributeHistory, ...]) -> tuple[AttributeHistory, ...]:
    names = {entry.attribute for entry in history}
    hidden = _HIDDEN | ({"validation_regex"} if "validation.regex" in names else set())
    return tuple(entry for entry in history if entry.attribute not in hidden)


def _backed_up(stored: StoreState | None) -> frozenset[str]:
    backups = stored.history.valid if stored else ()
    return frozenset(name for backup in backups for name in backup.document.fields)


def _by_field(drift: Sequence[FieldDrift]) -> dict[str, tuple[FieldDrift, ...]]:
    by_field: dict[str, tuple[FieldDrift, ...]] = {}
    for entry in drift:
        by_field[entry.field] = (*by_field.get(entry.field, ()), entry)
    return by_field


def _attached(
    desired: Desired, stored: StoreState | None, names: Sequence[str]
) -> dict[str, tuple[Attachment, ...]]:
    """By field, in the order of sources and pools. A family of labels counts for each field whose
    name it may have. A source that could not be read, or not all of it, has beside what was read
    what was known of it last."""
    found: dict[str, list[Attachment]] = defaultdict(list)
    members: dict[str, list[str]] = {}
    for reading in desired.readings:
        for pool in reading.pools if isinstance(reading, Extracted) else ():
            for label in pool.labels:
                labels = [label.name]
                if label.certainty is Certainty.OPEN:
                    family = label.pattern or ""
                    if family not in members:
                        members[family] = [name for name in names if matches(family, name)]
                    labels = members[family]
                attachment = Attachment(reading.source, pool.job, label.certainty, label.rules)
                for name in labels:
                    found[name].append(attachment)
        if isinstance(reading, Skipped) or reading.unread:
            status = stored.servers.get(reading.source, {}) if stored else {}
            for entry in last_fields(status):
                found[entry["name"]].append(Attachment(reading.source, "", None))
    return {name: tuple(attachments) for name, attachments in found.items()}


def _values(readings: Sequence[Reading]) -> dict[str, tuple[str, ...]]:
    """A few values of each label on targets, as far as configurations or live servers show them."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for reading in readings:
        for pool in reading.pools if isinstance(reading, Extracted) else ():
            for label in pool.labels:
                if label.values and len(found[label.name]) < _MOST_VALUES:
                    found[label.name] |= dict.fromkeys(label.values)
    return {name: tuple(values)[:_MOST_VALUES] for name, values in found.items()}


def _source(reading: Reading) -> SourceView:
    match reading:
        case Skipped(source, reason):
            return SourceView(source, reason, 0, {})
        case Extracted():
            engine = f"{reading.product} {reading.version}".strip()
            return SourceView(
                reading.source,
                reading.unread,
                len(reading.pools),
                reading.external_labels,
                reading.warnings,
                engine,
            )


def _last_changes(commits: tuple[Commit, ...] | Unknown) -> dict[str, Commit | Unknown]:
    changed: dict[str, Commit | Unknown] = {}
    for commit in () if isinstance(commits, Unknown) else commits:
        at = Unknown("before what this clone holds of git's history") if commit.cut_off else commit
        for name in commit.files:
            changed.setdefault(name, at)
    return changed


def _warnings(
    problems: Sequence[Problem], plan: Plan | None, names: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The warnings by field: findings with place and way out, and what the plan says of it."""
    texts = [(_stem(one.where.path), f"{one.where}: {one.message}; {one.hint}") for one in problems]
    texts += [(line.partition(": ")[0], line) for line in (plan.warnings if plan else ())]
    by_field: dict[str, tuple[str, ...]] = {}
    for name, text in texts:
        if name in names:
            by_field[name] = (*by_field.get(name, ()), text)
    return by_field


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".yaml")


def versions(stored: StoreState, fields: Sequence[CatalogField]) -> tuple[Version, ...]:
    """Every time that a backup tells of, the oldest first, then what is live."""
    changed = Counter(
        moment
        for field in fields
        for moment in {
            (step.index, step.occasion.timestamp if step.occasion else "")
            for attribute in field.history
            for step in attribute.steps
        }
    )
    found = [
        Version(
            index,
            occasion.timestamp,
            len(entry.document.fields),
            changed[index, occasion.timestamp],
            occasion.reason or "",
            occasion.actor or "",
            occasion.commit or "",
        )
        for index, entry, occasion in moments(stored.history)
    ]
    if isinstance(stored.document, Document):
        found.append(Version(None, "", len(stored.document.fields), changed[None, ""]))
    return tuple(found)
