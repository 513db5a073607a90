"""The rule files that a configuration names. A pattern that matches nothing is no mistake."""

from __future__ import annotations

from fieldkeep.core.labels.config.decode import any_fields
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, Table
from fieldkeep.model import Place, Problem, Severity


def rule_files(root: Node | None) -> list[tuple[str, Place]]:
    """The paths of rule_files without those that are patterns, with their places."""
    listed = any_fields(root).get("rule_files") if isinstance(root, Table) else None
    return [
        (item.text, item.where)
        for item in (listed.items if isinstance(listed, Listing) else ())
        if isinstance(item, Scalar) and item.text and not set(item.text) & set("*?[")
    ]


def missing_rule_file(where: Place) -> Problem:
    """The finding about a rule file that is not there."""
    return Problem(
        where,
        "prometheus/rule-file",
        "this rule file is not there: Prometheus starts without its rules, promtool refuses it",
        "correct the path, or add the file",
        Severity.WARNING,
    )
