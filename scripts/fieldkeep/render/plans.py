"""A plan in each format; the dict feeds the command's choice too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan import alerts
from fieldkeep.core.plan.findings import NOT_PRODUCED, Impact
from fieldkeep.core.plan.plan import Action, Plan
from fieldkeep.core.restore.ways_back import FIRST
from fieldkeep.render import changes, drift_words
from fieldkeep.render.counts import BEFORE, HEAD_CHANGES, STATUS_CHANGES
from fieldkeep.render.layout import apart, titled
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import size, value

# an alert, a kept field or a warning says these
_SAID_ELSEWHERE: Final = (Drift.MISSING, Drift.CORRUPT, Drift.ORPHAN, Drift.NOT_EXTRACTED)
NO_CHANGES: Final = "No changes: the document stays as it is."


def text(plan: Plan, where: str, screen: Screen) -> str:
    """``where`` names store and key, or the commit that it is made against."""
    title = f"plan {'against' if plan.against else 'for'} {where}"
    alone = changes.shown_alone(plan.changes, screen)
    drift = [entry for entry in plan.drift if entry.drift not in _SAID_ELSEWHERE]
    pending = [entry for entry in drift if entry.pending]
    happened: dict[str, list[str]] = defaultdict(list)
    for entry in pending:
        happened[entry.field].append(drift_words.happened(entry.drift))
    created = {change.field for change in plan.changes if change.action is Action.CREATE}
    rest = [entry for entry in pending if entry.field not in alone | created]
    known = [entry for entry in drift if not entry.pending]
    groups = [
        [line((title, Style.HEADING))],
        _alerts(plan),
        *changes.groups(plan.changes, screen, happened),
        _others(plan),
        drift_words.grouped(rest, Style.WARNING),
        drift_words.grouped(known, Style.MUTED),
        titled("warnings", plan.warnings, Style.WARNING),
        titled("notes", plan.notes, Style.MUTED),
        *_impact(plan.impact),
        _refusals(plan),
        _closing(plan, [entry.drift for entry in (*pending, *known)], screen),
    ]
    return draw(screen, apart(groups))


def _alerts(plan: Plan) -> Iterator[Line]:
    """What to know before the changes: see ``core.plan.alerts``."""
    alert, more = alerts.document_alert(plan)
    if alerts.is_first_sync(plan):
        yield line(FIRST)
    elif alert:
        yield line((f"attention: {alert}", Style.ERROR), f" ({more})" if more else "")
    edits = alerts.undone_edits(plan)
    for edit in edits:
        yield line(
            ("undoes an edit: ", Style.WARNING),
            f"{edit.field}.{edit.attribute} is {value(edit.live)} in the application,"
            f" git says {value(edit.git)}",
        )
    if edits:
        yield line(f"    `{alerts.adopt_command(plan)}` keeps what the application says")
    for name in alerts.returning_fields(plan):
        yield line(
            ("undoes a removal: ", Style.WARNING), f"{name} was removed there, its file is in git"
        )
    for refusal in plan.overridden:
        yield line(
            (f"overridden by {refusal.flag}: ", Style.WARNING),
            f"{refusal.message} [{refusal.guard}]",
        )
    if plan.flags:
        yield line(f"flags: {' '.join(plan.flags)}")


def _others(plan: Plan) -> Iterator[Line]:
    """The fields that stay although nothing asks for them, and the document around its fields."""
    for name in plan.orphans:
        yield line("= ", name, (f": {drift_words.explained(Drift.ORPHAN)}", Style.MUTED))
    mark = changes.MARKS[Action.UPDATE]
    if plan.head_changes:
        yield line(mark, HEAD_CHANGES)
    if plan.status_changes and not plan.changes:
        yield line(mark, STATUS_CHANGES)


def _impact(impact: Iterable[Impact]) -> Iterator[Iterable[Line]]:
    """What a plan means for others. A warning says already that no source gives a label."""
    told = [entry for entry in impact if entry.kind != NOT_PRODUCED]
    for breaking, title, style in ((True, "breaking", Style.ERROR), (False, "impact", Style.MUTED)):
        texts = [
            (f"{entry.field}: " if entry.field else "") + entry.message
            for entry in told
            if entry.breaking is breaking
        ]
        yield titled(title, texts, style)


def _refusals(plan: Plan) -> Iterator[Line]:
    for refusal in plan.refusals:
        way = f" (allowed by {refusal.flag})" if refusal.flag else ""
        yield line(("refused: ", Style.ERROR), f"{refusal.message} [{refusal.guard}]{way}")


def _closing(plan: Plan, drift: Iterable[Drift | str], screen: Screen) -> Iterator[Line]:
    """Where to look words up, what stays, and last what changes."""
    guards = [refusal.guard for refusal in plan.refusals]
    yield from drift_words.explain([*guards, *(d for d in drift if isinstance(d, Drift))])
    if plan.unchanged is not None and plan.total is not None:
        kept = f", {len(plan.orphans)} {BEFORE.orphan}" if plan.orphans else ""
        total = number(plan.total, "field")
        yield line((f"{total}: {plan.unchanged} {BEFORE.unchanged}{kept}", Style.MUTED))
    yield line((f"document: {headroom(plan)}", Style.MUTED))
    if screen.width is None or screen.verbose:
        yield line((f"digest: {plan.digest}", Style.MUTED))
    yield _verdict(plan)


def _verdict(plan: Plan) -> Line:
    refused = ", and refused" if plan.refusals else ""
    if not plan.pending:
        return line((NO_CHANGES, Style.HEADING), (refused, Style.ERROR))
    count = plan.counts()
    parts = ", ".join(f"{count.get(action, 0)} {BEFORE.actions[action]}" for action in Action)
    besides = "" if plan.changes else _besides(plan)
    return line((f"Plan: {parts}{besides}", Style.HEADING), (refused, Style.ERROR))


def _besides(plan: Plan) -> str:
    """What is written although no field changes."""
    if any(entry.drift in (Drift.MISSING, Drift.CORRUPT) for entry in plan.drift):
        return "; the document is put back"
    return "; the document around its fields changes" if plan.head_changes else ""


def headroom(plan: Plan) -> str:
    """How much of the largest value that the store takes the document fills."""
    if plan.store is None:
        return "size unknown"
    filled = f"{plan.store.percent(plan.store.bytes)} % of {size(plan.store.limit)}"
    return f"{size(plan.store.bytes)}, {filled}"


def as_json(plan: Plan, where: str, _screen: Screen) -> str:
    _ = where  # the store's address is no part of a plan
    return json.dumps(plan.to_json(), indent=2)


def as_markdown(plan: Plan, where: str, _screen: Screen) -> str:
    """As a comment on a pull request shows it."""
    from fieldkeep.render import report

    return report.report([report.Section(where, plan)]).rstrip("\n")


FORMATS: Final[Mapping[str, Callable[[Plan, str, Screen], str]]] = {
    "text": text,
    "json": as_json,
    "markdown": as_markdown,
}
