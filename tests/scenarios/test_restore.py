"""Restore and what leaves the store: from a backup or a file, with a hold, and back again."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.real.proxy import HANG_UP, Gate
from tests.real.required import required
from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven, default
from tests.scenarios.world import (
    ConsulWorld,
    Project,
    SQLiteWorld,
    World,
    edited,
    ended,
    unpacked,
)

BACK = ("--reason", "a wrong merge", "--yes")


@pytest.fixture
def two(world: World) -> World:
    """Two applies of git's."""
    world.project.field("company", GIT.yaml("company"))
    world.sync("--reason", "one")
    world.project.field("company", GIT_LATER.yaml("company"))
    world.sync("--reason", "two")
    return world


def test_the_preview_says_all_and_writes_nothing(two: World) -> None:
    before = two.state()
    done = two.run("restore", "--previous", code=64)
    assert "~ company\n" in done.out
    assert "25 fields: 24 unchanged\nRestore: 0 to create, 1 to update, 0 to delete\n" in done.out
    assert "the next sync would undo it for company:" in done.out
    assert "a hold stops syncs until" in done.out
    assert "--reason TEXT --yes" in done.err
    looked = two.run("restore", "--previous", "--dry-run")
    assert looked.out.splitlines()[:5] == done.out.splitlines()[:5]  # then comes the time
    two.run("restore", "--previous", "--dry-run", *BACK, code=64)
    assert "--reason" in two.run("restore", "--previous", "--yes", code=64).err
    assert "--reason" in two.run("restore", "--yes", "--reason", " ", code=64).err
    assert two.state() == before


def test_a_hold_ends_by_itself_once_git_says_what_was_restored(two: World) -> None:
    two.run("restore", "--previous", *BACK)
    assert two.value(".hold")["fields"] == ["company"]
    held = two.sync(code=3)
    assert "the first sync after that undoes it for company [hold" in held.err
    assert "undoes it for company" in two.run("status", code=2).out
    assert json.loads(two.run("status", "--format", "json", code=2).out)["hold"]["undoes"] == [
        "company"
    ]
    assert "undoes it for company" in two.run("plan").out
    # git now says what was restored, and more that it did not touch
    two.project.field("company", GIT.yaml("company"))
    two.project.field("glpi_url", GIT.yaml("glpi_url").replace("required: true", "required: false"))
    assert "the next sync ends the hold" in two.run("status", code=2).out
    assert "released: the hold of a restore" in two.sync().out
    assert two.plain.get(two.key + ".hold") is None
    check_seven(two.fields(), "company", GIT)
    two.in_sync()


def test_a_field_that_only_git_had_is_held_after_a_restore(world: World) -> None:
    world.project.field("only_git", "name: only_git\n")
    world.sync()
    world.project.no_field("only_git")
    world.sync()
    assert "only_git" not in world.fields()
    done = world.run("restore", "1", *BACK)
    assert "the next sync would undo it for only_git" in done.out
    assert world.value(".hold")["fields"] == ["only_git"]
    world.sync(code=3)
    assert "only_git" in world.fields()


def test_a_hold_that_protects_nothing_ends_with_the_next_write(two: World) -> None:
    two.run("restore", "--previous", *BACK)
    two.project.field("company", GIT.yaml("company"))
    two.sync("--override-hold")
    held = {**HELD, "fields": ["glpi_url"]}
    two.plain.put(two.key + ".hold", json.dumps(held).encode())
    two.in_sync()  # it has nothing to write, and does not ask for a hold
    assert "the next sync ends the hold" in two.run("status").out
    two.project.field("company", GIT_LATER.yaml("company"))
    assert "released: the hold of a restore" in two.sync("--allow-breaking").out
    assert two.plain.get(two.key + ".hold") is None
    two.in_sync()


HELD = {
    "until": "2999-01-01T00:00:00Z",
    "reason": "restored: why",
    "actor": "ann",
    "at": "2026-01-01T00:00:00Z",
    "by": "restore",
}


def test_a_restore_is_bound_to_the_backup_that_was_looked_at(two: World) -> None:
    looked = two.run("restore", "1", "--dry-run").out
    serial = two.backups()[1]["serial"]
    assert f"serial {serial}, " in looked
    time = two.backups()[1]["backup_timestamp"]
    two.application(edited(glpi_url=APPLICATION))
    two.run("capture")  # backup 1 is number 2 from now on
    before = two.state()
    for expected in (str(serial), time):
        done = two.run("restore", "1", "--expect", expected, *BACK, code=5)
        assert "is not the one expected" in done.err
    assert two.state() == before
    two.run("restore", "2", "--expect", str(serial), *BACK)
    check_seven(two.fields(), "company", GIT)


