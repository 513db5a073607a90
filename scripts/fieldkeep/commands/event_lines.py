"""The lines that say what a step of an operation did."""

from __future__ import annotations

from fieldkeep.core.document.document import Document
from fieldkeep.core.merge.merge import Merged
from fieldkeep.edges.store.kv import Retrying, StillWaiting, WaitOver
from fieldkeep.model import Extracted
from fieldkeep.operations.events import (
    Event,
    FieldsLoaded,
    NotNotified,
    PlanWritten,
    PrometheusChecked,
    Rehearsed,
    SetAsideKept,
    StoreRead,
    WriteConfirmed,
    WriteLost,
    WriteOvertaken,
    WriteStarted,
)
from fieldkeep.operations.source_events import SourceRead, SourcesRead
from fieldkeep.render import steps


def is_usual(event: Event, question: str) -> bool:
    """Whether somebody who only waits for the answer of this command misses nothing without the
    line of the event. `status` itself says what is wrong with the document."""
    match event:
        case FieldsLoaded() | SourcesRead() | Merged() | SourceRead(Extracted()):
            return True
        case StoreRead(stored):
            told = question == "status" or isinstance(stored.document, Document)
            return told and len(steps.stored(stored)) == 1
        case _:
            return False


def lines(event: Event) -> list[str]:  # noqa: C901, PLR0912 - one case for each event
    match event:
        case FieldsLoaded(validated, where):
            return [steps.loaded(validated, where)]
        case SourceRead(reading):
            return [steps.source(reading)]
        case SourcesRead(readings, no_fields):
            return [steps.extracted(readings, no_fields)]
        case StoreRead(stored, applying):
            return steps.stored(stored, applying=applying)
        case Merged():
            return [steps.merged(event)]
        case WriteStarted(journal, url):
            return [steps.writing(journal, url)]
        case WriteConfirmed(journal, depth, copies):
            return [*steps.written(journal, depth), *(f"copy: {path}" for path in copies)]
        case SetAsideKept(added, dropped):
            return steps.set_aside(added, dropped)
        case WriteLost(keys, next_attempt, copies):
            lost = steps.conflict(keys, next_attempt)
            return [*(f"copy: {path}" for path in copies), lost]
        case WriteOvertaken(next_attempt):
            return [steps.overtaken(next_attempt)]
        case Rehearsed(rehearsal):
            return [f"drill: {rehearsal.route}"]
        case StillWaiting(url, leaderless):
            return [steps.waiting(url, leaderless=leaderless)]
        case WaitOver():
            return []
        case Retrying(error, attempt, attempts):
            return [f"store: {error}; trying again ({attempt + 1} of {attempts})"]
        case PlanWritten(path, digest):
            return [f"plan: written to {path}{f', digest {digest}' if digest else ''}"]
        case NotNotified(receiver, reason):
            return [steps.not_notified(receiver, reason)]
        case PrometheusChecked(configurations):
            return [steps.prometheus_checked(configurations)]
