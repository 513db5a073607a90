"""A base that fills half of a value: what was applied can be put back, changed and restored, and an
apply of it that was interrupted is finished, though its announcement has no room for a second copy.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import replace

import pytest

from fieldkeep.core.journal.journal import Form, Scope
from fieldkeep.core.journal.sizes import too_large, way_past_another_writer
from fieldkeep.core.stored.record import Record
from fieldkeep.model import Limits
from tests.core.build import KEYS, US, World, a_document, a_field, present, read, stored

LIMITS = Limits(1 << 17, 1 << 17)  # a quarter of Consul's, like every size here
SELECTS = [f"select_{number:02d}" for number in range(13)]


def options(seed: str) -> dict[str, dict[str, object]]:
    """13 select fields with 5 KB of options each, that no gzip makes small: few and long, because
    options are compared one by one."""
    chance = random.Random(seed)
    return {
        name: {
            "type": "select",
            "options": ["".join(_words(chance)) for _ in range(27)],
        }
        for name in SELECTS
    }


def _words(chance: random.Random) -> list[str]:
    return [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(5)]


@pytest.fixture
def made() -> World:
    """A document of half of a value after its first sync."""
    world = World(options("first"), (read("m", *SELECTS),), limits=LIMITS)
    world.depth = 2
    evaluation, journal = world.sync()
    assert journal.form is Form.ORDERED
    assert evaluation.plan.store is not None
    assert evaluation.plan.store.bytes > 62_000
    return world


def test_a_document_that_was_deleted_is_put_back(made: World) -> None:
    made.store.delete(KEYS.document)
    _, journal = made.sync()
    assert all(too_large(step, made.limits) is None for step in journal.steps)
    assert made.live(SELECTS[0])["options"] == made.files[SELECTS[0]]["options"]
    assert made.sync()[1].scope is Scope.NOTHING


def test_every_owned_value_may_change_and_come_back(made: World) -> None:
    first = made.files
    made.files = options("second")
    made.sync(changes=True)
    made.files = first
    made.sync(changes=True)
    assert made.live(SELECTS[0])["options"] == first[SELECTS[0]]["options"]


def test_a_backup_is_restored(made: World) -> None:
    first = made.files
    made.files = options("second")
    made.sync(changes=True)
    made.restore("1")
    assert made.live(SELECTS[0])["options"] == first[SELECTS[0]]["options"]


@pytest.mark.parametrize(
    ("first", "second", "edited"),
    [(1, None, False), (4, None, True), (4, 1, True), (3, 2, False), (4, 4, False)],
)
def test_an_interrupted_apply_is_finished(
    made: World, first: int, second: int | None, edited: bool
) -> None:
    """No line that only an interrupted apply set stays once it has left git."""
    made.writer = replace(US, commit="c" * 40)
    made.files = {
        **options("second"),
        SELECTS[1]: {"type": "string", "description": "only there"},
    }
    made.allowed = replace(made.allowed, changes=True, deletes=True)
    made.write(made.evaluate(), interrupted_after=first)
    if edited:
        made.edit(SELECTS[2], placeholder="typed")
    made.files = options("third")
    if second:
        made.write(made.evaluate(), interrupted_after=second)
    made.sync()
    assert made.live(SELECTS[0])["options"] == made.files[SELECTS[0]]["options"]
    assert made.live(SELECTS[1])["description"] == ""
    assert not edited or made.live(SELECTS[2])["placeholder"] == "typed"
    assert made.sync()[1].scope is Scope.NOTHING


def test_the_old_base_is_gzipped_where_it_fills_a_transaction(made: World) -> None:
    """100 KB that gzip makes small, too much for an announcement that has them as they are."""
    for name in SELECTS:
        made.files[name] = {"type": "string", "description": f"{name} " * 650}
    made.sync(changes=True)
    for after in range(1, 5):
        made.store.delete(KEYS.document)
        made.write(made.evaluate(), interrupted_after=after)
        _, stored = made.look()
        assert isinstance(stored.record, Record)
        assert set(stored.record.owned) == set(SELECTS)
        made.sync()
        assert made.live(SELECTS[0])["description"] == made.files[SELECTS[0]]["description"]
        assert made.sync()[1].scope is Scope.NOTHING


def test_a_backup_of_another_writer_that_takes_the_room_is_named_with_the_way_past_it() -> None:
    backup = {"fields_data": a_document(a_field("site", description="x" * 5000))}
    entries = stored(backup=present(backup)).history.entries
    assert list(way_past_another_writer(entries, Limits(20_000, 20_000))) == []
    (way,) = way_past_another_writer(entries, Limits(8_000, 8_000))
    assert "FIELDKEEP_HISTORY=1" in way
