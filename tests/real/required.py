"""What a test does when a real program is not there."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from tests.real import parts

# Looking on PATH may have to run a program for its version: once a process is enough.
_find = cache(parts.find)


def required(name: str, program: str = "") -> Path:
    """The program of a part, e.g. `required("prometheus-2.24", "promtool")`.

    Without it the test is skipped, saying how to get it; under CI it fails, because a
    green run that tested nothing is worse than a red one.
    """
    part = parts.PARTS[name]
    found = _find(part, program or part.programs[0])
    if found is None:
        message = f"{program or name} is not here: {parts.how_to_get(part)}"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return found
