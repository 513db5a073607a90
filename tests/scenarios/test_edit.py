"""Field files changed by commands: what is on disk afterwards, and what is not."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.real import forked
from tests.real.forked import Done
from tests.scenarios.world import PATIENCE, Project, World, environment

BEFORE = "\ufeffname: site\r\ntype: string   # as typed\r\npages: [services]"


def fieldkeep(project: Project, *line: str, **variables: str) -> Done:
    return forked.run(list(line), project.root, {**environment(), **variables}, PATIENCE)


def test_set_writes_what_it_shows_and_keeps_how_the_file_is(project: Project) -> None:
    path = project.root / "fields" / "site.yaml"
    target = project.root / "fields" / ".site"
    target.write_bytes(BEFORE.encode())
    target.chmod(0o640)
    path.unlink()
    path.symlink_to(target.name)
    line = ["set", "site", "type=text", "pages=+blackbox", "required=true"]

    shown = fieldkeep(project, *line, "--dry-run", FORCE_COLOR="1")
    assert "\x1b[32m+type: text" in shown.out
    assert path.read_bytes() == BEFORE.encode()

    done = fieldkeep(project, *line)
    assert done.code == 0
    assert done.out == (
        "--- a/fields/site.yaml\n+++ b/fields/site.yaml\n@@ -1,3 +1,4 @@\n"
        " \\ufeffname: site\n-type: string   # as typed\n-pages: [services]\n"
        "\\ No newline at end of file\n+type: text   # as typed\n+required: true\n"
        "+pages: [services, blackbox]\n\\ No newline at end of file\n"
    )
    after = BEFORE.replace("string", "text").replace("services]", "services, blackbox]")
    after = after.replace("\r\npages", "\r\nrequired: true\r\npages")
    assert path.read_bytes() == after.encode()
    assert path.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert left_over(path.parent) == []

    again = fieldkeep(project, *line)
    assert (again.code, again.out) == (0, "")


def test_set_writes_nothing_that_would_not_be_valid(project: Project) -> None:
    path = project.root / "fields" / "site.yaml"
    before = path.read_bytes()
    refused = fieldkeep(project, "set", "site", "type=strng", "order=1")
    assert refused.code == 1
    assert "did you mean 'string'?" in refused.err
    assert path.read_bytes() == before
    assert "did you mean 'site'?" in fieldkeep(project, "set", "fields/site.yaml", "order=1").err
    no_text = fieldkeep(project, "new", "\udcff", "type=text")
    assert (no_text.code, "is not UTF-8" in no_text.err) == (64, True)


def left_over(folder: Path) -> list[str]:
    """Temporary files."""
    hidden = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    return [name for name in hidden if name != ".site"]


def test_fmt_writes_what_its_check_shows(project: Project) -> None:
    path = project.root / "fields" / "site.yaml"
    path.write_bytes(b"name:  site   # as typed\r\n\r\n\r\ntype: 'string'")
    checked = fieldkeep(project, "fmt", "--check")
    assert checked.code == 1
    assert "-name:  site   # as typed\n" in checked.out

    done = fieldkeep(project, "fmt")
    assert (done.code, done.out) == (0, "fields/site.yaml\n")
    assert path.read_bytes() == b"name: site   # as typed\r\n\r\ntype: string\r\n"
    assert fieldkeep(project, "fmt", "--check").code == 0


def test_a_rename_leaves_no_edit_behind_that_only_the_application_has(world: World) -> None:
    project = world.project
    old, new = (project.root / "fields" / f"{name}.yaml" for name in ("company", "customer"))
    project.commit("Begin")
    world.sync()
    world.application(lambda fields: fields["company"].update(default_value="acme"))
    before = old.read_text()

    refused = world.run("rename", "company", "customer", code=3)
    assert "only the application says default of 'company'" in refused.err
    assert (old.read_text(), new.exists()) == (before, False)

    world.run("adopt", "company")
    done = world.run("rename", "company", "customer")
    assert "'company' stays, and loses what this file said" in done.err
    assert "label customer: no source attaches it" in done.err
    assert not old.exists()
    assert "default: acme\n" in new.read_text()
    project.git("add", "--all")
    assert "R0" in project.git("diff", "--cached", "--name-status", "--find-renames")

    world.sync("--allow-breaking")
    assert world.fields()["customer"]["default_value"] == "acme"


def test_a_rename_needs_to_know_what_is_live(project: Project) -> None:
    line = ["rename", "company", "customer"]
    there = project.root / "fields" / "company.yaml"
    unknown = fieldkeep(project, *line, "--store", "consul://127.0.0.1:1")
    assert (unknown.code, "--offline" in unknown.err, there.exists()) == (4, True, True)
    assert fieldkeep(project, *line, "--offline").code == 0
    assert not there.exists()


def test_a_rename_may_change_no_more_than_the_case(project: Project) -> None:
    folder = project.root / "fields"
    assert "is called so already" in fieldkeep(project, "rename", "site", "site", "--offline").err
    assert fieldkeep(project, "rename", "site", "Site", "--offline").code == 0
    assert not (folder / "site.yaml").exists()
    (folder / "Site.yaml").rename(folder / "place.yaml")
    shown = fieldkeep(project, "rename", "place", "Site", "--offline").out
    assert shown == "rename from fields/place.yaml\nrename to fields/Site.yaml\n"
