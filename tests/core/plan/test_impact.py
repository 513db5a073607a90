"""The blast radius: what is told, what breaks, and what must never be taken for a break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.plan.evaluate import Evaluation, with_impact
from fieldkeep.core.plan.findings import Impact
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.plan.usage import Registered, Unknown, Usage, lacking, metadata_key, using
from tests.core.build import (
    EVERYTHING,
    KEYS,
    PAGES,
    World,
    a_document,
    a_field,
    a_file,
    desired_state,
    evaluated,
    label,
    present,
    read,
    rule,
    snapshot,
)

META = "__meta_consul_service_metadata_"
UNKNOWN = Unknown("nobody answered")
EVERY = replace(EVERYTHING, breaking=False)
SERVICES = Registered(({"company": "a"}, {"company": ""}, {"Company": "a"}, {"tier": "gold"}))


def from_metadata(name: str) -> Any:
    return label(name, rule(META + name))


def world(*extracted: str, **files: dict[str, Any]) -> World:
    """Applied once, with these labels made of service metadata."""
    made = World(files, (read("m", *map(from_metadata, extracted or files)),))
    made.sync()
    return made


def weighed(made: World, usage: Usage = UNKNOWN, **allowed: bool) -> Evaluation:
    return with_impact(made.evaluate(), usage, Allowed(**allowed))


def impact(made: World, usage: Usage = UNKNOWN) -> list[Impact]:
    return list(weighed(made, usage).plan.impact)


def kinds(made: World, usage: Usage = UNKNOWN) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.field, one.breaking) for one in impact(made, usage)]


# --------------------------------------------------------------------------- columns


def test_the_first_apply_gives_columns_and_breaks_nothing() -> None:
    made = World({"company": {"required": True, "type": "number"}}, (read("m", "company"),))
    assert [one.message for one in impact(made)] == ["all pages gain a column: company"]
    assert not weighed(made).pending_impact.needs_catalog


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        ({"pages": ["services"]}, ["all pages but services lose a column: company"]),
        ({"pages": list(PAGES[2:])}, ["services, exporters lose a column: company"]),
        ({"enabled": False}, ["all pages lose a column: company"]),
        ({"visibility": {"table": False}}, ["all pages lose a column: company"]),
        ({"visibility": {"form": False}}, []),
        ({"description": "x"}, []),
    ],
)
def test_columns(change: dict[str, Any], messages: list[str]) -> None:
    made = world(company={})
    made.files["company"] = change
    assert [one.message for one in impact(made)] == messages
    made.sync()
    made.files["company"] = {"pages": "all", "enabled": True, "visibility": {"table": True}}
    gained = [message.replace("lose", "gain") for message in messages]
    assert [one.message for one in impact(made)] == gained


def test_pages_that_gain_the_same_fields_are_told_together() -> None:
    made = world(company={"pages": []}, tier={"pages": []}, site={"pages": ["services"]})
    made.files = {
        "company": {"pages": ["services", "blackbox"]},
        "tier": {"pages": ["services", "blackbox"]},
        "site": {"pages": []},
    }
    assert [(one.kind, one.message) for one in impact(made)] == [
        ("page-gains", "services, blackbox gain 2 columns: company, tier"),
        ("page-loses", "services loses a column: site"),
    ]


# --------------------------------------------------------------------------- required


def test_required_counts_the_services_that_lack_it() -> None:
    made = world(company={})
    made.files["company"] = {"required": True}
    assert weighed(made).pending_impact.needs_catalog
    message = "becomes required; 3 of 4 registered services lack it"
    assert impact(made, SERVICES) == [Impact("required", "company", message, True, 3)]
    everyone = Registered(({"company": "a"},) * 2)
    assert kinds(made, everyone) == [("required", "company", False)]
    assert impact(made, everyone)[0].services == 0


def test_what_nobody_counted_breaks() -> None:
    made = world(company={})
    made.files["company"] = {"required": True}
    message = "becomes required; how many services lack it is not known (nobody answered)"
    assert impact(made) == [Impact("required", "company", message, True, None)]


@pytest.mark.parametrize("source", ["__address__", "__meta_consul_node", "__meta_consul_tags"])
def test_a_label_that_is_not_made_of_metadata_cannot_be_counted(source: str) -> None:
    made = World({"company": {}}, (read("m", label("company", rule(source))),))
    made.sync()
    made.files["company"] = {"required": True}
    assert not weighed(made).pending_impact.needs_catalog
    (found,) = impact(made, SERVICES)
    assert found.breaking
    assert f"its label comes from {source}, not from metadata" in found.message


def test_a_new_required_field_asks_too() -> None:
    made = world("company", "tier", company={})
    made.files["tier"] = {"required": True}
    assert ("required", "tier", True) in kinds(made, SERVICES)
    made.files["other"] = {"required": True}
    assert ("required", "other", True) in kinds(made, SERVICES)


def test_no_longer_required_is_no_break() -> None:
    made = world(company={"required": True})
    made.files["company"] = {"required": False}
    assert impact(made) == []


# --------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({"enabled": False}, "not enabled"),
        ({"pages": []}, "on no page"),
    ],
)
def test_a_required_field_that_no_form_shows_breaks_once(entries: dict[str, Any], why: str) -> None:
    made = world(company={"required": True, "order": 1})
    made.files = {"company": {"required": True, "order": 1, **entries}}
    found = [one for one in impact(made) if one.kind == "unfillable"]
    assert [(one.field, one.breaking) for one in found] == [("company", True)]
    assert found[0].message == f"required, but {why}: people cannot fill it in"
    made.sync(breaking=True)
    made.files = {"company": {"required": True, "order": 2, **entries}}
    assert "unfillable" not in {one.kind for one in impact(made)}


def test_a_required_field_that_a_program_fills_in_breaks_nothing() -> None:
    made = world(company={"required": True})
    made.files = {"company": {"required": True, "visibility": {"form": False}}}
    assert "unfillable" not in {one.kind for one in impact(made)}


@pytest.mark.parametrize("entries", [{"enabled": False}, {"pages": []}])
def test_a_hidden_field_that_is_not_required_breaks_nothing(entries: dict[str, Any]) -> None:
    made = world(company={"required": True})
    made.files = {"company": {"required": False, **entries}}
    assert "unfillable" not in {one.kind for one in impact(made)}


def selecting(*options: str) -> dict[str, Any]:
    return {"type": "select", "options": list(options)}


def test_removed_options_count_the_services_that_use_them() -> None:
    made = world(tier=selecting("gold", "silver", "tin"))
    made.files["tier"] = selecting("silver", "iron")
    message = 'loses the options "gold", "tin"; 1 of 4 registered services uses one of them'
    assert impact(made, SERVICES) == [Impact("option-removed", "tier", message, True, 1)]
    assert kinds(made) == [("option-removed", "tier", True)]
    unused = Registered(({"tier": "silver"},))
    assert kinds(made, unused) == [("option-removed", "tier", False)]


def test_options_that_come_or_move_remove_nothing() -> None:
    made = world(tier=selecting("gold", "silver"))
    made.files["tier"] = selecting("silver", "iron", "gold")
    assert impact(made) == []


def test_options_of_what_becomes_free_text_are_no_loss() -> None:
    made = world(tier=selecting("gold", "silver"))
    made.files["tier"] = {"type": "string"}
    assert impact(made) == []


# --------------------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("was", "now", "narrowed"),
    [
        ("string", "text", False),
        ("text", "string", False),
        ("number", "string", False),
        ("select", "text", False),
        ("string", "number", True),
        ("text", "url", True),
        ("number", "boolean", True),
        ("select", "number", True),
        ("string", "string", False),
    ],
)
def test_types(was: str, now: str, narrowed: bool) -> None:
    options = {"options": ["a"]} if "select" in (was, now) else {}
    made = world(company={"type": was, **options})
    made.files["company"] = {"type": now, **options}
    assert kinds(made) == ([("type-narrowed", "company", True)] if narrowed else [])


def test_a_document_that_git_never_knew_counts_as_it_is_live() -> None:
    live = present(a_document(a_field("company", field_type="text")))
    desired = desired_state([a_file("company", type="number")], (read("m", "company"),))
    found = with_impact(evaluated(desired, snapshot(document=live)), UNKNOWN, Allowed())
    assert [one.kind for one in found.plan.impact if one.breaking] == ["type-narrowed"]


# --------------------------------------------------------------------------- names

SAID = {"category": "basic", "type": "number", "order": 3}


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        (SAID, SAID, True),
        ({**SAID, "display_name": "Compny"}, {**SAID, "display_name": "Company"}, True),
        ({**SAID, "display_name": "Owner"}, {**SAID, "display_name": "Owner"}, True),
        ({**SAID, "display_name": "Compny"}, {**SAID, "display_name": "Compny"}, True),
        ({"display_name": "Owner"}, {"display_name": "Owner"}, True),
        ({**SAID, "display_name": "Owner"}, {**SAID, "display_name": "Company"}, False),
        (SAID, {**SAID, "order": 4}, False),
        (SAID, {"category": "basic"}, False),
        ({}, {}, False),
        ({"display_name": "Compny"}, {"display_name": "Company"}, False),
    ],
)
def test_renamed(old: dict[str, Any], new: dict[str, Any], renamed: bool) -> None:
    made = world("compny", "company", compny=old, zone={"order": 1})
    del made.files["compny"]
    made.files["company"] = new
    found = [one for one in impact(made) if one.kind == "renamed"]
    assert [(one.field, one.breaking) for one in found] == ([("compny", True)] if renamed else [])
    if renamed:
        assert "seems renamed to company" in found[0].message


def test_two_that_left_are_not_renamed_to_the_same_one() -> None:
    made = world("a", "b", "c", a=SAID, b=SAID)
    made.files = {"c": SAID}
    assert [one.field for one in impact(made) if one.kind == "renamed"] == ["a"]


def test_a_field_that_only_left_or_only_came_is_not_renamed() -> None:
    made = world("a", "b", "c", a=SAID, b={})
    del made.files["a"]
    assert "renamed" not in [one.kind for one in impact(made)]


# --------------------------------------------------------------------------- what no source gives


def test_what_no_source_gives_is_told_where_it_changes() -> None:
    made = world("company", company={}, ghost={})
    assert impact(made) == []
    made.files["ghost"] = {"order": 3}
    assert impact(made) == [Impact("not-produced", "ghost", "no source gives this label")]


# --------------------------------------------------------------------------- the guard

NARROW = {"type": "number", "required": True}


def guards(found: Evaluation) -> list[tuple[str, str]]:
    return [(refusal.guard, refusal.flag) for refusal in found.plan.refusals]


def test_the_guard_says_its_numbers_and_its_flag() -> None:
    made = world(company={}, tier=selecting("gold", "silver"))
    made.files = {"company": NARROW, "tier": selecting("silver")}
    found = weighed(made, SERVICES)
    assert guards(found) == [("breaking", "--allow-breaking")]
    message = found.plan.refusals[0].message
    assert message.startswith("3 changes break what others rely on: ")
    assert "company: becomes required; 3 of 4 registered services lack it" in message
    assert "tier: loses the option" in message
    allowed = weighed(made, SERVICES, breaking=True)
    assert allowed.plan.refusals == ()
    assert allowed.plan.impact == found.plan.impact


def test_every_other_flag_leaves_it() -> None:
    made = world(company={})
    made.files["company"] = NARROW
    found = with_impact(made.evaluate(), UNKNOWN, EVERY)
    assert guards(found) == [("breaking", "--allow-breaking")]


def broken(made: World) -> list[str]:
    return [one.kind for one in impact(made) if one.breaking]


@pytest.mark.parametrize(
    "lost",
    [
        [KEYS.document],
        [KEYS.document, KEYS.record],
        [KEYS.document, KEYS.backup, KEYS.history],
        list(KEYS.all),
    ],
)
@pytest.mark.parametrize("narrowed", [False, True])
def test_a_document_that_was_lost_is_put_back_whatever_git_says(
    lost: list[str], narrowed: bool
) -> None:
    made = world(company={"type": "string"}, tier=selecting("gold", "silver"))
    if narrowed:
        made.files = {"company": NARROW, "tier": selecting("silver")}
    for key in lost:
        made.store.delete(key)
    assert broken(made) == []
    assert not weighed(made).pending_impact.needs_catalog


def test_a_document_that_was_made_anew_is_put_back() -> None:
    made = world(company=NARROW, tier=selecting("gold"))
    made.store.delete(KEYS.document)
    made.store.put(KEYS.document, a_document(a_field("company"), a_field("tier")))
    assert broken(made) == []


def test_putting_back_what_git_had_is_no_break() -> None:
    made = world(company=NARROW, tier=selecting("gold"))
    made.edit("company", field_type="string", required=False)
    made.edit("tier", options=["gold", "lead"])
    assert broken(made) == []


def test_putting_back_what_the_backup_had_is_no_break() -> None:
    made = world(company=NARROW)
    made.store.delete(KEYS.record)
    made.edit("company", field_type="string", required=False)
    assert broken(made) == []


@pytest.mark.parametrize("put_back", [True, False])
def test_git_may_take_up_a_value_that_only_the_backup_still_has(put_back: bool) -> None:
    made = world(company={})
    if put_back:
        made.edit("company", required=True)
        made.sync()
        made.edit("company", required=False)
    made.files["company"] = {"required": True}
    assert kinds(made) == ([] if put_back else [("required", "company", True)])


def test_what_is_live_already_is_no_break() -> None:
    """An apply that was cut off after its document: the base is the old one."""
    made = world(company={"order": 1})
    made.files["company"] = {"order": 1, **NARROW}
    made.limits = made.too_small(made.evaluate())
    made.write(made.evaluate(), interrupted_after=2)
    assert broken(made) == []


# --------------------------------------------------------------------------- counting

NAMES = st.text(alphabet="aA-_.x", max_size=3)
SERVICE = st.dictionaries(NAMES, st.sampled_from(["", "a", "b"]), max_size=3)


@given(st.lists(SERVICE), NAMES.filter(bool))
def test_each_service_lacks_a_key_or_says_something(
    services: list[Mapping[str, str]], key: str
) -> None:
    lack = lacking(services, key)
    some = using(services, key, ["a", "b"])
    assert lack + some == len(services)
    assert using(services, key, ["a"]) + using(services, key, ["b"]) >= some
    assert using(services, key, []) == 0


def test_keys_are_compared_as_prometheus_writes_them() -> None:
    services = [{"my-key.x": "1"}, {"my_key_x": "1"}, {"My-key.x": "1"}]
    assert lacking(services, "my_key_x") == 1
    assert metadata_key(META + "my_key_x") == "my_key_x"
    assert metadata_key(META) is None
    assert metadata_key("__meta_consul_metadata_x") is None


# --------------------------------------------------------------------------- any two states

ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "text", "number", "boolean", "url"]),
        "required": st.booleans(),
        "pages": st.sampled_from(["all", ["services"], []]),
        "order": st.integers(1, 3),
    },
)
FILES = st.dictionaries(st.sampled_from(["a", "b", "c"]), ATTRIBUTES, min_size=1)


@given(FILES, FILES, st.sampled_from([*KEYS.all, "everything"]))
def test_losing_keys_never_makes_the_guard_refuse_what_was_applied(
    first: dict[str, dict[str, Any]], then: dict[str, dict[str, Any]], lost: str
) -> None:
    """Whatever was applied, and whichever key is then lost, applying it again breaks nothing."""
    made = World(first, (read("m", "a", "b", "c"),), allowed=EVERY)
    made.sync()
    made.files = then
    made.sync()
    for key in KEYS.all if lost == "everything" else [lost]:
        made.store.delete(key)
    assert broken(made) == []


@given(FILES, FILES)
def test_order_of_files_and_services_tells_nothing(
    first: dict[str, dict[str, Any]], then: dict[str, dict[str, Any]]
) -> None:
    made = World(first, (read("m", *map(from_metadata, "abc")),), allowed=EVERY)
    made.sync()
    made.files = then
    services: tuple[dict[str, str], ...] = ({"a": "1"}, {"b": "1", "c": ""}, {})
    found = impact(made, Registered(services))
    made.files = dict(reversed(then.items()))
    assert impact(made, Registered(services[::-1])) == found
    assert all(one.services for one in found if one.breaking and one.kind == "required")
