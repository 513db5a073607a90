"""What a sync applied, with a summary that explains itself to a first-time reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.restore.ways_back import FILES, FIRST, FROM_FILE, is_all_gone
from fieldkeep.model import Extracted, Reading, Skipped
from fieldkeep.render import changes, edits
from fieldkeep.render.counts import AFTER
from fieldkeep.render.layout import apart, details, titled
from fieldkeep.render.screen import Line, Screen, Style, draw, line

_ENDED: Final = "released: the hold of a restore, since git says what was put back"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a summary names besides the result; ``program`` is how the user calls fieldkeep."""

    url: str
    readings: Sequence[Reading]
    program: str


def applied(
    evaluation: Evaluation, journal: Journal, surroundings: Surroundings, screen: Screen
) -> str:
    """The changes of one apply, the summary, and last what was done."""
    plan = evaluation.plan
    newest = journal.entries[0]["backup_timestamp"] if journal.entries else _newest(evaluation)
    groups = [
        *changes.groups(plan.changes, screen),
        [line(_ENDED)] if evaluation.ended_hold else [],
        [*edits.kept(evaluation.merged), *edits.overruled(evaluation.merged)],
        _warnings(evaluation, surroundings.url),
        _summary(evaluation, surroundings, newest, journal.depth, journal.replaces),
        [line((f"Sync: {_done(evaluation)}", Style.HEADING))],
    ]
    return draw(screen, apart(groups))


def unchanged(evaluation: Evaluation, surroundings: Surroundings, screen: Screen) -> str:
    depth = len(evaluation.stored.history.entries)
    groups = [
        _warnings(evaluation, surroundings.url),
        _summary(evaluation, surroundings, _newest(evaluation), depth),
        [line(("in sync: nothing to write", Style.GOOD))],
    ]
    return draw(screen, apart(groups))


def _warnings(evaluation: Evaluation, url: str) -> Iterator[Line]:
    """And, of a key that had nothing, what to do if it had something once. A file on this machine
    was new; a server's key may have been wiped."""
    warnings = [*evaluation.plan.warnings, *evaluation.standing.remarks()]
    yield from titled("warnings", warnings, Style.WARNING)
    if is_all_gone(evaluation.stored):
        yield line(FIRST)
        if not url.startswith("sqlite:"):
            yield line((f"    {FROM_FILE}; {FILES}", Style.MUTED))


def _done(evaluation: Evaluation) -> str:
    """``1 created, 0 updated, 0 deleted``, or what changed besides fields."""
    if evaluation.plan.changes:
        count = evaluation.plan.counts()
        return ", ".join(f"{count.get(action, 0)} {AFTER.actions[action]}" for action in Action)
    if backup := evaluation.stored.restored_from:
        return f"put back the document, from the backup of {backup.timestamp}"
    match evaluation.scope:
        case Scope.CAPTURE:
            return "no field changed; what is live is now in the history too"
        case Scope.STATUS:
            return "no field changed; how the sources answered is noted in the document"
        case Scope.RECORD:
            return "no field changed; our own record of what was applied is new"
        case _:
            return "no field changed; the document around its fields did"


def _newest(evaluation: Evaluation) -> str:
    newest = evaluation.stored.history.newest
    return newest.timestamp if newest else "none"


def _summary(
    evaluation: Evaluation, surroundings: Surroundings, backup: str, depth: int, replaced: str = ""
) -> Iterator[Line]:
    plan, program = evaluation.plan, surroundings.program
    key, most = evaluation.snapshot.keys.document, evaluation.target.depth
    undo = f"`{program} restore` shows what it would put back" if plan.changes and depth > 1 else ""
    equal = f"; replaces an equal one of {replaced}" if replaced else ""
    yield from details(
        {
            "fields": f"{len(evaluation.target.document.fields)} ({plan.unchanged} unchanged)",
            "orphans": ", ".join(plan.orphans) or "none",
            "sources": _sources(surroundings.readings),
            "backup": f"{backup} ({depth} of {most} in the history{equal})",
            "store": f"{surroundings.url}, key {key}",
            "undo": undo,
            "next": f"edit a file in fields/, see `{program} plan`, and sync again",
            "explain": f"`{program} get NAME --explain` tells where each value comes from",
        }
    )


def _sources(readings: Sequence[Reading]) -> str:
    read = [reading.source for reading in readings if isinstance(reading, Extracted)]
    failed = [reading.source for reading in readings if isinstance(reading, Skipped)]
    names = f" ({', '.join(read)})" if read else ""
    rest = f"; not read: {', '.join(failed)}, whose last known labels stay" if failed else ""
    return f"{len(read)} of {len(readings)} read{names}{rest}"
