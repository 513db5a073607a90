"""When a watcher notices that another writer changes back what it puts back."""

from __future__ import annotations

from fieldkeep.core.common import canonical
from fieldkeep.core.watch.contest import MOST_ROUNDS, WINDOW_SECONDS, Contest, Round, round_of
from tests.core.build import KEYS, World, read

PLACE = ("company", "display_name", "sha256:1")
OTHER = ("site", "order", "sha256:2")


def rounds(*places: tuple[str, str, str], every: float = 10.0, times: int = MOST_ROUNDS) -> Contest:
    contest = Contest()
    for number in range(times):
        contest = contest.after(Round(number * every, frozenset(places), "somebody"))
    return contest


def test_the_same_value_put_back_again_and_again_is_a_contest() -> None:
    assert rounds(PLACE, times=MOST_ROUNDS - 1).lost is None
    lost = rounds(PLACE, OTHER).lost
    assert lost is not None
    assert (lost.fields, lost.who, lost.rounds) == (("company", "site"), "somebody", MOST_ROUNDS)


def test_a_few_a_day_are_none() -> None:
    assert rounds(PLACE, every=WINDOW_SECONDS / 2, times=50).lost is None


def test_different_values_are_none() -> None:
    contest = Contest()
    for number in range(50):
        place = ("company", "display_name", f"sha256:{number}")
        contest = contest.after(Round(float(number), frozenset({place}), "somebody"))
    assert contest.lost is None


def test_rounds_do_not_pile_up() -> None:
    contest = Contest()
    for number in range(5000):
        place = ("company", f"a{number}", "sha256:1")
        contest = contest.after(Round(number / 1000, frozenset({place}), "somebody"))
    assert len(contest.rounds) <= 200


def world() -> World:
    made = World({"company": {"display_name": "git"}}, (read("master", "company"),))
    made.sync()
    return made


def left_by(made: World) -> bytes:
    return canonical.dumps(made.document())


def test_a_round_names_what_is_put_back_and_by_whom_it_was_changed() -> None:
    made = world()
    left, run = left_by(made), made.store.json(KEYS.record)["applied"]["run"]
    made.edit("company", display_name="hand")
    document = made.document()
    made.store.put(KEYS.document, {**document, "source": "portal"})
    found = round_of(made.evaluate(), left, run, 5.0)
    assert {(field, attribute) for field, attribute, _ in found.places} == {
        ("company", "display_name")
    }
    assert found.who == "a program that calls itself 'portal'"


def test_another_fieldkeep_is_named() -> None:
    made = world()
    left, run = left_by(made), "ours"
    made.edit("company", display_name="hand")
    who = round_of(made.evaluate(), left, run, 5.0).who
    assert who == "fieldkeep as ada"


def test_what_we_left_ourselves_is_no_round() -> None:
    made = world()
    left = left_by(made)
    made.files["company"]["display_name"] = "newer in git"
    assert not round_of(made.evaluate(), left, None, 5.0).places
