"""The blast radius: what an apply means for those who read the document and for the services
that are registered. What must be counted in a catalogue is a question until somebody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.canonical import dumps
from fieldkeep.core.common.words import shortened
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
from fieldkeep.core.merge.decide import Drift
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.plan.findings import Impact
from fieldkeep.core.plan.plan import some
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

__all__ = ["Impact", "PendingImpact", "Question", "pending_impact", "resolve_impact"]

GAINS: Final = "page-gains"
LOSES: Final = "page-loses"
REQUIRED: Final = "required"
OPTION: Final = "option-removed"
NARROWED: Final = "type-narrowed"
RENAMED: Final = "renamed"
NOT_PRODUCED: Final = "not-produced"

_WIDE: Final = ("string", "text")  # any value passes; every other type accepts fewer
_SELECT: Final = "select"
_DISPLAY: Final = "display_name"
_LONGEST: Final = 40
_PUT_BACK: Final = Unknown("not asked while a document is put back")


@dataclass(frozen=True, slots=True)
class Question:
    """A field that becomes required, or (``options``) loses values; ``source`` is where its label
    comes from."""

    kind: str
    field: str
    source: str
    options: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingImpact:
    """``certain`` is known without a count. ``recovering``: a document that was lost is put back,
    which nothing of this may stop."""

    certain: tuple[Impact, ...] = ()
    questions: tuple[Question, ...] = ()
    recovering: bool = False

    @property
    def asks(self) -> bool:
        """Whether a catalogue could tell more."""
        return not self.recovering and any(metadata_key(q.source) for q in self.questions)


def pending_impact(
    desired: Desired, stored: StoreState, merged: Merged, base: Owned, document: Document
) -> PendingImpact:
    """What ``document`` changes. A change is one against what git had set, else against live, that
    does not put back what live or the newest backup of ours says."""
    return _ImpactReader(desired, stored, merged, base, document).run()


def resolve_impact(found: PendingImpact, usage: Usage) -> tuple[Impact, ...]:
    """Every impact, with the numbers that ``usage`` gives; what breaks comes first."""
    counted = [_answer(question, found.recovering, usage) for question in found.questions]
    listed = [*found.certain, *counted]
    return tuple(sorted(listed, key=lambda i: (not i.breaking, i.field, i.kind, i.message)))


class _ImpactReader:
    def __init__(
        self, desired: Desired, stored: StoreState, merged: Merged, base: Owned, document: Document
    ) -> None:
        self.desired, self.stored, self.merged, self.base = desired, stored, merged, base
        self.after = document.fields
        effective, ours = stored.effective, stored.previous_backup
        self.before = effective.fields if effective else {}
        self.kept = ours.document.fields if ours else {}
        self.recovering = stored.recreated or not isinstance(stored.document, Document)

    def run(self) -> PendingImpact:
        certain = [*self.pages(), *self.renamed(), *self.not_produced()]
        questions: list[Question] = []
        if self.before:  # the first apply takes nothing from anybody
            for name in sorted(self.after):
                if self.before.get(name) == self.after[name]:
                    continue
                certain += self.narrowed(name)
                questions += [*self.required(name), *self.options(name)]
        return PendingImpact(tuple(certain), tuple(questions), self.recovering)

    # ------------------------------------------------------------------ what people see

    def pages(self) -> Iterator[Impact]:
        for kind, old, new in ((GAINS, self.before, self.after), (LOSES, self.after, self.before)):
            by_fields: dict[tuple[str, ...], list[str]] = {}
            for page in self.desired.pages:
                moved = tuple(sorted(_columns(new, page) - _columns(old, page)))
                if moved:
                    by_fields.setdefault(moved, []).append(page)
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
        return f"{where} {verb} {count}: {some(names)}"

    def not_produced(self) -> Iterator[Impact]:
        """Of what this apply changes; a warning says it of every field."""
        for drift in self.merged.drift:
            before = self.before.get(drift.field)
            if drift.drift is Drift.NOT_EXTRACTED and before != self.after.get(drift.field):
                yield Impact(NOT_PRODUCED, drift.field, "no source gives this label")

    # ------------------------------------------------------------------ what others rely on

    def renamed(self) -> Iterator[Impact]:
        came: dict[bytes, list[tuple[str, Attributes]]] = {}
        for name, file in sorted(self.desired.files.items()):
            if name not in self.base:
                said = {
                    u: v for u, (v, _) in attributes.from_file(file, self.desired.pages).items()
                }
                came.setdefault(_besides_names(said), []).append((name, said))
        for old in sorted(self.base.keys() - self.desired.files.keys()):
            left = self.base[old]
            alike = came.get(_besides_names(left), [])
            found = next((one for one in alike if _same_names(old, left, *one)), None)
            if found:
                alike.remove(found)
                message = f"seems renamed to {found[0]}, with the same customizations"
                yield Impact(RENAMED, old, f"{message}: what uses {old} must follow", self.breaks)

    def narrowed(self, name: str) -> Iterator[Impact]:
        was, new = self.moved(name, "field_type") or (None, None)
        if isinstance(was, str) and isinstance(new, str) and new not in _WIDE:
            old_type, new_type = shortened(was, _LONGEST), shortened(new, _LONGEST)
            message = f"type {old_type} becomes {new_type}, which accepts fewer values"
            yield Impact(NARROWED, name, message, self.breaks)

    def required(self, name: str) -> Iterator[Question]:
        was, new = self.moved(name, "required") or (None, None)
        if new is True and was is not True:
            yield Question(REQUIRED, name, self.source(name))

    def options(self, name: str) -> Iterator[Question]:
        was, new = self.moved(name, "options") or (None, None)
        if not isinstance(was, list) or self.after[name].get("field_type") != _SELECT:
            return
        stays = {dumps(option) for option in new} if isinstance(new, list) else set()
        gone = tuple(option for option in was if dumps(option) not in stays)
        if gone:
            yield Question(OPTION, name, self.source(name), gone)

    @property
    def breaks(self) -> bool:
        return not self.recovering

    def source(self, name: str) -> str:
        found = self.after[name].get("source_label")
        return found if isinstance(found, str) else ""

    def moved(self, name: str, unit: str) -> tuple[Json | NoValue, Json] | None:
        """What consumers had and what they get; None where nothing moves, or something only moves
        back to what live, git or the backup had."""
        decision = self.merged.results[name].decisions.get(unit)
        if decision is None or isinstance(decision.value, NoValue):
            return None
        live = self.field_values(self.before, name).get(unit)
        was = self.base.get(name, {}).get(unit, live)
        kept = self.field_values(self.kept, name).get(unit)
        if any(same(unit, decision.value, said) for said in (was, live, kept)):
            return None
        return was, decision.value

    @staticmethod
    def field_values(fields: Mapping[str, Mapping[str, Json]], name: str) -> FieldValues:
        return field_values(fields[name]) if name in fields else NO_VALUES


def _columns(fields: Mapping[str, Mapping[str, Json]], page: str) -> set[str]:
    """The fields that are a column there: enabled, shown in tables, and on this page."""
    needed = ("enabled", "show_in_table", f"show_in_{page}")
    return {
        name
        for name, entry in fields.items()
        if all(entry.get(unit, True) is True for unit in needed)
    }


def _besides_names(said: Attributes) -> bytes:
    """What is said of a field but for its display name, as one comparable text."""
    return dumps(
        {u: as_list(v) if u == "category" else v for u, v in said.items() if u != _DISPLAY}
    )


def _same_names(old: str, left: Attributes, new: str, came: Attributes) -> bool:
    """Whether two display names are one, or each only repeats the name of its field; and whether
    anything is said at all that could be recognized."""
    follow = [_follows(old, left), _follows(new, came)]
    if left.get(_DISPLAY) == came.get(_DISPLAY):
        return bool(left) and not (left.keys() == {_DISPLAY} and follow[0])
    return all(follow) and left.keys() != {_DISPLAY}


def _follows(name: str, said: Attributes) -> bool:
    """Whether a display name says nothing that the field's name does not."""
    default = attributes.defaults(name, ())[_DISPLAY]
    return bool(said.get(_DISPLAY, default) == default)


