"""A team's first day: the first sync, the next one, a look, an older state, a line taken out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fieldkeep import __main__ as program
from fieldkeep.edges.store.consul import ConsulStore
from fieldkeep.edges.store.sqlite import SQLiteStore
from tests.real import proxy
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer
from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven, default
from tests.scenarios.world import OURS, ConsulWorld, Project, SQLiteWorld, World, edited


def test_the_first_sync_writes_four_keys_and_the_second_nothing(world: World) -> None:
    world.project.field("company", GIT.yaml("company"))
    assert "not in sync" in world.run("status", code=2).out
    assert world.plain.keys(world.key) == []

    done = world.sync()
    assert world.plain.keys(world.key) == [world.key + end for end in OURS]
    world.check_keys()
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "glpi_url", default("glpi_url"))
    assert "Sync: 25 created, 0 updated, 0 deleted" in done.out
    assert "backup created: 25 fields" in done.err
    assert world.url in done.out
    assert world.backups()[0]["actor"] == "scenario"

    indexes = {end: world.index(world.key + end) for end in OURS}
    world.in_sync()
    world.in_sync()
    assert {end: world.index(world.key + end) for end in OURS} == indexes

    before = world.state()
    assert world.run("status").out.startswith("in sync")
    world.project.field("company", GIT_LATER.yaml("company"))
    assert "git-ahead" in world.run("status", code=2).out
    assert world.state() == before


def test_the_document_is_plain_for_whoever_reads_it(world: World) -> None:
    world.sync()
    document = world.value()
    world.check_document(document)
    assert document["version"] == "2.0.0"
    assert "data" not in document
    names = {field["name"] for field in document["fields"]}
    assert {"company", "maintenance_window", "glpi_url"} <= names
    assert not names & {"job", "instance_name"}
    assert not [name for name in names if name.startswith("__")]
    status = document["extraction_status"]
    assert (status["total_servers"], status["extraction_complete"]) == (3, True)


def test_flags_that_an_application_set_are_carried(world: World) -> None:
    world.sync()
    world.plain.put(world.key, world.edit(edited()), flags=42)
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    check_seven(world.fields(), "company", GIT)
    assert world.flags(world.key) == 42


def test_a_dry_run_writes_nothing(world: World) -> None:
    done = world.sync("--dry-run")
    assert "to create" in done.out
    assert "created" not in done.out
    assert world.plain.keys(world.key) == []
    if isinstance(world, SQLiteWorld):
        assert not world.path.parent.exists()

    world.sync()
    before = world.state()
    world.project.field("company", GIT.yaml("company"))
    done = world.sync("--dry-run")
    assert "~ company" in done.out
    assert "updated" not in done.out
    assert world.state() == before


def test_an_error_in_a_field_file_ends_it_before_the_store_is_asked(world: World) -> None:
    world.project.field("company", "name: company\nrequired: perhaps\n")
    done = world.run("sync", code=1)
    assert "fields/company.yaml:2" in done.err
    nowhere = "consul://127.0.0.1:1" if world.shared else "sqlite:////dev/null/nowhere.db"
    assert "fields/company.yaml:2" in world.run("sync", code=1, url=nowhere).err
    assert world.plain.keys(world.key) == []


# --------------------------------------------------------------------------- restore


def test_restore_by_number_time_and_commit(world: World) -> None:
    project = world.project
    project.field("company", GIT.yaml("company"))
    first = project.commit("first")
    world.sync("--reason", "one")
    project.field("company", GIT_LATER.yaml("company"))
    second = project.commit("second")
    world.sync("--reason", "two")
    two, one = world.backups()
    assert (one["commit"], one["reason"]) == (first, "one")
    assert (two["commit"], two["reason"]) == (second, "two")

    before = world.state()
    done = world.run("restore", "1", "--reason", "preview", code=64)
    assert "~ company\n" in done.out
    assert "--yes" in done.err
    assert world.state() == before

    for which, look in (
        ("1", GIT),
        (two["backup_timestamp"], GIT_LATER),
        (first, GIT),
        (second[:9], GIT_LATER),
        (one["backup_timestamp"], GIT),
    ):
        world.run("restore", which, "--no-hold", "--reason", f"back to {which}", "--yes")
        check_seven(world.fields(), "company", look)
        assert world.backups()[0]["reason"] == f"back to {which}"
        world.check_keys()
    assert "git-ahead" in world.run("status", code=2).out
    world.sync()
    check_seven(world.fields(), "company", GIT_LATER)
    assert len(world.backups()) == 2


def test_restore_keeps_the_edit_that_it_replaces(world: World) -> None:
    world.sync()
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    world.application(edited(glpi_url=APPLICATION))
    world.run("restore", "--reason", "back", "--yes")
    check_seven(world.fields(), "glpi_url", default("glpi_url"))
    back, edit, *_ = world.backed_up("glpi_url")
    assert back["display_name"] == "Glpi Url"
    check_seven({"glpi_url": edit}, "glpi_url", APPLICATION)


@pytest.mark.parametrize("which", ["7", "0000000", "1999-01-01", "nonsense"])
def test_a_backup_that_is_not_there(world: World, which: str) -> None:
    world.sync()
    before = world.state()
    done = world.run("restore", which, "--reason", "x", "--yes", code=1)
    assert "fieldkeep history" in done.err
    assert world.state() == before


# --------------------------------------------------------------------------- an older commit


def test_an_older_commit_is_applied_without_touching_the_working_tree(world: World) -> None:
    project = world.project
    project.field("company", GIT.yaml("company"))
    first = project.commit("first")
    project.field("company", GIT_LATER.yaml("company"))
    second = project.commit("second")
    world.sync()
    (project.root / "fields" / "company.yaml").write_text("name: company\n# not committed\n")
    (project.root / "fields" / "not committed.yaml").write_text("no: field file\n")
    tree = {path: path.read_bytes() for path in project.root.glob("fields/*")}
    before = world.state()

    if world.shared:
        done = world.sync("--ref", first, code=3)
        assert "--allow-rollback" in done.err
        assert second[:12] in done.err
        assert world.state() == before
        world.sync("--ref", "HEAD~1", "--allow-rollback")
    else:
        world.sync("--ref", "HEAD~1")
    check_seven(world.fields(), "company", GIT)
    record = world.value(".sync")
    assert (record["commit"], record["dirty"]) == (first, False)
    assert world.backups()[0]["commit"] == first

    world.sync("--ref", "main")
    check_seven(world.fields(), "company", GIT_LATER)
    assert world.value(".sync")["commit"] == second
    assert {path: path.read_bytes() for path in project.root.glob("fields/*")} == tree
    assert project.git("rev-parse", "HEAD") == second
    assert project.git("stash", "list") == ""


@pytest.mark.parametrize("ref", ["nowhere", "--all", "HEAD~9"])
def test_a_ref_that_is_no_commit(world: World, ref: str) -> None:
    done = world.sync(f"--ref={ref}", code=1)
    assert "not a git checkout" in done.err
    world.project.commit("first")
    done = world.sync(f"--ref={ref}", code=1)
    assert ref in done.err
    assert world.plain.keys(world.key) == []


# --------------------------------------------------------------------------- taken out of git


def test_a_line_taken_out_goes_back_to_its_default(world: World) -> None:
    """Unless somebody edited it since: that edit was made knowing what git said."""
    project = world.project
    project.field("company", GIT.yaml("company"))
    project.field("vendor", GIT.yaml("vendor"))
    world.sync()
    world.application(edited(vendor=APPLICATION))
    for name in ("company", "vendor"):
        project.field(name, f"name: {name}\n")
    done = world.sync()
    assert "display_name" in done.out
    check_seven(world.fields(), "company", default("company"))
    check_seven(world.fields(), "vendor", APPLICATION)
    world.in_sync()


def test_a_field_file_taken_out(world: World) -> None:
    """Its field goes with it, unless Prometheus still gives the label or somebody else cares."""
    project = world.project
    for name in ("company", "maintenance_window"):
        project.field(name, GIT.yaml(name))
    project.field("nobodys", GIT.yaml("nobodys"))
    world.sync()
    world.application(edited(nobodys=APPLICATION))
    world.sync()
    project.no_field("company")
    project.no_field("maintenance_window")
    done = world.sync()
    assert "- maintenance_window" in done.out
    fields = world.fields()
    check_seven(fields, "company", default("company"))
    assert "maintenance_window" not in fields
    check_seven({"x": world.backed_up("maintenance_window")[0]}, "x", GIT)
    check_seven(fields, "nobodys", GIT)
    world.in_sync()


def test_a_field_file_taken_out_of_a_field_that_was_edited(world: World) -> None:
    world.project.field("nobodys", "name: nobodys\ndisplay_name: Ours\n")
    world.sync()
    world.application(edited(nobodys=APPLICATION))
    world.project.no_field("nobodys")
    done = world.sync()
    assert "orphans  nobodys\n" in done.out
    check_seven(world.fields(), "nobodys", APPLICATION)
    world.in_sync()


# --------------------------------------------------------------------------- conflicts


def _prepared(world: World) -> dict[str, bytes | None]:
    world.sync()
    world.project.field("company", GIT.yaml("company"))
    return {end: world.plain.get(world.key + end) for end in OURS if end}


def _edit(number: int) -> Any:
    def change(fields: dict[str, dict[str, Any]]) -> None:
        fields["glpi_url"].update({**APPLICATION.attributes, "description": f"edit {number}"})

    return change


def test_somebody_who_writes_before_every_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In this process, so that the other writer can come right before each write."""
    before = _prepared(world)
    store = SQLiteStore if isinstance(world, SQLiteWorld) else ConsulStore
    commit, edits = store.commit, list[int]()

    def after_somebody_else(store: Any, operations: Any) -> Any:
        edits.append(len(edits) + 1)
        world.application(_edit(edits[-1]))
        return commit(store, operations)

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", after_somebody_else)
        patched.setenv("FIELDKEEP_CONFLICT_BUDGET", "1")
        arguments = ["-C", str(world.project.root), "--store", world.url, "--key", world.key]
        assert program.run(["sync", *arguments]) == 5
    out, err = capfd.readouterr()
    assert out == ""
    tried = re.search(r"gave up after [.0-9]+ s and ([0-9]+) attempts \((.*) changed", err)
    assert tried, err
    assert tried[2] == world.key
    assert int(tried[1]) == len(edits) == err.count("conflict: ")
    # nothing of ours was written, nothing of theirs was lost; later it all comes together
    for end, value in before.items():
        assert world.plain.get(world.key + end) == value
    world.sync()
    fields = world.fields()
    check_seven(fields, "glpi_url", APPLICATION)
    assert fields["glpi_url"]["description"] == f"edit {len(edits)}"
    check_seven(fields, "company", GIT)
    world.check_keys()


