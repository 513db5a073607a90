"""The one place that writes: what it finds out about its own write, whatever became of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.stored.keys import Keys
from fieldkeep.edges.store.apply import Confirmed, Lost, Overtaken, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Unanswered, Unavailable
from fieldkeep.model import (
    INDEX_OF_EARLIER_WRITE,
    Absent,
    Check,
    Conflict,
    Operation,
    Outcome,
    Put,
)
from tests.edges.store.rigs import ConsulRig, Rig, SQLiteRig, applied, index
from tests.real import proxy
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer

RUN = "our run"
OURS, THEIRS = b'{"fields":["ours"]}', b'{"fields":["an application\'s"]}'


@pytest.fixture(params=["sqlite", "consul"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, key: str) -> Rig:
    if request.param == "sqlite":
        return SQLiteRig(tmp_path, key)
    return ConsulRig(
        request.getfixturevalue("gate"), request.getfixturevalue("consul_agent"), key, tmp_path
    )


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)


def record(run: str) -> bytes:
    return json.dumps({"schema_version": 1, "serial": 1, "owned": {}, "run": run}).encode()


def journal(store: Store, keys: Keys, run: str = RUN) -> Journal:
    """A write of document and record over what is there now."""
    step: tuple[Operation, ...] = (
        Check(keys.hold, 0),
        Put(keys.document, OURS, index(store, keys.document)),
        Put(keys.record, record(run), index(store, keys.record)),
    )
    return Journal(Scope.ALL, (step,))


def test_a_write_that_is_live_is_confirmed(rig: Rig) -> None:
    store, keys = rig.store(), Keys(rig.key)
    for run in ("first", "second"):
        assert apply(store, keys, journal(store, keys, run), run) == Confirmed()
    assert rig.plain.get(keys.document) == OURS
    assert rig.plain.get(keys.record) == record("second")


def test_a_write_that_came_too_late_is_lost_and_names_what_moved(rig: Rig) -> None:
    store, keys = rig.store(), Keys(rig.key)
    apply(store, keys, journal(store, keys), RUN)
    late = journal(store, keys, "later run")
    rig.plain.put(keys.document, THEIRS)
    assert apply(store, keys, late, "later run") == Lost((keys.document,))
    assert rig.plain.get(keys.document) == THEIRS
    assert rig.plain.get(keys.record) == record(RUN)


def test_a_hold_that_came_between_is_a_lost_write(rig: Rig) -> None:
    store, keys = rig.store(), Keys(rig.key)
    apply(store, keys, journal(store, keys), RUN)
    late = journal(store, keys, "later run")
    rig.plain.put(keys.hold, b'{"until":"2999-01-01T00:00:00Z"}')
    assert apply(store, keys, late, "later run") == Lost((keys.hold,))
    assert rig.plain.get(keys.record) == record(RUN)


def test_a_lost_step_ends_the_journal(rig: Rig) -> None:
    """What the first step wrote stays; nothing after the step that lost is tried."""
    store, keys = rig.store(), Keys(rig.key)
    applied(store, Put(keys.document, THEIRS, 0))
    aside = Put(Keys.aside(keys.document), THEIRS, 0)
    steps: tuple[tuple[Operation, ...], ...] = (
        (aside,),
        (Put(keys.document, OURS, 0),),
        (Put(keys.record, record(RUN), 0),),
    )
    assert apply(store, keys, Journal(Scope.ALL, steps), RUN) == Lost((keys.document,))
    assert rig.plain.get(aside.key) == THEIRS
    assert rig.plain.get(keys.document) == THEIRS
    assert rig.plain.get(keys.record) is None


# --------------------------------------------------------------------------- through a gate


@pytest.fixture
def store(gate: Gate, consul_agent: ConsulServer, key: str, tmp_path: Path) -> Store:
    return ConsulRig(gate, consul_agent, key, tmp_path).store()


@pytest.fixture
def keys(key: str) -> Keys:
    return Keys(key)


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def txns(gate: Gate) -> list[int]:
    return [seen.status for seen in gate.seen if seen.path.startswith("/v1/txn")]


@pytest.mark.parametrize("over", ["document", "record"])
def test_somebody_who_writes_over_the_document_before_we_looked_again_has_overtaken_us(
    gate: Gate,
    consul_agent: ConsulServer,
    store: Store,
    keys: Keys,
    aside: ThreadPoolExecutor,
    over: str,
) -> None:
    wanted = journal(store, keys)
    hold = gate.hold("GET", f"/v1/kv/{keys.document}")  # the look at what is really there
    outcome: Future[object] = aside.submit(apply, store, keys, wanted, RUN)
    try:
        hold.wait_held()
        assert consul_agent.get(keys.document) == OURS
        if over == "document":
            consul_agent.put(keys.document, THEIRS)
        else:
            consul_agent.put(keys.record, record("another run"))
    finally:
        hold.release()
    assert outcome.result(30) == (Overtaken() if over == "document" else Confirmed())


def test_a_document_deleted_right_after_us_has_overtaken_us(
    gate: Gate, consul_agent: ConsulServer, store: Store, keys: Keys, aside: ThreadPoolExecutor
) -> None:
    wanted = journal(store, keys)
    hold = gate.hold("GET", f"/v1/kv/{keys.document}")
    outcome: Future[object] = aside.submit(apply, store, keys, wanted, RUN)
    try:
        hold.wait_held()
        consul_agent.delete(keys.document)
    finally:
        hold.release()
    assert outcome.result(30) == Overtaken()


def test_a_lost_answer_to_a_write_that_was_applied_is_confirmed(
    gate: Gate, store: Store, keys: Keys
) -> None:
    gate.answer("PUT", "/v1/txn", proxy.LOST, times=1)
    assert apply(store, keys, journal(store, keys), RUN) == Confirmed()
    assert txns(gate) == [0]  # sent once


@pytest.mark.parametrize("answer", [proxy.HANG_UP, proxy.NO_LEADER, proxy.GARBAGE])
def test_a_lost_answer_to_a_write_that_was_not_applied_is_lost(
    gate: Gate, store: Store, keys: Keys, answer: proxy.Answer
) -> None:
    gate.answer("PUT", "/v1/txn", answer, times=1)
    outcome = apply(store, keys, journal(store, keys), RUN)
    assert isinstance(outcome, Lost)
    assert outcome.keys == ()
    assert outcome.error is not None
    assert store.get(keys.document) == Absent()
    assert len(txns(gate)) == 1  # never again blindly


def test_a_write_that_arrives_after_we_gave_it_up_changes_nothing_that_is_newer(
    gate: Gate,
    consul_agent: ConsulServer,
    store: Store,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The slow request, taken for lost, meets the indexes that the next attempt has moved."""
    monkeypatch.setattr("fieldkeep.edges.store.consul_http.READ_SECONDS", 0.3)
    slow = gate.hold("PUT", "/v1/txn")
    try:
        assert isinstance(apply(store, keys, journal(store, keys, "slow"), "slow"), Lost)
        assert apply(store, keys, journal(store, keys), RUN) == Confirmed()
    finally:
        slow.release()
    arrived = threading.Event()
    while len(txns(gate)) < 2:
        arrived.wait(0.01)
    assert txns(gate) == [200, 409]
    assert consul_agent.get(keys.record) == record(RUN)


