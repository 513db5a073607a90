"""What a merge leaves live: git where it speaks, people's edits where it is silent."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document_schema import compile_document
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Json, Source
from tests.core.build import (
    DOCUMENT_FILE,
    KEYS,
    US,
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
    unread,
)

SEVEN = {
    "display_name": "Our company",
    "field_type": "text",
    "category": "basic",
    "available_for_registration": True,
    "show_in_services": False,
    "required": True,
    "show_in_table": False,
}


def drift_of(evaluation: Evaluation, name: str) -> dict[Drift | str, tuple[str, ...]]:
    return {d.drift: d.attributes for d in evaluation.plan.drift if d.field == name}


def synced(*files: str, labels: tuple[str, ...] = ("company",)) -> World:
    world = World({name: {"display_name": "From git"} for name in files}, (read("m", *labels),))
    world.sync()
    return world


# --------------------------------------------------------------------------- who wins


def test_git_wins_where_it_speaks_and_the_edit_is_in_the_history_and_named() -> None:
    world = synced("company")
    world.edit("company", display_name="From the application")
    evaluation, _ = world.sync()
    assert drift_of(evaluation, "company") == {Drift.LIVE_EDITED: ("display_name",)}
    assert world.live("company")["display_name"] == "From git"
    assert "From the application" in world.values_in_backups("company", "display_name")


@pytest.mark.parametrize(("attribute", "value"), sorted(SEVEN.items()))
def test_an_edit_of_what_git_leaves_open_survives(attribute: str, value: object) -> None:
    world = World({"company": {"description": "git says only this"}}, (read("m", "company"),))
    world.sync()
    world.edit("company", **{attribute: value})
    for _ in range(3):
        world.sync()
        assert world.live("company")[attribute] == value


def test_a_removed_line_gives_the_default_unless_somebody_edited_it_since() -> None:
    world = World({"company": {"display_name": "X", "category": "basic"}}, (read("m", "company"),))
    world.sync()
    world.edit("company", category="mine")
    world.files["company"] = {}
    evaluation, _ = world.sync()
    assert drift_of(evaluation, "company") == {
        Drift.GIT_AHEAD: ("display_name",),
        Drift.BOTH: ("category",),
    }
    assert world.live("company")["display_name"] == "Company"
    assert world.live("company")["category"] == "mine"


def test_an_older_value_of_gits_that_came_back_is_no_edit() -> None:
    world = synced("company")
    world.files["company"] = {"display_name": "Second"}
    world.sync()
    world.edit("company", display_name="From git")  # an old version of git's, put back by hand
    world.files["company"] = {}
    world.sync()
    assert world.live("company")["display_name"] == "Company"


def test_unknown_keys_are_kept_in_fields_and_at_the_top() -> None:
    world = synced("company")
    value = world.document()
    value["theme"] = {"dark": [1, None]}
    value["fields"][0]["icon"] = {"name": "building"}
    world.store.put(KEYS.document, value)
    world.files["company"] = {"display_name": "New"}
    world.sync()
    assert world.document()["theme"] == {"dark": [1, None]}
    assert world.live("company")["icon"] == {"name": "building"}


def test_a_live_value_that_consumers_refuse_is_named_left_out_and_kept_in_the_history() -> None:
    world = synced("company")
    world.edit("company", order="first", placeholder="kept")
    evaluation, _ = world.sync()
    assert any("company.order" in warning for warning in evaluation.plan.warnings)
    assert world.live("company")["order"] == 999
    assert world.live("company")["placeholder"] == "kept"
    assert "first" in world.values_in_backups("company", "order")


def test_a_backups_value_that_consumers_refuse_today_is_not_used() -> None:
    """The schema may have become stricter since: a sync must not be stuck for ever."""
    world = synced("company")
    entry = world.store.json(KEYS.backup)
    entry["fields_data"]["fields"][0]["order"] = "first"
    entry["checksum"] = canonical.digest(entry["fields_data"])
    world.store.put(KEYS.backup, entry)
    world.store.put(KEYS.history, [entry])
    value = world.document()
    del value["fields"][0]["order"]
    world.store.put(KEYS.document, value)
    world.sync()
    assert world.live("company")["order"] == 999


def test_one_category_is_the_same_as_a_list_of_it() -> None:
    world = World({"company": {"category": "basic"}}, (read("m", "company"),))
    world.sync()
    world.edit("company", category=["basic"])
    assert world.sync()[1].scope is Scope.NOTHING


# --------------------------------------------------------------------------- numbers and text


def test_an_order_written_with_a_decimal_point_is_live_as_an_integer() -> None:
    """Consumers are strict: ``order`` is an integer there, never ``10.0``."""
    world = World({"company": {"order": 10.0}}, (read("m", "company"),))
    world.sync()
    assert isinstance(world.live("company")["order"], int)


@pytest.mark.parametrize(
    "text",
    [
        b'{"fields": [{"name": "a", "x": 1e999}]}',
        b'{"fields": [{"name": "a", "x": -1e999}]}',
        b'{"fields": [{"name": "a", "x": ' + b"9" * 5000 + b"}]}",
        b'{"fields": [{"name": "a", "x": ' + b"9" * 400 + b"}]}",
        b'{"fields": [{"name": "a", "order": ' + b"9" * 400 + b"}]}",
        rb'{"fields": [{"name": "a", "x": "\ud800"}]}',
        rb'{"fields": [{"name": "\ud800", "x": 1}]}',
        rb'{"fields": [{"name": "a", "\ud800": 1}]}',
        b'{"fields": [{"name": "a", "x": ' + b"[" * 300 + b"]" * 300 + b"}]}",
        b'{"fields": [{"name": "a", "x": ' + b"[" * 900 + b"]" * 900 + b"}]}",
        b'{"fields": [{"name": "a", "x": ' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}]}",
        b'{"top": ' + b"[" * 900 + b"]" * 900 + b', "fields": [{"name": "a"}]}',
        b'{"fields": [{"name": "a"}, {"name": "a"}, 7, null, {"name": 1}, {"name": ""}]}',
        b'{"fields": [{"name": "a", "name": "b"}]}',
        b'{"fields": [{"name": "a"}], "extraction_status": []}',
        b'{"fields": [{"name": "a"}], "extraction_status": {"server_status": [1, {}]}}',
    ],
    ids=lambda text: text[:40].decode(),
)
def test_whatever_json_is_live_a_sync_ends_and_the_next_has_nothing_to_do(text: bytes) -> None:
    world = World({"company": {"display_name": "X"}}, (read("m", "company"),))
    world.store.put(KEYS.document, text)
    world.sync(take_over=True)
    assert world.live("company")["display_name"] == "X"
    json.dumps(world.document(), allow_nan=False)
    evaluation, journal = world.sync()
    assert journal.scope is Scope.NOTHING
    assert not evaluation.plan.pending


def test_entries_that_cannot_be_used_are_backed_up_and_gone_after_a_sync() -> None:
    """Consumers are strict about the document: what is no field must not stay in it."""
    world = synced("company")
    value = world.document()
    value["fields"] += [{"display_name": "nameless"}, {"name": "company", "icon": "second"}]
    world.store.put(KEYS.document, value)
    evaluation, _ = world.sync()
    assert len(world.document()["fields"]) == 1
    assert any("second" in json.dumps(entry) for entry in world.history())
    assert evaluation.plan.warnings
    assert world.sync()[0].plan.warnings == ()


# --------------------------------------------------------------------------- which fields there are


def test_a_label_without_a_file_becomes_a_field_with_defaults() -> None:
    world = synced("company", labels=("company", "glpi_url"))
    assert world.live("glpi_url") == a_field(
        "glpi_url",
        display_name="Glpi Url",
        source_label="__meta_glpi_url",
        regex="(.*)",
        replacement="$1",
    )
    assert not world.evaluate().plan.pending


def test_a_file_without_a_label_is_applied_with_a_warning_and_a_suggestion() -> None:
    evaluation = evaluated(desired_state([a_file("compnay")], [read("m", "company")]))
    assert Drift.NOT_EXTRACTED in drift_of(evaluation, "compnay")
    assert any("company" in warning for warning in evaluation.plan.warnings)
    assert "compnay" in evaluation.target.document.fields


def test_what_is_only_live_stays_as_an_orphan_until_it_is_pruned() -> None:
    world = synced("company", labels=("company", "site"))
    world.readings = (read("m", "company"),)
    evaluation, journal = world.sync()
    assert evaluation.plan.orphans == ("site",)
    assert journal.scope is not Scope.ALL
    world.prune = True
    world.sync()
    assert world.names() == ["company"]


def test_a_field_removed_in_the_application_stays_removed() -> None:
    world = synced("company", labels=("company", "site"))
    world.readings = (read("m", "company"),)
    world.sync()
    value = world.document()
    value["fields"] = [entry for entry in value["fields"] if entry["name"] == "company"]
    world.store.put(KEYS.document, value)
    evaluation, _ = world.sync()
    assert drift_of(evaluation, "site") == {Drift.LIVE_REMOVED: ()}
    assert not evaluation.plan.pending
    assert world.names() == ["company"]


def test_a_field_of_gits_that_vanished_from_live_comes_back() -> None:
    world = synced("company", "site")
    value = world.document()
    value["fields"] = [entry for entry in value["fields"] if entry["name"] == "company"]
    world.store.put(KEYS.document, value)
    evaluation, _ = world.sync()
    assert Drift.LIVE_LOST in drift_of(evaluation, "site")
    assert evaluation.plan.pending
    assert world.live("site")["display_name"] == "From git"


class TestAFileThatLeftGit:
    def world(self) -> World:
        world = World(
            {"company": {"display_name": "A"}, "rack": {"display_name": "B", "order": 3}},
            (read("m", "company"), read("n", "company")),
        )
        world.sync()
        del world.files["rack"]
        return world

    def test_its_field_is_deleted_when_nothing_else_wants_it(self) -> None:
        world = self.world()
        evaluation, _ = world.sync()
        assert evaluation.merged.deleted == ("rack",)
        assert world.names() == ["company"]

    def test_its_field_stays_while_a_source_could_not_be_read(self) -> None:
        world = self.world()
        world.readings = (read("m", "company"), unread("n"))
        evaluation, _ = world.sync()
        assert evaluation.merged.deleted == ()
        assert world.live("rack")["display_name"] == "B"
        world.readings = (read("m", "company"), read("n", "company"))
        assert world.sync()[0].merged.deleted == ("rack",)

    def test_its_field_stays_with_a_customization_that_git_never_set(self) -> None:
        world = self.world()
        world.edit("rack", placeholder="third row")
        evaluation, _ = world.sync()
        assert evaluation.plan.orphans == ("rack",)
        assert world.live("rack")["placeholder"] == "third row"
        assert world.live("rack")["display_name"] == "B"
        assert world.sync()[1].scope is Scope.NOTHING

    def test_only_what_git_owned_goes_back_to_its_default_while_the_label_is_there(self) -> None:
        world = self.world()
        world.edit("rack", placeholder="third row")
        world.readings = (read("m", "company", "rack"),)
        world.sync()
        assert world.live("rack")["display_name"] == "Rack"
        assert world.live("rack")["order"] == 999
        assert world.live("rack")["placeholder"] == "third row"
        assert world.sync()[1].scope is Scope.NOTHING


# --------------------------------------------------------------------------- accidents


def customized() -> World:
    world = World({"company": {"description": "git's"}}, (read("m", "company", "site"),))
    world.sync()
    world.edit("company", **SEVEN)
    world.edit("site", placeholder="where it stands")
    world.sync()
    return world


def test_a_wiped_document_is_back_from_the_backup() -> None:
    world = customized()
    before = world.document()["fields"]
    world.store.delete(KEYS.document)
    evaluation, _ = world.sync()
    assert evaluation.stored.restored_from is not None
    assert world.document()["fields"] == before
    assert world.sync()[1].scope is Scope.NOTHING


@pytest.mark.parametrize("value", [b"", b" \n", b"null", b"{}", b'{"fields": []}', b"[]", b"\xff"])
def test_an_emptied_or_corrupt_document_is_back_from_the_backup(value: bytes) -> None:
    world = customized()
    before = world.document()["fields"]
    world.store.put(KEYS.document, value)
    world.sync()
    assert world.document()["fields"] == before
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_document_and_its_backups_wiped_are_back_from_git() -> None:
    world = World({"company": {"display_name": "X", "order": 4}}, (read("m", "company"),))
    world.sync()
    before = world.document()["fields"]
    for key in (KEYS.document, KEYS.backup, KEYS.history):
        world.store.delete(key)
    world.sync()
    assert world.document()["fields"] == before


def test_a_document_recreated_with_defaults_gets_its_customizations_back() -> None:
    world = customized()
    before = world.document()["fields"]
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company"), a_field("site")))
    evaluation, _ = world.sync()
    assert Drift.RECREATED in drift_of(evaluation, "company")
    assert world.document()["fields"] == before


def test_an_orphan_missing_from_a_recreated_document_is_back() -> None:
    world = customized()
    world.readings = (read("m", "company"),)
    world.sync()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company")))
    world.sync()
    assert world.live("site")["placeholder"] == "where it stands"


def test_an_orphan_missing_from_a_damaged_list_of_fields_is_back() -> None:
    """An entry without a name may be what is left of it: the application did not remove it."""
    world = customized()
    world.readings = (read("m", "company"),)
    world.sync()
    company = world.live("company")
    world.store.put(KEYS.document, a_document(company, {"display_name": "nameless"}))
    evaluation, _ = world.sync()
    assert world.live("site")["placeholder"] == "where it stands"
    assert Drift.LIVE_REMOVED not in drift_of(evaluation, "site")


def test_a_recreation_brings_no_field_back_that_the_same_sync_would_delete() -> None:
    world = World(
        {"company": {"display_name": "A"}, "rack": {"display_name": "B"}}, (read("m", "company"),)
    )
    world.sync()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company")))
    del world.files["rack"]
    world.sync(deletes=True)
    assert world.names() == ["company"]
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_prune_after_a_recreation_is_done_at_once() -> None:
    world = World({"company": {"display_name": "A"}}, (read("m", "company", "site"),))
    world.sync()
    world.readings = (read("m", "company"),)
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company")))
    world.prune = True
    world.sync()
    assert world.sync()[1].scope is Scope.NOTHING


def test_an_edit_made_after_a_recreation_of_a_line_git_dropped_is_kept() -> None:
    """Rule 2 makes no exception for a recreated document: neither base nor history has it."""
    world = World({"company": {"display_name": "X"}}, (read("m", "company"),))
    world.sync()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(a_field("company", display_name="Typed since")))
    world.files["company"] = {}
    evaluation, _ = world.sync()
    assert world.live("company")["display_name"] == "Typed since"
    assert drift_of(evaluation, "company") == {Drift.BOTH: ("display_name",)}


def test_without_a_record_the_newest_backup_tells_what_git_owned() -> None:
    world = synced("company")
    world.store.delete(KEYS.record)
    world.files["company"] = {}
    world.sync()
    assert world.live("company")["display_name"] == "Company"


# --------------------------------------------------------------------------- servers come and go


def test_a_server_that_cannot_be_read_keeps_its_last_known_labels() -> None:
    world = World({}, (read("m", "company"), read("n", "rack")))
    world.sync()
    world.readings = (read("m", "company"), unread("n"))
    world.sync()
    status = world.document()["extraction_status"]
    assert [(s["hostname"], s["success"]) for s in status["server_status"]] == [
        ("m", True),
        ("n", False),
    ]
    assert status["successful_servers"] == 1
    assert status["extraction_complete"] is False
    assert [entry["name"] for entry in status["server_status"][1]["fields"]] == ["rack"]
    assert world.live("rack")["source_label"] == "__meta_rack"
    assert world.evaluate().plan.orphans == ()


@pytest.mark.parametrize("left", [[], ["m"]], ids=["all servers wiped", "one server wiped"])
def test_last_known_labels_come_from_the_backup_where_live_lost_them(left: list[str]) -> None:
    world = World({}, (read("m", "company"), read("n", "rack")))
    world.sync()
    value = world.document()
    status = value["extraction_status"]
    status["server_status"] = [s for s in status["server_status"] if s["hostname"] in left]
    world.store.put(KEYS.document, value)
    world.readings = (read("m", "company"), unread("n"))
    for _ in range(3):
        world.sync()
        assert world.evaluate().plan.orphans == ()
    servers = world.document()["extraction_status"]["server_status"]
    assert [entry["name"] for entry in servers[1]["fields"]] == ["rack"]


def test_structure_comes_from_the_first_source_even_while_it_cannot_be_read() -> None:
    """Else a server that comes and goes would rewrite the fields and fill the history."""
    first = read("m", label("company", rule("__meta_first")))
    second = read("n", label("company", rule("__meta_second")))
    world = World({}, (first, second))
    world.sync()
    depth = len(world.history())
    world.readings = (unread("m"), second)
    world.sync()
    assert world.live("company")["source_label"] == "__meta_first"
    world.readings = (first, second)
    world.sync()
    assert len(world.history()) == depth


def test_a_source_that_left_the_settings_leaves_the_status() -> None:
    world = World({}, (read("m", "company"), read("n", "company")))
    world.sync()
    world.readings = (read("m", "company"),)
    world.sync()
    servers = world.document()["extraction_status"]["server_status"]
    assert [server["hostname"] for server in servers] == ["m"]


def test_structure_of_a_field_that_no_source_gives_stays() -> None:
    world = synced("company", labels=("company", "site"))
    world.readings = (read("m", "company"),)
    world.sync()
    assert world.live("site")["source_label"] == "__meta_site"


# --------------------------------------------------------------------------- the whole document


def test_fields_are_sorted_by_order_and_name() -> None:
    world = World({"b": {"order": 1}, "a": {"order": 1}, "z": {"order": 0}, "y": {}}, ())
    world.sync()
    assert world.names() == ["z", "a", "b", "y"]


def test_a_document_without_any_field_is_not_written() -> None:
    with pytest.raises(InputError, match="nothing to apply"):
        evaluated(desired_state())


def test_deleting_all_fields_is_refused_by_the_guards_with_their_flags() -> None:
    """Exit 3 with the numbers, not 1: there was something live, and git had set it."""
    world = World({"company": {"display_name": "A"}, "site": {"display_name": "B"}}, ())
    world.sync()
    world.files = {}
    with pytest.raises(Refused) as error:
        world.sync()
    assert "2 of 2 fields" in str(error.value)
    assert "empty" in str(error.value)


def test_a_change_at_the_top_of_the_document_is_pending() -> None:
    """What a sync would write is a change of the document, wherever it is."""
    world = synced("company")
    value = world.document()
    value["version"] = "1.0.0"
    world.store.put(KEYS.document, value)
    evaluation = world.evaluate()
    assert evaluation.scope is Scope.ALL
    assert evaluation.plan.pending


def test_a_taken_over_document_stays_ours() -> None:
    world = synced("company")
    world.writer = replace(US, owner="git.example/other/fields")
    with pytest.raises(Refused, match="owner"):
        world.sync()
    world.sync(take_over=True)
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_take_over_starts_with_an_empty_base() -> None:
    """What the other owner's git had set is live, not ours: it stays where we are silent."""
    world = World({"company": {"display_name": "Theirs", "order": 5}}, (read("m", "company"),))
    world.sync()
    world.writer = replace(US, owner="git.example/other/fields")
    world.files = {"company": {"description": "Ours"}}
    world.sync(take_over=True)
    assert world.live("company")["display_name"] == "Theirs"
    assert world.live("company")["order"] == 5


