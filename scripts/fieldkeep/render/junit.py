"""Findings as JUnit's XML, which most CI servers show: a test case for each file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from fieldkeep.core.common.words import number
from fieldkeep.model import Problem, Severity
from fieldkeep.render.finding import lines
from fieldkeep.render.words import printable

_NAME = "fieldkeep validate"


def suite(problems: Sequence[Problem]) -> str:
    """One suite. A file's errors are one failure, since readers show only the first; its warnings
    are output. Pure ASCII, so that any encoding of the stream can write it."""
    ordered = sorted(problems, key=lambda p: (p.where, p.check, p.message))
    files = {path: list(group) for path, group in groupby(ordered, lambda p: p.where.path)}
    failed = sum(1 for group in files.values() if _of(group, Severity.ERROR))
    root = ET.Element("testsuites")
    suite_element = ET.SubElement(
        root, "testsuite", name=_NAME, tests=str(len(files) or 1), failures=str(failed), errors="0"
    )
    for path, group in files.items():
        _case(suite_element, path, group)
    if not files:
        ET.SubElement(suite_element, "testcase", classname=_NAME, name="all files")
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return content.decode("ascii")


def _case(parent: ET.Element, path: str, problems: Sequence[Problem]) -> None:
    case = ET.SubElement(parent, "testcase", classname=_NAME, name=printable(path))
    if errors := _of(problems, Severity.ERROR):
        first = errors[0]
        more = f" (and {number(len(errors) - 1, 'more error')})" if len(errors) > 1 else ""
        failure = ET.SubElement(
            case, "failure", type=printable(first.check), message=printable(first.message) + more
        )
        failure.text = "\n".join(map(lines, errors))
    if warnings := _of(problems, Severity.WARNING):
        ET.SubElement(case, "system-out").text = "\n".join(map(lines, warnings))


def _of(problems: Iterable[Problem], severity: Severity) -> list[Problem]:
    return [problem for problem in problems if problem.severity is severity]
