"""The blast radius: what an apply means for readers of the document and for registered services.
What depends on the number of services is a question until they are counted in a catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from fieldkeep.core.common.canonical import dumps
from fieldkeep.core.common.words import first_few, shortened
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import (
    NO_VALUES,
    FieldValues,
    NoValue,
    as_list,
    field_values,
    same,
)
from fieldkeep.core.document.document import Document
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.core.plan.columns import is_column
from fieldkeep.core.plan.findings import (
    GAINS,
    LOSES,
    NARROWED,
    NOT_PRODUCED,
    OPTION,
    RENAMED,
    REQUIRED,
    UNFILLABLE,
    Impact,
)
from fieldkeep.core.plan.usage import (
    Postponed,
    Registered,
    Unknown,
    Usage,
    lacking,
    metadata_key,
    using,
)
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Attributes, Json

_WIDE: Final = ("string", "text")  # any value passes; every other type accepts fewer
_SELECT: Final = "select"
_DISPLAY: Final = "display_name"
_LONGEST: Final = 40
_RECOVERING: Final = Unknown("not asked while a document is put back")


@dataclass(frozen=True, slots=True)
class Question:
    """How many services are affected by a field that becomes required, or that loses ``options``?
    ``source`` is the field's ``source_label``."""

    kind: str
    field: str
    source: str
    options: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingImpact:
    """``certain``: impacts that need no service count. ``recovering``: a lost document is being
    restored; then no impact counts as breaking."""

    certain: tuple[Impact, ...] = ()
    questions: tuple[Question, ...] = ()
    recovering: bool = False

    @property
    def needs_catalog(self) -> bool:
        """Whether a service catalogue can answer a question."""
        return not self.recovering and any(metadata_key(q.source) for q in self.questions)


def pending_impact(
    desired: Desired, stored: StoreState, merged: Merged, base: Owned, document: Document
) -> PendingImpact:
    """The impact of ``document``. An attribute changes if it differs from what git had set (from
    live where git set nothing), unless it gets the value of live or of our newest backup."""
    return _ImpactReader(desired, stored, merged, base, document).run()


def resolve_impact(pending: PendingImpact, usage: Usage) -> tuple[Impact, ...]:
    """Every impact, with the numbers that ``usage`` gives; what breaks comes first."""
    counted = [_answer(question, pending.recovering, usage) for question in pending.questions]
    impacts = [*pending.certain, *counted]
    return tuple(sorted(impacts, key=lambda i: (not i.breaking, i.field, i.kind, i.message)))


