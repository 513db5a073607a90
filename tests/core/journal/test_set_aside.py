"""Nothing is replaced without a copy: it is live, in the history, or set aside, byte for byte."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from fieldkeep.core.common import canonical
from fieldkeep.core.journal.set_aside import DEPTH
from fieldkeep.core.stored import set_aside
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Limits, Present
from tests.core.build import BULK, KEYS, World, a_document, a_field, encoded, read
from tests.core.examples import EXAMPLES

OURS = (KEYS.document, KEYS.backup, KEYS.history, KEYS.record)


def synced(**attributes: Any) -> World:
    world = World({"company": {"display_name": "A", **attributes}}, (read("m", "company"),))
    world.sync()
    return world


def aside(world: World, key: str) -> list[bytes]:
    return [entry.value() for entry in entries(world, key)]


def entries(world: World, key: str) -> tuple[SetAside, ...]:
    return set_aside.decode(key, world.store.get(KEYS.aside(key)))


def changed(world: World) -> None:
    """Lets git say something new, so that the next sync writes every key."""
    world.files["company"]["order"] = world.files["company"].get("order", 0) + 1


@pytest.mark.parametrize("key", OURS)
def test_each_damaged_value_is_kept(key: str) -> None:
    world = synced()
    for value in (b"\xffONE", b"TWO", b"\xffONE", b'{"three": 3}'):
        world.store.put(key, value)
        changed(world)
        world.sync()
    assert aside(world, key) == [b'{"three": 3}', b"TWO", b"\xffONE"]


def test_what_is_kept_says_when_and_what() -> None:
    world = synced()
    world.store.put(KEYS.document, b"damaged")
    world.sync()
    assert json.loads(world.store.values[KEYS.aside(KEYS.document)].value) == [
        {
            "at": "2026-03-01T12:02:00.000Z",
            "key": KEYS.document,
            "size": 7,
            "checksum": canonical.digest_of(b"damaged"),
            "value_gz": canonical.gzipped(b"damaged"),
        }
    ]


@pytest.mark.parametrize("old", [b"\xff old", b'{"fields": [', b"[1, 2]", b"[]", b'[{"at": "x"}]'])
def test_the_one_value_that_an_earlier_version_kept_becomes_the_oldest(old: bytes) -> None:
    world = synced()
    world.store.put(KEYS.aside(KEYS.document), old)
    assert aside(world, KEYS.document) == [old]
    world.store.put(KEYS.document, b"new")
    world.sync()
    assert aside(world, KEYS.document) == [b"new", old]


def test_one_bad_entry_of_the_list_damages_that_entry_only() -> None:
    good = set_aside.of(KEYS.document, b"good", "2026-01-01T00:00:00.000Z")
    torn = {**good.to_json(), "value_gz": "!"}
    world = synced()
    world.store.put(KEYS.aside(KEYS.document), [7, good.to_json(), torn])
    first, second, third = entries(world, KEYS.document)
    assert (first.value(), second.value()) == (b"7", b"good")
    with pytest.raises(InputError, match="not base64 of gzip"):
        third.value()


def test_the_oldest_goes_when_there_are_too_many_and_is_named() -> None:
    world = synced()
    for number in range(DEPTH + 1):
        world.store.put(KEYS.document, b"damaged %d" % number)
        _, journal = world.sync()
    assert [entry.value() for entry in journal.dropped] == [b"damaged 0"]
    assert len(aside(world, KEYS.document)) == DEPTH >= 10
    assert aside(world, KEYS.document)[0] == b"damaged %d" % DEPTH


def test_the_oldest_go_when_there_is_no_room_and_are_named() -> None:
    world = synced()
    noise = random.Random(7)
    for number in range(4):
        world.store.put(KEYS.document, b"\xff%d" % number + noise.randbytes(4_000))
        world.limits = Limits(value=12_000)
        _, journal = world.sync()
    assert [entry.value()[:2] for entry in journal.dropped] == [b"\xff1"]
    assert [value[:2] for value in aside(world, KEYS.document)] == [b"\xff3", b"\xff2"]


def test_what_cannot_be_set_aside_refuses_and_says_the_way_out() -> None:
    world = synced()
    value = random.Random(7).randbytes(10_000)
    world.store.put(KEYS.document, value)
    world.limits = Limits(value=12_000)
    before = dict(world.store.values)
    evaluation = world.evaluate()
    (refusal,) = evaluation.plan.refusals
    assert refusal.guard == "size"
    assert "10,000 bytes, which cannot be set aside" in refusal.message
    assert "history export" in refusal.hint
    with pytest.raises(Refused):
        world.sync()
    assert world.store.values == before


# --------------------------------------------------------------------------- never ours

FOREIGN = [
    {"empresa": {"title": "x"}},
    {"version": "1.0", "metadata_fields": [{"name": "a"}]},
    {"fields": [], "note": "x"},
    {"data": a_document(a_field("company"))},
    {"data": {"data": a_document(a_field("company")), "meta": {}}, "meta": {}},
    [a_field("company")],
    "text",
]


@pytest.mark.parametrize("value", FOREIGN, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("key", [KEYS.document, KEYS.backup, KEYS.history, KEYS.record])
def test_a_foreign_value_on_a_key_that_was_never_ours_is_refused(key: str, value: Any) -> None:
    world = World({"company": {"display_name": "A"}})
    world.store.put(key, value)
    with pytest.raises(Refused, match="owner: this key holds a value that no fieldkeep wrote"):
        world.sync()
    world.sync(take_over=True)
    assert world.live("company")["display_name"] == "A"
    assert aside(world, key) == [encoded(value)]


@pytest.mark.parametrize("value", FOREIGN, ids=lambda value: str(value)[:30])
def test_a_foreign_value_after_an_apply_is_set_aside_and_the_backup_comes_back(value: Any) -> None:
    world = synced()
    world.edit("company", placeholder="typed")
    world.sync()
    world.store.put(KEYS.document, value)
    evaluation, _ = world.sync()
    assert [entry.drift for entry in evaluation.plan.drift if not entry.field] == ["corrupt"]
    assert world.live("company")["placeholder"] == "typed"
    assert aside(world, KEYS.document) == [encoded(value)]


@pytest.mark.parametrize("value", [b"", b"null", b"{}", b'{"data": {"fields": []}, "meta": {}}'])
def test_an_empty_value_is_nobodys(value: bytes) -> None:
    world = World({"company": {"display_name": "A"}})
    world.store.put(KEYS.document, value)
    world.sync()
    assert aside(world, KEYS.document) == []


# --------------------------------------------------------------------------- what reading drops


def test_a_document_with_keys_called_data_and_meta_is_no_wrapper() -> None:
    world = synced()
    world.edit("company", placeholder="typed")
    value = {**world.document(), "data": {}, "meta": {"by": "app"}}
    world.store.put(KEYS.document, value)
    world.sync()
    assert world.live("company")["placeholder"] == "typed"
    assert not {"data", "meta"} & world.document().keys()  # a reader would take the wrapper off
    assert any(entry["fields_data"] == value for entry in world.history())
    assert not world.sync()[1].steps


@pytest.mark.parametrize(
    "text",
    [
        b'{"data": {"fields": [{"name": "company"}]}, "meta": 1, "note": "x"}',
        b'{"fields": [{"name": "company", "title": "first", "title": "second"}]}',
        b'{"fields": [{"name": "company"}, {"no": "name"}]}',
    ],
)
def test_what_reading_leaves_out_is_set_aside_before_the_document_is_written(text: bytes) -> None:
    world = synced()
    world.store.put(KEYS.document, text)
    changed(world)
    world.sync()
    assert aside(world, KEYS.document) == [text]


def test_damaged_entries_are_set_aside_when_they_leave_the_history_and_not_before() -> None:
    world = synced()
    torn = {"fields_data": {"fields": []}, "note": "torn"}
    value = canonical.dumps([*world.history(), torn])
    world.store.put(KEYS.history, value)
    for _ in range(8):
        changed(world)
        world.sync()
    assert aside(world, KEYS.history) == []
    for _ in range(3):
        changed(world)
        world.sync()
    assert aside(world, KEYS.history) == [canonical.dumps([torn])]


def test_a_hold_that_is_none_of_ours_is_set_aside_before_a_restore_replaces_it() -> None:
    world = synced()
    changed(world)
    world.sync()
    other = b'{"until": "2020-01-01T00:00:00Z", "door": "locked"}'
    world.store.put(KEYS.hold, other)
    world.restore("1", hold=True)
    assert aside(world, KEYS.hold) == [other]


# --------------------------------------------------------------------------- anything anywhere


def _value(random: random.Random, mark: str) -> bytes:
    """A value of another program, with a mark in it."""
    document = a_document(a_field("company", placeholder=mark), a_field(f"x_{mark}"))
    kinds: list[Any] = [
        {"empresa": {"title": mark}},
        {"version": "1.0", "metadata_fields": [{"name": mark}]},
        {"fields": [], "note": mark},
        {"fields": {mark: 1}},
        {"fields": [{"name": ""}, mark]},
        [mark, {"a": [1.0, None]}],
        [{"fields_data": document}],
        [{"fields_data": {"fields": []}, "note": mark}],
        {"fields_data": document, "backup_timestamp": "2031-01-01T00:00:00Z"},
        {"fields_data": document, "checksum": "sha256:0"},
        document,
        {**document, "data": {}, "meta": {"by": mark}},
        {**document, "note": mark},
        {"until": "soon", "reason": mark},
        {"schema_version": None, "owned": {}, "note": mark},
        mark,
        None,
    ]
    value = random.choice(kinds)
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        value = {"data": value, "meta": {"by": mark}}
    content = encoded(value)
    match random.randrange(6):
        case 0:
            return content[: random.randrange(1, len(content) + 1)] + mark.encode()
        case 1:
            return b"\xef\xbb\xbf" + content
        case 2:
            return mark.encode() + random.randbytes(random.randrange(300))
    return content


def _is_somewhere(world: World, key: str, value: bytes, mark: str) -> bool:
    """Whether a value is still at its key, set aside, or (a document) in the history."""
    live = world.store.get(key)
    if isinstance(live, Present) and live.value == value:
        return True
    if value in aside(world, key):
        return True
    try:
        inner = json.loads(value.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return False
    if (isinstance(inner, dict) and inner.keys() == {"data", "meta"}) or mark not in str(inner):
        inner = inner["data"] if isinstance(inner, dict) and "data" in inner else inner
    if mark not in json.dumps(inner):
        return True  # nothing of it but the wrapper's own words
    history = world.look()[1].history.entries
    raws = [entry.raw for entry in history]
    documents = [entry.document.raw for entry in history if isinstance(entry, Backup)]
    known = [canonical.dumps(raw) for raw in (*raws, *documents)]
    parts = inner if isinstance(inner, list) else [inner]
    return all(canonical.dumps(part) in known for part in parts)


@pytest.mark.parametrize("key", [*OURS, KEYS.hold])
def test_foreign_values_are_all_somewhere_after_a_sync(key: str) -> None:
    rng = random.Random(key)
    world = synced()
    for number in range(2 * EXAMPLES):
        if number % 10 == 0:
            world = synced(placeholder=BULK[: rng.randrange(40)])
        mark = f"mark{number}"
        value = _value(rng, mark)
        world.store.put(key, value)
        if rng.random() < 0.7:
            changed(world)
        world.sync(hold=True, changes=True, deletes=True)
        assert _is_somewhere(world, key, value, mark), value
