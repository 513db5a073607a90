"""Plans for a pull request: one comment over all of them, counts first.

Everything in a plan is other people's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.common.words import number
from fieldkeep.core.github.texts import BREAKING_LABEL
from fieldkeep.core.merge.outcome import Drift, FieldDrift
from fieldkeep.core.plan.alerts import (
    Undone,
    adopt_command,
    document_alert,
    returning_fields,
    undone_edits,
)
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.plan import Action, Change, Plan
from fieldkeep.render.counts import BEFORE, HEAD_CHANGES, STATUS_CHANGES, counts
from fieldkeep.render.markdown import (
    COMMENT_BYTES,
    Block,
    bullets,
    code,
    fit,
    folded,
    link,
    paragraph,
    table,
)
from fieldkeep.render.words import value

_TITLE: Final = 200
_SHORT: Final = 60  # of a title that is said again below
_HEAD: Final = ("field", "action", "attribute", "old", "new", "from")
_BREAKING: Final = "breaking"
_REFUSED: Final = "Refused as it is"
_NO_PLAN: Final = "No plan"
_PAGE: Final = "The plan as a page, with the columns of each page before and after"
_LAST_HEADS: Final = (_REFUSED, _NO_PLAN)


@dataclass(frozen=True, slots=True)
class Section:
    """A plan, or why there is none, under its title. ``page`` is the address of the plan as a page,
    '' without one; no text of others."""

    title: str
    plan: Plan | Unreadable
    page: str = ""


def report(
    sections: Sequence[Section],
    run_url: str = "",
    limit: int = COMMENT_BYTES,
    commit: str = "",
    glossary: str = "",
) -> str:
    """Markdown of at most ``limit`` bytes. Counts and digests are never left out. ``glossary`` is
    the address of the page that explains the words."""
    run = link(run_url, "the run")
    whole = f"{run}, its summary and its artifact"
    blocks: list[Block] = [_headline(sections), *_where(sections)]
    blocks += [paragraph(f"Of commit {code(commit, _TITLE)}.")] if commit else []
    before: list[Section] = []
    for section in sections:
        title = code(section.title, _TITLE)
        match section.plan:
            case Unreadable(why):
                blocks.append(f"<h4>{title}: there is no plan</h4>")
                blocks.append(paragraph(f"{code(why)}. What went wrong is said in {run}."))
            case Plan() as plan:
                blocks.append(f"<h4>{title}: {counts(plan, BEFORE)}</h4>")
                if section.page:
                    blocks.append(paragraph(link(section.page, _PAGE)))
                blocks += _plan(plan, next(filter(partial(_shows_changes_of, plan), before), None))
        before.append(section)
    if glossary and any(plan.drift or plan.refusals or plan.impact for plan in _plans(sections)):
        blocks.append(paragraph(link(glossary, "What the words mean")))
    return fit(blocks, limit, whole)


def _headline(sections: Sequence[Section]) -> str:
    """Over everything; a field that changes in several places is counted once."""
    if not _plans(sections):
        return "### fieldkeep: no plan"
    plans = _plans(sections)
    changed = {(c.action, c.field) for plan in plans for c in plan.changes}
    count = Counter(action for action, _ in changed)
    parts = [f"{count[action]} {word}" for action, word in BEFORE.actions.items()]
    impact = (entry for plan in plans for entry in plan.impact)
    breaking = {(entry.kind, entry.field) for entry in impact if entry.breaking}
    parts += [f"⚠ {len(breaking)} breaking"] if breaking else []
    return f"### fieldkeep: {', '.join([*_alerts(plans), *parts])}"


def _alerts(plans: Sequence[Plan]) -> Iterator[str]:
    """What comes before all numbers, in our own words."""
    yield from sorted({f"⚠ {alert}" for plan in plans if (alert := document_alert(plan)[0])})
    undone = {(edit.field, edit.attribute) for plan in plans for edit in undone_edits(plan)}
    undone |= {(name, "") for plan in plans for name in returning_fields(plan)}
    if undone:
        yield f"⚠ undoes {number(len(undone), 'edit')}"
    overridden = {refusal.guard for plan in plans for refusal in plan.overridden}
    if overridden:
        yield f"⚠ {number(len(overridden), 'guard')} overridden"


def _where(sections: Sequence[Section]) -> Iterator[str]:
    """Which of several sections say what matters most, before all details."""
    titles: dict[str, list[str]] = {}
    for section in sections:
        for head in _heads(section.plan):
            if len(sections) > 1 or head in _LAST_HEADS:
                titles.setdefault(head, []).append(section.title)
    for head in sorted(titles, key=lambda head: (head in _LAST_HEADS, head)):
        yield paragraph(f"<b>{head}:</b> {', '.join(code(t, _SHORT) for t in titles[head])}")


def _heads(plan: Plan | Unreadable) -> Iterator[str]:
    if isinstance(plan, Unreadable):
        yield _NO_PLAN
        return
    if alert := document_alert(plan)[0]:
        yield f"⚠ {alert.capitalize()}"
    if undone_edits(plan) or returning_fields(plan):
        yield "⚠ Undoes edits made in the application"
    if plan.refusals:
        yield _REFUSED


def _plans(sections: Sequence[Section]) -> list[Plan]:
    return [section.plan for section in sections if isinstance(section.plan, Plan)]


def _shows_changes_of(plan: Plan, section: Section) -> bool:
    """Whether a section shows the same changes already, as one environment does after another."""
    if not isinstance(section.plan, Plan) or not plan.changes:
        return False
    return _without_places(plan) == _without_places(section.plan)


def _without_places(plan: Plan) -> list[Change]:
    return [
        replace(change, attributes=tuple(replace(a, where=None) for a in change.attributes))
        for change in plan.changes
    ]


def _plan(plan: Plan, like: Section | None) -> Iterator[Block]:
    """``like`` is a section that shows the same changes: only what differs is shown again."""
    names = [name for name in (plan.environment, plan.against) if name]
    if plan.against:
        yield paragraph(f"against {', '.join(code(name, _TITLE) for name in names)}")
    yield from _first(plan)
    yield bullets("⚠ Breaking changes", (_impact(i) for i in plan.impact if i.breaking), 0)
    yield bullets("Refused", map(_refusal, plan.refusals), 0)
    before = like.plan if like and isinstance(like.plan, Plan) else None
    if like and before:
        yield paragraph(f"The same changes as {code(like.title, _TITLE)}.")
    elif plan.changes:
        yield table(_HEAD, (row for change in plan.changes for row in _rows(change)), 1)
    else:
        yield paragraph(f"{_without_changes(plan)} Digest {code(plan.digest, _TITLE)}")
    shown = before.impact if before else ()
    impact = [i for i in plan.impact if not i.breaking and i not in shown]
    yield bullets("Blast radius", map(_impact, impact), 1)
    warned = before.warnings if before else ()
    yield bullets("Warnings", map(code, (w for w in plan.warnings if w not in warned)), 1)
    if not before:
        yield folded("What new fields have by default", _defaults(plan.changes), 3)
        yield folded("What the fields to delete hold", _deleted(plan.changes), 2)
    # the table of changes shows what git is ahead of
    drift = (entry for entry in plan.drift if entry.drift != Drift.GIT_AHEAD)
    yield folded("Drift and notes", (*map(_drift, drift), *map(code, plan.notes)), 2)
    if plan.changes:
        yield paragraph(f"Digest {code(plan.digest, _TITLE)}")


def _first(plan: Plan) -> Iterator[Block]:
    """What matters more than any change: see ``core.plan.alerts``."""
    alert, more = document_alert(plan)
    if alert:
        detail = f": {code(more, _TITLE)}" if more else ""
        yield paragraph(f"<b>⚠ {alert.capitalize()}</b>{detail}")
    edits = undone_edits(plan)
    yield bullets("⚠ Undoes edits that somebody made in the application", map(_undone, edits), 0)
    if edits:
        command = code(adopt_command(plan), _TITLE)
        yield paragraph(f"To keep them, run {command} and commit the files.")
    removed = (f"{code(name)}: its file is in git" for name in returning_fields(plan))
    yield bullets("⚠ Brings back fields that somebody removed in the application", removed, 0)
    overridden = (f"{code(r.flag)} [{code(r.guard)}]: {code(r.message)}" for r in plan.overridden)
    yield bullets("⚠ Guards that would refuse, and are overridden", overridden, 0)
    yield bullets("Flags", map(code, plan.flags), 0)


def _undone(edit: Undone) -> str:
    place = code(f"{edit.field}.{edit.attribute}")
    return f"{place} is {code(value(edit.live))} there, git says {code(value(edit.git))}"


def _without_changes(plan: Plan) -> str:
    """Why there is no table; "no changes" only if nothing at all would be written."""
    if document_alert(plan)[0]:
        return "Nothing else changes: no field differs from the newest backup."
    if plan.head_changes:
        return f"No field changes. The {HEAD_CHANGES}."
    if plan.status_changes:
        return f"No field changes. The {STATUS_CHANGES}."
    return "No field changes." if plan.pending else "No changes."


def _impact(impact: Impact) -> str:
    field = f" {code(impact.field)}" if impact.field else ""
    services = "" if impact.services is None else f" ({number(impact.services, 'service')})"
    return f"{code(impact.kind)}{field}: {code(impact.message)}{services}"


def _refusal(refusal: Refusal) -> str:
    message = f"{code(refusal.message)} [{code(refusal.guard)}]"
    if not refusal.flag:
        return f"{message}; no flag overrides this guard"
    flag = f"{code(refusal.flag)} when it is applied by hand"
    if refusal.guard == _BREAKING:
        label = code(BREAKING_LABEL)
        return f"{message}; if it is meant: the label {label} on the pull request, or {flag}"
    return f"{message}; if it is meant: {flag}"


def _rows(change: Change) -> Iterator[Sequence[str]]:
    """One row an attribute. Defaults of a new field and values of a deleted one are folded away."""
    if change.action is Action.DELETE:
        yield change.field, change.action, "the whole field", "", "", ""
        return
    is_new = change.action is Action.CREATE
    attributes = [a for a in change.attributes if not is_new or not a.default]
    if not attributes:
        yield change.field, change.action, "all at their defaults", "", "", ""
    for a in attributes:
        place = f" {a.where.path}:{a.where.line}" if a.where else ""
        old = "" if is_new else value(a.old)
        yield change.field, change.action, a.name, old, value(a.new), f"{a.origin}{place}"


def _defaults(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        defaults = [a for a in change.attributes if a.default]
        if change.action is Action.CREATE and defaults:
            values = ", ".join(f"{a.name} {value(a.new)}" for a in defaults)
            yield f"{code(change.field)}: {code(values)}"


def _deleted(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if change.action is Action.DELETE:
            values = ", ".join(f"{a.name} {value(a.old)}" for a in change.attributes)
            yield f"{code(change.field)}: {code(values)}"


def _drift(entry: FieldDrift) -> str:
    attributes = f" ({code(', '.join(entry.attributes))})" if entry.attributes else ""
    detail = f": {code(entry.detail)}" if entry.detail else ""
    subject = code(entry.field) if entry.field else "document"
    return f"{code(entry.drift)} {subject}{attributes}{detail}"