class _ImpactReader:
    def __init__(
        self, desired: Desired, stored: StoreState, merged: Merged, base: Owned, document: Document
    ) -> None:
        self.desired, self.stored, self.merged, self.base = desired, stored, merged, base
        self.after = document.fields
        effective, backup = stored.effective, stored.previous_backup
        self.before = effective.fields if effective else {}
        self.in_backup = backup.document.fields if backup else {}
        self.recovering = stored.recreated or not isinstance(stored.document, Document)

    def run(self) -> PendingImpact:
        certain = [*self.pages(), *self.renamed(), *self.not_produced()]
        questions: list[Question] = []
        if self.before:  # a first apply takes nothing away
            for name in sorted(self.after):
                if self.before.get(name) == self.after[name]:
                    continue
                certain += [*self.narrowed(name), *self.unfillable(name)]
                questions += [*self.required(name), *self.options(name)]
        return PendingImpact(tuple(certain), tuple(questions), self.recovering)

    # ------------------------------------------------------------------ what people see

    def pages(self) -> Iterator[Impact]:
        for kind, old, new in ((GAINS, self.before, self.after), (LOSES, self.after, self.before)):
            by_fields: dict[tuple[str, ...], list[str]] = {}
            for page in self.desired.pages:
                columns = tuple(sorted(_columns(new, page) - _columns(old, page)))
                if columns:
                    by_fields.setdefault(columns, []).append(page)
            for names, pages in by_fields.items():
                yield Impact(kind, "", self.columns(kind, names, pages))

    def columns(self, kind: str, names: tuple[str, ...], pages: list[str]) -> str:
        """``all pages gain a column: company``; ``services loses 2 columns: region, tier``."""
        others = [page for page in self.desired.pages if page not in pages]
        where = ", ".join(pages)
        if len(pages) > len(others) + 1:
            where = f"all pages but {', '.join(others)}" if others else "all pages"
        verb = ("gain" if kind == GAINS else "lose") + ("s" if len(pages) == 1 else "")
        count = "a column" if len(names) == 1 else f"{len(names)} columns"
        return f"{where} {verb} {count}: {first_few(names)}"

    def not_produced(self) -> Iterator[Impact]:
        """Only fields that this apply changes; a warning names every field without a source."""
        for drift in self.merged.drift:
            before = self.before.get(drift.field)
            if drift.drift is Drift.NOT_EXTRACTED and before != self.after.get(drift.field):
                yield Impact(NOT_PRODUCED, drift.field, "no source gives this label")

    # ------------------------------------------------------------------ what others rely on

    def renamed(self) -> Iterator[Impact]:
        """Pairs each field that left git with a new one that has the same customizations."""
        added: dict[bytes, list[tuple[str, Attributes]]] = {}
        for name, file in sorted(self.desired.files.items()):
            if name not in self.base:
                owned = attributes.from_file(file, self.desired.pages)
                values = {attribute: value for attribute, (value, _) in owned.items()}
                added.setdefault(_without_display_name(values), []).append((name, values))
        for old in sorted(self.base.keys() - self.desired.files.keys()):
            candidates = added.get(_without_display_name(self.base[old]), [])
            matches = partial(_same_display_names, old, self.base[old])
            new = next((candidate for candidate in candidates if matches(*candidate)), None)
            if new:
                candidates.remove(new)
                message = f"seems renamed to {new[0]}, with the same customizations"
                yield Impact(RENAMED, old, f"{message}: what uses {old} must follow", self.breaks)

    def narrowed(self, name: str) -> Iterator[Impact]:
        old, new = self.change(name, "field_type") or (None, None)
        if isinstance(old, str) and isinstance(new, str) and new not in _WIDE:
            old, new = shortened(old, _LONGEST), shortened(new, _LONGEST)
            message = f"type {old} becomes {new}, which accepts fewer values"
            yield Impact(NARROWED, name, message, self.breaks)

    def unfillable(self, name: str) -> Iterator[Impact]:
        """A field that git required or hid, and that no form shows while it must be filled in."""
        reason = _unfillable(self.after[name], self.desired.pages)
        by_git = self.merged.owned.get(name, {}).keys() & {"required", *_hiding(self.desired.pages)}
        if not reason or not by_git or _unfillable(self.before.get(name, {}), self.desired.pages):
            return
        message = f"required, but {reason}: people cannot fill it in"
        yield Impact(UNFILLABLE, name, message, self.breaks)

    def required(self, name: str) -> Iterator[Question]:
        old, new = self.change(name, "required") or (None, None)
        if new is True and old is not True:
            yield Question(REQUIRED, name, self.source(name))

    def options(self, name: str) -> Iterator[Question]:
        old, new = self.change(name, "options") or (None, None)
        if not isinstance(old, list) or self.after[name].get("field_type") != _SELECT:
            return
        remaining = {dumps(option) for option in new} if isinstance(new, list) else set()
        removed = tuple(option for option in old if dumps(option) not in remaining)
        if removed:
            yield Question(OPTION, name, self.source(name), removed)

    @property
    def breaks(self) -> bool:
        return not self.recovering

    def source(self, name: str) -> str:
        label = self.after[name].get("source_label")
        return label if isinstance(label, str) else ""

    def change(self, name: str, attribute: str) -> tuple[Json | NoValue, Json] | None:
        """The value that readers had and the one they get; None if nothing changes, or if the value
        goes back to that of live, of git or of the newest backup."""
        decision = self.merged.results[name].decisions.get(attribute)
        if decision is None or isinstance(decision.value, NoValue):
            return None
        if decision.drift is Drift.MACHINE_RESET and decision.origin is ValueOrigin.BACKUP:
            return None
        live = self.field_values(self.before, name).get(attribute)
        before = self.base.get(name, {}).get(attribute, live)
        in_backup = self.field_values(self.in_backup, name).get(attribute)
        if any(same(attribute, decision.value, value) for value in (before, live, in_backup)):
            return None
        return before, decision.value

    @staticmethod
    def field_values(fields: Mapping[str, Mapping[str, Json]], name: str) -> FieldValues:
        return field_values(fields[name]) if name in fields else NO_VALUES


