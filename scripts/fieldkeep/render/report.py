"""Plans for a pull request: one comment over all of them, counts first, from what their JSON says.

Everything in a plan is other people's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.common.words import number
from fieldkeep.core.github.plandata import Change, Counts, Drift, PlanFile
from fieldkeep.core.github.texts import BREAKING_LABEL
from fieldkeep.core.plan.findings import Impact, Refusal
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
_AHEAD: Final = "git-ahead"  # the table of changes is about nothing else
_BREAKING: Final = "breaking"


@dataclass(frozen=True, slots=True)
class Section:
    """A plan, or why there is none, under its title."""

    title: str
    plan: PlanFile | Unreadable


def report(
    sections: Sequence[Section], run_url: str = "", limit: int = COMMENT_BYTES, commit: str = ""
) -> str:
    """Markdown of at most ``limit`` bytes; counts, digests and refusals' numbers always stand."""
    run = link(run_url, "the run")
    whole = f"{run}, its summary and its artifact"
    blocks: list[Block] = [_headline(sections), *_standing(sections)]
    blocks += [paragraph(f"Of commit {code(commit, _TITLE)}.")] if commit else []
    shown: list[Section] = []
    for section in sections:
        title = code(section.title, _TITLE)
        match section.plan:
            case Unreadable(why):
                blocks.append(f"<h4>{title}: there is no plan</h4>")
                blocks.append(paragraph(f"{code(why)}. What went wrong is said in {run}."))
            case PlanFile() as plan:
                blocks.append(f"<h4>{title}: {_counted(plan.counts)}</h4>")
                blocks += _plan(plan, next(filter(partial(_same, plan), shown), None))
        shown.append(section)
    return fit(blocks, limit, whole)


def _headline(sections: Sequence[Section]) -> str:
    """Over everything; a field that changes in several places is counted once."""
    if not _plans(sections):
        return "### fieldkeep: no plan"
    changed = {(c.action, c.field) for plan in _plans(sections) for c in plan.changes}
    of = [sum(1 for action, _ in changed if action == wanted) for wanted in _WORDS]
    parts = [f"{count} {word}" for count, word in zip(of, _WORDS.values(), strict=True)]
    impact = (one for plan in _plans(sections) for one in plan.impact)
    breaking = {(one.kind, one.field) for one in impact if one.breaking}
    parts += [f"⚠ {len(breaking)} breaking"] if breaking else []
    return f"### fieldkeep: {', '.join(parts)}"


_WORDS: Final = {"create": "to create", "update": "to update", "delete": "to delete"}


def _standing(sections: Sequence[Section]) -> Iterator[str]:
    """Which plans would not be applied, and which are not there: before all details."""
    refused = [s.title for s in sections if isinstance(s.plan, PlanFile) and s.plan.refusals]
    missing = [s.title for s in sections if isinstance(s.plan, Unreadable)]
    for said, titles in (("Refused as it is", refused), ("No plan", missing)):
        if titles:
            yield paragraph(f"<b>{said}:</b> {', '.join(code(t, _TITLE) for t in titles)}")


def _plans(sections: Sequence[Section]) -> list[PlanFile]:
    return [section.plan for section in sections if isinstance(section.plan, PlanFile)]


def _counted(counts: Counts) -> str:
    total = "" if counts.total is None else f"{number(counts.total, 'field')}: "
    parts = [f"{counts.create} to create", f"{counts.update} to update"]
    parts.append(f"{counts.delete} to delete")
    parts += [] if counts.unchanged is None else [f"{counts.unchanged} unchanged"]
    parts += [] if counts.orphans is None else [f"{counts.orphans} kept as orphan"]
    return total + ", ".join(parts)


def _same(plan: PlanFile, section: Section) -> bool:
    """Whether a section shows these very changes already, as one environment does after another."""
    if not isinstance(section.plan, PlanFile) or not plan.changes:
        return False
    return _changed(plan) == _changed(section.plan)


