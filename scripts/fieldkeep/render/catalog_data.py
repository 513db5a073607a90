"""The data of the catalogue's page, as JSON for its script.

It is small: most fields say the same of most attributes. A *column* holds one thing of every field:
``{"v": [...]}`` a value each, or ``{"u": [...], "i": [...], "c": [...]}``: every field has ``u[0]``
but those with the indexes ``i``, which have ``u[c]``. A field's values are those after a sync, else
those that are live, else git's; the other sides are told by their differences from them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fieldkeep.core.catalog.catalog import (
    CERTAINTIES,
    Catalog,
    CatalogField,
    Commit,
    Unknown,
    Values,
    Version,
)
from fieldkeep.core.common.words import shortened
from fieldkeep.core.document.attribute_table import ENTRIES
from fieldkeep.core.document.attributes import ENTRY_OF, STRUCTURE, defaults, same, shows_field
from fieldkeep.core.merge.outcome import ValueOrigin
from fieldkeep.model import Json, RuleRef

_NO_COMMIT: Final = -1
_NOT_KNOWN: Final = -2
_ORIGINS: Final = tuple(ValueOrigin)
_LONGEST_VALUE: Final = 60
# Ends a script element, or a line of a script where JSON has no end of line.
_ESCAPED: Final = re.compile("[<\u2028\u2029\ud800-\udfff]")


def data(catalog: Catalog) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(_data(catalog), ensure_ascii=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _data(catalog: Catalog) -> dict[str, Any]:
    fields = catalog.fields
    bases = [_base(field) for field in fields]
    order = _attributes(catalog, bases)
    number = {attribute: index for index, attribute in enumerate(order)}
    commits = _Interned()
    moments = {(v.index, v.timestamp): k for k, v in enumerate(catalog.versions)}
    return {
        "schema": 1,
        "live": catalog.live.reason if catalog.live else catalog.unreadable or None,
        "after": catalog.after.reason if catalog.after else None,
        "git": catalog.commits.reason if isinstance(catalog.commits, Unknown) else None,
        "damaged": bool(catalog.damaged),
        "folder": catalog.folder,
        "pages": catalog.pages,
        "attributes": [[a, label(a), _group(a)] for a in order],
        "defaults": {
            number[a]: value for a, value in defaults("", catalog.pages).items() if a in number
        },
        "names": [field.name for field in fields],
        "columns": [_column([base.get(attribute) for base in bases]) for attribute in order],
        "absent": {
            side: [i for i, field in enumerate(fields) if getattr(field, side) is None]
            for side in ("live", "git", "after")
        },
        "owned": _column([[number[a] for a in order if a in (f.git or {})] for f in fields]),
        "origins": _column([_origins(field, number) for field in fields]),
        "differs": {side: _differing(side, fields, bases, number) for side in ("live", "git")},
        "states": _column([list(map(str, field.states)) for field in fields]),
        "actions": _column([field.action and str(field.action) for field in fields]),
        "drift": _some([[[str(d.drift), d.attributes, d.detail] for d in f.drift] for f in fields]),
        "warnings": _some([field.warnings for field in fields]),
        "values": _some([[shortened(v, _LONGEST_VALUE) for v in f.values] for f in fields]),
        **_attached(catalog),
        "changed": _column([_changed(field, commits) for field in fields]),
        "commits": commits.values,
        "uncommitted": [i for i, field in enumerate(fields) if field.uncommitted],
        "versions": [_version(version) for version in catalog.versions],
        "history": _some([_history(field, number, moments) for field in fields]),
    }


def _base(field: CatalogField) -> Values:
    sides = (field.after, field.live, field.git)
    return next((side for side in sides if side is not None), {})


def _attributes(catalog: Catalog, bases: Sequence[Values]) -> list[str]:
    """Every attribute of any side, in the order of a field file, then those of other programs."""
    rows = (row.name for entry in ENTRIES for row in entry.attributes)
    pages = [f"show_in_{page}" for page in catalog.pages]
    known = [*(name for row in rows for name in (pages if "*" in row else [row])), *STRUCTURE]
    present = {name for base in bases for name in base}
    for field in catalog.fields:
        present.update(field.live or (), field.git or ())
        present.update(entry.attribute for entry in field.history)
    rest = sorted(present - set(known))
    return [name for name in known if name in present] + rest


def label(attribute: str) -> str:
    """What people call it: the entry of a field file that sets it."""
    if attribute in ENTRY_OF:
        return ENTRY_OF[attribute]
    if shows_field(attribute):
        return f"pages: {attribute.removeprefix('show_in_')}"
    return attribute


def _group(attribute: str) -> str:
    if attribute in STRUCTURE:
        return "prometheus"
    if shows_field(attribute):
        return "shown"
    return "field" if attribute in ENTRY_OF else "other"


def _column(values: Sequence[Any]) -> dict[str, Any]:
    keys = [json.dumps(value, sort_keys=True) for value in values]
    counted = Counter(keys)
    if len(counted) * 2 > len(keys) + 1:
        return {"v": values}
    by_key = dict(zip(keys, values, strict=True))
    unique = sorted(by_key, key=lambda key: (-counted[key], key))
    code = {key: index for index, key in enumerate(unique)}
    rest = [(index, code[key]) for index, key in enumerate(keys) if code[key]]
    return {
        "u": [by_key[key] for key in unique],
        "i": [index for index, _ in rest],
        "c": [code for _, code in rest],
    }


def _some(values: Sequence[Any]) -> dict[int, Any]:
    """Those that are not empty, by the field's index."""
    return {index: value for index, value in enumerate(values) if value}


