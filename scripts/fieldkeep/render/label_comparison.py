"""Renders the differences between the labels of two sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.labels.compare import Comparison
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import printable

MAX_VALUES: Final = 5


def text(a: str, b: str, comparison: Comparison, screen: Screen) -> str:
    """A line for each label that only one side has (``-``, ``+``), or that differs (``~``); before
    them what reading one side told (``!``), and the jobs whose targets differ."""
    only_a, only_b, changed = comparison.only_a, comparison.only_b, comparison.changed
    sides = ((a, comparison.notes_a), (b, comparison.notes_b))
    lines = [f"! {printable(side)}: {printable(note)}" for side, notes in sides for note in notes]
    lines += [
        f"~ job {printable(j)}: targets: {_change(*both)}" for j, both in comparison.jobs.items()
    ]
    lines += [f"- {printable(name)}: {_jobs(jobs)}" for name, jobs in only_a.items()]
    lines += [f"+ {printable(name)}: {_jobs(jobs)}" for name, jobs in only_b.items()]
    for label in changed:
        for job, certainties in label.jobs.items():
            lines.append(f"~ {printable(label.name)}: {printable(job)}: {_change(*certainties)}")
        for job, values in label.values.items():
            change = _change(*map(_values, values))
            lines.append(f"~ {printable(label.name)}: {printable(job)}: values: {change}")
    lines.append(
        f"{number(len(only_a), 'label')} only in {printable(a)},"
        f" {len(only_b)} only in {printable(b)},"
        f" {len(changed)} different, {comparison.same} the same"
    )
    return draw(screen, [_styled(each) for each in lines])


_STYLES: Final = {
    "!": Style.WARNING,
    "~": Style.UPDATE,
    "-": Style.DELETE,
    "+": Style.CREATE,
}


def _styled(text: str) -> Line:
    mark, rest = text[:1], text[1:]
    return line((mark, _STYLES[mark]), rest) if mark in _STYLES else line(text)


def as_json(a: str, b: str, comparison: Comparison, _screen: Screen) -> str:
    """The same as JSON, schema 1."""
    changed = [
        {"name": label.name, "job": job, "a": in_a or None, "b": in_b or None}
        for label in comparison.changed
        for job, (in_a, in_b) in label.jobs.items()
    ]
    values = [
        {"name": label.name, "job": job, "a": list(in_a), "b": list(in_b)}
        for label in comparison.changed
        for job, (in_a, in_b) in label.values.items()
    ]
    jobs = [
        {"job": job, "a": in_a or None, "b": in_b or None}
        for job, (in_a, in_b) in comparison.jobs.items()
    ]
    return json_text(
        a=a,
        b=b,
        only_a=[{"name": name, "jobs": list(jobs)} for name, jobs in comparison.only_a.items()],
        only_b=[{"name": name, "jobs": list(jobs)} for name, jobs in comparison.only_b.items()],
        changed=changed,
        values=values,
        jobs=jobs,
        notes={"a": list(comparison.notes_a), "b": list(comparison.notes_b)},
        same=comparison.same,
    )


def _jobs(jobs: Sequence[str]) -> str:
    return ", ".join(map(printable, jobs))


def _change(in_a: str, in_b: str) -> str:
    return f"{in_a or 'not there'} -> {in_b or 'not there'}"


def _values(values: Sequence[str]) -> str:
    """The first values of a label."""
    shown = ", ".join(map(printable, values[:MAX_VALUES]))
    return f"{shown}, ..." if len(values) > MAX_VALUES else shown or "not known"


FORMATS = {"text": text, "json": as_json}
