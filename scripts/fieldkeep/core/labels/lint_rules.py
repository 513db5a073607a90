"""Findings about single relabel rules that do something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.relabel_configs import RuleNote
from fieldkeep.core.labels.discovery_labels import ADDRESS
from fieldkeep.core.labels.lint_meta import lint_meta
from fieldkeep.core.labels.relabel.goregex import (
    GroupRef,
    compiled,
    expand,
    has_group,
    is_whole,
    matches,
    search,
    template,
)
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.core.labels.targets import is_target_label
from fieldkeep.model import Place, Problem, Severity

_IGNORE_TARGET: Final = (Action.KEEP, Action.DROP, Action.LABELMAP)
_USE_REGEX: Final = (Action.REPLACE, Action.KEEP, Action.DROP)
WARNING: Final = Severity.WARNING


def lint_rules(pools: Iterable[ScrapePool]) -> list[Problem]:
    """All findings, sorted. A rule that jobs share is checked once, except for what depends on the
    targets of a job.
    """
    findings: dict[tuple[Place, str], Problem] = {}
    checked: set[int] = set()
    pools = list(pools)  # keeps the notes alive, so that their ids are unique
    for pool in pools:
        for rule, note in zip(pool.rules, pool.notes, strict=False):
            problems = [] if id(note) in checked else list(_rule(rule, note))
            checked.add(id(note))
            for problem in (*problems, *_erased_label(rule, note, pool)):
                findings.setdefault((problem.where, problem.check), problem)
        for problem in lint_meta(pool):
            findings.setdefault((problem.where, problem.check), problem)
    return [findings[key] for key in sorted(findings)]


def _rule(rule: Rule, note: RuleNote) -> Iterator[Problem]:
    for field in ("regex", "replacement"):
        if field in note.nulls and (field != "regex" or rule.action in _USE_REGEX):
            yield Problem(
                note.fields[field],
                f"relabel/null-{field}",
                f"{field} is null, which is empty, not the default",
                f'write {field}: "" if that is meant, or leave the line out',
                WARNING,
            )
    if rule.action in _IGNORE_TARGET and "target_label" in note.fields:
        yield Problem(
            note.fields["target_label"],
            "relabel/target-ignored",
            f"target_label means nothing to action {rule.action}",
            "remove it, or was action replace meant?",
            WARNING,
        )
    if rule.action is Action.LABELKEEP and not matches(rule.regex, ADDRESS):
        yield Problem(
            note.where,
            "relabel/labelkeep-loses-targets",
            "this labelkeep drops __address__, so the job loses all its targets",
            "add |__.* to its regex",
        )
    if rule.action is Action.LABELMAP and _names_nothing(rule):
        yield _empty_name(rule, note)
    elif rule.action in (Action.REPLACE, Action.LABELMAP):
        yield from _unknown_groups(rule, note)


def _names_nothing(rule: Rule) -> bool:
    """Whether a labelmap only gives labels without a name."""
    regex = compiled(rule.regex)
    return is_whole(rule.regex) and not any(
        isinstance(part, str) or has_group(regex, part) for part in template(rule.replacement)
    )


def _empty_name(rule: Rule, note: RuleNote) -> Problem:
    down = rule.engine.empty_name_stops_scrapes
    effect = ": Prometheus stores no samples of their targets" if down else ""
    return Problem(
        note.fields.get("regex", note.where),
        "relabel/empty-name",
        f"this labelmap gives labels without a name{effect}",
        "put what becomes the name into a group: __meta_kubernetes_pod_label_(.+)",
        Severity.ERROR if down else WARNING,
    )


def _unknown_groups(rule: Rule, note: RuleNote) -> Iterator[Problem]:
    """References to groups that the regex does not have: ``$1_x`` is the group named ``1_x``."""
    regex = compiled(rule.regex)
    for field in ("replacement", "target_label"):
        for part in template(getattr(rule, field)):
            if not isinstance(part, GroupRef) or has_group(regex, part):
                continue
            # The default replacement refers to $1; with an empty regex, erasing may be intended.
            if field in note.fields or (field == "replacement" and rule.regex):
                name = str(part.name)
                digits = name[: len(name) - len(name.lstrip("0123456789"))]
                hint = (
                    f"write ${{{digits}}}{name[len(digits) :]}"
                    if digits and digits != name
                    else "give the regex that group, or correct the reference"
                )
                yield Problem(
                    note.fields.get(field, note.where),
                    "relabel/unknown-group",
                    f"{field} asks for a group {name} that the regex does not have: it is empty",
                    hint,
                )


def _erased_label(rule: Rule, note: RuleNote, pool: ScrapePool) -> Iterator[Problem]:
    """A static label that the rule deletes where its source labels are absent."""
    target = rule.target_label
    if (
        rule.action is not Action.REPLACE
        or not is_target_label(target)
        or target in rule.source_labels
    ):
        return
    lacking = [
        group
        for group in pool.groups
        if group.labels.get(target) and not any(group.labels.get(s) for s in rule.source_labels)
    ]
    has_default = any(name in pool.defaults or name == ADDRESS for name in rule.source_labels)
    if lacking and rule.source_labels and not has_default and _deletes_without_sources(rule):
        yield Problem(
            note.where,
            "relabel/erases-static-label",
            f"this rule erases the static label {target} where its source is not there",
            "add regex: (.+), so that it only acts on a value",
            WARNING,
        )


def _deletes_without_sources(rule: Rule) -> bool:
    """Whether a replace deletes its target label if all its source labels are absent."""
    joined = rule.separator * max(len(rule.source_labels) - 1, 0)
    match = search(rule.regex, joined, rule.engine.dotall)
    return match is not None and expand(rule.replacement, match) == ""
