"""Findings as GitLab's code quality report, which it shows beside the lines of a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from fieldkeep.model import Problem, Severity
from fieldkeep.render.words import printable

_SEVERITY: Final = {Severity.ERROR: "critical", Severity.WARNING: "minor"}


def report(problems: Sequence[Problem]) -> str:
    """A fingerprint names a finding by its file, check and message, so that it stays the same one
    when its line moves; equal ones are numbered."""
    seen = Counter[str]()
    entries = []
    for problem in problems:
        named = f"{problem.where.path}\0{problem.check}\0{problem.message}"
        seen[named] += 1
        fingerprint = hashlib.sha256(f"{named}\0{seen[named]}".encode("utf-8", "replace"))
        entries.append(
            {
                "description": printable(f"{problem.message}; {problem.hint}"),
                "check_name": problem.check,
                "fingerprint": fingerprint.hexdigest(),
                "severity": _SEVERITY[problem.severity],
                "location": {
                    "path": printable(problem.where.path),
                    "lines": {"begin": problem.where.line},
                },
            }
        )
    return json.dumps(entries, indent=1)
