"""The five rules that decide one attribute, with every way in which the sides can differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.document.attributes import NoValue
from fieldkeep.core.merge.decide import AttributeInputs, Decision, decide
from fieldkeep.core.merge.outcome import Drift, ValueOrigin

NOT_MENTIONED = NoValue.NOT_MENTIONED
HERE = ("display_name",)


def inputs_of(**values: object) -> AttributeInputs:
    return replace(AttributeInputs("display_name", default="d"), **values)  # type: ignore[arg-type]


def outcome(decision: Decision) -> tuple[object, ValueOrigin, Drift | None]:
    return decision.value, decision.origin, decision.drift


GIT, LIVE, BACKUP, DEFAULT = (
    ValueOrigin.GIT,
    ValueOrigin.LIVE,
    ValueOrigin.BACKUP,
    ValueOrigin.DEFAULT,
)

TABLE = [
    # rule 1: git says it
    ("in sync", {"git": "g", "base": "g", "live": "g"}, "g", GIT, None),
    ("git moved", {"git": "g", "base": "b", "live": "b"}, "g", GIT, Drift.GIT_AHEAD),
    ("live moved", {"git": "g", "base": "g", "live": "l"}, "g", GIT, Drift.LIVE_EDITED),
    ("both moved", {"git": "g", "base": "b", "live": "l"}, "g", GIT, Drift.BOTH),
    ("both moved alike", {"git": "g", "base": "b", "live": "g"}, "g", GIT, None),
    ("git sets it for the first time", {"git": "g", "live": "l"}, "g", GIT, Drift.GIT_AHEAD),
    ("a new field", {"git": "g"}, "g", GIT, Drift.GIT_AHEAD),
    ("live lacks it", {"git": "g", "base": "g"}, "g", GIT, Drift.LIVE_EDITED),
    (
        "git after a recreation",
        {"git": "g", "base": "g", "live": "d", "recreated": True},
        "g",
        GIT,
        Drift.RECREATED,
    ),
    ("git against a backup", {"git": "g", "live": "g", "backup": "k"}, "g", GIT, None),
    (
        "live says it in the other place",
        {"git": "g", "live": None, "live_elsewhere": "g"},
        None,
        LIVE,
        None,
    ),
    (
        "live says something else in the other place",
        {"git": "g", "live_elsewhere": "l"},
        "g",
        GIT,
        Drift.GIT_AHEAD,
    ),
    (
        "git had set both places, and one is gone",
        {"git": "g", "base": "g", "live_elsewhere": "g"},
        "g",
        GIT,
        Drift.LIVE_EDITED,
    ),
    # rule 2: somebody removed the line
    ("line removed", {"base": "b", "live": "b"}, "d", DEFAULT, Drift.GIT_AHEAD),
    ("line removed, live gone too", {"base": "b"}, "d", DEFAULT, None),
    ("line removed, live at the default", {"base": "b", "live": "d"}, "d", DEFAULT, None),
    ("line removed, edited since", {"base": "b", "live": "l"}, "l", LIVE, Drift.BOTH),
    (
        "line removed, live shows an older value of git's",
        {"base": "b", "live": "old", "was_set_by_git": lambda value: value == "old"},
        "d",
        DEFAULT,
        Drift.GIT_AHEAD,
    ),
    (
        "line removed, the backup does not matter",
        {"base": "b", "live": "b", "backup": "k"},
        "d",
        DEFAULT,
        Drift.GIT_AHEAD,
    ),
    (
        "line removed, recreated with the default",
        {"base": "b", "live": "d", "recreated": True},
        "d",
        DEFAULT,
        None,
    ),
    (
        "line removed, recreated, edited since",
        {"base": "b", "live": "l", "recreated": True},
        "l",
        LIVE,
        Drift.BOTH,
    ),
    # rule 3: git is silent, live says it
    ("an edit of the application's", {"live": "l"}, "l", LIVE, None),
    ("the same as backed up", {"live": "l", "backup": "l"}, "l", LIVE, None),
    ("edited since the backup", {"live": "l", "backup": "k"}, "l", LIVE, Drift.LIVE_CHANGED),
    ("live says null", {"live": None, "backup": "k"}, None, LIVE, Drift.LIVE_CHANGED),
    (
        "recreated",
        {"live": "d", "backup": "k", "recreated": True},
        "k",
        BACKUP,
        Drift.RECREATED,
    ),
    ("recreated alike", {"live": "k", "backup": "k", "recreated": True}, "k", LIVE, None),
    ("recreated, no backup", {"live": "l", "recreated": True}, "l", LIVE, None),
    # rule 4: only the backup says it
    ("only the backup", {"backup": "k"}, "k", BACKUP, None),
    ("only the backup, but git's", {"backup": "k", "git_owned_backup": True}, "d", DEFAULT, None),
    # rule 5
    ("no side has it", {}, "d", DEFAULT, None),
]


@pytest.mark.parametrize(
    ("values", "value", "origin", "drift"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_five_rules(
    values: dict[str, object], value: object, origin: ValueOrigin, drift: Drift | None
) -> None:
    assert outcome(decide(inputs_of(**values))) == (value, origin, drift)


def test_overruled_values_are_listed_with_their_origin() -> None:
    decision = decide(inputs_of(git="g", entry=HERE, base="g", live="l", backup="k"))
    assert decision.overruled == ((ValueOrigin.LIVE, "l"), (ValueOrigin.BACKUP, "k"))
    assert decision.entry == HERE


def test_only_a_value_of_gits_has_an_entry() -> None:
    assert decide(inputs_of(live="l", entry=HERE)).entry is None


def test_information_is_never_pending() -> None:
    assert {drift for drift in Drift if drift.pending} == {
        Drift.GIT_AHEAD,
        Drift.LIVE_EDITED,
        Drift.BOTH,
        Drift.RECREATED,
        Drift.MACHINE_RESET,
        Drift.LIVE_LOST,
        Drift.MISSING,
        Drift.CORRUPT,
    }


VALUES = st.sampled_from([NOT_MENTIONED, "a", "b", "c", "d", None, True, 1, ["a"]])


@given(
    st.builds(
        AttributeInputs,
        attribute=st.sampled_from(["display_name", "category"]),
        git=VALUES,
        base=VALUES,
        live=VALUES,
        backup=VALUES,
        git_owned_backup=st.booleans(),
        default=st.just("d"),
        recreated=st.booleans(),
    )
)
def test_git_always_wins_and_silence_never_loses_an_edit(inputs: AttributeInputs) -> None:
    decision = decide(inputs)
    if inputs.git is not NOT_MENTIONED:
        assert (decision.value, decision.origin) == (inputs.git, ValueOrigin.GIT)
    elif inputs.base is NOT_MENTIONED and inputs.live is not NOT_MENTIONED and not inputs.recreated:
        assert (decision.value, decision.origin) == (inputs.live, ValueOrigin.LIVE)
    assert decision.value is not NOT_MENTIONED
