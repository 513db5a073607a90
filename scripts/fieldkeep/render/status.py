"""How the store stands beside git: what drifted, what was applied last, what is kept."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.core.common.words import number
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.held import with_consequence
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import Record, UnknownRecord
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.model import Json
from fieldkeep.render import edits, markdown, plans, set_aside
from fieldkeep.render.counts import BEFORE, HEAD_CHANGES, STATUS_CHANGES, counts
from fieldkeep.render.json_text import json_text
from fieldkeep.render.words import commit_name, printable


def text(evaluation: Evaluation, url: str, aside: Sequence[SetAside] = ()) -> str:
    plan, stored = evaluation.plan, evaluation.stored
    lines = [_verdict(evaluation)]
    lines += list(plans.drift_lines(plan.drift))
    lines += edits.kept(evaluation.merged)
    if plan.status_changes:
        lines.append(STATUS_CHANGES)
    if plan.head_changes:
        lines.append(HEAD_CHANGES)
    lines += [f"warning: {printable(warning)}" for warning in plan.warnings]
    lines += [f"note: {printable(note)}" for note in plan.notes]
    lines += [counts(plan, BEFORE), _last_apply(stored.record)]
    if evaluation.hold:
        lines.append(printable(with_consequence(evaluation.hold, evaluation.undone)))
    if evaluation.ended_hold:
        lines.append("git says what was restored: the next sync ends the hold")
    lines.append(f"backups: {len(stored.history.entries)}")
    if aside:
        lines.append(f"{printable(set_aside.summary(aside))}: `fieldkeep history` lists them")
    key = evaluation.snapshot.keys.document
    lines.append(f"store: {url}, key {key}; document {plans.headroom(plan)}")
    return "\n".join(lines)


def _verdict(evaluation: Evaluation) -> str:
    verdict = "in sync" if not evaluation.plan.pending else "not in sync"
    unsaved = unsaved_edits(evaluation.stored, evaluation.merged)
    if not unsaved:
        return verdict
    verb = "is" if unsaved == 1 else "are"
    return f"{verdict}; {number(unsaved, 'edit')} {verb} in no backup yet: `fieldkeep capture`"


def _last_apply(record: object) -> str:
    if isinstance(record, UnknownRecord):
        return f"last apply: unknown; {printable(str(record))}; {printable(record.hint)}"
    if not isinstance(record, Record):
        return "last apply: never"
    at, actor = record.applied.get("at", "never"), record.text("actor") or "unknown"
    dirty = ", with uncommitted changes" if record.raw.get("dirty") is True else ""
    fields = f"fields of {commit_name(record.text('commit'))}{dirty}"
    return f"last apply: {printable(str(at))} by {printable(actor)}; {fields}"


def as_json(evaluation: Evaluation, url: str, aside: Sequence[SetAside] = ()) -> str:
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


def as_markdown(evaluation: Evaluation, url: str, aside: Sequence[SetAside] = ()) -> str:
    first, *lines = text(evaluation, url, aside).splitlines()
    verdict, _, more = first.partition("; ")
    lines = [more, *lines] if more else lines
    title = markdown.code(evaluation.snapshot.keys.document)
    return f"<h3>{title} is {verdict}</h3>\n\n{markdown.block(chr(10).join(lines))}\n"


def as_prometheus(evaluation: Evaluation, url: str, aside: Sequence[SetAside] = ()) -> str:
    from fieldkeep.render import metrics

    return metrics.of_status(evaluation, url, aside)


FORMATS = {
    "text": text,
    "json": as_json,
    "markdown": as_markdown,
    "prometheus": as_prometheus,
}
