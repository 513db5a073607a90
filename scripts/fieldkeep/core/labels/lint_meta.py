"""Finds rules that read ``__meta_*`` labels which no discovery of their job delivers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.discovery import ServiceDiscovery
from fieldkeep.core.labels.config.relabel_configs import RuleNote
from fieldkeep.core.labels.discovery_labels import delivered_names
from fieldkeep.core.labels.relabel.goregex import is_whole
from fieldkeep.core.labels.relabel.regex_syntax import alternatives
from fieldkeep.core.labels.relabel.relabel import Action
from fieldkeep.core.labels.relabel.roles import Role, role_of
from fieldkeep.model import Problem, Severity

META: Final = "__meta_"
_BEGINNING: Final = re.compile(r"\w*")


def lint_meta(pool: ScrapePool) -> Iterator[Problem]:
    """The findings in one job; none if it may get labels that are not known here."""
    names = _delivered(pool)
    if not names:
        return
    for index, (rule, note) in enumerate(zip(pool.rules, pool.notes, strict=False)):
        for name in rule.source_labels:
            set_before = any(_may_set(pool, at, name) for at in range(index))
            if name.startswith(META) and not set_before and not _has(names, name):
                yield _dead(note, "source_labels", name, names)
        if rule.action is Action.LABELMAP and is_whole(rule.regex):
            beginning = _beginning(rule.regex)
            if beginning.startswith(META) and not _has_beginning(names, beginning):
                yield _dead(note, "regex", f"{beginning}*", names)


def _delivered(pool: ScrapePool) -> tuple[str, ...]:
    """The names of all ``__meta_*`` labels of the pool's targets, ``*`` for any ending; none if
    they are not all known."""
    unknown = [part for part in pool.discoveries if not hasattr(part, "groups")]
    names = {name for group in pool.groups for name in group.labels if name.startswith(META)}
    for part in unknown:
        delivered = delivered_names(part, pool.engine) if isinstance(part, ServiceDiscovery) else ()
        if not delivered:
            return ()
        names.update(delivered)
    return tuple(sorted(names)) if unknown else ()


def _has(names: Sequence[str], name: str) -> bool:
    return any(
        name.startswith(delivered[:-1]) if delivered.endswith("*") else name == delivered
        for delivered in names
    )


def _has_beginning(names: Sequence[str], beginning: str) -> bool:
    return any(
        delivered.startswith(beginning)
        or (delivered.endswith("*") and beginning.startswith(delivered[:-1]))
        for delivered in names
    )


def _beginning(regex: str) -> str:
    """The text that every match begins with, as far as it is written plainly."""
    match = _BEGINNING.match(regex)
    if match is None or len(alternatives(regex)) > 1:
        return ""
    beginning = match[0]
    return beginning[:-1] if regex[len(beginning) :][:1] in ("*", "?", "{") else beginning


def _may_set(pool: ScrapePool, index: int, name: str) -> bool:
    return role_of(pool.rules[index], name) in (Role.SETS, Role.MAY_SET)


def _dead(note: RuleNote, field: str, name: str, names: Sequence[str]) -> Problem:
    near = closest(name, [delivered for delivered in names if delivered != name])
    return Problem(
        note.fields.get(field, note.where),
        "relabel/dead-meta",
        f"no discovery of this job delivers {name}, in any release",
        f"did you mean {near}?" if near else "see the labels of the discovery in its documentation",
        Severity.WARNING,
    )
