"""One file, read alike by whoever restores from it and by whoever adopts from it."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from fieldkeep.core.adopt import adopted_files
from fieldkeep.core.document.document import Document, decode
from fieldkeep.core.restore import fromfile
from fieldkeep.core.stored.backups import Backup, unpacked
from fieldkeep.core.stored.export import FORMATS
from fieldkeep.errors import InputError
from fieldkeep.model import Json, Source
from tests.core.build import KEYS, NOW, World, a_document, a_field, encoded, present, read


@pytest.fixture(scope="module")
def world() -> World:
    made = World(files={"company": {"display_name": "First"}}, readings=(read("one", "company"),))
    made.sync()
    made.files["company"]["display_name"] = "Second"
    made.sync()
    return made


def export(form: str) -> Callable[[World], Json]:
    return lambda world: FORMATS[form](*world.look(), "sqlite:///x", NOW)


def answer(world: World) -> Json:
    """Consul's answer to a read of everything below a key."""
    return [
        {"LockIndex": 0, "Key": item["key"], "Flags": 0, "Value": item["value"]}
        for item in export("consul")(world)
    ] + [{"LockIndex": 0, "Key": KEYS.hold, "Flags": 0, "Value": None}]


FILES: dict[str, Callable[[World], Json]] = {
    "plain": lambda world: world.document(),
    "wrapped": lambda world: {"data": world.document(), "meta": {}},
    "backup": lambda world: world.history()[0],
    "unpacked": lambda world: unpacked(world.look()[1].history.valid[0]),
    "wrapped backup": lambda world: {"data": world.history()[0], "meta": {}},
    "history": lambda world: world.history(),
    "history export": export("json"),
    "consul kv export": export("consul"),
    "answer": answer,
    "of another key": lambda world: [
        {**item, "key": item["key"].replace(KEYS.document, "elsewhere")}
        for item in export("consul")(world)
    ],
    "erased": lambda world: {**export("json")(world), "document": None},
}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("form", FILES)
def test_restore_and_adopt_see_the_same_fields(world: World, form: str, mark: bytes) -> None:
    content = mark + encoded(FILES[form](world))
    restored = fromfile.pick(fromfile.parse(Source("x.json", content), KEYS.document), None)
    adopted = decode(adopted_files.snapshot(content, KEYS, "x.json")[KEYS.document])
    assert isinstance(adopted, Document)
    assert restored.document.fields == adopted.fields
    assert adopted.fields["company"]["display_name"] == "Second"


def test_a_restore_leaves_no_field_out_where_an_adoption_takes_what_there_is() -> None:
    content = encoded(a_document(a_field("company"), {"order": 1}))
    with pytest.raises(InputError, match="a damaged document"):
        fromfile.parse(Source("x.json", content), KEYS.document)
    adopted = decode(adopted_files.snapshot(content, KEYS, "x.json")[KEYS.document])
    assert isinstance(adopted, Document)
    assert list(adopted.fields) == ["company"]


def test_the_backups_of_a_wiped_store_can_be_restored(world: World) -> None:
    items = export("consul")(world)
    for item in items:
        if item["key"] == KEYS.document:
            item["value"] = base64.b64encode(present({"fields": []}).value).decode()
    file = fromfile.parse(Source("x.json", encoded(items)), KEYS.document)
    picked = fromfile.pick(file, None)
    assert isinstance(picked, Backup)
    assert picked.document.fields["company"]["display_name"] == "Second"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([{"key": "a", "value": ""}, {"Key": "b", "Value": ""}], "2 documents, none of them"),
        ([{"key": "a", "value": ""}], "a list without the key"),
        ([{"key": "a", "value": "?"}], "not base64"),
        ([{"key": "a", "value": 1}], "no key or no value"),
        ({"schema": 2, "backups": []}, "a version that we do not know"),
        ({"fields_data_gz": "?"}, "a damaged backup"),
    ],
)
def test_what_is_no_export_is_refused_alike(value: Json, words: str) -> None:
    content = encoded(value)
    with pytest.raises(InputError, match=words):
        fromfile.parse(Source("x.json", content), KEYS.document)
    with pytest.raises(InputError, match=words):
        adopted_files.snapshot(content, KEYS, "x.json")
