"""What a sync applied, with a summary that explains itself to a first-time reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.restore.ways_back import FROM_FILE, is_all_gone
from fieldkeep.model import Extracted, Reading, Skipped
from fieldkeep.render import edits, plans
from fieldkeep.render.counts import AFTER, counts
from fieldkeep.render.steps import fields_that_keep
from fieldkeep.render.words import printable


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a summary names besides the result; ``program`` is how the user calls fieldkeep."""

    url: str
    readings: Sequence[Reading]
    program: str


def applied(evaluation: Evaluation, journal: Journal, surroundings: Surroundings) -> str:
    """The changes of one apply, and the summary."""
    plan = evaluation.plan
    lines = [
        *plans.changes(plan, AFTER),
        *edits.kept(evaluation.merged),
        *edits.overruled(evaluation.merged),
        *_warnings(evaluation),
    ]
    if not plan.changes:
        lines.append(_change_without_fields(evaluation))
    if evaluation.ended_hold:
        lines.append("released: the hold of a restore, since git says what was put back")
    newest = journal.entries[0]["backup_timestamp"] if journal.entries else _newest(evaluation)
    return "\n".join([*lines, "", *_summary(evaluation, surroundings, newest, journal.depth)])


def unchanged(evaluation: Evaluation, surroundings: Surroundings) -> str:
    warnings = _warnings(evaluation)
    depth = len(evaluation.stored.history.entries)
    summary = _summary(evaluation, surroundings, _newest(evaluation), depth)
    return "\n".join(["in sync: nothing to write", *warnings, "", *summary])


def _warnings(evaluation: Evaluation) -> list[str]:
    warnings = [*evaluation.plan.warnings, *evaluation.standing.remarks()]
    lines = [f"warning: {printable(warning)}" for warning in warnings]
    if is_all_gone(evaluation.stored):
        lines.append(f"note: there was neither a document nor a backup; {FROM_FILE}")
    return lines


def _change_without_fields(evaluation: Evaluation) -> str:
    if backup := evaluation.stored.restored_from:
        return f"put back: the document, from the backup of {printable(backup.timestamp)}"
    match evaluation.scope:
        case Scope.CAPTURE:
            return "kept: what is live is now in the history too"
        case Scope.STATUS:
            return "updated: how the sources answered"
        case Scope.RECORD:
            return "updated: our own record of what was applied"
        case _:
            return "updated: the document's own attributes, none of its fields"


def _newest(evaluation: Evaluation) -> str:
    newest = evaluation.stored.history.newest
    return newest.timestamp if newest else "none"


def _summary(
    evaluation: Evaluation, surroundings: Surroundings, backup: str, depth: int
) -> list[str]:
    plan, program = evaluation.plan, surroundings.program
    key, most = evaluation.snapshot.keys.document, evaluation.target.depth
    return [
        f"fields          {counts(plan, AFTER)}",
        f"customizations  {fields_that_keep(len(evaluation.merged.preserved))} own",
        f"orphans         {', '.join(map(printable, plan.orphans)) or 'none'}",
        f"sources         {printable(_sources(surroundings.readings))}",
        f"backup          {printable(backup)} ({depth} of {most} in the history)",
        f"store           {surroundings.url}, key {key}",
        f"next            edit a file in fields/, see `{program} plan`, and sync again;",
        f"                `{program} get NAME --explain` tells where each value comes from",
    ]


def _sources(readings: Sequence[Reading]) -> str:
    read = [reading.source for reading in readings if isinstance(reading, Extracted)]
    failed = [reading.source for reading in readings if isinstance(reading, Skipped)]
    names = f" ({', '.join(read)})" if read else ""
    rest = f"; not read: {', '.join(failed)}, whose last known labels stay" if failed else ""
    return f"{len(read)} of {len(readings)} read{names}{rest}"