def _origins(field: CatalogField, number: Mapping[str, int]) -> list[list[int]]:
    """For each side that sets something, its number and the attributes that it sets."""
    return [
        [code, *sorted(number[a] for a, o in field.origins.items() if o is origin and a in number)]
        for code, origin in enumerate(_ORIGINS)
        if origin in field.origins.values()
    ]


def _differing(
    side: str, fields: Sequence[CatalogField], bases: Sequence[Values], number: Mapping[str, int]
) -> dict[int, dict[int, Json]]:
    """The values of a side that are not those of the column; None where it has none."""
    found = {}
    for index, (field, base) in enumerate(zip(fields, bases, strict=True)):
        values = getattr(field, side)
        if values is None or values is base:
            continue
        names = values if side == "git" else {**values, **base}
        differing = {
            number[name]: values.get(name)
            for name in names
            if not same(name, values.get(name), base.get(name))
        }
        if differing:
            found[index] = differing
    return found


class _Interned:
    """A list in which each value stands once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._index: dict[str, int] = {}

    def add(self, value: Any) -> int:
        key = json.dumps(value, sort_keys=True)
        if key not in self._index:
            self._index[key] = len(self.values)
            self.values.append(value)
        return self._index[key]


def _attached(catalog: Catalog) -> dict[str, Any]:
    rules, pools, sets = _Interned(), _Interned(), _Interned()
    sources = {source.name: index for index, source in enumerate(catalog.sources)}
    column = []
    for field in catalog.fields:
        groups: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for one in field.attached:
            key = (CERTAINTIES.index(one.certainty), tuple(rules.add(_rule(r)) for r in one.rules))
            groups.setdefault(key, []).append(pools.add([sources[one.source], one.job]))
        column.append([[*key, sets.add(members)] for key, members in groups.items()])
    return {
        "sources": [[source.name, source.unread] for source in catalog.sources],
        "rules": rules.values,
        "pools": pools.values,
        "sets": sets.values,
        "attached": _column(column),
    }


def _rule(rule: RuleRef) -> list[Json]:
    """Without what the defaults say."""
    parts = [rule.index, list(rule.source_labels), rule.replacement, rule.regex, rule.action]
    for default in ("replace", "(.*)", "$1"):
        if parts[-1] != default:
            break
        parts.pop()
    return parts


def _changed(field: CatalogField, commits: _Interned) -> int:
    match field.changed:
        case Commit() as commit:
            return commits.add([commit.sha[:12], commit.author, commit.at, commit.subject])
        case Unknown():
            return _NOT_KNOWN
    return _NO_COMMIT


def _version(version: Version) -> list[Json]:
    about = (version.reason, version.actor, version.commit[:12])
    return [version.index, version.timestamp, version.fields, version.changed, *about]


def _history(
    field: CatalogField, number: Mapping[str, int], moments: Mapping[tuple[int | None, str], int]
) -> dict[int, list[list[Json]]]:
    """The values of each attribute that had several, or none at first, the oldest first: each with
    the number of the version that brought it, and who set it."""
    found = {}
    for entry in field.history:
        steps: list[list[Json]] = [
            [moments[s.index, s.occasion.timestamp if s.occasion else ""], s.value, s.set_by]
            for s in reversed(entry.steps)
        ]
        if len(steps) > 1 or steps[0][0] != 0:
            found[number[entry.attribute]] = steps
    return found