def _answer(question: Question, recovering: bool, usage: Usage) -> Impact:
    what, verb, it = "becomes required", "lack", "it"
    if question.kind == OPTION:
        several = len(question.options) > 1
        noun, it = ("the options", "one of them") if several else ("the option", "it")
        what, verb = f"loses {noun} {some(list(map(_shown, question.options)))}", "use"
    if isinstance(usage, Postponed):
        told = f"the plan against what is live tells how many services {verb} {it}"
        return Impact(question.kind, question.field, f"{what}; {told}", breaking=False)
    reason, number, of = _count(question, _PUT_BACK if recovering else usage)
    if number is None:
        told = f"how many services {verb} {it} is not known ({reason})"
    else:
        told = f"{number} of {of} registered services {verb if number != 1 else verb + 's'} {it}"
    breaking = not recovering and number != 0
    return Impact(question.kind, question.field, f"{what}; {told}", breaking, number)


def _count(question: Question, usage: Registered | Unknown) -> tuple[str, int | None, int]:
    """Why it is not known, or how many of how many."""
    key = metadata_key(question.source)
    if isinstance(usage, Unknown) and (key or usage is _PUT_BACK):
        return usage.reason, None, 0
    if key is None or isinstance(usage, Unknown):
        return f"its label comes from {question.source or 'nowhere'}, not from metadata", None, 0
    if question.kind == OPTION:
        number = using(usage.services, key, question.options)
    else:
        number = lacking(usage.services, key)
    return "", number, len(usage.services)


def _shown(option: Json) -> str:
    return shortened(dumps(option).decode(), _LONGEST)
