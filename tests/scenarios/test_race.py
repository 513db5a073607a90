"""Race: an application's plain write lands between the sync's reads and its write.

It must be refused there, read again, and end with both: the edit of what git is silent about is
live beside the sync's own changes, the edit of what git says is in the history and named.
"""

from __future__ import annotations

from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven, default
from tests.scenarios.world import World, edited


def test_race(lasting: World) -> None:
    world, project = lasting, lasting.project
    project.field("company", GIT.yaml("company"))
    project.field("model", "name: model\norder: 20\n")  # silent about all seven
    project.field("vendor", GIT.yaml("vendor"))
    world.sync()
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "model", default("model"))

    project.field("vendor", GIT_LATER.yaml("vendor"))
    done = world.race(edited(company=APPLICATION, model=APPLICATION, glpi_url=APPLICATION))

    def both_are_there() -> None:
        fields = world.fields()
        check_seven(fields, "vendor", GIT_LATER)  # the sync's own change
        check_seven(fields, "model", APPLICATION)  # git is silent: the edit stays
        check_seven(fields, "glpi_url", APPLICATION)  # git does not know it at all
        check_seven(fields, "company", GIT)  # git says so
        entries = world.backed_up("company")
        assert len(entries) >= 2
        edits = [field for field in entries if field["display_name"] == APPLICATION.display_name]
        assert len(edits) == 1
        check_seven({"company": edits[0]}, "company", APPLICATION)  # nothing is lost
        world.check_keys()

    both_are_there()
    reasons = [entry["reason"] for entry in world.backups()]
    assert reasons == ["sync", "live-edit", "sync"]

    # Each attribute that lost is named, with both values, and nothing else is.
    overruled = [line for line in done.out.splitlines() if line.startswith("overruled: ")]
    named = {line.removeprefix("overruled: ").split(" ", 1)[0]: line for line in overruled}
    lost = APPLICATION.differs(GIT)
    assert len(lost) == 18
    assert set(named) == {f"company.{attribute}" for attribute in lost}
    assert '"Edited in the application"' in named["company.display_name"]
    assert '"As git says"' in named["company.display_name"]
    assert "`fieldkeep restore company` puts them back" in done.out

    world.in_sync()
    if world.restarted():
        both_are_there()
        world.in_sync()


def test_race_for_a_field_that_git_changes_too(lasting: World) -> None:
    """Both move the same field at the same moment: git wins where it speaks, the edit is kept."""
    world, project = lasting, lasting.project
    project.field("company", GIT.yaml("company"))
    world.sync()
    project.field("company", GIT_LATER.yaml("company"))
    done = world.race(edited(company=APPLICATION))

    def git_is_live_and_the_edit_is_kept() -> None:
        check_seven(world.fields(), "company", GIT_LATER)
        entries = world.backed_up("company")
        names = [field["display_name"] for field in entries]
        assert names == [GIT_LATER.display_name, APPLICATION.display_name, GIT.display_name]
        check_seven({"company": entries[1]}, "company", APPLICATION)
        world.check_keys()

    git_is_live_and_the_edit_is_kept()
    for attribute in APPLICATION.differs(GIT_LATER):
        assert f"overruled: company.{attribute} was " in done.out
    world.in_sync()
    if world.restarted():
        git_is_live_and_the_edit_is_kept()


def test_race_with_the_very_first_sync(lasting: World) -> None:
    """Somebody creates the document while the first sync was about to."""
    world, project = lasting, lasting.project
    world.sync()
    theirs = world.edit(edited(glpi_url=APPLICATION))
    world.wipe("", ".backup", ".backup.history", ".sync")
    project.field("company", GIT.yaml("company"))

    plain = theirs
    world.edit = lambda change: plain  # type: ignore[method-assign]  # noqa: ARG005
    done = world.race(edited())
    assert "created" in done.out

    fields = world.fields()
    check_seven(fields, "glpi_url", APPLICATION)
    check_seven(fields, "company", GIT)
    world.check_keys()
    if world.restarted():
        check_seven(world.fields(), "glpi_url", APPLICATION)
