"""What is live -> what the field files would have to say: which attributes, in which form.

A unit of the document becomes an attribute of the file; what no file can say is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.adopt.yamltext import sayable
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import NAME, STRUCTURE, NoValue, same
from fieldkeep.core.fields import rules
from fieldkeep.core.fields.field_schema import Schema, check
from fieldkeep.core.merge.decide import Drift
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.model import FieldFile, Json

SEVEN: Final = (
    "display_name",
    "type",
    "category",
    "required",
    "auto_register",
    "pages",
    "visibility",
)
PARTS: Final = ("table", "dashboard", "form", "filter")
_EDITS: Final = frozenset({Drift.LIVE_EDITED, Drift.BOTH, Drift.LIVE_CHANGED})
_ATTRIBUTES: Final = {unit: attribute for attribute, unit in attributes.IN_DOCUMENT.items()}
_TEXTS: Final = (
    "description", "default", "placeholder", "validation.regex", "validation.message"
)  # fmt: skip
_CLEARED: Final[Mapping[str, Json]] = {"options": [], **dict.fromkeys(_TEXTS, "")}
_REGEXES: Final = ("validation_regex", "validation.regex")
_NOTHING: Final = (None, NoValue.UNSET, NoValue.NOT_MENTIONED)
_NOT_ASKED: Final = frozenset({*STRUCTURE, NAME, "validation"})
# Which attribute to leave out where several together break a rule, the first that was adopted.
_BROKEN: Final = {
    "rule/options": ("type", "options"),
    "rule/default": ("default", "options"),
    "rule/regex": ("validation.regex",),
    "rule/length": ("validation.min_length", "validation.max_length"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Without names: what was edited in the application. A name, or ``everything``: all in which
    live and git differ, fields without a file too."""

    names: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Unsayable:
    """What no field file can say: ``attribute`` is the document's ('' for the whole field)."""

    field: str
    attribute: str
    value: Json
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a field's file has to say: ``attributes`` in the file's form, of ``visibility`` and
    ``validation`` only the parts that change. ``scope`` are the units that were asked for."""

    name: str
    attributes: Mapping[str, Json]
    scope: frozenset[str]
    unsayable: tuple[Unsayable, ...] = ()


def select(
    found: Evaluation, desired: Desired, schema: Schema, selection: Selection
) -> tuple[Draft, ...]:
    """What each field's file should say that it does not say yet."""
    effective = found.stored.effective
    live = effective.fields if effective else {}
    names = selection.names or sorted(live)
    if not selection.names and not selection.everything:
        names = [name for name in names if name in desired.files]
    whole = bool(selection.names) or selection.everything
    seen = {name.lower(): name for name in desired.files}
    drafts = []
    for name in names:
        field = _Field(name, live[name], found, desired, schema)
        twin = seen.setdefault(name.lower(), name)
        if field.file is None and twin != name:
            drafts.append(field.none(f"its file would differ from that of '{twin}' only in case"))
        elif field.file is None and (why := field.misfit({})):
            drafts.append(field.none(why))
        else:
            drafts.append(field.draft(whole=whole))
    return tuple(drafts)


