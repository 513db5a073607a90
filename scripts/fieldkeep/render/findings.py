"""Findings, in each format; the dict feeds the command's choice too. A format is imported when it
is asked for: XML and Markdown take as long to import as all else that text needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.model import Problem, Severity
from fieldkeep.render import finding
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Screen, Style, draw, line


def text(problems: Sequence[Problem], screen: Screen) -> str:
    """A finding a line with its way out below, then the counts."""
    found = [each for problem in problems for each in finding.shown(problem)]
    more = f"; `fieldkeep explain {problems[0].check}` says more" if problems else ""
    return draw(screen, [*found, line((_counts(problems), _style(problems)), more)])


def _style(problems: Sequence[Problem]) -> Style:
    severities = {problem.severity for problem in problems}
    if Severity.ERROR in severities:
        return Style.ERROR
    return Style.WARNING if severities else Style.GOOD


def _counts(problems: Sequence[Problem]) -> str:
    errors = sum(1 for problem in problems if problem.severity is Severity.ERROR)
    if not problems:
        return "no findings"
    return f"{number(errors, 'error')}, {number(len(problems) - errors, 'warning')}"


def as_json(problems: Sequence[Problem], _screen: Screen) -> str:
    findings = [
        {
            "path": problem.where.path,
            "line": problem.where.line,
            "column": problem.where.column,
            "check": problem.check,
            "severity": problem.severity.value,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json_text(findings=findings)


def as_annotations(problems: Sequence[Problem], _screen: Screen) -> str:
    from fieldkeep.render import github

    return "\n".join(github.annotation(problem) for problem in github.worst_first(problems))


def as_junit(problems: Sequence[Problem], _screen: Screen) -> str:
    from fieldkeep.render import junit

    return junit.suite(problems)


def as_code_quality(problems: Sequence[Problem], _screen: Screen) -> str:
    from fieldkeep.render import code_quality

    return code_quality.report(problems)


def as_markdown(problems: Sequence[Problem], _screen: Screen) -> str:
    """For a job's summary: the counts, then the worst first."""
    from fieldkeep.render import github, markdown

    rows = [
        (str(problem.where), problem.severity, problem.check, problem.message, problem.hint)
        for problem in github.worst_first(problems)
    ]
    titles = ("where", "severity", "check", "finding", "what to do")
    blocks: list[markdown.Block] = [
        f"### validate: {_counts(problems)}",
        markdown.table(titles, rows),
    ]
    return markdown.fit(blocks, markdown.SUMMARY_BYTES, "the log").rstrip("\n")


FORMATS: Final[Mapping[str, Callable[[Sequence[Problem], Screen], str]]] = {
    "text": text,
    "json": as_json,
    "github": as_annotations,
    "junit": as_junit,
    "markdown": as_markdown,
    "codequality": as_code_quality,
}
