"""Which edits a proposal has, and how a later run knows them again."""

from __future__ import annotations

from typing import Any

import pytest

from fieldkeep.core.adopt.select import Draft, Selection, edited_without_file, select
from fieldkeep.core.propose import edits
from fieldkeep.core.propose.edits import Edit, edits_of, has, marks, of_body, of_message, without
from fieldkeep.model import Json
from tests.core.build import SCHEMA, World, a_file, read
from tests.render.hostile import HOSTILE

FILE = a_file("company", display_name="Company", visibility={"table": True})
DRAFT = Draft(
    "company",
    {"display_name": "Empresa", "visibility": {"table": False, "form": True}, "order": 3},
    frozenset({"display_name", "show_in_table", "show_in_form", "order"}),
)


def a_world(**files: Any) -> World:
    world = World(files=files, readings=(read("north", "company"),))
    world.sync()
    return world


def taken(world: World, known: frozenset[str] = frozenset()) -> dict[str, Json]:
    """What `fieldkeep adopt` without a name writes into the file of company."""
    desired = world.desired_state()
    drafts = select(world.evaluate(desired), desired, SCHEMA, Selection(known=known))
    return {name: value for draft in drafts for name, value in draft.entries.items()}


def test_an_edit_is_one_entry_with_the_value_of_git_before_it() -> None:
    assert edits_of(DRAFT, FILE) == (
        Edit("company", "display_name", "Company", "Empresa"),
        Edit("company", "visibility.table", True, False),
        Edit("company", "visibility.form", None, True),
        Edit("company", "order", None, 3),
    )


def test_what_is_left_out_is_no_longer_asked_for() -> None:
    left = without(DRAFT, FILE, lambda edit: edit.entry in ("order", "visibility.form"))
    assert left.entries == {"display_name": "Empresa", "visibility": {"table": False}}
    assert left.scope == {"display_name", "show_in_table"}
    assert without(DRAFT, FILE, lambda edit: edit.entry.startswith("v")).entries == {
        "display_name": "Empresa",
        "order": 3,
    }
    pages = Draft("company", {"pages": []}, frozenset({"show_in_services", "order"}))
    assert without(pages, FILE, lambda _: True).scope == {"order"}


def test_a_mark_is_of_the_value_and_of_nothing_else() -> None:
    one = Edit("company", "order", 1, 10)
    assert has(marks([one]), Edit("company", "order", None, 10.0))
    assert not has(marks([one]), Edit("company", "order", 1, 11))
    assert not has(marks([one]), Edit("site", "order", 1, 10))


@pytest.mark.parametrize("text", HOSTILE)
def test_marks_are_read_back_whatever_stands_around_them(text: str) -> None:
    found = [Edit("company", "x-" + text, None, text), Edit("company", "order", 1, 2)]
    message = f"Take it\n\n{text!r}\n\n{edits.trailers(found)}\nFieldkeep-Tree: {'a' * 40}\n"
    assert of_message(message) == marks(found)
    body = f"{edits.comment(marks(found))}\n\n{text}\ncompany.order {'0' * 12}\n"
    assert of_body(body) == of_body(body.replace("\n", "\r\n")) == marks(found)


def test_a_captured_edit_is_still_an_edit() -> None:
    world = a_world(company={"display_name": "Company"})
    world.edit("company", order=7)
    assert taken(world) == {"order": 7}
    world.sync()
    world.sync()
    assert taken(world) == {"order": 7}
    world.files["company"]["order"] = 7
    assert taken(world) == {}


def test_what_is_as_it_always_was_is_none() -> None:
    """An installation's own values; `fieldkeep adopt --all` takes those."""
    world = a_world(company={"display_name": "Company"})
    world.edit("company", order=7)
    world.sync()
    for key in list(world.store.values):
        if key.endswith((".backup", ".history", ".sync")):
            world.store.delete(key)
    world.sync()
    assert taken(world) == {}
    assert taken(world, frozenset({"company.order"})) == {"order": 7}


def test_a_value_that_went_back_to_the_default_needs_no_line() -> None:
    world = a_world(company={"display_name": "Company"})
    world.edit("company", order=7)
    world.sync()
    world.edit("company", order=999)
    assert taken(world) == {}
    world.sync()
    assert taken(world) == {}
    assert taken(world, frozenset({"company.order"})) == {}


def test_an_edited_field_without_a_file_is_named() -> None:
    world = World(files={}, readings=(read("north", "rack", "site"),))
    world.sync()

    def named() -> tuple[str, ...]:
        desired = world.desired_state()
        return edited_without_file(world.evaluate(desired), desired, SCHEMA)

    assert named() == ()
    world.edit("rack", display_name="Rack!")
    assert named() == ("rack",)
    world.sync()
    assert named() == ("rack",)
    assert taken(world) == {}