class _Field:
    """One field's sides, looked up once."""

    def __init__(
        self,
        name: str,
        raw: Mapping[str, Json],
        found: Evaluation,
        desired: Desired,
        schema: Schema,
    ) -> None:
        self.name, self.schema = name, schema
        self.pages = desired.pages
        self.file = desired.files.get(name)
        self.git = (
            {
                unit: value
                for unit, (value, _) in attributes.from_file(self.file, desired.pages).items()
            }
            if self.file
            else {}
        )
        self.raw = attributes.flatten(raw)
        self.refused = set(desired.schema.refused(raw))
        self.live = attributes.field_values({k: v for k, v in raw.items() if k not in self.refused})
        self.defaults = attributes.defaults(name, desired.pages)
        result = found.merged.results.get(name)
        self.drift = {u: d.drift for u, d in result.decisions.items()} if result else {}
        self.unsayable: list[Unsayable] = []

    def none(self, why: str) -> Draft:
        return Draft(self.name, {}, frozenset(), (Unsayable(self.name, "", None, why),))

    def draft(self, *, whole: bool) -> Draft:
        chosen = {unit for unit in self.candidates() if self.is_chosen(unit, whole=whole)}
        for unit in sorted(self.raw.keys() - _NOT_ASKED):
            bad = unit in self.refused or unit.split(".")[0] in self.refused
            if bad and self.raw[unit] is not None and (whole or unit in self.git):
                self.refuse(unit, self.raw[unit], "consumers would refuse this value")
            elif _attribute(unit, self.pages) is None and self.raw[unit] is not None and whole:
                self.refuse(unit, self.raw[unit], "no attribute of a field file")
        said: dict[str, Json] = {}
        for attribute in dict.fromkeys(
            filter(None, (_attribute(u, self.pages) for u in sorted(chosen)))
        ):
            for value in self.value(attribute, chosen):
                if why := self.misfit(_nested({attribute: value})):
                    self.refuse(_unit(attribute), value, why)
                else:
                    said[attribute] = value
        said = self.without_broken(said)
        scope = frozenset(chosen) if not whole else frozenset(self.raw) | self.git.keys()
        changes = _nested(said)
        if self.file is None:
            changes = {NAME: self.name, **changes}
        return Draft(self.name, changes, scope, tuple(self.unsayable))

    def candidates(self) -> Iterable[str]:
        """The units of which live says something that a field file could be about."""
        stored = self.git.keys() | self.live.values.keys()
        return (
            u
            for u in stored
            if _attribute(u, self.pages) and self.says(u) is not NoValue.NOT_MENTIONED
        )

    def says(self, unit: str) -> Json | NoValue:
        return NoValue.NOT_MENTIONED if unit in self.refused else self.live.get(unit)

    def is_chosen(self, unit: str, *, whole: bool) -> bool:
        live, drift = self.says(unit), self.drift.get(unit)
        if drift is Drift.RECREATED:  # nobody's edit: a sync puts back what was there
            return False
        if not whole:
            return drift in _EDITS
        if unit in self.git:
            return not same(unit, live, self.git[unit])
        if live is None or live is NoValue.UNSET:
            return False
        is_seven = _top(_attribute(unit, self.pages)) in SEVEN
        if self.file is None and is_seven:
            return True
        return not same(unit, live, self.defaults.get(unit, NoValue.NOT_MENTIONED))

    # ------------------------------------------------------------------ values

    def value(self, attribute: str, chosen: set[str]) -> Iterator[Json]:
        """The attribute's value in the file's form; nothing, and the reason noted, if none."""
        if attribute == "pages":
            yield self.shown_pages(chosen)
            return
        found = self.regex() if attribute == "validation.regex" else self.says(_unit(attribute))
        if found is None or found is NoValue.UNSET:
            if attribute not in _CLEARED:
                self.refuse(_unit(attribute), None, "a field file cannot say that it has none")
                return
            found = _CLEARED[attribute]
        if attribute == "category":
            found = self.category(found)
        if found is NoValue.NOT_MENTIONED:
            self.refuse(_unit(attribute), None, "validation_regex and validation.regex differ")
            return
        yield found

    def shown_pages(self, chosen: set[str]) -> Json:
        """Of pages that were not chosen, what git says stays."""
        shown = []
        for page in self.pages:
            unit = f"show_in_{page}"
            sides = [self.says(unit), self.git.get(unit, NoValue.NOT_MENTIONED), True]
            order = sides if unit in chosen or unit not in self.git else [sides[1]]
            if next(side for side in order if isinstance(side, bool)):
                shown.append(page)
        before = self.file.attributes.get("pages") if self.file else None
        if isinstance(before, list):
            return [p for p in before if p in shown] + [p for p in shown if p not in before]
        return "all" if len(shown) == len(self.pages) else shown

    def category(self, live: Json) -> Json:
        was_list = self.file is not None and isinstance(self.file.attributes.get("category"), list)
        listed = attributes.as_list(live)
        return listed if was_list or len(listed) != 1 else listed[0]

    def regex(self) -> Json | NoValue:
        """One regex, in two places of the document: the one that moved away from git's, if only
        one did. NOT_MENTIONED if the two differ and nobody can say which is meant."""
        given = [
            value for unit in _REGEXES if (value := self.says(unit)) is not NoValue.NOT_MENTIONED
        ]
        values = [value for value in given if value not in _NOTHING]
        moved = [
            self.says(unit)
            for unit in _REGEXES
            if unit in self.git and not same(unit, self.says(unit), self.git[unit])
            # a place that never had it has not moved
            if self.says(unit) not in _NOTHING or self.drift.get(unit) in _EDITS
        ]
        if len(moved) == 1:
            return moved[0]
        if not values:
            return None
        return values[0] if all(value == values[0] for value in values) else NoValue.NOT_MENTIONED

    # ------------------------------------------------------------------ what cannot be said

    def refuse(self, unit: str, value: Json, reason: str) -> None:
        self.unsayable.append(Unsayable(self.name, unit, value, reason))

    def misfit(self, attributes: Mapping[str, Json]) -> str | None:
        """Why no field file may hold these."""
        if not sayable(attributes):
            return "JSON and YAML readers would not agree on it"
        given = {NAME: self.name, **attributes}
        problems = check(self.schema, FieldFile(self.name, given, self.name))
        return problems[0].message if problems else None

    def without_broken(self, said: dict[str, Json]) -> dict[str, Json]:
        """Rules between attributes: what breaks one stays out."""
        before = dict(self.file.attributes) if self.file else {}
        while said:
            together = _over(before, _nested(said))
            broken = next(rules.within(FieldFile(self.name, together, self.name)), None)
            if broken is None:
                break
            culprits = [name for name in _BROKEN[broken.check] if name in said]
            for culprit in culprits[:1] or list(said):
                self.refuse(_unit(culprit), said.pop(culprit), broken.message)
        return said


def _attribute(unit: str, pages: Iterable[str]) -> str | None:
    """The attribute of the file that owns a unit; parts are written ``visibility.table``."""
    if unit in _ATTRIBUTES:
        return _ATTRIBUTES[unit]
    if unit in _REGEXES:
        return "validation.regex"
    if unit.startswith("validation."):
        return unit
    for part in PARTS:
        if unit == f"show_in_{part}":
            return f"visibility.{part}"
    return "pages" if unit in {f"show_in_{page}" for page in pages} else None


def _unit(attribute: str) -> str:
    """The unit by which an attribute is named to people."""
    top, _, part = attribute.partition(".")
    if top == "visibility":
        return f"show_in_{part}"
    return attributes.IN_DOCUMENT.get(attribute, attribute)


def _top(attribute: str | None) -> str:
    return (attribute or "").partition(".")[0]


def _nested(said: Mapping[str, Json]) -> dict[str, Json]:
    """``visibility.table`` as a part of ``visibility``."""
    nested: dict[str, Json] = {}
    for attribute, value in said.items():
        top, _, part = attribute.partition(".")
        if part:
            nested.setdefault(top, {})[part] = value
        else:
            nested[top] = value
    return nested


def _over(before: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    merged = dict(before)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = {**merged[name], **value} if both else value
    return merged
