"""A plan for people, for programs and for a pull request."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fieldkeep.core.document.difference import differences
from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.plan import Action, Attribute, Change, Headroom, Plan
from fieldkeep.model import Place
from fieldkeep.render import changes
from fieldkeep.render.counts import AFTER, counts
from fieldkeep.render.plans import FORMATS
from fieldkeep.render.screen import PIPE, Screen
from tests.core.build import KEYS, World, a_document, a_field, read
from tests.core.document.test_attributes import JSON
from tests.render.test_findings import raw_controls

WHERE = "sqlite:///store.db, key a/fields"
PLAN = Plan(
    changes=(
        Change(
            "company",
            Action.UPDATE,
            (
                Attribute(
                    "display_name", "A", "B", ValueOrigin.GIT, Place("fields/company.yaml", 3)
                ),
                Attribute("options[2]", None, "x", ValueOrigin.LIVE),
                Attribute("order", 1, 999, ValueOrigin.DEFAULT, default=True),
                Attribute("regex", "a", "b", ValueOrigin.PROMETHEUS),
                Attribute("placeholder", "", "k", ValueOrigin.LIVE, from_backup=True),
            ),
        ),
        Change(
            "site",
            Action.CREATE,
            (
                Attribute("category", None, "basic", ValueOrigin.GIT, Place("fields/site.yaml", 2)),
                Attribute("order", None, 999, ValueOrigin.DEFAULT, default=True),
            ),
        ),
        Change("rack", Action.DELETE, (Attribute("order", 5, None, ValueOrigin.DEFAULT),)),
    ),
    drift=(
        FieldDrift("", Drift.BOOKKEEPING, detail="record"),
        FieldDrift("company", Drift.BOTH, ("display_name",)),
        FieldDrift("old", Drift.ORPHAN),
    ),
    orphans=("old",),
    unchanged=4,
    head_changes=False,
    status_changes=False,
    refusals=(
        Refusal("deletes", "6 of 9 fields", "--allow-deletes"),
        Refusal("prune", "not every source could be read", ""),
    ),
    warnings=("north: refused; its last known labels stay",),
    digest="sha256:00ff",
    store=Headroom(1536, 524288, "a/fields.sync", 1536, writes=1),
    total=7,
    impact=(
        Impact("required", "site", "becomes required; 3 of 4 services lack it", True, 3),
        Impact("page-gains", "", "all pages gain a column: site"),
        Impact("not-produced", "site", "no source gives this label"),
    ),
)

SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema",
        "changes",
        "counts",
        "drift",
        "orphans",
        "impact",
        "refusals",
        "flags",
        "overridden",
        "warnings",
        "notes",
        "digest",
        "store",
        "against",
        "environment",
        "status_changes",
        "head_changes",
    ],
    "properties": {
        "schema": {"const": 1},
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "action", "attributes"],
                "properties": {
                    "field": {"type": "string"},
                    "action": {"enum": ["create", "update", "delete"]},
                    "attributes": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["name", "old", "new", "origin", "where", "default"],
                            "properties": {
                                "name": {"type": "string", "minLength": 1},
                                "old": {},
                                "new": {},
                                "origin": {"enum": ["git", "live", "prometheus", "default"]},
                                "where": {
                                    "type": ["object", "null"],
                                    "additionalProperties": False,
                                    "required": ["path", "line"],
                                    "properties": {
                                        "path": {"type": "string"},
                                        "line": {"type": "integer", "minimum": 1},
                                    },
                                },
                                "default": {"type": "boolean"},
                            },
                        },
                    },
                },
            },
        },
        "drift": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "class", "attributes", "detail"],
                "properties": {
                    "field": {"type": ["string", "null"]},
                    "class": {"enum": [drift.value for drift in Drift]},
                    "attributes": {"type": "array", "items": {"type": "string"}},
                    "detail": {"type": ["string", "null"]},
                },
            },
        },
        "counts": {
            "type": "object",
            "required": ["create", "update", "delete", "unchanged", "orphans", "total"],
            "additionalProperties": {"type": "integer"},
        },
        "impact": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["kind", "field", "message", "breaking", "services"],
                "properties": {
                    "kind": {
                        "enum": [
                            "page-gains",
                            "page-loses",
                            "required",
                            "option-removed",
                            "type-narrowed",
                            "renamed",
                            "not-produced",
                        ]
                    },
                    "field": {"type": ["string", "null"], "minLength": 1},
                    "message": {"type": "string", "minLength": 1},
                    "breaking": {"type": "boolean"},
                    "services": {"type": ["integer", "null"]},
                },
            },
        },
        "against": {"type": ["string", "null"], "pattern": "^git:[0-9a-f]{40}$"},
        "environment": {"type": ["string", "null"]},
        "orphans": {"type": "array", "items": {"type": "string"}},
        "refusals": {"type": "array", "items": {"type": "object"}},
        "overridden": {"type": "array", "items": {"type": "object"}},
        "flags": {"type": "array", "items": {"type": "string"}},
        "status_changes": {"type": "boolean"},
        "head_changes": {"type": "boolean"},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "digest": {"type": "string", "pattern": "^sha256:"},
        "store": {
            "type": "object",
            "additionalProperties": False,
            "required": ["bytes", "limit", "largest", "writes"],
            "properties": {
                **{key: {"type": "integer"} for key in ("bytes", "limit", "writes")},
                "largest": {"type": "object", "required": ["key", "bytes"]},
            },
        },
    },
}


def test_text_names_every_place_with_old_new_and_who_said_it() -> None:
    assert FORMATS["text"](PLAN, WHERE, PIPE).split("\n") == [
        "plan for sqlite:///store.db, key a/fields",
        "",
        'undoes an edit: company.display_name is "A" in the application, git says "B"',
        "    `fieldkeep adopt company` keeps what the application says",
        "",
        "+ site  basic  (1 attribute)",
        "  and 1 more attribute at its default; --verbose lists each",
        "",
        "~ company: changed in git and in the application [both]",
        '    display_name: "A" -> "B"  [git fields/company.yaml:3]',
        '    options[2]:   (none) -> "x"  [live]',
        "    order:        1 -> 999  [default]",
        '    regex:        "a" -> "b"  [Prometheus]',
        '    placeholder:  "" -> "k"  [live, from the backup]',
        "",
        "- rack  (1 attribute)",
        "",
        "= old: live, but in no file and no source: it stays until a sync with --prune [orphan]",
        "",
        "only our own records lack something: record [bookkeeping]",
        "",
        "warnings (1)",
        "    north: refused; its last known labels stay",
        "",
        "breaking (1)",
        "    site: becomes required; 3 of 4 services lack it",
        "",
        "impact (1)",
        "    all pages gain a column: site",
        "",
        "refused: 6 of 9 fields [deletes] (allowed by --allow-deletes)",
        "refused: not every source could be read [prune]",
        "",
        "what it means: `fieldkeep explain deletes` (or prune, both, bookkeeping)",
        "7 fields: 4 unchanged, 1 kept as orphan",
        "document: 2 KiB, 0 % of 512 KiB",
        "digest: sha256:00ff",
        "Plan: 1 to create, 1 to update, 1 to delete, and refused",
    ]


def test_a_terminal_shows_the_digest_only_to_those_who_ask() -> None:
    shown = [FORMATS["text"](PLAN, WHERE, Screen(80, verbose=verbose)) for verbose in (False, True)]
    assert ["digest: sha256:00ff" in text for text in shown] == [False, True]


NEW = Change(
    "site",
    Action.CREATE,
    (
        Attribute("category", None, ["basic", "place"], ValueOrigin.GIT, Place("fields/s.yaml", 2)),
        Attribute("display_name", None, "Site", ValueOrigin.GIT, Place("fields/s.yaml", 1)),
        Attribute("field_type", None, "select", ValueOrigin.LIVE),
        Attribute("icon", None, "i", ValueOrigin.DEFAULT, default=True),
    ),
)


def shown(screen: Screen, *fields: Change) -> list[str]:
    plan = replace(PLAN, changes=fields, drift=(), orphans=())
    groups = FORMATS["text"](plan, WHERE, screen).split("\n\n")
    return groups[1].split("\n")


def test_a_new_field_is_a_line_unless_more_is_asked_for() -> None:
    head = '+ site  "Site", select, basic, place  (3 attributes)'
    more = "  and 1 more attribute at its default; --verbose lists each"
    assert shown(PIPE, NEW) == [head, more]
    assert shown(Screen(verbose=True), NEW) == [
        head,
        '    category:     ["basic", "place"]  [git fields/s.yaml:2]',
        '    display_name: "Site"  [git fields/s.yaml:1]',
        '    field_type:   "select"  [live]',
        '    icon:         "i"  [default]',
    ]
    gone = Change("rack", Action.DELETE, (Attribute("order", 5, None, ValueOrigin.DEFAULT),))
    assert shown(Screen(verbose=True), gone)[-1] == "    order: 5  [default]"


def test_defaults_that_an_update_fills_in_are_counted() -> None:
    updated = replace(NEW, action=Action.UPDATE)
    assert shown(PIPE, updated)[-1] == "    1 attribute at its default"
    assert shown(Screen(verbose=True), updated)[-1].startswith("    icon:         (none) -> ")


def test_values_that_do_not_fit_are_below_each_other() -> None:
    text = "Where to find the machine in its room, as printed on the rack's door"
    attribute = Attribute("help", text, text + ".", ValueOrigin.GIT, Place("fields/rack.yaml", 3))
    plan = replace(PLAN, changes=(Change("rack", Action.UPDATE, (attribute,)),), drift=())
    beside = f'    help: "{text}" -> "{text}."  [git fields/rack.yaml:3]'
    assert beside in FORMATS["text"](plan, WHERE, PIPE).splitlines()
    lines = FORMATS["text"](plan, WHERE, Screen(width=80)).splitlines()
    at = lines.index("    help:  [git fields/rack.yaml:3]")
    assert lines[at + 1 : at + 3] == [f'      - "{text}"', f'      + "{text}."']


def test_long_values_are_shown_where_they_differ() -> None:
    same = "a" * 200
    attribute = Attribute("help", f"{same} old", f"{same} new", ValueOrigin.LIVE)
    plan = replace(PLAN, changes=(Change("rack", Action.UPDATE, (attribute,)),))
    assert f'…{"a" * 19} old" -> …{"a" * 19} new"' in FORMATS["text"](plan, WHERE, PIPE)


def test_nothing_to_do_is_one_plain_sentence() -> None:
    nothing = replace(PLAN, changes=(), drift=(), refusals=(), orphans=())
    last = FORMATS["text"](nothing, WHERE, PIPE).splitlines()[-1]
    assert last == "No changes: the document stays as it is."


def test_the_past_tense_is_for_what_happened() -> None:
    said = counts(PLAN, AFTER)
    assert "to create" not in said
    for word in ("created", "updated", "deleted"):
        assert word in said
        assert word not in FORMATS["text"](PLAN, WHERE, PIPE)
        assert word not in FORMATS["markdown"](PLAN, WHERE, PIPE)


def test_json_has_the_documented_shape() -> None:
    found = json.loads(FORMATS["json"](PLAN, WHERE, PIPE))
    Draft202012Validator(SHAPE).validate(found)
    assert [change["action"] for change in found["changes"]] == ["update", "create", "delete"]
    assert found["changes"][0]["attributes"][4]["origin"] == "live"
    assert found["drift"][0]["field"] is None
    assert found["refusals"] == [
        {"guard": "deletes", "message": "6 of 9 fields", "flag": "--allow-deletes"},
        {"guard": "prune", "message": "not every source could be read", "flag": None},
    ]
    assert found["store"] == {
        "bytes": 1536,
        "limit": 524288,
        "largest": {"key": "a/fields.sync", "bytes": 1536},
        "writes": 1,
    }
    assert found["notes"] == []


# --------------------------------------------------------------------------- other people's text

NASTY = [
    *("\x1b[2J", "a\nb", "\r::error::x", "\u202eabc", "\x9b31m", "\ud800", "\u2028"),
    *("a|b", "`code`", "@team", "<img src=x>", "::set-output name=a::b", "[x](http://e.x)", "# h"),
    *("</code>", "<!--", "&lt;", "http://example.com", "~~x~~", "$\\alpha$", "\\", "www.e.x"),
]
TEXT = st.sampled_from(NASTY) | st.text(max_size=6)


def nasty(name: str, value: str, detail: str) -> Plan:
    place = Place(f"fields/{name}.yaml", 1, 1)
    attribute = Attribute(name, value, [value], ValueOrigin.GIT, place)
    return Plan(
        changes=(
            Change(name, Action.UPDATE, (attribute,)),
            Change(name, Action.CREATE, (attribute,)),
            Change(name, Action.DELETE, (attribute,)),
        ),
        drift=(FieldDrift(name, Drift.BOTH, (name,), detail),),
        orphans=(name,),
        unchanged=0,
        status_changes=False,
        head_changes=False,
        refusals=(Refusal("owner", detail, "--take-over"),),
        warnings=(detail,),
        digest="sha256:0",
        store=Headroom(1, 2, name, 1),
        notes=(detail,),
        total=1,
    )


@given(TEXT, TEXT, TEXT)
def test_text_sends_nothing_that_a_terminal_obeys(name: str, value: str, detail: str) -> None:
    text = FORMATS["text"](nasty(name, value, detail), WHERE, PIPE)
    assert raw_controls(text) == set()
    plain = FORMATS["text"](nasty("n", "v", "d"), WHERE, PIPE)
    assert text.count("\n") == plain.count("\n")


@given(TEXT, TEXT, TEXT)
def test_json_carries_any_text_unchanged(name: str, value: str, detail: str) -> None:
    text = FORMATS["json"](nasty(name, value, detail), WHERE, PIPE)
    assert raw_controls(text) == set()
    found = json.loads(text)
    if name:
        Draft202012Validator(SHAPE).validate(found)
    assert found["changes"][0]["attributes"][0]["old"] == value


# --------------------------------------------------------------------------- differences


@given(st.dictionaries(st.text(max_size=4), JSON), st.dictionaries(st.text(max_size=4), JSON))
def test_every_difference_has_a_place_and_equal_fields_have_none(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    left, right = {**old, "name": "a"}, {**new, "name": "a"}
    found = differences(left, right)
    assert bool(found) is (json.dumps(left, sort_keys=True) != json.dumps(right, sort_keys=True))
    assert all(
        difference.attribute in {**old, **new} or "." in difference.attribute
        for difference in found
    )


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ({"options": ["a", "b"]}, {"options": ["a", "b", "c"]}, ["options[2]"]),
        ({"validation": {"regex": "a"}}, {"validation": {"regex": "b"}}, ["validation.regex"]),
        ({"order": 1}, {"order": 2, "icon": "x"}, ["icon", "order"]),
        ({"required": 1}, {"required": True}, ["required"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, ["a.b[0].c"]),
    ],
)
def test_places_inside_lists_and_maps_are_named(
    old: dict[str, Any], new: dict[str, Any], places: list[str]
) -> None:
    found = differences({"name": "x", **old}, {"name": "x", **new})
    assert [difference.place for difference in found] == places


def test_a_live_field_that_has_hardly_an_attribute_is_compared_place_by_place() -> None:
    """An application may write what little it knows: `{"name": "company", "order": 1}`."""
    found = differences({"name": "company", "order": 1}, a_field("company", order=2))
    assert ("order", 1, 2) in [(d.place, d.old, d.new) for d in found]
    assert len(found) == len(a_field("company")) - 1


# --------------------------------------------------------------------------- what it means


def test_what_breaks_is_told_apart_from_what_only_changes() -> None:
    lines = FORMATS["text"](PLAN, WHERE, PIPE).splitlines()
    assert lines[lines.index("breaking (1)") + 1].endswith("3 of 4 services lack it")
    assert lines[lines.index("impact (1)") + 1] == "    all pages gain a column: site"
    assert not any("no source gives" in line for line in lines)  # a warning says it


def test_json_has_counts_places_and_the_impact() -> None:
    found = json.loads(FORMATS["json"](PLAN, WHERE, PIPE))
    assert found["counts"] == {
        "create": 1,
        "update": 1,
        "delete": 1,
        "unchanged": 4,
        "orphans": 1,
        "total": 7,
    }
    first = found["changes"][0]["attributes"][0]
    assert first["where"] == {"path": "fields/company.yaml", "line": 3}
    assert found["drift"][0]["detail"] == "record"
    assert found["impact"][1] == {
        "kind": "page-gains",
        "field": None,
        "message": "all pages gain a column: site",
        "breaking": False,
        "services": None,
    }


def test_a_plan_against_a_commit_says_so() -> None:
    commit = "git:" + "a" * 40
    plan = replace(PLAN, against=commit, environment="staging")
    assert FORMATS["text"](plan, "git:main (aaaa)", PIPE).startswith(
        "plan against git:main (aaaa)\n"
    )
    found = json.loads(FORMATS["json"](plan, WHERE, PIPE))
    assert (found["against"], found["environment"]) == (commit, "staging")


# --------------------------------------------------------------------------- origins of a real plan


def origins(world: World) -> dict[str, str]:
    world.now = world.now.replace(year=2026)
    found = json.loads(FORMATS["json"](world.evaluate().plan, WHERE, PIPE))
    Draft202012Validator(SHAPE).validate(found)
    return {a["name"]: a["origin"] for change in found["changes"] for a in change["attributes"]}


def test_what_git_begins_to_say_inside_validation_comes_from_git() -> None:
    world = World({"company": {"order": 1}}, (read("m", "company"),))
    world.sync()
    world.files["company"]["validation"] = {"regex": "^a$"}
    found = origins(world)
    assert {origin for name, origin in found.items() if name.startswith("validation")} == {"git"}


def test_structure_comes_from_prometheus_and_the_rest_of_a_new_field_from_defaults() -> None:
    world = World({"company": {"order": 1}}, (read("m", "company"),))
    found = origins(world)
    assert found["order"] == "git"
    assert found["regex"] == found["source_label"] == found["replacement"] == "prometheus"
    assert found["display_name"] == "default"


def test_what_a_backup_puts_back_counts_as_live() -> None:
    world = World({"company": {"order": 1}}, (read("m", "company"),))
    world.sync()
    world.edit("company", placeholder="typed")
    world.sync()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company")))
    assert origins(world)["placeholder"] == "live"


@pytest.mark.parametrize(("count", "lines"), [(5, 10), (6, 1)])
def test_many_fields_in_which_only_structure_changes_are_one_line(count: int, lines: int) -> None:
    regex = Attribute("regex", None, "(.*)", ValueOrigin.PROMETHEUS)
    fields = tuple(Change(f"f{i}", Action.UPDATE, (regex,)) for i in range(count))
    shown = [str(line) for group in changes.groups(fields, PIPE) for line in group]
    assert len(shown) == lines
    if lines == 1:
        assert shown[0] == "~ 6 fields: regex as Prometheus gives it (f0, f1, f2, f3, f4, ...)"
