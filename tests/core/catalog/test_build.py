"""What the catalogue says of a field, and that what is unknown never looks empty."""

from __future__ import annotations

from fieldkeep.core.catalog.build import Known, build
from fieldkeep.core.catalog.catalog import Commit, State, Unknown
from fieldkeep.core.merge.outcome import ValueOrigin
from fieldkeep.model import Certainty, LabelReading, Place, Problem, Severity
from tests.core.build import KEYS, World, label, read, rule, unread
from tests.core.catalog.build import ABOUT, blind, catalog, edited, field


def a_world() -> World:
    world = World(
        {"company": {"display_name": "Company", "required": True}, "site": {}},
        (read("north", "company", "site", "vendor"), read("south", "company")),
    )
    world.sync()
    return world


def test_a_field_that_is_in_sync() -> None:
    company = field(catalog(a_world()), "company")
    assert company.states == (State.IN_SYNC,)
    assert company.git == {"display_name": "Company", "required": True}
    assert company.live == company.after
    assert company.live is not None
    assert company.live["display_name"] == "Company"
    assert company.origins["required"] is ValueOrigin.GIT
    assert [(one.source, one.certainty) for one in company.attached] == [
        ("north", Certainty.ALWAYS),
        ("south", Certainty.ALWAYS),
    ]


def test_live_git_and_the_result_are_told_apart() -> None:
    world = a_world()
    edited(world, "company", display_name="Firm", description="Pays")
    company = field(catalog(world), "company")
    assert company.states == (State.DRIFT, State.CHANGE)
    sides = [side["display_name"] for side in (company.live, company.git, company.after) if side]
    assert sides == ["Firm", "Company", "Company"]
    assert company.after is not None
    assert company.after["description"] == "Pays"  # git is silent


def test_what_only_the_application_has() -> None:
    world = a_world()
    found = catalog(world)
    assert field(found, "vendor").states == (State.UNMANAGED,)
    world.readings = (read("north", "company", "site"), read("south", "company"))
    assert State.ORPHAN in field(catalog(world), "vendor").states


def test_a_field_that_only_backups_have() -> None:
    world = a_world()
    document = world.store.json(KEYS.document)
    document["fields"] = [entry for entry in document["fields"] if entry["name"] != "vendor"]
    world.store.put(KEYS.document, document)
    world.readings = (read("north", "company", "site"), read("south", "company"))
    vendor = field(catalog(world), "vendor")
    assert vendor.states == (State.GONE,)
    assert vendor.history


def test_a_store_that_cannot_be_read_is_unknown() -> None:
    found = blind(a_world(), "no route to host")
    assert found.live == found.after == Unknown("no route to host")
    assert field(found, "company").states == (State.UNKNOWN,)
    assert field(found, "company").git is not None
    assert found.versions == ()


def test_a_source_that_cannot_be_read_keeps_what_was_known() -> None:
    world = a_world()
    world.readings = (read("north", "company", "site", "vendor"), unread("south"))
    found = catalog(world)
    assert [source.unread for source in found.sources] == ["", "connection refused"]
    attached = field(found, "company").attached
    assert [(one.source, one.certainty) for one in attached] == [
        ("north", Certainty.ALWAYS),
        ("south", None),
    ]


def test_warnings_stand_with_their_field() -> None:
    where = Place("fields/site.yaml", 3, 1)
    problem = Problem(where, "rule/order", "order 3 is taken", "choose another", Severity.WARNING)
    site = field(catalog(a_world(), problems=[problem]), "site")
    assert site.states == (State.WARNING, State.IN_SYNC)
    assert site.warnings == ("fields/site.yaml:3:1: order 3 is taken; choose another",)


def test_the_newest_commit_of_each_file() -> None:
    newer = Commit("b" * 40, "Bo", "2026-02-02T10:00:00+01:00", "Say more", {"site": "M"})
    older = Commit("a" * 40, "Ada", "2026-01-01T10:00:00Z", "Begin", {"site": "A", "company": "A"})
    found = catalog(a_world(), (newer, older))
    assert field(found, "site").changed == newer
    assert field(found, "company").changed == older
    assert field(found, "vendor").changed is None


def test_a_shallow_clone_does_not_know_who_changed_what_last() -> None:
    cut = Commit("a" * 40, "Ada", "2026-01-01T10:00:00Z", "Squash", {"site": "A"}, cut_off=True)
    assert isinstance(field(catalog(a_world(), (cut,)), "site").changed, Unknown)


def test_versions_are_the_backups_and_what_is_live() -> None:
    world = a_world()
    world.files["company"]["display_name"] = "Firm"
    world.sync()
    edited(world, "site", description="Where")
    versions = catalog(world).versions
    assert [(v.index, v.fields, v.changed) for v in versions] == [
        (1, 3, 3),
        (0, 3, 1),
        (None, 3, 1),
    ]


def test_a_maybe_and_its_rules() -> None:
    world = World({}, (read("north", label("rack", certainty=Certainty.MAYBE)),))
    (one,) = field(catalog(world), "rack").attached
    assert one.certainty is Certainty.MAYBE
    assert one.rules[0].source_labels == ("__meta_rack",)


def test_a_family_of_labels_may_have_the_name_of_a_field() -> None:
    family = LabelReading("$1", Certainty.OPEN, (rule("__meta_(.+)"),), pattern="^(?s:ra.*)$")
    world = World({"rack": {}, "site": {}}, (read("north", family),))
    found = catalog(world)
    (one,) = field(found, "rack").attached
    assert (one.source, one.certainty) == ("north", Certainty.OPEN)
    assert field(found, "site").attached == ()


def test_a_document_that_is_gone_is_not_in_sync_with_the_backup_that_stands_in() -> None:
    world = a_world()
    world.store.delete(KEYS.document)
    found = catalog(world)
    assert {field.states for field in found.fields} == {(State.CHANGE,)}
    assert {field.live for field in found.fields} == {None}
    assert found.unreadable == ""


def test_a_document_that_cannot_be_read_is_unknown() -> None:
    world = a_world()
    world.store.put(KEYS.document, "no document")
    found = catalog(world)
    assert {field.states for field in found.fields} == {(State.CHANGE, State.UNKNOWN)}
    assert found.unreadable == "not an object but str"


def test_no_field_is_in_sync_where_no_plan_could_be_made() -> None:
    world = a_world()
    _, stored = world.look()
    known = Known(world.desired_state(), (), stored, Unknown("git is not installed"), ())
    states = {field.name: field.states for field in build(known, ABOUT).fields}
    assert states == {
        "company": (State.UNKNOWN,),
        "site": (State.UNKNOWN,),
        "vendor": (State.UNMANAGED,),
    }
