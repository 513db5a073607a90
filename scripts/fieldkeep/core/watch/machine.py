"""Decides what a watcher does next: each observation gives a new state and an action.

Time, in seconds of a clock that never goes back, and chance come in with the observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.contest import Contest, Round
from fieldkeep.model import Absent, Live

BRIEF_SECONDS: Final = 0.5
"""The longest wait while a pass or another writer's apply is under way."""
GRACE_SECONDS: Final = 10.0
"""An apply in several writes that was begun is given so long before it counts as interrupted."""
FIRST_REST_SECONDS: Final = 0.25
LONGEST_REST_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 600.0
"""A contest is over when what was put back last has stayed for so long."""


class Heal(StrEnum):
    """What a watcher puts back: nothing; a document that is missing, empty or no document; or
    also what people changed of what git owns."""

    NOTHING = "nothing"
    MISSING = "missing"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds between two passes over git and the sources, and of the longest wait."""

    heal: Heal = Heal.NOTHING
    interval: float = 300.0
    wait: float = 10.0


@dataclass(frozen=True, slots=True)
class Moment:
    """``now`` in seconds; ``chance`` from 0 to 1 spreads watchers out."""

    now: float
    chance: float = 0.5


# --------------------------------------------------------------------------- observations


@dataclass(frozen=True, slots=True)
class Saw:
    """A wait has ended: this is the document's key."""

    live: Live


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a sync would write now, and whether a guard refuses it."""

    scope: Scope
    refused: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """All keys were read; ``outlook`` is None where git and sources are not known."""

    stored: StoreState
    values: Mapping[str, Live]
    live: Live
    outlook: Outlook | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What a pass has read: the fields of ``commit`` (None outside of git). It was made when
    ``applied`` was the commit of the record."""

    commit: str | None
    applied: str | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A pass over git and sources has ended; None if they give nothing to heal to."""

    ready: Ready | None


@dataclass(frozen=True, slots=True)
class Captured:
    """A capture has ended, or a restore; whether it wrote something."""

    wrote: bool


@dataclass(frozen=True, slots=True)
class Synced:
    """A sync has ended. ``rounds`` are its applies, in order, ``left`` the document that the last
    one left, with its ``run``."""

    rounds: tuple[Round, ...] = ()
    left: bytes | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A guard refused the sync, or what is live or in git cannot be merged."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Another writer wrote during the sync."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The store did not answer."""


@dataclass(frozen=True, slots=True)
class Rested:
    """A rest is over."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A pass runs beside us."""


Observation = Begun | Saw | Looked | Passed | Captured | Synced | Refused | Lost | Failed | Rested


# --------------------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a change of the document's key, at most so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Rest:
    """Ask the store nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """Read all keys."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Back up what is live."""


@dataclass(frozen=True, slots=True)
class Sync:
    """Put back what git says, by way of the usual journal and guards."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Put the newest backup back: git is not known."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Begin to read git and the sources; ``applied`` is the commit to heal to."""

    applied: str | None


Action = Wait | Rest | Look | Capture | Sync | Restore | Pass


# --------------------------------------------------------------------------- the machine


@dataclass(frozen=True, slots=True)
class State:
    """``seen`` is the document's key as it was acted on; ``settled`` are all keys when there was
    nothing left to do, and ``settling`` when the action that now runs was chosen. ``fresh``: no
    sync was made since the last pass; ``asked`` is the commit that this pass was made for, and
    ``commit`` the newest that was known to be applied. ``left`` and ``run`` are those of our last
    write. ``begun`` is the run of an apply that another writer has begun, ``begun_at`` when it was
    first seen."""

    seen: Live | None = None
    settled: Mapping[str, Live] | None = None
    settling: Mapping[str, Live] | None = None
    ready: Ready | None = None
    fresh: bool = False
    passing: bool = False
    asked: str | None = None
    next_pass: float = 0.0
    next_look: float = 0.0
    failures: int = 0
    commit: str | None = None
    left: bytes | None = None
    run: str | None = None
    begun: str | None = None
    begun_at: float = 0.0
    contest: Contest = field(default_factory=Contest)

    @property
    def knows_git(self) -> bool:
        """Whether the last pass read the fields that are, or may be, applied."""
        ready = self.ready
        return ready is not None and self.commit in (ready.applied, ready.commit)


def step(  # noqa: C901 - a case for each observation
    state: State, observation: Observation, policy: Policy, at: Moment
) -> tuple[State, Action]:
    """The state after an observation, and what to do now."""
    match observation:
        case Begun():
            return _idle(state, policy, at)
        case Saw(live):
            return _saw(state, live, policy, at)
        case Looked():
            return _looked(state, observation, policy, at)
        case Passed(ready):
            return _passed(state, ready, policy, at)
        case Captured(wrote):
            if wrote or state.settling is None:
                return state, Look()
            return _idle(replace(state, settled=state.settling), policy, at)
        case Synced():
            return _synced(state, observation, policy, at)
        case Refused():
            return replace(state, fresh=False), Capture()
        case Lost():  # a capture is not kept from its write by those who edit all the time
            return replace(state, settling=None), Capture()
        case Failed():
            return _failed(state, at)
        case Rested():
            return replace(state, seen=None), Look()


