"""What a watcher does next, without a store, a clock or git."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common import canonical
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.contest import MOST_ROUNDS, Round
from fieldkeep.core.watch.machine import (
    BRIEF_SECONDS,
    GRACE_SECONDS,
    LONGEST_REST_SECONDS,
    QUIET_SECONDS,
    Action,
    Begun,
    Capture,
    Captured,
    Failed,
    Heal,
    Look,
    Looked,
    Lost,
    Moment,
    Observation,
    Outlook,
    Pass,
    Passed,
    Policy,
    Ready,
    Refused,
    Rest,
    Rested,
    Restore,
    Saw,
    State,
    Sync,
    Synced,
    Wait,
    step,
)
from fieldkeep.model import Absent, Live
from tests.core.build import KEYS, a_document, a_field, present, snapshot
from tests.core.build import stored as store_state

HEALING = Policy(Heal.ALL)
EDITED = present(a_document(a_field("company", display_name="edited")), index=9)
LIVE = present(a_document(a_field("company")), index=8)
IN_SYNC = Outlook(Scope.NOTHING)
DRIFTED = Outlook(Scope.ALL, pending=True)


def record(**more: object) -> Live:
    return present({"schema_version": 1, "serial": 1, "commit": "c1", "owned": {}, **more})


def looked(live: Live, outlook: Outlook | None = IN_SYNC, recorded: Live | None = None) -> Looked:
    values = {"document": live, "record": recorded or record()}
    return Looked(store_state(**values), snapshot(**values).values, live, outlook)


class Watching:
    """A machine that is told one observation after the other."""

    def __init__(self, policy: Policy = HEALING) -> None:
        self.policy, self.now, self.state = policy, 100.0, State()
        self.action: Action = Look()

    def sees(self, observation: Observation) -> Action:
        self.state, self.action = step(self.state, observation, self.policy, Moment(self.now))
        return self.action

    def settled(self) -> Watching:
        """One that has found everything in order, and waits."""
        self.sees(looked(LIVE, None))
        self.sees(Captured(False))
        self.sees(Begun())
        self.sees(Passed(Ready("c1", "c1")))
        self.sees(looked(LIVE))
        if self.action == Capture():
            self.sees(Captured(False))
        assert isinstance(self.action, Wait), self.action
        return self


def test_it_captures_before_it_knows_git_and_then_reads_git() -> None:
    machine = Watching()
    assert machine.sees(looked(LIVE, None)) == Capture()
    assert machine.sees(Captured(False)) == Pass("c1")
    assert machine.sees(Begun()) == Wait(BRIEF_SECONDS)
    assert machine.sees(Passed(Ready("c1", "c1"))) == Look()
    assert machine.sees(looked(LIVE)) == Wait(10.0)


def test_an_erased_document_is_put_back_without_another_look() -> None:
    assert Watching().settled().sees(Saw(Absent())) == Sync()


@pytest.mark.parametrize(
    ("heal", "action"), [(Heal.NOTHING, Capture()), (Heal.MISSING, Capture()), (Heal.ALL, Sync())]
)
def test_an_edit_of_what_git_sets_is_put_back_only_if_asked_to(heal: Heal, action: Action) -> None:
    machine = Watching(Policy(heal)).settled()
    assert machine.sees(Saw(EDITED)) == Look()
    assert machine.sees(looked(EDITED, DRIFTED)) == action


@pytest.mark.parametrize("live", [Absent(), present(b""), present(b"{"), present({"other": 1})])
@pytest.mark.parametrize("heal", Heal)
def test_a_document_that_is_none_is_put_back_unless_nothing_is(heal: Heal, live: Live) -> None:
    machine = Watching(Policy(heal)).settled()
    machine.now += 10  # the time for a look
    machine.sees(Saw(live))
    if machine.action == Look():
        machine.sees(looked(live, DRIFTED))
    assert machine.action == (Capture() if heal is Heal.NOTHING else Sync())


def test_what_a_guard_refuses_is_captured_and_not_tried_again_and_again() -> None:
    machine = Watching().settled()
    refused = Outlook(Scope.ALL, refused=True, pending=True)
    machine.sees(Saw(EDITED))
    assert machine.sees(looked(EDITED, refused)) == Capture()
    assert machine.sees(Captured(True)) == Look()
    assert machine.sees(looked(EDITED, refused)) == Capture()
    assert isinstance(machine.sees(Captured(False)), Wait)
    machine.now += 60
    assert machine.sees(Saw(EDITED)) == Look()
    assert isinstance(machine.sees(looked(EDITED, refused)), Wait)


def test_a_sync_that_is_refused_at_last_still_captures() -> None:
    machine = Watching().settled()
    machine.sees(Saw(Absent()))
    assert machine.sees(Refused()) == Capture()


def test_other_keys_are_looked_at_although_the_document_stays() -> None:
    machine = Watching().settled()
    assert machine.sees(Saw(LIVE)) == Wait(10.0)
    machine.now += 10
    assert machine.sees(Saw(LIVE)) == Look()
    erased = looked(LIVE, Outlook(Scope.CAPTURE), recorded=record(run="other"))
    assert machine.sees(erased) == Sync()


def test_other_bytes_under_the_same_index_are_a_change() -> None:
    """A restored snapshot brings old indexes back, a rebuilt Consul begins with small ones."""
    assert Watching().settled().sees(Saw(replace(EDITED, index=8))) == Look()


def test_answers_of_the_servers_are_written_once_a_pass() -> None:
    """Two watchers that see different servers would else wake each other for ever."""
    machine = Watching().settled()
    status = Outlook(Scope.STATUS)
    machine.sees(Saw(EDITED))
    assert isinstance(machine.sees(looked(EDITED, status)), Wait)
    machine.sees(Passed(Ready("c1", "c1")))
    assert machine.sees(looked(EDITED, status)) == Sync()


def test_a_newer_commit_in_the_record_is_read_before_anything_is_put_back() -> None:
    machine = Watching().settled()
    newer = looked(EDITED, DRIFTED, recorded=record(commit="c2"))
    machine.sees(Saw(EDITED))
    assert machine.sees(newer) == Capture()
    assert machine.sees(Captured(False)) == Pass("c2")
    machine.sees(Begun())
    assert machine.sees(Passed(None)) == Look()  # this clone does not have it
    assert machine.sees(newer) == Capture()
    action = machine.sees(Captured(False))
    assert isinstance(action, Wait), "and it is not asked for again and again"
    gone = replace(newer, stored=store_state(record=record(commit="c2")), values={}, live=Absent())
    assert machine.sees(Saw(Absent())) == Look()
    assert machine.sees(gone) == Restore()
    assert machine.sees(Captured(True)) == Look()
    machine.sees(newer)
    action = machine.sees(Captured(False))
    assert isinstance(action, Wait)
    assert action.seconds > BRIEF_SECONDS
    machine.now += machine.policy.interval * 1.1
    machine.sees(Saw(EDITED))
    assert machine.sees(newer) in (Pass("c2"), Capture())


def test_it_remembers_the_applied_commit_when_the_record_is_erased() -> None:
    machine = Watching().settled()
    gone = Looked(store_state(), snapshot().values, Absent(), DRIFTED)
    machine.sees(Saw(Absent()))
    machine.sees(Synced())
    machine.now += 11
    machine.sees(Saw(Absent()))
    assert machine.sees(gone) == Sync()
    assert machine.state.commit == "c1"


def test_what_was_applied_from_uncommitted_files_is_not_taken_back() -> None:
    machine = Watching().settled()
    machine.sees(Saw(EDITED))
    assert machine.sees(looked(EDITED, DRIFTED, record(dirty=True))) == Capture()


def test_an_apply_that_another_writer_has_begun_is_left_alone_for_a_while() -> None:
    machine = Watching().settled()
    pending = {"run": "theirs", "serial": 2, "digest": "sha256:x", "owned_gz": canonical.pack({})}
    begun = looked(EDITED, DRIFTED, record(pending=pending))
    machine.sees(Saw(EDITED))
    for _ in range(int(GRACE_SECONDS / BRIEF_SECONDS) - 1):
        assert machine.sees(begun) == Wait(BRIEF_SECONDS)
        machine.now += BRIEF_SECONDS
        assert machine.sees(Saw(EDITED)) == Look()
    machine.now += GRACE_SECONDS
    assert machine.sees(begun) == Sync()  # its writer is gone


def test_an_edit_that_came_between_is_captured_before_the_next_try() -> None:
    """Those who edit all the time keep a sync from its write, but no capture."""
    machine = Watching().settled()
    machine.sees(Saw(EDITED))
    assert machine.sees(looked(EDITED, DRIFTED)) == Sync()
    assert machine.sees(Lost()) == Capture()
    assert machine.sees(Captured(False)) == Look()
    assert machine.sees(looked(EDITED, DRIFTED)) == Sync()


# --------------------------------------------------------------------------- failures


def test_it_rests_longer_and_longer_while_the_store_is_away() -> None:
    machine = Watching().settled()
    rests = []
    for _ in range(12):
        action = machine.sees(Failed())
        assert isinstance(action, Rest)
        rests.append(action.seconds)
        assert machine.sees(Rested()) == Look()
    assert rests == sorted(rests)
    assert rests[0] < 0.5
    assert LONGEST_REST_SECONDS / 2 <= rests[-1] <= LONGEST_REST_SECONDS


def test_a_store_that_answers_reads_only_is_not_asked_faster() -> None:
    machine = Watching().settled()
    for _ in range(10):
        machine.sees(Failed())
        machine.sees(Rested())
        assert machine.sees(looked(EDITED, DRIFTED)) == Sync()
    last = machine.sees(Failed())
    assert isinstance(last, Rest)
    assert last.seconds >= LONGEST_REST_SECONDS / 2


def test_after_an_outage_it_acts_on_what_is_live() -> None:
    machine = Watching().settled()
    machine.sees(Failed())
    machine.sees(Rested())
    assert machine.sees(looked(EDITED, DRIFTED)) == Sync()


# --------------------------------------------------------------------------- a contest


PLACE = ("company", "display_name", "sha256:1")


LEFT = canonical.dumps(json.loads(LIVE.value))


def fought(rounds: int) -> Watching:
    """One that has put the same value back so often, and then seen that it is live."""
    machine = Watching().settled()
    for number in range(rounds):
        machine.now += 20
        edited = replace(EDITED, index=20 + number)
        machine.sees(Saw(edited))
        assert machine.sees(looked(edited, DRIFTED)) == Sync()
        put_back = Round(machine.now, frozenset({PLACE}), "a program")
        assert machine.sees(Synced((put_back,), LEFT, "run")) == Look()
        machine.sees(looked(replace(LIVE, index=100 + number)))
    return machine


def test_a_contest_is_given_up_but_a_missing_document_is_still_put_back() -> None:
    assert fought(MOST_ROUNDS - 1).state.contest.lost is None
    machine = fought(MOST_ROUNDS)
    assert machine.state.contest.lost is not None
    machine.sees(Saw(EDITED))
    assert machine.sees(looked(EDITED, DRIFTED)) == Capture()
    machine.sees(Captured(False))
    assert machine.sees(Saw(Absent())) == Sync()


def test_a_contest_stays_lost_while_the_other_value_is_live() -> None:
    machine = fought(MOST_ROUNDS)
    machine.now += QUIET_SECONDS * 100
    machine.sees(Saw(EDITED))
    assert machine.sees(looked(EDITED, DRIFTED)) == Capture()
    assert machine.state.contest.lost is not None


def test_a_contest_ends_when_somebody_else_makes_live_what_git_says() -> None:
    machine = fought(MOST_ROUNDS)
    agreed = present({**json.loads(LIVE.value), "last_updated": "later"}, index=300)
    machine.sees(looked(agreed))
    assert machine.state.contest.lost is None


def test_a_contest_ends_when_what_was_put_back_has_stayed_for_a_while() -> None:
    machine = fought(MOST_ROUNDS)
    machine.now += QUIET_SECONDS
    machine.sees(looked(replace(LIVE, index=300)))
    assert machine.state.contest.lost is None


# --------------------------------------------------------------------------- any history


@given(
    st.lists(
        st.sampled_from(
            [
                Saw(LIVE),
                Saw(EDITED),
                Saw(Absent()),
                looked(LIVE),
                looked(EDITED, DRIFTED),
                looked(Absent(), DRIFTED),
                looked(EDITED, None),
                Captured(True),
                Captured(False),
                Synced(),
                Synced((Round(0.0, frozenset({PLACE}), "x"),), b"x", "r"),
                Refused(),
                Lost(),
                Failed(),
                Rested(),
                Begun(),
                Passed(None),
                Passed(Ready("c1", "c1")),
            ]
        ),
        max_size=30,
    ),
    st.sampled_from(Heal),
)
def test_any_history_leads_to_a_bounded_wait(history: list[Observation], heal: Heal) -> None:
    """Nothing that may happen keeps it busy: with nothing more to do, it soon waits."""
    machine = Watching(Policy(heal))
    for observation in history:
        machine.sees(observation)
        machine.now += 1
        if heal is Heal.NOTHING:
            assert machine.action != Sync()
    answers: dict[type[Action], Observation] = {
        Look: looked(LIVE),
        Capture: Captured(False),
        Sync: Synced(),
        Pass: Begun(),
        Rest: Rested(),
        Restore: Captured(True),
    }
    for _ in range(8):
        if isinstance(machine.action, Wait):
            break
        machine.sees(answers[type(machine.action)])
    assert isinstance(machine.action, Wait)
    assert 0 < machine.action.seconds <= machine.policy.wait


def test_the_keys_are_all_compared() -> None:
    assert set(looked(LIVE).values) >= set(KEYS.all)
    assert isinstance(looked(LIVE).stored, StoreState)
