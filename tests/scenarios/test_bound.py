"""Plan, look at it, apply it: what is applied is what was looked at, or nothing at all."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.real.forked import Done
from tests.real.proxy import Gate
from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven
from tests.scenarios.world import ConsulWorld, Project, edited

FILE = "out/plan.json"


@pytest.fixture
def ready(served: ConsulWorld) -> ConsulWorld:
    """A first sync, then a commit that is not applied."""
    project = served.project
    project.field("company", GIT.yaml("company"))
    project.commit("start")
    served.sync()
    project.field("company", GIT_LATER.yaml("company"))
    project.commit("later")
    return served


@pytest.fixture
def planned(ready: ConsulWorld) -> ConsulWorld:
    """And a plan for it."""
    ready.run("plan", "--out", FILE)
    return ready


def refused(world: ConsulWorld, *arguments: str) -> list[str]:
    """What `sync --plan` names, after it has written nothing at all."""
    before = world.state()
    done = world.sync("--plan", FILE, *arguments, code=5)
    assert world.state() == before
    return named(done)


def named(done: Done) -> list[str]:
    last, hint = done.err.splitlines()[-2:]
    match = re.fullmatch("fieldkeep: this is not what was planned, nothing was written: (.*)", last)
    assert match is not None, last
    assert hint == f"    look at what changed, and plan again: fieldkeep plan --out {FILE}"
    return match[1].split("; ")


def test_a_plan_is_applied_once(planned: ConsulWorld) -> None:
    path = planned.project.root / FILE
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert list(path.parent.iterdir()) == [path]

    done = planned.sync("--plan", FILE, "--dry-run")
    assert "~ company" in done.out
    done = planned.sync("--plan", FILE)
    assert "~ company" in done.out
    check_seven(planned.fields(), "company", GIT_LATER)
    planned.check_keys()

    moved = refused(planned)
    assert f"the document in the store changed since the plan (key {planned.key})" in moved
    again = planned.run("plan", "--format", "json", "--out", FILE)  # over the old one
    before = planned.state()
    assert "in sync: nothing to write" in planned.sync("--plan", FILE).out
    assert planned.state() == before

    # The file is what was printed, and what binds it.
    content = json.loads(path.read_text("utf-8"))
    assert {k: v for k, v in content.items() if k not in ("bound", "seal")} == json.loads(again.out)
    live = content["bound"]["live"]
    assert live[planned.key]["index"] == planned.index(planned.key)
    assert live[f"{planned.key}.hold"] == {"index": 0, "content": None}


def test_an_edit_in_the_application_is_in_the_way(planned: ConsulWorld) -> None:
    planned.application(edited(model=APPLICATION))
    only = [f"the document in the store changed since the plan (key {planned.key})"]
    assert refused(planned, "--dry-run") == only
    assert refused(planned) == only


def test_an_index_that_moved_without_the_content_is_not(planned: ConsulWorld) -> None:
    consul, path = planned.consul, f"/v1/kv/{planned.key}"
    before = planned.index(planned.key)
    session = consul.ask("PUT", "/v1/session/create", {"LockDelay": "0s"})["ID"]
    value = consul.get(planned.key)
    consul.request("PUT", path, params={"acquire": session}, body=value)
    consul.ask("PUT", f"/v1/session/destroy/{session}")
    assert planned.index(planned.key) > before + 1
    assert consul.get(planned.key) == value
    assert "~ company" in planned.sync("--plan", FILE).out


def test_the_same_bytes_in_a_document_created_anew_are_not_the_same(planned: ConsulWorld) -> None:
    value = planned.consul.get(planned.key)
    assert value is not None
    planned.wipe("")
    planned.consul.put(planned.key, value)
    assert refused(planned) == [
        f"the document was deleted and created anew since the plan (key {planned.key})"
    ]


def reworded(project: Project, name: str) -> None:
    """A change that no guard minds, whatever is registered in Consul's catalogue."""
    text = (project.root / "fields" / f"{name}.yaml").read_text("utf-8")
    project.field(name, text.replace("display_name: ", "display_name: The "))