def test_what_the_next_sync_would_undo_is_held_until_it_is_released(two: World) -> None:
    done = two.run("restore", "--previous", *BACK)
    assert two.url in done.out
    check_seven(two.fields(), "company", GIT)
    hold = two.value(".hold")
    assert (hold["by"], hold["actor"]) == ("restore", "scenario")
    assert "a wrong merge" in two.sync(code=3).err
    check_seven(two.fields(), "company", GIT)
    assert two.backups()[0]["reason"] == "a wrong merge"
    assert two.backups()[0]["actor"] == "scenario"

    two.run("restore", "1", "--reason", "no, back again", "--yes")  # its own hold stops none
    check_seven(two.fields(), "company", GIT_LATER)
    two.run("release")
    two.in_sync()
    assert "no findings" in two.run("history", "verify").out


def test_what_git_says_too_needs_no_hold(two: World) -> None:
    two.application(edited(company=APPLICATION))
    done = two.run("restore", "0", *BACK)
    assert "undoes none" in done.out
    assert two.plain.get(two.key + ".hold") is None
    check_seven(two.fields(), "company", GIT_LATER)
    two.in_sync()


def test_a_field_that_only_git_has_is_held_until_its_file_is_back(two: World) -> None:
    two.project.field("only_git", "name: only_git\n")
    two.sync()
    (two.project.root / "fields" / "only_git.yaml").unlink()
    two.sync()
    assert "only_git" not in two.fields()
    done = two.run("restore", "1", *BACK)
    assert "the next sync would undo it for only_git: change the field files" in done.out
    assert "a hold stops syncs until" in done.out
    two.sync(code=3)
    assert "only_git" in two.fields()


def test_without_a_hold_the_next_sync_undoes_it(two: World) -> None:
    two.run("restore", "1", "--no-hold", *BACK)
    two.sync()
    check_seven(two.fields(), "company", GIT_LATER)


def test_somebodys_own_hold_stops_it_and_is_never_replaced(two: World) -> None:
    two.run("hold", "--until", "2d", "--reason", "the big move")
    before = two.state()
    assert "the big move" in two.run("restore", "1", *BACK, code=3).err
    assert two.state() == before
    two.run("restore", "1", "--override-hold", *BACK)
    assert two.value(".hold")["reason"] == "the big move"


def test_it_needs_neither_git_nor_field_files_nor_prometheus(two: World) -> None:
    for name in ("fields", "schema", "prometheus", "pyproject.toml"):
        path = two.project.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = two.run("restore", "1", *BACK)
    assert "if git still says what it said at the last apply" in done.out
    check_seven(two.fields(), "company", GIT)
    assert two.value(".hold")["by"] == "restore"


def test_many_deletes_are_told_with_their_numbers(world: World) -> None:
    for number in range(9):
        world.project.field(f"extra_{number}", f"name: extra_{number}\n")
    world.sync()
    document = world.value()
    document["fields"] = [f for f in document["fields"] if not f["name"].startswith("extra_")]
    (world.project.root / "old.json").write_text(json.dumps(document))
    done = world.run("restore", "--from-file", "old.json", code=64)
    assert "9 of 34 fields would be deleted (extra_0" in done.out
    assert "- extra_8" in done.out


# --------------------------------------------------------------------------- from a file

FORMS: dict[str, Any] = {
    "document": lambda world: world.value(),
    "wrapped": lambda world: {"data": world.value(), "meta": {"by": "an application"}},
    "backup": lambda world: unpacked(world.backups()[0]),
    "packed": lambda world: world.value(".backup.history")[0],
    "history": lambda world: world.value(".backup.history"),
    "api": lambda world: [
        {
            "Key": world.key + end,
            "Value": base64.b64encode(json.dumps(world.value(end)).encode()).decode(),
        }
        for end in ("", ".backup", ".backup.history")
    ],
}


@pytest.mark.parametrize("form", [*FORMS, "json", "consul"])
def test_a_file_brings_everything_back_when_all_keys_are_gone(two: World, form: str) -> None:
    two.application(edited(glpi_url=APPLICATION))
    two.sync()
    path = two.project.root / "kept.json"
    if form in FORMS:
        path.write_text(json.dumps(FORMS[form](two)))
    else:
        two.run("history", "export", "kept.json", "--format", form)
    two.wipe(*("", ".backup", ".backup.history", ".sync"))
    two.run("restore", "--from-file", "kept.json", *BACK)
    check_seven(two.fields(), "glpi_url", APPLICATION)
    check_seven(two.fields(), "company", GIT_LATER)
    assert two.backups()[0]["reason"] == "a wrong merge"
    two.sync()
    check_seven(two.fields(), "glpi_url", APPLICATION)


