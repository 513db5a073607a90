"""Findings as JUnit's XML, which most CI servers show: a test case for each file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from fieldkeep.core.common.words import number
from fieldkeep.model import Problem, Severity
from fieldkeep.render.words import printable

_NAME = "fieldkeep validate"


def suite(problems: Sequence[Problem]) -> str:
    """One suite. A file's errors are one failure, since readers show no second one; its warnings
    are output. Pure ASCII, so that it is whole whatever a stream's encoding is."""
    ordered = sorted(problems, key=lambda p: (p.where, p.check, p.message))
    files = [(path, list(found)) for path, found in groupby(ordered, lambda p: p.where.path)]
    failed = sum(1 for _, found in files if _of(found, Severity.ERROR))
    root = ET.Element("testsuites")
    listed = ET.SubElement(
        root, "testsuite", name=_NAME, tests=str(len(files) or 1), failures=str(failed), errors="0"
    )
    for path, found in files:
        _case(listed, path, found)
    if not files:
        ET.SubElement(listed, "testcase", classname=_NAME, name="all files")
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return content.decode("ascii")


def _case(listed: ET.Element, path: str, found: Sequence[Problem]) -> None:
    case = ET.SubElement(listed, "testcase", classname=_NAME, name=printable(path))
    if errors := _of(found, Severity.ERROR):
        first = errors[0]
        more = f" (and {number(len(errors) - 1, 'more error')})" if len(errors) > 1 else ""
        failure = ET.SubElement(
            case, "failure", type=printable(first.check), message=printable(first.message) + more
        )
        failure.text = _lines(errors)
    if warnings := _of(found, Severity.WARNING):
        ET.SubElement(case, "system-out").text = _lines(warnings)


def _of(found: Iterable[Problem], severity: Severity) -> list[Problem]:
    return [problem for problem in found if problem.severity is severity]


def _lines(problems: Iterable[Problem]) -> str:
    """What XML cannot hold at all (most control characters) is written out, as everywhere."""
    return "\n".join(
        f"{printable(str(p.where))}: {p.severity}: {printable(p.message)} [{printable(p.check)}]\n"
        f"    {printable(p.hint)}"
        for p in problems
    )