def test_two_first_syncs_at_once(world: World) -> None:
    """Both end well, one of them perhaps after a conflict, and the result is one sync's."""
    processes = [world.start("sync") for _ in range(2)]
    ended = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended
    world.check_keys()
    assert len(world.backups()) == 1
    world.in_sync()


def test_a_lost_answer_and_a_server_that_says_no_more(served: ConsulWorld) -> None:
    world = served
    with Gate(world.consul.address) as gate:
        held = gate.hold("PUT", "/v1/txn")
        gate.answer("PUT", "/v1/txn", proxy.LOST)
        process = world.start("sync", url=gate.url)
        held.wait_held()
        gate.answer("GET", "/v1/kv/", proxy.NO_LEADER)
        held.release()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "unknown whether applied" in err
    assert out == ""
    assert "Traceback" not in err
    world.in_sync()  # it was applied after all
    world.check_keys()


def test_a_lost_answer_is_found_out(served: ConsulWorld) -> None:
    world = served
    with Gate(world.consul.address) as gate:
        gate.answer("PUT", "/v1/txn", proxy.HANG_UP, times=1)
        gate.answer("PUT", "/v1/txn", proxy.LOST, times=1)
        done = world.run("sync", url=gate.url)
        writes = [seen.status for seen in gate.seen if seen.method == "PUT"]
    assert writes == [0, 0]  # the first was not applied and came again, the second was
    assert "what is live is not ours" in done.err
    world.check_keys()
    assert len(world.backups()) == 1


def test_a_killed_server_is_an_error_and_not_an_empty_store(
    project: Project, consul_server: ConsulServer
) -> None:
    world = ConsulWorld(project, consul_server, "skills/eye/metadata/fields")
    world.sync()
    consul_server.kill()
    for command in ("sync", "status", "history"):
        assert "refused" in world.run(command, code=4).err
    consul_server.start()
    world.in_sync()
    assert not (project.root / ".fieldkeep").exists()
