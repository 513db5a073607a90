"""Notices another writer that keeps changing back what a watcher puts back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.state import StoreState

MOST_ROUNDS: Final = 5
"""The same value is put back so often within WINDOW_SECONDS; then it is a contest."""
WINDOW_SECONDS: Final = 3600.0
_MOST_KEPT: Final = 200

Place = tuple[str, str, str]
"""A field, an attribute of it, and the digest of the value that it was given."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one apply put back over the document of another writer. ``at`` is in seconds."""

    at: float
    places: frozenset[Place]
    who: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A contest that was given up: its fields, the other writer as far as it is known, and the
    rounds."""

    fields: tuple[str, ...]
    who: str
    rounds: int


@dataclass(frozen=True, slots=True)
class Contest:
    """The latest rounds. Once ``lost``, it stays so until it is ended."""

    rounds: tuple[Round, ...] = ()
    lost: Lost | None = None

    def after(self, latest: Round) -> Contest:
        recent = [r for r in self.rounds if r.at > latest.at - WINDOW_SECONDS]
        rounds = (*recent, latest)[-_MOST_KEPT:]
        counts = Counter(place for r in rounds for place in r.places)
        contested = {place for place in latest.places if counts[place] >= MOST_ROUNDS}
        if not contested:
            return replace(self, rounds=rounds)
        fields = tuple(sorted({field for field, _, _ in contested}))
        most = max(counts[place] for place in contested)
        return Contest(rounds, Lost(fields, latest.who, most))


def round_of(evaluation: Evaluation, left: bytes | None, run: str | None, at: float) -> Round:
    """The round of an apply. It has places only if another writer has changed the document since
    our last write ``left`` it so; ``run`` was the run of that write."""
    live = evaluation.stored.document
    if not isinstance(live, Document) or canonical.dumps(live.raw) == left:
        return Round(at, frozenset(), "")
    places = {
        (change.field, attribute.name, canonical.digest(attribute.new))
        for change in evaluation.plan.changes
        for attribute in change.attributes
    }
    if evaluation.plan.status_changes:
        written = evaluation.target.document.raw.get("extraction_status", {})
        places.add(("", "extraction_status", str(written.get("successful_servers"))))
    return Round(at, frozenset(places), _who(evaluation.stored, live, run))


def _who(stored: StoreState, live: Document, run: str | None) -> str:
    """The writer of a live document as messages name it."""
    if isinstance(stored.record, Record):
        applied = stored.record.raw.get("applied")
        if isinstance(applied, dict) and applied.get("run") != run:
            page = stored.record.text("run_url")
            return f"fieldkeep as {stored.record.text('actor')}{f' ({page})' if page else ''}"
    source = live.raw.get("source")
    if isinstance(source, str) and source != "gitops":
        return f"a program that calls itself '{source}'"
    return "a program that leaves no name"
