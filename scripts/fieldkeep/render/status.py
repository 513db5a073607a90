"""How the store stands beside git: what drifted, what was applied last, what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.document.document import Document, Foreign
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.held import with_consequence
from fieldkeep.core.restore.ways_back import is_all_gone
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import Record, UnknownRecord
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json
from fieldkeep.render import drift_words, edits, markdown, plans, set_aside
from fieldkeep.render.counts import BEFORE, HEAD_CHANGES, STATUS_CHANGES, counts
from fieldkeep.render.json_text import json_text
from fieldkeep.render.layout import apart, details, titled
from fieldkeep.render.screen import PIPE, Line, Screen, Style, draw, line
from fieldkeep.render.words import commit_name

_SAID_FIRST: Final = (Drift.MISSING, Drift.CORRUPT)


def text(evaluation: Evaluation, url: str, screen: Screen, aside: Sequence[SetAside] = ()) -> str:
    plan = evaluation.plan
    told = [entry for entry in plan.drift if entry.drift is not Drift.NOT_EXTRACTED]
    told.sort(key=lambda entry: not entry.pending)
    words = [entry.drift for entry in told if isinstance(entry.drift, Drift)]
    drift = [entry for entry in told if entry.drift not in _SAID_FIRST]
    style = Style.WARNING if plan.pending else Style.GOOD
    groups = [
        [line((_verdict(evaluation), style), (_unsaved(evaluation), Style.WARNING))],
        drift_words.grouped([entry for entry in drift if entry.pending], Style.WARNING),
        drift_words.grouped([entry for entry in drift if not entry.pending], Style.MUTED),
        edits.kept(evaluation.merged),
        titled("warnings", plan.warnings, Style.WARNING),
        titled("notes", plan.notes, Style.MUTED),
        _details(evaluation, url, aside),
        [
            *drift_words.explain(words),
            *([line("on call: `fieldkeep help runbook`")] if _has_no_document(evaluation) else []),
        ],
    ]
    return draw(screen, apart(groups))


def _verdict(evaluation: Evaluation) -> str:
    """``not in sync: git is newer (2 fields)``."""
    plan = evaluation.plan
    if not plan.pending:
        return "in sync"
    drift = [entry for entry in plan.drift if entry.pending and entry.drift not in _SAID_FIRST]
    reasons = [_without_document(evaluation)] if _has_no_document(evaluation) else []
    reasons += [drift_words.counted(drift)] if drift else []
    if plan.changes and not reasons:
        reasons.append(f"a sync would change {number(len(plan.changes), 'field')}")
    reasons += [STATUS_CHANGES] if plan.status_changes else []
    reasons += [HEAD_CHANGES] if plan.head_changes else []
    return f"not in sync: {'; '.join(reasons)}"


def _has_no_document(evaluation: Evaluation) -> bool:
    return not isinstance(evaluation.stored.document, Document)


def _without_document(evaluation: Evaluation) -> str:
    """What is wrong with the document as a whole, and what to type: a hold refuses a sync, and a
    restore leaves alone what it protects."""
    stored, backup = evaluation.stored, evaluation.stored.restored_from
    what = (
        f"the document cannot be read ({stored.document.reason})"
        if isinstance(stored.document, Foreign)
        else "there is no document and no backup"
        if is_all_gone(stored)
        else "the document is gone"
    )
    if backup is None:
        return f"{what}; `fieldkeep sync` writes what git says"
    way = "sync"
    if evaluation.hold:
        way = f"restore {stored.history.entries.index(backup)} --override-hold"
    return f"{what}; `fieldkeep {way}` puts back the backup of {backup.timestamp}, edits included"


def _unsaved(evaluation: Evaluation) -> str:
    unsaved = unsaved_edits(evaluation.stored, evaluation.merged)
    verb = "is" if unsaved == 1 else "are"
    return (
        f"; {number(unsaved, 'edit')} {verb} in no backup yet: `fieldkeep capture`"
        if unsaved
        else ""
    )


def _details(evaluation: Evaluation, url: str, aside: Sequence[SetAside]) -> Iterator[Line]:
    plan, stored, hold = evaluation.plan, evaluation.stored, evaluation.hold
    ended = "git says what was restored: the next sync ends the hold"
    yield from details(
        {
            "fields": counts(plan, BEFORE),
            "last apply": _last_apply(stored),
            "hold": with_consequence(hold, evaluation.undone) if hold else "",
            "end of hold": ended if evaluation.ended_hold else "",
            "backups": str(len(stored.history.entries)),
            "set aside": f"{set_aside.summary(aside)}: `fieldkeep history` lists them"
            if aside
            else "",
            "store": f"{url}, key {evaluation.snapshot.keys.document}",
            "document": plans.headroom(plan),
        }
    )


def _last_apply(stored: StoreState) -> str:
    """At the time of the backup that the apply made, if it made one: `history` has the same."""
    record, newest = stored.record, stored.history.newest_of_ours
    if isinstance(record, UnknownRecord):
        return f"unknown; {record}; {record.hint}"
    if not isinstance(record, Record):
        return "never"
    at, actor = record.applied.get("at", "never"), record.text("actor") or "unknown"
    if newest and newest.text("run") == record.applied.get("run"):
        at = newest.timestamp
    dirty = ", with uncommitted changes" if record.raw.get("dirty") is True else ""
    return f"{at} by {actor}; fields of {commit_name(record.text('commit'))}{dirty}"


def as_json(
    evaluation: Evaluation, url: str, _screen: Screen, aside: Sequence[SetAside] = ()
) -> str:
    plan, stored = evaluation.plan, evaluation.stored
    record = stored.record if isinstance(stored.record, Record) else None
    last_apply = record and {
        "commit": record.applied.get("commit"),
        "at": record.applied.get("at"),
        "actor": record.text("actor"),
    }
    return json_text(
        in_sync=not plan.pending,
        drift=[entry.to_json() for entry in plan.drift],
        commit=record and record.text("commit"),
        dirty=record and record.raw.get("dirty"),
        last_apply=last_apply,
        hold=_hold(evaluation),
        backups=len(stored.history.entries),
        unsaved_edits=unsaved_edits(stored, evaluation.merged),
        set_aside=len(aside),
        store={
            "url": url,
            "key": evaluation.snapshot.keys.document,
            **(plan.store.to_json() if plan.store else {}),
        },
    )


def _hold(evaluation: Evaluation) -> dict[str, Json] | None:
    data = hold_data(evaluation.hold)
    return data and {**data, "undoes": list(evaluation.undone)}


def hold_data(hold: Hold | None) -> dict[str, str | None] | None:
    """``until`` is '' for a hold whose value cannot be read: it does not end by itself."""
    if hold is None:
        return None
    return {
        "until": hold.until,
        "reason": hold.reason,
        "actor": hold.actor,
        "at": hold.at or None,
        "by": hold.by or None,
    }


def as_markdown(
    evaluation: Evaluation, url: str, _screen: Screen, aside: Sequence[SetAside] = ()
) -> str:
    title = markdown.code(evaluation.snapshot.keys.document)
    verdict = "not in sync" if evaluation.plan.pending else "in sync"
    told = text(evaluation, url, PIPE, aside)
    return f"<h3>{title} is {verdict}</h3>\n\n{markdown.block(told)}\n"


def as_prometheus(
    evaluation: Evaluation, url: str, _screen: Screen, aside: Sequence[SetAside] = ()
) -> str:
    from fieldkeep.render import metrics

    return metrics.of_status(evaluation, url, aside)


FORMATS = {
    "text": text,
    "json": as_json,
    "markdown": as_markdown,
    "prometheus": as_prometheus,
}
