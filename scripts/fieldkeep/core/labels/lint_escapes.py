"""Finds replacements that write a dollar sign where a group was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.relabel.goregex import template
from fieldkeep.core.labels.relabel.relabel import Action
from fieldkeep.model import Problem, Severity

_FIELDS: Final = {
    Action.REPLACE: ("replacement", "target_label"),
    Action.LABELMAP: ("replacement",),
}
_LIKE_A_GROUP: Final = re.compile(r"\$\s*\{|\$\w")


def lint_escapes(pools: Iterable[ScrapePool]) -> Iterator[Problem]:
    """A finding for each text that ends up with ``${1}`` or ``$1`` itself: written ``$${1}``, as in
    Compose files and OpenTelemetry collectors, or with a brace that is not closed.
    """
    for pool in pools:
        for rule, note in zip(pool.rules, pool.notes, strict=False):
            for field in _FIELDS.get(rule.action, ()):
                parts = template(getattr(rule, field))
                text = "".join(part if isinstance(part, str) else "" for part in parts)
                if _LIKE_A_GROUP.search(text):
                    yield Problem(
                        note.fields.get(field, note.where),
                        "relabel/literal-dollar",
                        f"{field} writes a dollar sign, not a group",
                        "write ${1}, with one dollar sign",
                        Severity.WARNING,
                    )
