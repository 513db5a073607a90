"""The catalogue of a team: everything in one file, and what could not be read is said."""

from __future__ import annotations

from pathlib import Path

from tests.render.catalog_page import attribute, column, data_of
from tests.scenarios.world import World


def test_a_day_of_a_team(world: World, tmp_path: Path) -> None:
    project, page = world.project, tmp_path / "site" / "index.html"
    first = project.commit("Describe the fields")
    world.sync()
    project.field("tier", "name: tier\ndisplay_name: Service tier\n")
    project.git("commit", "--quiet", "--all", "--message", "Say which tier: <b>ours</b>")
    world.application(lambda fields: fields["vendor"].update(description="Who made it"))
    (project.root / "prometheus" / "south.yml").unlink()

    done = world.run("catalog", "--out", str(page.parent))
    assert "25 fields" in done.out
    text = page.read_text("utf-8")
    data = data_of(text)
    at = {name: index for index, name in enumerate(data["names"])}
    assert attribute(data, "display_name")["tier"] == "Service tier"
    assert attribute(data, "description")["vendor"] == "Who made it"
    states = column(data, data["states"])
    assert "change" in states[at["tier"]]
    assert "unmanaged" in states[at["glpi_url"]]
    changed = column(data, data["changed"])
    subjects = {name: data["commits"][changed[at[name]]][3] for name in ("tier", "company")}
    assert subjects == {"tier": "Say which tier: <b>ours</b>", "company": "Describe the fields"}
    assert data["commits"][changed[at["company"]]][0] == first[:12]
    assert changed[at["glpi_url"]] == -1
    assert "Source <bdi>south</bdi> was not read." in text

    page.write_text("another page", "utf-8")
    refused = world.run("catalog", "--out", str(page.parent), code=64)
    assert "is not written over" in refused.err
    assert page.read_text("utf-8") == "another page"


def test_a_store_that_cannot_be_read(world: World, tmp_path: Path) -> None:
    page = tmp_path / "site" / "index.html"
    unreachable = "consul://127.0.0.1:1"
    done = world.run("catalog", "--out", str(page.parent), code=4, url=unreachable)
    assert "what is live is unknown" in done.err
    text = page.read_text("utf-8")
    assert "What is live is unknown." in text
    data = data_of(text)
    assert data["live"]
    assert len(data["names"]) == 24  # git's; what only the store has is not known
    assert attribute(data, "display_name")["company"] == "Company"


def test_an_error_in_a_field_file_writes_nothing(world: World, tmp_path: Path) -> None:
    world.project.field("tier", "name: other\n")
    done = world.run("catalog", "--out", str(tmp_path / "site"), code=1)
    assert "tier.yaml:1" in done.err
    assert not (tmp_path / "site").exists()


def test_a_git_that_cannot_be_read_is_told(world: World, tmp_path: Path) -> None:
    page = tmp_path / "site" / "index.html"
    world.project.commit("Describe the fields")
    world.sync()
    (world.project.root / ".git" / "HEAD").write_text("nonsense", "utf-8")
    done = world.run("catalog", "--out", str(page.parent), code=4)
    assert "what a sync would change is unknown: git" in done.err
    text = page.read_text("utf-8")
    assert "What a sync would change is unknown." in text
    assert "What is live is unknown." not in text
    assert "No picture over time: git" in text
    data = data_of(text)
    assert data["git"].startswith("git")
    assert "in-sync" not in {state for states in column(data, data["states"]) for state in states}
