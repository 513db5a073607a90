"""A plan against a commit: what a branch changes, with no store and no server at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.real.forked import Done
from tests.scenarios.world import Project, SQLiteWorld

NARROWER = "name: company\ntype: number\nrequired: true\n"


@pytest.fixture
def world(tmp_path: Path) -> SQLiteWorld:
    """Committed; its store cannot be opened."""
    made = SQLiteWorld(Project(tmp_path / "project"), "a/fields")
    made.project.commit("first")
    made.url = "consul://127.0.0.1:1"
    return made


def against(world: SQLiteWorld, *arguments: str, code: int = 0) -> Done:
    return world.run("plan", "--against", "git:main", *arguments, code=code)


def plan_json(world: SQLiteWorld, *arguments: str) -> dict[str, Any]:
    done = against(world, "--format", "json", *arguments)
    value: dict[str, Any] = json.loads(done.out)
    return value


def test_nothing_changed_is_nothing_pending(world: SQLiteWorld) -> None:
    done = against(world, "--exit-code")
    commit = world.project.git("rev-parse", "HEAD")
    assert done.out.startswith(f"plan against git:main ({commit[:12]})\n")
    assert "No changes: the document stays as it is." in done.out
    assert "bookkeeping" not in done.out
    assert "impact" not in done.out


def test_what_a_branch_changes_attribute_by_attribute(world: SQLiteWorld) -> None:
    world.project.git("checkout", "--quiet", "-b", "branch")
    world.project.field("company", NARROWER)
    world.project.commit("narrow it")
    commit = world.project.git("rev-parse", "main")
    done = against(world, "-detailed-exitcode", code=2)
    assert '"string" -> "number"  [git fields/company.yaml:2]' in done.out
    plan = plan_json(world)
    assert plan["against"] == f"git:{commit}"
    assert plan["counts"] == {
        "create": 0,
        "update": 1,
        "delete": 0,
        "unchanged": 24,
        "orphans": 0,
        "total": 25,
    }
    (change,) = plan["changes"]
    narrowed = next(a for a in change["attributes"] if a["name"] == "field_type")
    assert narrowed["where"] == {"path": "fields/company.yaml", "line": 2}
    assert [r["guard"] for r in plan["refusals"]] == ["breaking"]
    assert plan_json(world)["digest"] == plan["digest"]  # no clock is in it


def test_uncommitted_changes_deletes_and_who_uses_it(world: SQLiteWorld) -> None:
    for name in ("company", "region", "os", "rack", "vendor", "owner", "tier"):
        (world.project.root / "fields" / f"{name}.yaml").unlink(missing_ok=True)
    path = world.project.root / "fields" / "criticality.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("  - low\n", ""), "utf-8")
    plan = plan_json(world)
    assert {r["guard"] for r in plan["refusals"]} == {"deletes"}
    removed = next(i for i in plan["impact"] if i["kind"] == "option-removed")
    assert (removed["services"], removed["breaking"]) == (None, False)
    assert "the plan against what is live tells how many services use it" in removed["message"]


def test_a_label_that_a_file_begins_to_set(world: SQLiteWorld) -> None:
    world.project.with_rule("north", "{target_label: newcomer, replacement: x}")
    plan = plan_json(world)
    assert [(c["field"], c["action"]) for c in plan["changes"]] == [("newcomer", "create")]


def test_servers_are_not_asked_on_either_side(world: SQLiteWorld) -> None:
    text = (world.project.root / "pyproject.toml").read_text("utf-8")
    sources = (
        'sources = { live = "http://127.0.0.1:1", both = ["prometheus/north.yml",'
        ' "http://127.0.0.1:1"], north = { where = "prometheus/north.yml",'
        ' catalog = "http://127.0.0.1:1", live = "http://127.0.0.1:1" } }'
    )
    text, count = re.subn(r"(?m)^sources = .*$", sources, text, count=1)
    assert count == 1
    (world.project.root / "pyproject.toml").write_text(text, "utf-8")
    world.project.commit("ask servers")
    plan = plan_json(world)
    assert plan["changes"] == []
    told = [w for w in plan["warnings"] if "not asked" in w]
    assert told == ["live: not asked: this compares commits; its last known labels stay"]


def test_errors_of_the_commit_are_told_with_its_name(world: SQLiteWorld) -> None:
    world.project.field("company", "name: company\ntype: nonsense\n")
    bad = world.project.commit("broken")[:12]
    world.project.field("company", "name: company\ntype: string\n")
    done = against(world, code=1)
    assert f"git:main ({bad}): 1 error in the fields" in done.err
    assert "git:main:fields/company.yaml:2" in done.err
    world.project.git("checkout", "--quiet", "--force", "-b", "before", "main~1")
    world.project.field("company", "name: company\ntype: nonsense\n")
    done = world.run("plan", "--against", "git:HEAD", code=1)
    assert "fields/company.yaml:2" in done.err
    assert "git:HEAD:" not in done.err  # the working tree's own


def test_absolute_paths_in_the_project_are_read_at_the_commit(world: SQLiteWorld) -> None:
    root = world.project.root
    world.project.with_rule("north", "{target_label: newcomer, replacement: x}")
    where = ("--fields", str(root / "fields"), "--source", str(root / "prometheus" / "north.yml"))
    plan = plan_json(world, *where)
    assert [(c["field"], c["action"]) for c in plan["changes"]] == [("newcomer", "create")]


@pytest.mark.parametrize("folder", ["fields/", "./fields", ".//fields/"])
def test_a_folder_is_found_in_a_commit_however_it_is_written(
    world: SQLiteWorld, folder: str
) -> None:
    project, world.url = world.project, "sqlite:///.fieldkeep/store.db"
    table = f'[tool.fieldkeep]\nfields = "{folder}"\nschema = "./schema/"\n'
    sources = 'sources = { master = "./prometheus/master.yml" }\n'
    (project.root / "pyproject.toml").write_text(table + sources, "utf-8")
    project.commit("second")
    project.field("company", NARROWER)
    named = ("--fields", "fields", "--source", "master=./prometheus/master.yml")
    for flags in ((), named):
        assert "~ company" in against(world, *flags).out
        assert "1 of 1 source read" in against(world, *flags).err
        done = world.run("plan", "--ref", "HEAD", *flags)
        assert "+ company" in done.out


def test_a_branch_that_moves_the_fields_is_compared_by_the_settings_of_each_side(
    world: SQLiteWorld,
) -> None:
    project = world.project
    project.git("checkout", "--quiet", "-b", "branch")
    project.git("mv", "fields", "labels")
    project.git("mv", "prometheus", "monitoring")
    settings = project.root / "pyproject.toml"
    text = settings.read_text("utf-8").replace("prometheus/", "monitoring/")
    moved = text.replace("[tool.fieldkeep]\n", '[tool.fieldkeep]\nfields = "labels"\n')
    assert moved != text
    settings.write_text(moved, "utf-8")
    project.commit("move both")
    done = against(world, "--exit-code")
    assert "No changes: the document stays as it is." in done.out
    settings.write_text("[tool.fieldkeep]\nfields = 1\n", "utf-8")
    project.commit("break it")
    project.git("branch", "--force", "main")
    settings.write_text(moved, "utf-8")
    assert "git:main" in against(world, code=1).err