def _changed(plan: PlanFile) -> list[Change]:
    return [
        replace(change, attributes=tuple(replace(a, where="") for a in change.attributes))
        for change in plan.changes
    ]


def _plan(plan: PlanFile, like: Section | None) -> Iterator[Block]:
    """``like`` is a section that shows the same changes: only what differs is shown again."""
    of = [part for part in (plan.environment, plan.against) if part]
    if plan.against:
        yield paragraph(f"against {', '.join(code(one, _TITLE) for one in of)}")
    yield bullets("⚠ Breaking changes", (_impact(i) for i in plan.impact if i.breaking), 0)
    yield bullets("Refused", map(_refusal, plan.refusals), 0)
    before = like.plan if like and isinstance(like.plan, PlanFile) else None
    if like and before:
        yield paragraph(f"The same changes as {code(like.title, _TITLE)}.")
    elif plan.changes:
        yield table(_HEAD, (row for change in plan.changes for row in _rows(change)), 1)
    else:
        yield paragraph(f"No changes. Digest {code(plan.digest, _TITLE)}")
    known = before.impact if before else ()
    impact = [i for i in plan.impact if not i.breaking and i not in known]
    yield bullets("Blast radius", map(_impact, impact), 1)
    warned = before.warnings if before else ()
    yield bullets("Warnings", map(code, (w for w in plan.warnings if w not in warned)), 1)
    if not before:
        yield folded("What new fields have by default", _defaults(plan.changes), 3)
        yield folded("What the fields to delete hold", _held(plan.changes), 2)
    yield folded("Drift and notes", (*map(_drift, _told(plan.drift)), *map(code, plan.notes)), 2)
    if plan.changes:
        yield paragraph(f"Digest {code(plan.digest, _TITLE)}")


def _impact(one: Impact) -> str:
    field = f" {code(one.field)}" if one.field else ""
    services = "" if one.services is None else f" ({number(one.services, 'service')})"
    return f"{code(one.kind)}{field}: {code(one.message)}{services}"


def _refusal(refusal: Refusal) -> str:
    said = f"{code(refusal.message)} [{code(refusal.guard)}]"
    if not refusal.flag:
        return f"{said}; nothing allows this"
    flag = f"{code(refusal.flag)} when it is applied by hand"
    if refusal.guard == _BREAKING:
        label = code(BREAKING_LABEL)
        return f"{said}; if it is meant: the label {label} on the pull request, or {flag}"
    return f"{said}; if it is meant: {flag}"


def _rows(change: Change) -> Iterator[Sequence[str]]:
    """What somebody said; what a new field has by default and what a deleted one held is folded."""
    said = [a for a in change.attributes if change.action == "update" or not a.default]
    if change.action == "delete" or not said:
        kept = "the whole field" if change.action == "delete" else "all at their defaults"
        yield change.field, change.action, kept, "", "", ""
        return
    for a in said:
        origin = f"{a.origin} {a.where}".rstrip()
        old = "" if change.action == "create" else value(a.old)
        yield change.field, change.action, a.name, old, value(a.new), origin


def _defaults(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        named = [a for a in change.attributes if a.default]
        if change.action == "create" and named:
            listed = ", ".join(f"{a.name} {value(a.new)}" for a in named)
            yield f"{code(change.field)}: {code(listed)}"


def _held(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if change.action == "delete":
            listed = ", ".join(f"{a.name} {value(a.old)}" for a in change.attributes)
            yield f"{code(change.field)}: {code(listed)}"


def _told(drift: Iterable[Drift]) -> list[Drift]:
    return [entry for entry in drift if entry.kind != _AHEAD]


def _drift(entry: Drift) -> str:
    attributes = f" ({code(', '.join(entry.attributes))})" if entry.attributes else ""
    detail = f": {code(entry.detail)}" if entry.detail else ""
    subject = code(entry.field) if entry.field else "document"
    return f"{code(entry.kind)} {subject}{attributes}{detail}"
