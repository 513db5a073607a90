"""From which checkout something is applied: an old clone, a branch, files that nobody committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven
from tests.scenarios.world import ConsulWorld, World, edited


@pytest.fixture
def cloned(served: ConsulWorld, tmp_path: Path) -> ConsulWorld:
    """Two commits on origin's main; the clone has the first, and has fetched the second."""
    git = served.project.git
    served.project.field("company", GIT.yaml("company"))
    first = served.project.commit("First")
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "clone", "-q", "--bare", served.project.root, origin], check=True)
    git("remote", "add", "origin", f"file://{origin}")
    served.project.field("company", GIT_LATER.yaml("company"))
    served.project.commit("Second")
    git("push", "--quiet", "origin", "main")
    git("fetch", "--quiet", "origin")
    git("reset", "--quiet", "--hard", first)
    return served


def test_a_clone_that_is_behind_is_refused_where_no_record_is_left(cloned: ConsulWorld) -> None:
    done = cloned.sync(code=3)
    assert (
        "this clone is 1 commit behind origin/main: pull [rollback: --allow-rollback]" in done.err
    )
    assert cloned.plain.keys(cloned.key) == []
    done = cloned.sync("--allow-rollback")
    assert "this clone is 1 commit behind origin/main" in done.out
    check_seven(cloned.fields(), "company", GIT)
    done = cloned.sync()  # with a record, it is told
    assert "this clone is 1 commit behind origin/main" in done.out
    cloned.application(edited(glpi_url=APPLICATION))
    assert "1 commit behind origin/main" in cloned.run("capture").out
    restored = cloned.run("restore", "1", "--reason", "x", "--yes").out
    assert "1 commit behind origin/main" in restored
    cloned.run("release")
    cloned.project.git("merge", "--quiet", "origin/main")
    assert "behind" not in cloned.sync("--allow-breaking").out
    cloned.sync("--ref", "HEAD~1", code=3)


def test_a_branch_and_uncommitted_files_are_told_and_can_be_refused(cloned: ConsulWorld) -> None:
    git = cloned.project.git
    git("merge", "--quiet", "origin/main")
    assert "this is the branch" not in cloned.sync().out
    git("checkout", "--quiet", "-b", "feature-x")
    cloned.project.field("extra", "name: extra\n")
    cloned.project.commit("Not reviewed")
    cloned.project.field("company", GIT.yaml("company"))
    done = cloned.sync()
    assert "this is the branch feature-x, not main" in done.out
    assert "the field files or schemas have uncommitted changes" in done.out

    settings = cloned.project.root / "pyproject.toml"
    table = '[tool.fieldkeep]\nbranch = "main"\nclean = true\n'
    settings.write_text(settings.read_text().replace("[tool.fieldkeep]\n", table))
    before = cloned.state()
    done = cloned.sync(code=3)
    assert "only the branch main is applied here, this is the branch feature-x [branch]" in done.err
    assert "there are uncommitted changes [clean]" in done.err
    assert cloned.state() == before
    git("checkout", "--quiet", "--force", "main")
    settings.write_text(settings.read_text().replace("[tool.fieldkeep]\n", table))
    cloned.sync("--allow-rollback")
    git("checkout", "--quiet", "--detach")  # as a job of a workflow has it
    cloned.sync()


def test_with_every_key_gone_all_ways_back_are_named(world: World) -> None:
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    world.application(edited(glpi_url=APPLICATION))
    world.run("capture")
    world.run("history", "export", "kept.json")
    world.wipe("", ".backup", ".backup.history", ".sync")
    for command, code in (
        (("get", "company"), 1),
        (("list",), 1),
        (("restore",), 1),
        (("history",), 0),
        (("sync",), 0),
    ):
        done = world.run(*command, code=code)
        said = done.out + done.err
        assert "restore --from-file FILE" in said, command
        assert "backup-ENVIRONMENT" in said, command
        assert "edits that only the application had" in said, command
        assert "fieldkeep sync" in said or command == ("sync",)
    world.run("restore", "--from-file", "kept.json", "--reason", "gone", "--yes")
    check_seven(world.fields(), "glpi_url", APPLICATION)
    check_seven(world.fields(), "company", GIT)
