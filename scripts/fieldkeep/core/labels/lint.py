"""Findings about relabel rules: what Prometheus takes, and does otherwise than it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.labels.config.config import Pool
from fieldkeep.core.labels.config.discovery import Known
from fieldkeep.core.labels.config.relabel_configs import RuleNote
from fieldkeep.core.labels.label_explanation import empties
from fieldkeep.core.labels.relabel.goregex import Group, compiled, has_group, matches, template
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.core.labels.structure import LabelFilter
from fieldkeep.core.labels.targets import ADDRESS, visible
from fieldkeep.model import (
    Certainty,
    Extracted,
    FieldFile,
    LabelReading,
    Place,
    Problem,
    Reading,
    RuleRef,
    Severity,
)

_IGNORES_TARGET: Final = (Action.KEEP, Action.DROP, Action.LABELMAP)
_MATCHES: Final = (Action.REPLACE, Action.KEEP, Action.DROP)
WARNING: Final = Severity.WARNING


def lint_rules(pools: Iterable[Pool]) -> list[Problem]:
    """Findings about single rules. One that jobs share is looked at once, but for what depends on
    a job's targets."""
    found: dict[tuple[Place, str], Problem] = {}
    seen: set[int] = set()
    pools = list(pools)  # alive, so that no two rules have one id
    for pool in pools:
        for rule, note in zip(pool.rules, pool.notes, strict=False):
            problems = [] if id(note) in seen else list(_rule(rule, note))
            seen.add(id(note))
            for problem in (*problems, *_erased(rule, note, pool)):
                found.setdefault((problem.where, problem.check), problem)
    return [found[key] for key in sorted(found)]


def lint_fields(
    pools: Mapping[str, Sequence[Pool]],
    readings: Sequence[Reading],
    files: Sequence[FieldFile],
    choice: LabelFilter,
) -> list[Problem]:
    """Findings between jobs, and between rules and field files. ``pools`` by source."""
    labels: dict[str, list[tuple[Place, LabelReading]]] = {}
    families: list[str] = []
    for reading in readings:
        if isinstance(reading, Extracted):
            places = {pool.job: pool for pool in pools.get(reading.source, ())}
            for one in reading.pools:
                for label in one.labels:
                    if label.certainty is Certainty.OPEN:
                        families.append(label.pattern or ".*")
                    elif choice.takes(label):
                        where = _place(places.get(one.job), label, reading.source)
                        labels.setdefault(label.name, []).append((where, label))
    complete = all(isinstance(reading, Extracted) for reading in readings)
    described = {file.name: file for file in files}
    found = [*_origins(labels), *_undescribed(labels, described)]
    if complete and readings:
        found += _unproduced(described, labels, families)
    return found


def _rule(rule: Rule, note: RuleNote) -> Iterator[Problem]:
    for field in ("regex", "replacement"):
        if field in note.nulls and (field != "regex" or rule.action in _MATCHES):
            yield Problem(
                note.written[field],
                f"relabel/null-{field}",
                f"{field} is null, which is empty, not the default",
                f'write {field}: "" if that is meant, or leave the line out',
                WARNING,
            )
    if rule.action in _IGNORES_TARGET and "target_label" in note.written:
        yield Problem(
            note.written["target_label"],
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
    if rule.action in (Action.REPLACE, Action.LABELMAP):
        yield from _groups(rule, note)


def _groups(rule: Rule, note: RuleNote) -> Iterator[Problem]:
    """``$1_x`` is the group named ``1_x``: empty."""
    regex = compiled(rule.regex)
    for field in ("replacement", "target_label"):
        for part in template(getattr(rule, field)):
            if not isinstance(part, Group) or has_group(regex, part):
                continue
            # The default replacement asks for $1; a rule for the empty text may mean to erase.
            if field in note.written or (field == "replacement" and rule.regex):
                name = str(part.name)
                digits = name[: len(name) - len(name.lstrip("0123456789"))]
                hint = (
                    f"write ${{{digits}}}{name[len(digits) :]}"
                    if digits and digits != name
                    else "give the regex that group, or correct the reference"
                )
                yield Problem(
                    note.written.get(field, note.where),
                    "relabel/unknown-group",
                    f"{field} asks for a group {name} that the regex does not have: it is empty",
                    hint,
                )


def _erased(rule: Rule, note: RuleNote, pool: Pool) -> Iterator[Problem]:
    """A rule that copies a label which is not there deletes its target, a static one too."""
    target = rule.target_label
    if rule.action is not Action.REPLACE or not visible(target) or target in rule.source_labels:
        return
    groups = [g for one in pool.discoveries if isinstance(one, Known) for g in one.groups]
    lacking = [
        group
        for group in groups
        if group.labels.get(target) and not any(group.labels.get(s) for s in rule.source_labels)
    ]
    given = any(name in pool.given or name == ADDRESS for name in rule.source_labels)
    if lacking and rule.source_labels and not given and empties(rule):
        yield Problem(
            note.where,
            "relabel/erases-static-label",
            f"this rule erases the static label {target} where its source is not there",
            "add regex: (.+), so that it only acts on a value",
            WARNING,
        )


def _place(pool: Pool | None, label: LabelReading, source: str) -> Place:
    index = label.rules[0].index if label.rules else -1
    if pool is None:
        return Place(source)
    return pool.notes[index].where if 0 <= index < len(pool.notes) else pool.where


def _origin(rule: RuleRef) -> str:
    meta = [name for name in rule.source_labels if name.startswith("__meta_")]
    return (*meta, *rule.source_labels, "")[0]


def _origins(labels: Mapping[str, list[tuple[Place, LabelReading]]]) -> Iterator[Problem]:
    """Two jobs that fill a label from different sources: one value may not mean the other's."""
    for name, found in sorted(labels.items()):
        by_origin = {
            _origin(label.rules[0]): where
            for where, label in reversed(found)
            if label.rules and _origin(label.rules[0])
        }
        if len(by_origin) > 1 and name != "instance":
            (first, where), (other, place) = sorted(
                by_origin.items(), key=lambda pair: (pair[1], pair[0])
            )[:2]
            yield Problem(
                place,
                "relabel/two-origins",
                f"{name} comes from {other} here, and from {first} at {where}",
                "one field describes both: see that they mean the same",
                WARNING,
            )


def _undescribed(
    labels: Mapping[str, list[tuple[Place, LabelReading]]], described: Mapping[str, FieldFile]
) -> Iterator[Problem]:
    for name in sorted(labels.keys() - described.keys() - {"instance"}):
        where = labels[name][0][0]
        shown = name.replace("_", " ").title()
        yield Problem(
            where,
            "relabel/no-field",
            f"the label {name} has no field file",
            f"fields/{name}.yaml: {{name: {_yaml(name)}, display_name: {_yaml(shown)},"
            " type: string, category: extra}",
            WARNING,
        )


def _yaml(text: str) -> str:
    import json

    plain = text.replace("_", "a").replace(" ", "a").isalnum() and text.isascii()
    return text if plain else json.dumps(text)


def _unproduced(
    described: Mapping[str, FieldFile],
    labels: Mapping[str, list[tuple[Place, LabelReading]]],
    families: Sequence[str],
) -> Iterator[Problem]:
    for name, file in sorted(described.items()):
        if name in labels or any(matches(family, name) for family in families):
            continue
        near = closest(name, labels.keys() - described.keys())
        yield Problem(
            file.keys.get(("name",), Place(file.path)),
            "relabel/no-rule",
            f"no rule of any source sets the label {name}",
            f"did you mean '{near}'?" if near else "add a rule, or remove the file",
            WARNING,
        )
