"""Which columns a page gains, loses and moves."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.plan.columns import Fields, Mark, PageColumns, page_columns
from tests.core.build import PAGES, World, a_field, read


def fields(*names: str, **changed: dict[str, Any]) -> Fields:
    """Named in the order in which they are shown."""
    return {
        name: a_field(name, order=place, **changed.get(name, {}))
        for place, name in enumerate(names)
    }


def marks(pages: PageColumns) -> dict[str, tuple[Mark, int | None, int | None]]:
    return {one.name: (one.mark, one.before, one.after) for one in pages.changed}


def test_a_column_that_is_pushed_along_is_no_change() -> None:
    (pages,) = page_columns(fields("a", "b", "c"), fields("x", "a", "c"), PAGES)
    assert pages.pages == PAGES
    assert marks(pages) == {"x": (Mark.ADDED, None, 1), "b": (Mark.REMOVED, 2, None)}
    assert [one.name for one in pages.columns] == ["x", "a", "c", "b"]


def test_one_column_that_moves_is_the_one_that_is_told() -> None:
    (pages,) = page_columns(fields("a", "b", "c", "d"), fields("d", "a", "b", "c"), PAGES)
    assert marks(pages) == {"d": (Mark.MOVED, 4, 1)}


def test_a_new_title_is_a_change_of_a_column_that_stays() -> None:
    before = fields("a", a={"display_name": "A"})
    (pages,) = page_columns(before, fields("a", a={"display_name": "B"}), PAGES)
    (column,) = pages.changed
    assert (column.mark, column.old_title, column.title) == (Mark.KEPT, "A", "B")


def test_pages_that_show_the_same_are_told_once() -> None:
    world = World({"a": {}, "b": {"pages": ["services"]}}, (read("m", "a", "b"),))
    world.sync()
    world.files["b"] = {"visibility": {"table": False}}
    done = world.evaluate()
    before = done.stored.effective
    assert before
    services, others = page_columns(before.fields, done.target.document.fields, done.pages)
    assert (services.pages, marks(services)) == (("services",), {"b": (Mark.REMOVED, 2, None)})
    assert (others.pages, others.changed) == (tuple(p for p in PAGES if p != "services"), ())


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdefgh")))
def test_every_column_of_either_side_has_its_place(old: list[str], new: set[str]) -> None:
    (pages,) = page_columns(fields(*old), fields(*sorted(new)), PAGES)
    assert [c.name for c in pages.columns if c.after] == sorted(new)
    places = {c.before: c.name for c in pages.columns if c.before}
    assert [places[place] for place in sorted(places)] == list(old)
    kept = [c.before for c in pages.columns if c.mark is Mark.KEPT and c.before]
    assert kept == sorted(kept)