@pytest.mark.parametrize("answer", [proxy.LOST, proxy.HANG_UP])
@pytest.mark.parametrize("then", [proxy.NO_LEADER, proxy.FORBIDDEN, proxy.HANG_UP, proxy.GARBAGE])
def test_a_lost_answer_and_a_store_that_says_no_more_is_unknown(
    gate: Gate, store: Store, keys: Keys, answer: proxy.Answer, then: proxy.Answer
) -> None:
    wanted = journal(store, keys)
    gate.answer("PUT", "/v1/txn", answer)
    gate.answer("GET", "/v1/kv/", then)
    with pytest.raises(Unavailable, match="unknown whether applied") as caught:
        apply(store, keys, wanted, RUN)
    assert caught.value.exit_code == 4
    assert caught.value.hint
    assert len(txns(gate)) == 1


def test_a_write_that_was_refused_is_no_unknown(gate: Gate, store: Store, keys: Keys) -> None:
    wanted = journal(store, keys)
    gate.answer("PUT", "/v1/txn", proxy.FORBIDDEN)
    with pytest.raises(Unavailable) as caught:
        apply(store, keys, wanted, RUN)
    assert not isinstance(caught.value, Unanswered)
    assert "unknown" not in str(caught.value)


def test_a_write_that_cannot_be_read_back_is_said_to_be_applied(
    gate: Gate, consul_agent: ConsulServer, store: Store, keys: Keys
) -> None:
    wanted = journal(store, keys)
    gate.answer("GET", "/v1/kv/", proxy.NO_LEADER)
    with pytest.raises(Unavailable, match="applied, but it could not be read back") as caught:
        apply(store, keys, wanted, RUN)
    assert "unknown" not in str(caught.value)
    assert consul_agent.get(keys.document) == OURS