# --------------------------------------------------------------------------- properties

Fields = dict[str, dict[str, Any]]

ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "display_name": st.sampled_from(["A", "B"]),
        "category": st.sampled_from(["basic", ["basic", "asset"]]),
        "required": st.booleans(),
        "order": st.integers(0, 3),
        "pages": st.sampled_from(["all", [], ["services"]]),
        "visibility": st.sampled_from([{"table": False}, {"form": True, "filter": False}]),
        "validation": st.sampled_from([{"regex": "^a"}, {"min_length": 1, "message": "x"}]),
        "placeholder": st.sampled_from(["", "p"]),
    },
)
LIVE = st.fixed_dictionaries(
    {},
    optional={
        "display_name": st.sampled_from(["L", "A"]),
        "category": st.sampled_from(["mine", ["basic"], 7]),
        "required": st.booleans(),
        "order": st.sampled_from([1, 50, None, "x"]),
        "validation": st.sampled_from([None, {}, {"regex": "^l"}, {"other": [1]}, 7]),
        "show_in_table": st.booleans(),
        "icon": st.sampled_from(["box", {"a": [1]}]),
        "placeholder": st.sampled_from(["l", None]),
    },
)
NAMES = st.sampled_from(["company", "site", "rack"])
FILES = st.dictionaries(NAMES, ATTRIBUTES, max_size=3)
LIVES = st.dictionaries(NAMES, LIVE, min_size=1, max_size=3)
LABELS = st.lists(NAMES, unique=True)


