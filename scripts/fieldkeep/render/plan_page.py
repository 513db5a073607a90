"""A plan as a page for people: what would change, who says so, what speaks against it, and each
page's columns before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep import __version__
from fieldkeep.core.common.words import number
from fieldkeep.core.merge.outcome import FieldDrift, ValueOrigin
from fieldkeep.core.plan import alerts
from fieldkeep.core.plan.columns import page_columns
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.findings import NOT_PRODUCED
from fieldkeep.core.plan.plan import Action, Attribute, Change, Plan
from fieldkeep.render import column_plot, html
from fieldkeep.render.changes import SIDES, structure_only
from fieldkeep.render.counts import BEFORE, HEAD_CHANGES, STATUS_CHANGES
from fieldkeep.render.drift_words import explained
from fieldkeep.render.plans import headroom

MARK: Final = '<meta name="generator" content="fieldkeep plan">'
_HEAD_BYTES: Final = 1000
_MOST_FIELDS: Final = 300  # shown with their attributes; a page of thousands helps nobody
_MOST_NAMES: Final = 2000
_MOST_DRIFT: Final = 300
_ICONS: Final = {Action.CREATE: "+", Action.UPDATE: "→", Action.DELETE: "\N{MINUS SIGN}"}


@dataclass(frozen=True, slots=True)
class _Group:
    """The changes of one kind. ``structure`` are fields in which nothing else changes."""

    action: Action
    icon: str
    title: str
    fields: tuple[_Field, ...]
    structure: tuple[_Field, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    """``defaults`` are the attributes of a new field that nothing sets."""

    name: str
    attributes: tuple[Attribute, ...]
    defaults: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class _Class:
    """The fields of one class of drift: those of which there is no more to say, and the others."""

    sentence: str
    pending: bool
    names: tuple[str, ...]
    said: tuple[tuple[str, str], ...]


def page(evaluation: Evaluation, where: str, template: Callable[[str], str]) -> str:
    """``where`` is what the plan is for or against; ``template`` reads a file of templates/."""
    style = template("catalog/catalog.css") + template("plan/plan.css")
    return (
        html.environment()
        .from_string(template("plan/plan.html.jinja"))
        .render(_values(evaluation, where), mark=MARK, policy=html.policy(style), style=style)
    )


def is_page(content: bytes) -> bool:
    """Whether a file is a page of a plan that was made here."""
    return MARK.encode() in content[:_HEAD_BYTES]


def _values(evaluation: Evaluation, where: str) -> Mapping[str, Any]:
    plan = evaluation.plan
    before = evaluation.stored.effective
    groups = page_columns(
        before.fields if before else {}, evaluation.target.document.fields, evaluation.pages
    )
    return {
        "plan": plan,
        "where": where,
        "program": __version__,
        "headroom": headroom(plan),
        "alert": alerts.document_alert(plan),
        "undone": alerts.undone_edits(plan),
        "adopt": alerts.adopt_command(plan),
        "returning": alerts.returning_fields(plan),
        "counts": [
            (_ICONS[action], plan.counts().get(action, 0), word)
            for action, word in BEFORE.actions.items()
        ],
        "elsewhere": list(_elsewhere(plan)),
        "plots": column_plot.plots([group for group in groups if group.changed]),
        "pages": len(evaluation.pages),
        "drift": list(_drift(sorted(plan.drift, key=lambda one: not one.pending)[:_MOST_DRIFT])),
        "same": column_plot.same(groups),
        "groups": [_group(plan, action) for action in Action if plan.counts().get(action)],
        "sides": SIDES,
        "impact": [entry for entry in plan.impact if entry.kind != NOT_PRODUCED],
        "fields": number,
    }


def _elsewhere(plan: Plan) -> Iterator[str]:
    if plan.head_changes:
        yield HEAD_CHANGES
    if plan.status_changes and not plan.changes:
        yield STATUS_CHANGES


def _drift(drift: Sequence[FieldDrift]) -> Iterator[_Class]:
    for kind, pending in dict.fromkeys((entry.drift, entry.pending) for entry in drift):
        said = [
            (entry.field or "the document", "; ".join(filter(None, parts)))
            for entry in drift
            if entry.drift == kind
            for parts in ((", ".join(entry.attributes), entry.detail),)
        ]
        names = tuple(name for name, text in said if not text)
        yield _Class(explained(kind), pending, names, tuple(one for one in said if one[1]))


def _group(plan: Plan, action: Action) -> _Group:
    changes = [change for change in plan.changes if change.action is action]
    shown = changes[:_MOST_FIELDS]
    return _Group(
        action,
        _ICONS[action],
        f"{number(len(changes), 'field')} {BEFORE.actions[action]}",
        tuple(_field(change) for change in shown if not structure_only(change)),
        tuple(_field(change) for change in shown if structure_only(change)),
        tuple(change.field for change in changes[_MOST_FIELDS:_MOST_NAMES]),
    )


def _field(change: Change) -> _Field:
    attributes = change.attributes
    if change.action is not Action.CREATE:
        return _Field(change.field, attributes)
    return _Field(
        change.field,
        tuple(a for a in attributes if a.side is not ValueOrigin.DEFAULT),
        tuple(a for a in attributes if a.side is ValueOrigin.DEFAULT),
    )
