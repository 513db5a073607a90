"""JSON for machines: an object with a ``schema`` number, within which keys are only added."""

from __future__ import annotations

import json
from typing import Any


def json_text(**keys: Any) -> str:
    return json.dumps({"schema": 1, **keys}, indent=2)
