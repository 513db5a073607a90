"""A sync's summary and its steps."""

from __future__ import annotations

from fieldkeep.render import steps, sync_summary
from fieldkeep.render.screen import PIPE
from fieldkeep.render.sync_summary import Surroundings
from tests.core.build import KEYS, World
from tests.render.test_findings import raw_controls
from tests.render.worlds import URL, hostile, world


def surroundings(made: World) -> Surroundings:
    return Surroundings(URL, made.readings, "fieldkeep")


def test_a_syncs_summary_and_its_steps_send_nothing_that_a_terminal_obeys() -> None:
    made = hostile()
    made.store.delete(KEYS.hold)
    evaluation, journal = made.sync()
    lines = [
        *steps.stored(evaluation.stored),
        steps.merged(evaluation.merged),
        steps.writing(journal, URL),
        *steps.written(journal, 10),
        sync_summary.applied(evaluation, journal, surroundings(made), PIPE),
        sync_summary.unchanged(evaluation, surroundings(made), PIPE),
    ]
    assert raw_controls("\n".join(lines)) == set()
    made.store.delete(KEYS.document)
    assert raw_controls("\n".join(steps.stored(made.look()[1]))) == set()


def test_an_overruled_edit_is_named_in_the_summary() -> None:
    made = world()
    made.edit("company", display_name="typed")
    evaluation, journal = made.sync()
    text = sync_summary.applied(evaluation, journal, surroundings(made), PIPE)
    assert 'overruled: company.display_name was "typed" in the store, git says "A"' in text
    history, restore = "fieldkeep history company", "fieldkeep restore company display_name"
    assert f"\n    `{history}` shows it, `{restore}` puts it back\n" in text
    assert "~ company" in text
    assert f"store    {URL}, key {KEYS.document}" in text
    assert "undo     `fieldkeep restore` shows what it would put back" in text
    assert text.endswith("\n\nSync: 0 created, 1 updated, 0 deleted")
    assert "(2 of 10 in the history; replaces an equal one of " in text


def test_a_backup_that_replaces_an_equal_one_says_so() -> None:
    made = world()
    first = made.history()[0]["backup_timestamp"]
    made.files["company"]["display_name"] = "B"
    evaluation, journal = made.sync()
    assert "replaces" not in sync_summary.applied(evaluation, journal, surroundings(made), PIPE)
    made.files["company"]["display_name"] = "A"
    evaluation, journal = made.sync()
    text = sync_summary.applied(evaluation, journal, surroundings(made), PIPE)
    assert f"(2 of 10 in the history; replaces an equal one of {first})" in text


def test_a_first_sync_is_calm_and_of_a_server_names_the_way_back() -> None:
    made = World({"company": {}})
    evaluation, journal = made.sync()
    texts = {
        url: sync_summary.applied(evaluation, journal, Surroundings(url, (), "fieldkeep"), PIPE)
        for url in ("sqlite:///here.db", "consul://consul:8500")
    }
    for text in texts.values():
        assert "\nfirst sync of this key. Not the first? `fieldkeep help runbook`\n" in text
    told = {url: "restore --from-file FILE" in text for url, text in texts.items()}
    assert told == {"sqlite:///here.db": False, "consul://consul:8500": True}
