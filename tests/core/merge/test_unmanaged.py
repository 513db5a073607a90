"""What becomes of labels that have no field file, as the setting ``unmanaged`` says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.document.attributes import shows_field
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.outcome import Drift
from tests.core.build import (
    KEYS,
    World,
    a_document,
    a_field,
    adopted,
    desired_state,
    evaluated,
    present,
    read,
    shown,
    snapshot,
    unread,
)

HIDE, SHOW, IGNORE = Unmanaged.HIDE, Unmanaged.SHOW, Unmanaged.IGNORE
NOWHERE = {attribute: False for attribute in a_field("x") if shows_field(attribute)}
EVERYWHERE = {"pages": "all", "visibility": {"table": True, "form": True, "filter": True}}


def world_with(unmanaged: Unmanaged, *labels: str) -> World:
    world = World({"company": {}}, (read("m", "company", *labels),), unmanaged=unmanaged)
    world.sync()
    return world


def shows(entry: dict[str, Any]) -> dict[str, Any]:
    return {attribute: value for attribute, value in entry.items() if shows_field(attribute)}


def test_a_hidden_label_is_a_field_that_is_shown_nowhere() -> None:
    world = world_with(HIDE, "rack")
    assert shows(world.live("rack")) == NOWHERE
    assert world.live("rack")["enabled"] is True
    assert world.live("rack")["source_label"] == "__meta_rack"
    assert {name for name, _ in shown(world.document())} == {"company"}
    again = world.evaluate()
    assert again.scope is Scope.NOTHING
    assert ("rack", Drift.UNMANAGED) in [(d.field, d.drift) for d in again.plan.drift]


def test_an_ignored_label_is_no_field_and_still_a_label_of_its_source() -> None:
    world = world_with(IGNORE, "rack")
    assert world.names() == ["company"]
    (server,) = world.document()["extraction_status"]["server_status"]
    assert [entry["name"] for entry in server["fields"]] == ["company", "rack"]
    assert world.evaluate().scope is Scope.NOTHING


def test_a_misspelt_file_is_told_the_label_that_is_ignored() -> None:
    world = world_with(IGNORE, "rack")
    world.files["rakc"] = {}
    assert any("did you mean 'rack'?" in warning for warning in world.evaluate().plan.warnings)


FEW = settings(max_examples=25)
CUSTOM = st.fixed_dictionaries(
    {},
    optional={
        "display_name": st.just("By hand"),
        "required": st.booleans(),
        "show_in_table": st.booleans(),
        "show_in_services": st.booleans(),
        "enabled": st.booleans(),
        "icon": st.just("box"),
    },
)


@FEW
@given(
    live=st.dictionaries(st.sampled_from(["rack", "site", "vendor"]), CUSTOM, min_size=1),
    labels=st.sets(st.sampled_from(["rack", "site", "vendor", "tier"])),
    before=st.sampled_from(Unmanaged),
    after=st.sampled_from(Unmanaged),
    prune=st.booleans(),
)
def test_no_setting_takes_anything_away_that_is_live(
    live: dict[str, dict[str, Any]],
    labels: set[str],
    before: Unmanaged,
    after: Unmanaged,
    prune: bool,
) -> None:
    world = World({"company": {}}, (read("m", "company", *live, *labels),), unmanaged=before)
    world.store.put(
        KEYS.document, a_document(*(a_field(name, **custom) for name, custom in live.items()))
    )
    world.sync(changes=True)
    was = {entry["name"]: entry for entry in world.document()["fields"]}
    world.unmanaged, world.prune = after, prune
    world.sync()
    now = {entry["name"]: entry for entry in world.document()["fields"]}
    assert {name: now.get(name) for name in was} == was


@FEW
@given(
    live=st.dictionaries(st.sampled_from(["rack", "site", "vendor"]), CUSTOM, min_size=1),
    labels=st.sets(st.sampled_from(["rack", "site", "vendor", "tier", "os"])),
    setting=st.sampled_from([HIDE, IGNORE]),
)
def test_the_first_sync_after_an_adoption_changes_nothing_that_is_shown(
    live: dict[str, dict[str, Any]], labels: set[str], setting: Unmanaged
) -> None:
    world = World(readings=(read("m", *labels),), unmanaged=setting)
    document = a_document(*(a_field(name, **custom) for name, custom in live.items()))
    world.store.put(KEYS.document, document)
    world.files = adopted(world)
    world.sync(changes=True)
    assert shown(world.document()) == shown(document)
    assert {name for name in world.names() if name in live} == live.keys()


def test_without_a_setting_the_first_sync_after_an_adoption_shows_every_label() -> None:
    """What the setting is for: the columns that nobody asked for."""
    world = World(readings=(read("m", "rack", "tier"),))
    world.store.put(KEYS.document, a_document(a_field("rack")))
    world.files = adopted(world)
    world.sync(changes=True)
    assert ("tier", "services") in shown(world.document())


def test_a_document_without_some_attributes_is_completed_as_it_was_shown() -> None:
    """A page whose attribute is not there shows the field."""
    field = a_field("rack")
    del field["show_in_services"]
    evaluation = evaluated(
        desired_state(readings=[read("m", "rack")], unmanaged=HIDE),
        snapshot(document=present(a_document(field))),
    )
    assert evaluation.target.document.fields["rack"]["show_in_services"] is True


class TestAFileThatLeftGit:
    def world(self, setting: Unmanaged) -> World:
        world = World(
            {"company": {}, "rack": {"display_name": "Row", **EVERYWHERE}},
            (read("m", "company", "rack"),),
            unmanaged=setting,
        )
        world.sync()
        del world.files["rack"]
        return world

    def test_its_field_is_hidden(self) -> None:
        world = self.world(HIDE)
        world.sync()
        assert shows(world.live("rack")) == {**NOWHERE}
        assert world.live("rack")["display_name"] == "Rack"
        assert world.evaluate().scope is Scope.NOTHING

    def test_what_people_showed_since_stays_shown(self) -> None:
        world = self.world(HIDE)
        world.edit("rack", show_in_dashboard=True)
        world.sync()
        assert world.live("rack")["show_in_dashboard"] is True
        assert world.live("rack")["show_in_table"] is False

    def test_its_field_is_deleted_where_labels_without_a_file_are_ignored(self) -> None:
        world = self.world(IGNORE)
        world.readings = (unread("m"),)
        assert world.sync()[0].merged.deleted == ()
        world.readings = (read("m", "company", "rack"),)
        assert world.sync()[0].merged.deleted == ("rack",)
        assert world.names() == ["company"]

    def test_its_field_stays_as_it_is_if_people_customized_it(self) -> None:
        world = self.world(IGNORE)
        world.edit("rack", placeholder="third row")
        before = world.live("rack")
        world.prune = True
        world.sync()
        assert world.live("rack") == before
        assert world.evaluate().scope is Scope.NOTHING


def test_a_new_file_that_does_not_say_where_to_show_the_field_is_told_so() -> None:
    world = world_with(HIDE, "rack")
    world.files["rack"] = {"display_name": "Row"}
    assert [w for w in world.evaluate().plan.warnings if w.startswith("rack: shown nowhere")]
    world.files["rack"] = {"display_name": "Row", **EVERYWHERE}
    assert world.sync()[0].plan.warnings == ()
    assert ("rack", "services") in shown(world.document())


@pytest.mark.parametrize("recreated", [True, False])
def test_a_hidden_field_comes_back_hidden(recreated: bool) -> None:
    world = world_with(HIDE, "rack")
    world.store.delete(KEYS.document)
    if recreated:
        world.store.put(KEYS.document, a_document(a_field("company"), a_field("rack")))
    world.sync()
    assert shows(world.live("rack")) == NOWHERE


def test_hidden_fields_count_as_no_customization() -> None:
    world = world_with(HIDE, "rack", "site")
    world.edit("site", placeholder="here")
    assert world.evaluate().merged.preserved == ("site",)
