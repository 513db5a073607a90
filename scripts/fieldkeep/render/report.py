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
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.plan import Action, Change, Plan
from fieldkeep.render.counts import BEFORE, counts
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
_HEAD: Final = ("field", "action", "attribute", "old", "new", "from")
_BREAKING: Final = "breaking"


@dataclass(frozen=True, slots=True)
class Section:
    """A plan, or why there is none, under its title."""

    title: str
    plan: Plan | Unreadable


def report(
    sections: Sequence[Section], run_url: str = "", limit: int = COMMENT_BYTES, commit: str = ""
) -> str:
    """Markdown of at most ``limit`` bytes. Counts and digests are never left out."""
    run = link(run_url, "the run")
    whole = f"{run}, its summary and its artifact"
    blocks: list[Block] = [_headline(sections), *_not_applicable(sections)]
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
                blocks += _plan(plan, next(filter(partial(_shows_changes_of, plan), before), None))
        before.append(section)
    return fit(blocks, limit, whole)


def _headline(sections: Sequence[Section]) -> str:
    """Over everything; a field that changes in several places is counted once."""
    if not _plans(sections):
        return "### fieldkeep: no plan"
    changed = {(c.action, c.field) for plan in _plans(sections) for c in plan.changes}
    count = Counter(action for action, _ in changed)
    parts = [f"{count[action]} {word}" for action, word in BEFORE.actions.items()]
    impact = (entry for plan in _plans(sections) for entry in plan.impact)
    breaking = {(entry.kind, entry.field) for entry in impact if entry.breaking}
    parts += [f"⚠ {len(breaking)} breaking"] if breaking else []
    return f"### fieldkeep: {', '.join(parts)}"


def _not_applicable(sections: Sequence[Section]) -> Iterator[str]:
    """The plans that a guard refuses, and those that are missing: before all details."""
    refused = [s.title for s in sections if isinstance(s.plan, Plan) and s.plan.refusals]
    missing = [s.title for s in sections if isinstance(s.plan, Unreadable)]
    for head, titles in (("Refused as it is", refused), ("No plan", missing)):
        if titles:
            yield paragraph(f"<b>{head}:</b> {', '.join(code(t, _TITLE) for t in titles)}")


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
    yield bullets("⚠ Breaking changes", (_impact(i) for i in plan.impact if i.breaking), 0)
    yield bullets("Refused", map(_refusal, plan.refusals), 0)
    before = like.plan if like and isinstance(like.plan, Plan) else None
    if like and before:
        yield paragraph(f"The same changes as {code(like.title, _TITLE)}.")
    elif plan.changes:
        yield table(_HEAD, (row for change in plan.changes for row in _rows(change)), 1)
    else:
        yield paragraph(f"No changes. Digest {code(plan.digest, _TITLE)}")
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