def test_a_file_that_powershell_wrote_in_utf_16_is_read(two: World) -> None:
    two.run("history", "export", "kept.json")
    path = two.project.root / "kept.json"
    path.write_bytes(path.read_bytes().decode().encode("utf-16"))
    two.run("adopt", "--from-file", "kept.json", "--all", "--dry-run")
    two.run("restore", "--from-file", "kept.json", "1", *BACK)
    check_seven(two.fields(), "company", GIT)


def test_an_export_holds_older_ones_too(two: World) -> None:
    two.run("history", "export", "kept.json")
    two.run("restore", "--from-file", "kept.json", "1", *BACK)
    check_seven(two.fields(), "company", GIT)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"{}", "without fields"),
        (b"[]", "neither a document nor a backup"),
        (b'{"fields": [], "fields": []}', "'fields' twice"),
        (b'{"fields": [{"name": "a"}, {"name": "a"}]}', "a second 'a'"),
        (b'{"fields": [{"name": "a", "order": NaN}]}', "NaN"),
        (b'{"schema": 2, "backups": []}', "a version that we do not know"),
        (b'[{"key": "x", "value": "?"}]', "not base64"),
        (b'{"fields_data": {"fields": [{"name": "a"}]}, "checksum": "sha256:0"}', "checksum"),
        (b'{"fields": [{"name": "a", "order": "first"}]}', "consumers would refuse"),
    ],
)
def test_a_file_that_will_not_do(project: Project, content: bytes, words: str) -> None:
    world = SQLiteWorld(project, "skills/one/fields")
    (world.project.root / "kept.json").write_bytes(content)
    done = world.run("restore", "--from-file", "kept.json", *BACK, code=1)
    assert words in done.err
    assert world.plain.keys(world.key) == []


# --------------------------------------------------------------------------- looking into it


def test_show_and_diff(two: World) -> None:
    version = json.loads(two.run("history", "show", "1", "--format", "json").out)
    assert (version["index"], version["reason"], version["serial"]) == (1, "one", 1)
    assert len(version["document"]["fields"]) == 25
    assert "reason: one" in two.run("history", "show", "1").out
    text = two.run("history", "diff", "1", "0").out
    assert f'display_name: "{GIT.display_name}" -> "{GIT_LATER.display_name}"' in text
    assert "no difference" in two.run("history", "diff", "0").out
    two.application(edited(company=APPLICATION))
    diff = json.loads(two.run("history", "diff", "0", "live", "--format", "json").out)
    assert [(c["field"], c["action"]) for c in diff["changes"]] == [("company", "update")]
    assert "fieldkeep history" in two.run("history", "show", "9", code=1).err


def test_verify_tells_an_edit_from_our_own_work(two: World) -> None:
    assert "no findings" in two.run("history", "verify").out
    entries = two.value(".backup.history")
    two.plain.put(two.key + ".backup.history", json.dumps(entries[:1] + entries[2:]).encode())
    two.application(edited(company=APPLICATION))
    before = two.state()
    done = two.run("history", "verify", code=1)
    assert "what is live did not come through fieldkeep" in done.out
    result = json.loads(two.run("history", "verify", "--format", "json", code=1).out)
    assert (result["schema"], result["ok"]) == (1, False)
    assert two.state() == before


def test_an_export_is_never_written_over_another(two: World) -> None:
    two.run("history", "export", "kept.json")
    before = (two.project.root / "kept.json").read_bytes()
    assert "kept.json" in two.run("history", "export", "kept.json", code=4).err
    assert (two.project.root / "kept.json").read_bytes() == before
    document = json.loads(two.run("history", "export", "-").out)
    assert document["document"] == two.value()
    assert [e["serial"] for e in document["backups"]] == [2, 1]


def test_consul_itself_imports_what_was_exported(served: ConsulWorld) -> None:
    served.sync()
    served.run("history", "export", "kept.json", "--format", "consul")
    before = {key: served.consul.get(key) for key in served.plain.keys(served.key)}
    served.wipe(*("", ".backup", ".backup.history", ".sync"))
    command = [str(required("consul")), "kv", "import", f"-http-addr={served.consul.address}"]
    subprocess.run([*command, "@kept.json"], cwd=served.project.root, check=True, timeout=60)
    assert {key: served.consul.get(key) for key in served.plain.keys(served.key)} == before
    exported = json.loads((served.project.root / "kept.json").read_text())
    assert base64.b64decode(exported[0]["value"]) == before[served.key]
    served.in_sync()


# --------------------------------------------------------------------------- in several writes


@pytest.fixture
def ordered(served: ConsulWorld) -> ConsulWorld:
    """Two applies, and a limit that no transaction of a document fits."""
    settings = served.project.root / "pyproject.toml"
    text = settings.read_text("utf-8")
    small = "[tool.fieldkeep]\nmax_transaction_bytes = 32000\n"
    settings.write_text(text.replace("[tool.fieldkeep]\n", small), "utf-8")
    for look in (GIT, GIT_LATER):
        served.project.field("company", look.yaml("company"))
        served.sync()
    return served