@given(FILES, LIVES, LABELS)
def test_git_wins_and_what_git_leaves_open_stays(
    files: Fields, live: Fields, labels: list[str]
) -> None:
    shot = snapshot(document=present(a_document(*(a_field(n, **v) for n, v in live.items()))))
    desired = desired_state(
        [a_file(name, **attributes) for name, attributes in files.items()], [read("m", *labels)]
    )
    evaluation = evaluated(desired, shot, PlanOptions(US, Allowed()))
    for name, result in evaluation.merged.results.items():
        refused = desired.schema.refused(a_field(name, **live.get(name, {})))
        for decision in result.decisions.values():
            if decision.origin is ValueOrigin.GIT:
                assert decision.entry is not None
        for attribute, value in live.get(name, {}).items():
            owned = {unit.split(".")[0] for unit in evaluation.merged.owned.get(name, {})}
            if attribute not in owned and attribute not in refused:
                assert result.attributes[attribute] == value, (name, attribute)
    assert set(live) <= set(evaluation.merged.results)


@given(FILES, LIVES, LABELS, st.randoms(use_true_random=False))
def test_the_order_of_input_never_changes_the_document(
    files: Fields, live: Fields, labels: list[str], chance: random.Random
) -> None:
    entries = [a_field(name, **attributes) for name, attributes in live.items()]
    git = list(files.items())

    def outcome() -> tuple[bytes, bytes, str, tuple[FieldDrift, ...]]:
        shot = snapshot(document=present(a_document(*entries)))
        desired = desired_state(
            [a_file(name, **attributes) for name, attributes in git], [read("m", *labels)]
        )
        evaluation = evaluated(desired, shot)
        target = evaluation.target
        owned = canonical.dumps(target.owned)
        return canonical.dumps(target.document.raw), owned, "", evaluation.plan.drift

    before = outcome()
    for values in (entries, git, labels):
        chance.shuffle(values)
    assert outcome() == before