def test_a_conflict_is_believed_after_a_look_at_what_was_to_be_written(
    gate: Gate, consul_agent: ConsulServer, store: Store, keys: Keys
) -> None:
    wanted = journal(store, keys)
    consul_agent.put(keys.record, record("another run"))
    before = len(gate.seen)
    assert apply(store, keys, wanted, RUN) == Lost((keys.record,))
    assert [seen.status for seen in gate.seen[before:]] == [409, 404, 200]
    assert store.commit([Put(keys.record, b"x", 0)]) == Conflict((keys.record,))


# --------------------------------------------------------------------------- repeated requests


@pytest.mark.parametrize("after", ["nothing", "an application", "another sync"])
def test_a_repeated_write_that_was_applied_is_no_conflict(
    gate: Gate, consul_agent: ConsulServer, store: Store, keys: Keys, after: str
) -> None:
    """A load balancer sends the request twice, and passes on the second answer: a conflict."""
    first = journal(store, keys)
    history = Put(keys.history, json.dumps([{"run": RUN}]).encode(), 0)
    wanted = Journal(Scope.ALL, ((*first.steps[0], history),))

    def meanwhile() -> None:
        if after == "an application":
            consul_agent.put(keys.document, THEIRS)
        elif after == "another sync":
            consul_agent.put(keys.document, THEIRS)
            consul_agent.put(keys.record, record("another run"))
            consul_agent.put(keys.history, json.dumps([{"run": "x"}, {"run": RUN}]).encode())

    gate.answer("PUT", "/v1/txn", proxy.Answer(forward=True, again=True, meanwhile=meanwhile), 1)
    expected = Confirmed() if after == "nothing" else Overtaken()
    assert apply(store, keys, wanted, RUN) == expected
    assert txns(gate) == [409]


@pytest.mark.parametrize("at", range(4))
def test_each_of_several_writes_may_be_repeated(
    gate: Gate, store: Store, keys: Keys, at: int
) -> None:
    pending = {"schema_version": 1, "serial": 0, "owned": {}, "run": "", "pending": {"run": RUN}}
    ours = INDEX_OF_EARLIER_WRITE
    steps: tuple[tuple[Operation, ...], ...] = (
        (Check(keys.hold, 0), Put(keys.record, json.dumps(pending).encode(), 0)),
        (Check(keys.record, ours), Put(keys.history, json.dumps([{"run": RUN}]).encode(), 0)),
        (Check(keys.record, ours), Put(keys.document, OURS, 0)),
        (Put(keys.record, record(RUN), ours),),
    )
    gate.answer("PUT", "/v1/txn", proxy.PASS, times=at)
    gate.answer("PUT", "/v1/txn", proxy.Answer(forward=True, again=True), times=1)
    assert apply(store, keys, Journal(Scope.ALL, steps), RUN) == Confirmed()
    assert sorted(txns(gate)) == [200, 200, 200, 409]


def test_the_last_of_several_writes_is_lost_where_only_the_announcement_is_ours(
    consul_agent: ConsulServer, store: Store, keys: Keys
) -> None:
    other = {"schema_version": 1, "serial": 0, "owned": {}, "run": "", "pending": {"runs": [RUN]}}
    announced = Put(keys.record, json.dumps({"pending": {"run": RUN}}).encode(), 0)
    last = Put(keys.record, record(RUN), INDEX_OF_EARLIER_WRITE)

    class Between(type(store)):  # type: ignore[misc]
        def commit(self, operations: Sequence[Operation]) -> Outcome:
            if operations[0] != announced:
                consul_agent.put(keys.record, json.dumps(other).encode())
            return store.commit(operations)

    between = Between.__new__(Between)
    between.__dict__.update(store.__dict__)
    outcome = apply(between, keys, Journal(Scope.ALL, ((announced,), (last,))), RUN)
    assert outcome == Lost((keys.record,), written=(keys.record,))


def test_a_write_that_left_everything_as_it_was_is_no_proof(rig: Rig) -> None:
    """The same bytes, written before: the conflict is with the hold."""
    store, keys = rig.store(), Keys(rig.key)
    apply(store, keys, journal(store, keys), RUN)
    again = Put(keys.document, OURS, index(store, keys.document))
    rig.plain.put(keys.hold, b"{}")
    steps: tuple[tuple[Operation, ...], ...] = ((Check(keys.hold, 0), again),)
    assert apply(store, keys, Journal(Scope.ALL, steps), RUN) == Lost((keys.hold,))
