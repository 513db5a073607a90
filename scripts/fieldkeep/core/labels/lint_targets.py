"""Finds jobs whose rules drop every target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.discovery_labels import ADDRESS
from fieldkeep.core.labels.extract import read_pool
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.relabel import Action
from fieldkeep.core.labels.targets import known_targets, possible_targets
from fieldkeep.model import Problem, Severity, Targets


def lint_targets(pools: Iterable[ScrapePool]) -> Iterator[Problem]:
    """A finding for each job that has targets before its rules, and certainly none after them. A
    job that keeps a shard of its targets may have none in this one.
    """
    for pool in pools:
        if not pool.rules or any(rule.action is Action.HASHMOD for rule in pool.rules):
            continue
        dropped = read_pool(pool).targets is Targets.NONE
        if dropped and _had_targets(pool) and not _loses_address(pool):
            yield Problem(
                pool.where,
                "relabel/no-targets",
                "the rules of this job drop all its targets",
                "`fieldkeep extract --explain LABEL` shows what each rule does",
                Severity.WARNING,
            )


def _loses_address(pool: ScrapePool) -> bool:
    """Whether a rule is reported already as the one that drops them."""
    return any(
        rule.action is Action.LABELKEEP and not matches(rule.regex, ADDRESS) for rule in pool.rules
    )


def _had_targets(pool: ScrapePool) -> bool:
    return any(True for _ in known_targets(pool)) or any(True for _ in possible_targets(pool))