def test_all_that_moved_here_is_named_at_once(planned: ConsulWorld) -> None:
    project = planned.project
    commits = [project.git("rev-parse", "HEAD")]
    reworded(project, "company")
    project.with_rule("north", "{source_labels: [__meta_consul_dc], target_label: newcomer}")
    (project.root / "prometheus" / "south.yml").write_text("scrape_configs: [", "utf-8")
    schema = project.root / "schema" / "document.schema.json"
    schema.write_text(schema.read_text("utf-8") + "\n", "utf-8")
    commits.append(project.commit("once more"))
    reworded(project, "vendor")
    assert refused(planned, "--allow-deletes") == [
        f"commit: planned {commits[0][:12]}, here {commits[1][:12]}",
        "the plan was made from a clean working tree",
        "this one has uncommitted changes",
        "the field files are not those of the plan",
        "the schema is not that of the plan",
        "source north attaches other labels",
        "source south was read when planned, and cannot be read now",
        "flags: planned with none, here --allow-deletes",
    ]


def test_another_store_is_not_the_one_of_the_plan(planned: ConsulWorld) -> None:
    before = planned.state()
    done = planned.run(
        "sync", "--plan", FILE, "--store", "sqlite:///.fieldkeep/other.db", "--key", "b", code=5
    )
    assert named(done)[:2] == [
        f"store: planned {planned.url}, here sqlite:///.fieldkeep/other.db",
        f"key: planned {planned.key}, here b",
    ]
    assert planned.state() == before
    assert not (planned.project.root / ".fieldkeep" / "other.db").exists()


def test_an_older_commit_needs_its_flag_in_the_plan_too(ready: ConsulWorld) -> None:
    older = ("--ref", "HEAD~1")
    ready.sync()
    assert (
        "[rollback] (allowed by --allow-rollback)" in ready.run("plan", *older, "--out", FILE).out
    )
    before = ready.state()
    assert "--allow-rollback" in ready.sync("--plan", FILE, *older, code=3).err
    assert ready.state() == before
    done = ready.run("plan", *older, "--allow-rollback", "--out", FILE)
    assert "refused" not in done.out
    assert "~ company" in ready.sync("--plan", FILE, *older, "--allow-rollback").out
    check_seven(ready.fields(), "company", GIT)


def test_a_write_between_the_comparison_and_ours_ends_it(ready: ConsulWorld) -> None:
    with Gate(ready.consul.address) as gate:
        ready.run("plan", "--out", FILE, url=gate.url)
        held = gate.hold("PUT", "/v1/txn")
        process = ready.start("sync", "--plan", FILE, url=gate.url)
        try:
            held.wait_held()
            ready.application(edited(model=APPLICATION))
            before = ready.state()
        finally:
            held.release()
        _, err = process.communicate(timeout=60)
        sent = [seen.status for seen in gate.seen if seen.method == "PUT"]
    assert process.returncode == 5
    assert sent == [409]  # and never again
    assert f"{ready.key} changed while the plan was applied: nothing was written" in err
    assert "plan again" in err
    assert ready.state() == before


def test_a_write_right_after_ours_is_told(ready: ConsulWorld) -> None:
    with Gate(ready.consul.address) as gate:
        ready.run("plan", "--out", FILE, url=gate.url)
        written = gate.hold("PUT", "/v1/txn")
        process = ready.start("sync", "--plan", FILE, url=gate.url)
        try:
            written.wait_held()
            back = gate.hold("GET", f"/v1/kv/{ready.key}?")
            written.release()
            back.wait_held()
            ready.application(edited(model=APPLICATION))
            before = ready.state()
            back.release()
        finally:
            written.release()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "the plan was applied, and somebody wrote right after" in err
    assert ready.state() == before
    check_seven(ready.fields(), "company", GIT_LATER)
    check_seven(ready.fields(), "model", APPLICATION)