def _saw(state: State, live: Live, policy: Policy, at: Moment) -> tuple[State, Action]:
    changed = live != state.seen
    state = replace(state, seen=live)
    if not changed and at.now < state.next_look:
        return _idle(state, policy, at)
    if changed and isinstance(live, Absent) and policy.heal is not Heal.NOTHING:
        # nothing that a look could tell keeps us from putting it back; the sync looks too
        return (state, Sync()) if state.knows_git else (state, Look())
    return state, Look()


def _looked(state: State, looked: Looked, policy: Policy, at: Moment) -> tuple[State, Action]:
    stored = looked.stored
    backup = stored.history.newest_of_ours
    commit = stored.commit or state.commit or (backup.text("commit") if backup else None)
    state = replace(state, seen=looked.live, next_look=at.now + policy.wait, commit=commit)
    state = _with_begun(state, stored, at)
    if state.begun and at.now - state.begun_at < GRACE_SECONDS:
        return replace(state, next_look=at.now), Wait(BRIEF_SECONDS)
    if looked.values == state.settled:
        return _idle(state, policy, at)
    if state.contest.lost and _contest_is_over(state, looked, at):
        state = replace(state, contest=Contest())
    state = replace(state, settling=looked.values)
    if not _heals(state, stored, policy):
        return state, Capture()
    if not state.knows_git:
        if state.asked != state.commit:  # another commit was applied since: read it at once
            return replace(state, next_pass=at.now), Capture()
        has_failed = not state.passing and at.now < state.next_pass
        is_document = isinstance(stored.document, Document)
        return state, Restore() if has_failed and not is_document else Capture()
    outlook = looked.outlook
    if outlook is None or outlook.refused:
        return state, Capture()
    only_status = outlook.scope is Scope.STATUS and not state.fresh
    if outlook.scope is Scope.NOTHING or only_status:
        return _idle(replace(state, settled=looked.values, fresh=False), policy, at)
    return state, Sync()


def _contest_is_over(state: State, looked: Looked, at: Moment) -> bool:
    """Whether somebody else has made live what git says, or nobody has changed it for a while
    since we did that last."""
    live = looked.stored.document
    if looked.outlook is None or looked.outlook.pending or not isinstance(live, Document):
        return False
    is_quiet = all(at.now - past.at >= QUIET_SECONDS for past in state.contest.rounds[-1:])
    return is_quiet or canonical.dumps(live.raw) != state.left


def _heals(state: State, stored: StoreState, policy: Policy) -> bool:
    """Whether what is live may be replaced, for all that git and the guards say."""
    if not isinstance(stored.document, Document):
        return policy.heal is not Heal.NOTHING
    is_dirty = isinstance(stored.record, Record) and stored.record.raw.get("dirty") is True
    return policy.heal is Heal.ALL and not state.contest.lost and not is_dirty


def _with_begun(state: State, stored: StoreState, at: Moment) -> State:
    """An apply in several writes may be under way: its writer needs the record unmoved."""
    apply = stored.record.pending if isinstance(stored.record, Record) else None
    if apply is None:
        return replace(state, begun=None)
    if apply.run == state.begun:
        return state
    return replace(state, begun=apply.run, begun_at=at.now)


def _passed(state: State, ready: Ready | None, policy: Policy, at: Moment) -> tuple[State, Action]:
    spread = policy.interval * (0.9 + 0.2 * at.chance)
    state = replace(
        state,
        ready=ready,
        passing=False,
        fresh=True,
        settled=None,
        next_pass=at.now + spread,
    )
    return state, Look()


def _synced(state: State, synced: Synced, policy: Policy, at: Moment) -> tuple[State, Action]:
    state = replace(state, fresh=False)
    for latest in synced.rounds:
        state = replace(state, contest=state.contest.after(latest))
    if not synced.rounds:
        return _idle(replace(state, settled=state.settling), policy, at)
    state = replace(state, left=synced.left, run=synced.run, settled=None)
    return state, Look()


def _failed(state: State, at: Moment) -> tuple[State, Action]:
    longest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2**state.failures)
    state = replace(state, failures=min(state.failures + 1, 20), settled=None)
    return state, Rest(longest * (0.5 + at.chance / 2))


def _idle(state: State, policy: Policy, at: Moment) -> tuple[State, Action]:
    state = replace(state, failures=0)
    if not state.passing and at.now >= state.next_pass:
        return replace(state, passing=True, asked=state.commit), Pass(state.commit)
    if state.passing:
        return state, Wait(min(BRIEF_SECONDS, policy.wait))
    return state, Wait(max(0.01, min(policy.wait, state.next_pass - at.now)))