@given(FILES, LIVES, LABELS)
def test_a_sync_of_anything_is_done_after_one_run(
    files: Fields, live: Fields, labels: list[str]
) -> None:
    world = World(files, (read("m", *labels), unread("n")))
    world.store.put(
        KEYS.document,
        a_document(*(a_field(name, **attributes) for name, attributes in live.items())),
    )
    before = world.look()[1].effective
    world.sync(changes=True, deletes=True)
    evaluation, journal = world.sync()
    assert journal.scope is Scope.NOTHING
    assert not evaluation.plan.pending
    assert not evaluation.plan.changes
    assert before is not None
    for name, entry in before.fields.items():
        for attribute, value in entry.items():
            assert value in world.values_in_backups(name, attribute), "a live value was lost"


def test_static_labels_and_excluded_ones_are_chosen_by_the_settings() -> None:
    readings = [read("m", label("dc", static=True), "company", "tmp_x")]
    usual = evaluated(desired_state([], readings))
    assert sorted(usual.target.document.fields) == ["company", "tmp_x"]
    chosen = evaluated(
        desired_state([], readings, LabelFilter(static_labels=True, exclude=("tmp_*",)))
    )
    assert sorted(chosen.target.document.fields) == ["company", "dc"]


@pytest.mark.parametrize("order", [None, "10", [1], 1.5])
def test_an_order_that_a_teams_schema_allows_ends_no_sync(order: Json) -> None:
    raw = json.loads(DOCUMENT_FILE.content)
    raw["$defs"]["field"]["properties"]["order"] = {}
    schema, problems = compile_document(Source("document.schema.json", json.dumps(raw).encode()))
    assert schema is not None, problems
    live = a_document(a_field("odd", order=order), a_field("even", order=2))
    desired = replace(desired_state(), schema=schema)
    found = evaluated(desired, snapshot(document=present(live)))
    assert sorted(found.target.document.fields) == ["even", "odd"]
    assert found.target.document.fields["odd"]["order"] == order


def test_a_field_is_preserved_if_it_was_customized_and_all_of_that_is_still_live() -> None:
    """What `sync` counts: customizations that nobody overruled, not fields at their defaults."""
    world = synced("company", labels=("company", "site", "rack"))
    world.edit("site", placeholder="typed in the application")
    assert "site" in world.evaluate().merged.preserved
    assert "rack" not in world.evaluate().merged.preserved
    world.edit("company", display_name="Overruled by git")
    assert "company" not in world.evaluate().merged.preserved
