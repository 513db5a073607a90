"""What a plan says before its changes: the document is gone, an edit would be undone, a flag allows
what a guard would refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldkeep.core.plan.alerts import (
    Undone,
    adopt_command,
    document_alert,
    returning_fields,
    undone_edits,
)
from fieldkeep.core.plan.evaluate import with_impact
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.plan.plan import Plan
from fieldkeep.core.plan.usage import NOTHING_TO_COUNT
from tests.core.build import KEYS, World, a_document, a_field, read


def world() -> World:
    files = {name: {"display_name": f"{name} in git"} for name in ("company", "site", "vendor")}
    made = World(dict(files), (read("m", *files),))
    made.sync()
    return made


def planned(world: World) -> Plan:
    return world.evaluate().plan


def test_a_document_that_is_there_and_as_git_says_alerts_nobody() -> None:
    plan = planned(world())
    assert document_alert(plan) == ("", "")
    assert (undone_edits(plan), returning_fields(plan), plan.overridden) == ((), (), ())


def test_a_wiped_document_is_gone_though_no_field_changes() -> None:
    one = world()
    one.store.delete(KEYS.document)
    alert, more = document_alert(planned(one))
    assert alert == "the document is gone"
    assert more.startswith("absent; a sync puts back the backup of ")
    assert planned(one).changes == ()


def test_a_key_without_document_and_backup_is_told_from_a_lost_one() -> None:
    first = planned(World({"company": {}}, (read("m", "company"),)))
    assert document_alert(first) == ("there is no document and no backup", "")


@pytest.mark.parametrize(
    ("value", "alert"),
    [
        (b"{", "the document cannot be used"),
        (b"null", "the document is gone"),
    ],
)
def test_a_damaged_and_an_emptied_document(value: bytes, alert: str) -> None:
    one = world()
    one.store.put(KEYS.document, value)
    assert document_alert(planned(one))[0] == alert


def test_a_document_made_anew() -> None:
    one = world()
    one.store.delete(KEYS.document)
    one.store.put(KEYS.document, a_document(*map(a_field, ("company", "site", "vendor"))))
    assert document_alert(planned(one))[0] == "the document was deleted and created anew"


def test_an_edit_of_what_git_sets_is_undone_and_one_where_git_is_silent_is_not() -> None:
    one = world()
    one.edit("company", display_name="By hand", placeholder="mine")
    one.files["site"] = {"display_name": "Moved on"}
    plan = planned(one)
    assert undone_edits(plan) == (Undone("company", "display_name", "By hand", "company in git"),)
    assert adopt_command(replace(plan, environment="staging")) == (
        "fieldkeep adopt --env staging company"
    )


def test_an_edit_on_a_line_that_left_git_stays_and_is_not_undone() -> None:
    one = world()
    one.edit("company", display_name="By hand")
    one.files["company"] = {}
    assert undone_edits(planned(one)) == ()


def test_what_an_application_dropped_is_no_edit() -> None:
    one = world()
    one.files["company"]["required"] = True
    one.sync()
    one.edit("company", required=None)
    assert undone_edits(planned(one)) == ()


def test_a_part_of_a_value_is_an_edit_of_it() -> None:
    one = world()
    one.files["company"]["options"] = ["a", "b"]
    one.sync()
    one.edit("company", options=["a", "c"])
    assert undone_edits(planned(one)) == (Undone("company", "options[1]", "c", "b"),)


def test_many_edits_are_adopted_without_names() -> None:
    names = [f"label_{number}" for number in range(5)]
    one = World({name: {"order": 1} for name in names}, (read("m", *names),))
    one.sync()
    for name in names:
        one.edit(name, order=2)
    assert adopt_command(planned(one)) == "fieldkeep adopt"


def test_a_removal_in_the_application_is_undone() -> None:
    one = world()
    value = one.document()
    value["fields"] = [entry for entry in value["fields"] if entry["name"] != "site"]
    one.store.put(KEYS.document, value)
    assert returning_fields(planned(one)) == ("site",)


def test_what_a_flag_allows_is_said_with_the_numbers_of_the_guard() -> None:
    one = world()
    one.readings = (read("m", "company"),)
    for name in ("site", "vendor", "company"):
        del one.files[name]
    (empty, deletes) = planned(one).refusals
    assert planned(one).overridden == ()
    one.allowed = Allowed(deletes=True)
    plan = planned(one)
    assert plan.refusals == (empty,)
    assert plan.overridden == (deletes,)
    assert "3 of 3 fields" in deletes.message
    assert plan.flags == ("--allow-deletes",)


def test_a_flag_that_overrides_nothing_is_a_flag_all_the_same() -> None:
    one = world()
    one.allowed, one.prune = Allowed(rollback=True), True
    assert (planned(one).overridden, planned(one).flags) == ((), ("--allow-rollback", "--prune"))


def test_an_allowed_break_is_overridden_once_services_were_counted() -> None:
    one = world()
    one.files["company"]["type"] = "number"
    evaluation = one.evaluate()
    refused = with_impact(evaluation, NOTHING_TO_COUNT, Allowed()).plan
    allowed = with_impact(evaluation, NOTHING_TO_COUNT, Allowed(breaking=True)).plan
    assert [refusal.guard for refusal in refused.refusals] == ["breaking"]
    assert (allowed.refusals, allowed.overridden) == ((), refused.refusals)