def _columns(fields: Mapping[str, Mapping[str, Json]], page: str) -> set[str]:
    return {name for name, field in fields.items() if is_column(field, page)}


def _hiding(pages: Sequence[str]) -> tuple[str, ...]:
    """The attributes that can take a field away from everybody. Not ``show_in_form``: what is in no
    form is filled in by a program, as Prometheus' own ``instance`` is."""
    return ("enabled", *(f"show_in_{page}" for page in pages))


def _unfillable(field: Mapping[str, Json], pages: Sequence[str]) -> str:
    """Why a required field cannot be filled in; '' if it can, or need not."""
    if field.get("required") is not True:
        return ""
    if field.get("enabled", True) is False:
        return "not enabled"
    if pages and all(field.get(f"show_in_{page}", True) is False for page in pages):
        return "on no page"
    return ""


def _without_display_name(values: Attributes) -> bytes:
    """The customizations of a field but for its display name, as one comparable text."""
    return dumps(
        {
            attribute: as_list(value) if attribute == "category" else value
            for attribute, value in values.items()
            if attribute != _DISPLAY
        }
    )


def _same_display_names(old: str, old_values: Attributes, new: str, new_values: Attributes) -> bool:
    """Whether two display names are equal, or each only repeats the name of its field. False where
    no customization is left by which a field could be recognized."""
    repeats = [_repeats_name(old, old_values), _repeats_name(new, new_values)]
    if old_values.get(_DISPLAY) == new_values.get(_DISPLAY):
        return bool(old_values) and not (old_values.keys() == {_DISPLAY} and repeats[0])
    return all(repeats) and old_values.keys() != {_DISPLAY}


def _repeats_name(name: str, values: Attributes) -> bool:
    default = attributes.defaults(name, ())[_DISPLAY]
    return bool(values.get(_DISPLAY, default) == default)


def _answer(question: Question, recovering: bool, usage: Usage) -> Impact:
    change, verb, what = "becomes required", "lack", "it"
    if question.kind == OPTION:
        several = len(question.options) > 1
        noun, what = ("the options", "one of them") if several else ("the option", "it")
        options = [shortened(dumps(option).decode(), _LONGEST) for option in question.options]
        change, verb = f"loses {noun} {first_few(options)}", "use"
    if isinstance(usage, Postponed):
        answer = f"the plan against what is live tells how many services {verb} {what}"
        return Impact(question.kind, question.field, f"{change}; {answer}", breaking=False)
    count = _count(question, _RECOVERING if recovering else usage)
    if isinstance(count, Unknown):
        affected = None
        answer = f"how many services {verb} {what} is not known ({count.reason})"
    else:
        affected, total = count
        verb = verb if affected != 1 else f"{verb}s"
        answer = f"{affected} of {total} registered services {verb} {what}"
    breaking = not recovering and affected != 0
    return Impact(question.kind, question.field, f"{change}; {answer}", breaking, affected)


def _count(question: Question, usage: Registered | Unknown) -> Unknown | tuple[int, int]:
    """How many services are affected, out of how many."""
    key = metadata_key(question.source)
    if isinstance(usage, Unknown) and (key or usage is _RECOVERING):
        return usage
    if key is None or isinstance(usage, Unknown):
        source = question.source or "nowhere"
        return Unknown(f"its label comes from {source}, not from metadata")
    if question.kind == OPTION:
        affected = using(usage.services, key, question.options)
    else:
        affected = lacking(usage.services, key)
    return affected, len(usage.services)
