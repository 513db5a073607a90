"""Capture: an edit between two syncs is backed up before somebody else overwrites it."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven, default
from tests.scenarios.world import ConsulWorld, World, edited, unpacked


@pytest.fixture
def applied(world: World) -> World:
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    return world


def test_an_edit_is_counted_captured_and_then_in_a_backup(applied: World) -> None:
    assert json.loads(applied.run("status", "--format", "json").out)["unsaved_edits"] == 0
    applied.application(edited(glpi_url=APPLICATION))
    first, *_ = applied.run("status").out.splitlines()
    assert first.startswith("in sync; ")
    assert "in no backup yet: `fieldkeep capture`" in first
    assert json.loads(applied.run("status", "--format", "json").out)["unsaved_edits"] == len(
        APPLICATION.differs(default("glpi_url"))
    )
    live, record = applied.plain.get(applied.key), applied.value(".sync")

    done = applied.run("capture")
    assert "~ glpi_url\n" in done.out
    assert "captured: " in done.out
    assert applied.plain.get(applied.key) == live
    newest = applied.backups()[0]
    assert newest["reason"] == "live-edit"
    check_seven({f["name"]: f for f in newest["fields_data"]["fields"]}, "glpi_url", APPLICATION)
    moved = {"run", "serial", "backups"}
    assert {k: v for k, v in applied.value(".sync").items() if k not in moved} == {
        k: v for k, v in record.items() if k not in moved
    }
    assert applied.run("status").out.splitlines()[0] == "in sync"
    applied.run("history", "verify")

    before = applied.state()
    assert "nothing new" in applied.run("capture").out
    assert applied.state() == before
    applied.in_sync()


def test_an_edit_of_what_git_says_survives_in_the_history_only(applied: World) -> None:
    applied.application(edited(company=APPLICATION))
    applied.run("capture")
    assert "live-edited" in applied.run("status", code=2).out
    applied.sync()
    check_seven(applied.fields(), "company", GIT)
    check_seven({"company": applied.backed_up("company")[1]}, "company", APPLICATION)
    applied.run("history", "verify")


def test_a_capture_lets_a_hold_be(applied: World) -> None:
    applied.run("hold", "--until", "1h", "--reason", "the big move")
    applied.application(edited(company=APPLICATION))
    applied.run("capture")
    check_seven({"company": applied.backed_up("company")[0]}, "company", APPLICATION)
    assert applied.value(".hold")["reason"] == "the big move"


def test_without_a_document_there_is_nothing_to_capture(world: World) -> None:
    assert "no document" in world.run("capture").out
    assert world.plain.keys(world.key) == []
    world.sync()
    world.wipe("")
    before = world.state()
    assert "puts the newest backup back" in world.run("capture").out
    assert world.state() == before


def test_a_document_that_nobody_applied_is_captured_and_not_taken_over(
    applied: World,
) -> None:
    applied.application(edited(company=APPLICATION))
    applied.wipe(".backup", ".backup.history", ".sync")
    assert "captured: 25 edits" in applied.run("capture").out
    record = applied.value(".sync")
    assert (record["owner"], record["commit"], record["owned"]) == (None, None, {})
    check_seven({"company": applied.backed_up("company")[0]}, "company", APPLICATION)
    applied.project.field("company", GIT_LATER.yaml("company"))
    applied.sync("--allow-breaking")
    check_seven(applied.fields(), "company", GIT_LATER)
    applied.in_sync()


def test_a_recreated_document_is_still_repaired_after_its_capture(applied: World) -> None:
    """The application writes defaults to an erased key. Captured or not, they are no edits."""
    applied.application(edited(glpi_url=APPLICATION))
    applied.run("capture")
    defaults = applied.edit(edited(glpi_url=default("glpi_url"), company=default("company")))
    applied.wipe("")
    applied.plain.put(applied.key, defaults)
    applied.run("capture")
    applied.application(edited(vendor=APPLICATION))
    applied.run("capture")
    applied.application(edited(model=APPLICATION))
    applied.run("capture")
    assert "recreated" in applied.run("status", code=2).out
    applied.sync()
    check_seven(applied.fields(), "glpi_url", APPLICATION)
    check_seven(applied.fields(), "company", GIT)
    check_seven({"model": applied.backed_up("model")[1]}, "model", APPLICATION)
    applied.in_sync()
    # the recreation was seen once: the next edit is an edit
    applied.application(edited(glpi_url=default("glpi_url")))
    applied.sync()
    check_seven(applied.fields(), "glpi_url", default("glpi_url"))


def test_fields_that_damage_took_come_back_after_a_capture(applied: World) -> None:
    applied.application(edited(glpi_url=APPLICATION))
    applied.run("capture")
    document = applied.value()
    document["fields"] = [
        {**field, "name": None} if field["name"] == "glpi_url" else field
        for field in document["fields"]
    ]
    applied.plain.put(applied.key, json.dumps(document).encode())
    applied.run("capture")
    applied.sync()
    check_seven(applied.fields(), "glpi_url", APPLICATION)


def test_the_key_of_another_owner_is_left_alone(applied: World) -> None:
    record = {**applied.value(".sync"), "owner": "git.example.org/another"}
    applied.plain.put(applied.key + ".sync", json.dumps(record).encode())
    applied.application(edited(company=APPLICATION))
    before = applied.state()
    assert "belongs to 'git.example.org/another'" in applied.run("capture", code=3).err
    assert applied.state() == before


def test_a_capture_too_large_for_one_transaction(served: ConsulWorld) -> None:
    settings = served.project.root / "pyproject.toml"
    small = "[tool.fieldkeep]\nmax_transaction_bytes = 32000\n"
    text = settings.read_text("utf-8").replace("[tool.fieldkeep]\n", small)
    settings.write_text(text, "utf-8")
    served.sync()
    for look in (GIT, APPLICATION, GIT_LATER):
        served.application(edited(company=look))
        served.run("capture")
        check_seven({"company": served.backed_up("company")[0]}, "company", look)
        served.run("history", "verify")
    assert "pending" not in served.value(".sync")
    served.sync()
    served.in_sync()


def values_aside(world: World) -> list[bytes]:
    entries = world.value(".corrupt") if world.plain.get(f"{world.key}.corrupt") else []
    return [gzip.decompress(base64.b64decode(entry["value_gz"])) for entry in entries]


def held(world: World) -> dict[str, bytes | None]:
    return {key: world.plain.get(key) for key in world.plain.keys(world.key)}


def test_a_foreign_value_is_set_aside_and_stays_live(applied: World) -> None:
    values = [b'{"empresa": 1}', b"\xff", b'[{"name": "company"}]', b'{"data": {"fields": [1]}}']
    for kept, value in enumerate(values, 1):
        applied.plain.put(applied.key, value)
        before = held(applied)
        done = applied.run("capture")
        assert "captured: it is set aside" in done.out
        assert "set aside: the value of" in done.err
        after = held(applied)
        assert {key for key in after if after[key] != before.get(key)} == {f"{applied.key}.corrupt"}
        assert values_aside(applied) == values[:kept][::-1]
        assert "nothing new: it is set aside" in applied.run("capture").out
        assert held(applied) == after
    applied.sync()
    assert values_aside(applied) == values[::-1]
    check_seven(applied.fields(), "company", GIT)
    applied.run("history", "verify")


def test_what_cannot_be_read_of_a_document_is_set_aside_beside_its_backup(applied: World) -> None:
    document = json.loads(applied.edit(edited(glpi_url=APPLICATION)))
    wrapped = {"data": document, "meta": {}, "note": 1}
    value = json.dumps(wrapped).encode()
    applied.plain.put(applied.key, value)
    assert "captured: " in applied.run("capture").out
    assert values_aside(applied) == [value]
    newest = unpacked(applied.value(".backup"))["fields_data"]["fields"]
    check_seven({field.get("name"): field for field in newest}, "glpi_url", APPLICATION)
    before = applied.state()
    assert "nothing new" in applied.run("capture").out
    assert applied.state() == before
    value, older = json.dumps(wrapped | {"note": 2}).encode(), value
    applied.plain.put(applied.key, value)
    assert "captured: what cannot be read" in applied.run("capture").out
    assert values_aside(applied) == [value, older]


def test_a_foreign_value_on_a_key_that_was_never_ours_is_refused(world: World) -> None:
    world.sync()
    world.wipe("", ".backup", ".backup.history", ".sync")
    world.plain.put(world.key, b'{"empresa": 1}')
    assert "that no fieldkeep wrote" in world.run("capture", code=3).err
    assert world.plain.keys(world.key) == [world.key]