def test_a_restore_that_loses_in_its_middle_says_that_it_was_begun(ordered: ConsulWorld) -> None:
    with Gate(ordered.consul.address) as gate:
        held = gate.hold("PUT", f"/v1/kv/{ordered.key}?")
        process = ordered.start("restore", "1", *BACK, url=gate.url)
        try:
            held.wait_held()
            ordered.application(edited(site=APPLICATION))
        finally:
            held.release()
        done = ended(process, 5)
    assert "somebody wrote since the preview: begun, and not finished" in done.err
    check_seven(ordered.fields(), "site", APPLICATION)
    ordered.run("release")
    ordered.sync()
    check_seven(ordered.fields(), "company", GIT_LATER)
    ordered.in_sync()


def test_a_restore_whose_write_never_arrives_says_that_it_was_begun(ordered: ConsulWorld) -> None:
    with Gate(ordered.consul.address) as gate:
        gate.answer("PUT", f"/v1/kv/{ordered.key}?", HANG_UP)
        done = ordered.run("restore", "1", *BACK, url=gate.url, code=4)
    assert "begun, and not finished" in done.err
    check_seven(ordered.fields(), "company", GIT_LATER)
    ordered.run("release")  # the hold is in the first of the writes
    ordered.sync()
    ordered.in_sync()


# --------------------------------------------------------------------------- a copy outside


def copies(world: World) -> list[Path]:
    return sorted((world.project.root / "copies").glob("*"))


def test_each_new_backup_is_copied_and_can_be_restored(world: World) -> None:
    world.project.field("company", GIT.yaml("company"))
    world.sync("--backup-dir", "copies")
    world.application(edited(glpi_url=APPLICATION))
    world.project.field("company", GIT_LATER.yaml("company"))
    done = world.sync("--backup-dir", "copies")
    first, edit, second = copies(world)
    assert str(second) in done.err
    assert second.name.endswith("-000003.json")
    saved = [unpacked(json.loads(path.read_text())) for path in (second, edit, first)]
    assert saved == world.backups()
    world.sync("--backup-dir", "copies")
    assert len(copies(world)) == 3
    world.run("restore", "--from-file", str(first), *BACK)
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "glpi_url", default("glpi_url"))


def test_a_copy_that_cannot_be_written_ends_it_before_anything_is_applied(world: World) -> None:
    (world.project.root / "copies").write_text("a file")
    done = world.sync("--backup-dir", "copies", code=4)
    assert "copies" in done.err
    assert world.plain.keys(world.key) == []


def test_a_copy_of_what_was_refused_is_taken_back(world: World) -> None:
    world.sync()
    world.project.field("company", GIT.yaml("company"))
    world.run("hold", "--until", "1h", "--reason", "not now")
    world.sync("--backup-dir", "copies", code=3)
    assert copies(world) == []


def test_the_copy_of_an_edit_stays_when_the_sync_loses_after_its_history(
    ordered: ConsulWorld,
) -> None:
    ordered.application(edited(site=APPLICATION))
    ordered.project.field("company", GIT.yaml("company"))
    with Gate(ordered.consul.address) as gate:
        held = gate.hold("PUT", f"/v1/kv/{ordered.key}?")
        process = ordered.start("sync", "--backup-dir", "copies", url=gate.url)
        try:
            held.wait_held()
            ordered.application(edited(vendor=APPLICATION))
        finally:
            held.release()
        done = ended(process, 0)
    edit, *later = copies(ordered)
    assert f"copy: {edit}" in done.err
    fields = json.loads(edit.read_text())["fields_data"]["fields"]
    check_seven({field["name"]: field for field in fields}, "site", APPLICATION)
    # What the first attempt was about to make live never was: it has no copy any more.
    backups = ordered.backups()
    assert len(later) == 2
    assert all(unpacked(json.loads(path.read_text())) in backups for path in copies(ordered))


def test_a_document_that_an_application_made_comes_back_completed(world: World) -> None:
    """Its backup lacks what consumers need: a restore gives the defaults that a sync would give."""
    bare = {"version": "1", "last_updated": "2026-01-01T00:00:00Z"}
    field = {"name": "company", "display_name": "By hand", "show_in_table": False}
    world.plain.put(world.key, json.dumps({**bare, "fields": [field]}).encode())
    world.sync("--allow-changes", "--allow-breaking")
    oldest = len(world.value(".backup.history")) - 1
    world.run("restore", str(oldest), "--reason", "as it was", "--yes")
    (restored,) = world.fields().values()
    assert (restored["display_name"], restored["show_in_table"]) == ("By hand", False)
    assert restored["show_in_form"] is True
