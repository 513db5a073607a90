"""What a watcher can say of itself at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.entries import is_backed_up
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.contest import Lost
from fieldkeep.core.watch.events import (
    BackupRestored,
    Connected,
    ContestEnded,
    ContestLost,
    CopyFailed,
    Disconnected,
    EditCaptured,
    Healed,
    NotCaptured,
    NotHealed,
    Outrun,
    PassEnded,
    PassFailed,
    WatchBegun,
    WatchEnded,
    WatchEvent,
)
from fieldkeep.core.watch.machine import Heal


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """Counts are since ``started``. ``changed`` is when the store last began or ceased to answer,
    ``error`` why it does not. ``looked`` is the last look at all keys, ``stored`` what it found and
    ``evaluation`` what a sync would have made of it (None where git is not known). ``passed`` is
    the last pass over git and the sources, ``pass_error`` why the latest one gave nothing,
    ``commit`` what is healed to and ``newest`` what the ref names. ``refusal``, ``capture_error``
    and ``copy_error`` are texts while they last."""

    started: datetime
    heal: Heal
    connected: bool = False
    changed: datetime | None = None
    error: str | None = None
    looked: datetime | None = None
    stored: StoreState | None = None
    evaluation: Evaluation | None = None
    passed: datetime | None = None
    pass_error: str | None = None
    commit: str | None = None
    newest: str | None = None
    captures: int = 0
    heals: int = 0
    restores: int = 0
    conflicts: int = 0
    disconnections: int = 0
    refusal: str | None = None
    capture_error: str | None = None
    copy_error: str | None = None
    contest: Lost | None = None

    @property
    def drift(self) -> Mapping[str, int]:
        """How many fields drift in each class, as of the last look."""
        drift = self.evaluation.plan.drift if self.evaluation else ()
        return Counter(str(entry.drift) for entry in drift)

    @property
    def uncaptured(self) -> bool:
        """Whether what was live at the last look is in no backup."""
        live = self.stored.document if self.stored else None
        if not isinstance(live, Document) or self.stored is None:
            return False
        return not is_backed_up(live, self.stored)

    @property
    def missing(self) -> bool:
        """Whether the last look found no document."""
        return self.stored is not None and not isinstance(self.stored.document, Document)

    def problems(self) -> Iterator[str]:
        """What keeps the watcher from its work, a line each; none while all is well."""
        if not self.connected:
            yield f"the store does not answer: {self.error}" if self.error else "not connected yet"
        if self.capture_error:
            yield f"edits are not captured: {self.capture_error}"
        if self.copy_error:
            yield f"no copies are kept: {self.copy_error}"
        if self.contest:
            yield contest(self.contest)
        if self.heal is not Heal.NOTHING and self.refusal and self.missing:
            yield f"the document is gone, and is not put back: {self.refusal}"
        if self.heal is not Heal.NOTHING and self.pass_error:
            yield f"what git says is not known: {self.pass_error}"

    def after(  # noqa: C901, PLR0912 - a case for each event
        self, event: WatchEvent, now: datetime
    ) -> WatchStatus:
        match event:
            case WatchBegun():
                return self
            case PassEnded(commit, newest):
                return replace(self, passed=now, pass_error=None, commit=commit, newest=newest)
            case PassFailed(reason):
                return replace(self, pass_error=reason)
            case EditCaptured():
                return replace(self, captures=self.captures + 1, capture_error=None)
            case Healed(restored=True) | BackupRestored():
                return replace(self, restores=self.restores + 1, refusal=None)
            case Healed():
                put_back = event.journal.scope is Scope.ALL
                return replace(self, heals=self.heals + put_back, refusal=None)
            case NotHealed(reason):
                return replace(self, refusal=reason)
            case NotCaptured(reason):
                return replace(self, capture_error=reason)
            case CopyFailed(reason):
                return replace(self, copy_error=reason)
            case Outrun():
                return replace(self, conflicts=self.conflicts + 1)
            case Disconnected(reason):
                lost = self.disconnections + 1
                return replace(
                    self, connected=False, changed=now, error=reason, disconnections=lost
                )
            case Connected():
                return replace(self, connected=True, changed=now, error=None)
            case ContestLost(lost):
                return replace(self, contest=lost)
            case ContestEnded():
                return replace(self, contest=None)
            case WatchEnded():
                return replace(self, connected=False, changed=now, error="the watcher has ended")

    def looked_at(
        self, stored: StoreState, evaluation: Evaluation | None, now: datetime
    ) -> WatchStatus:
        is_refused = bool(evaluation.plan.refusals) if evaluation else self.pass_error is None
        is_missing = not isinstance(stored.document, Document)
        refusal = self.refusal if is_refused or is_missing else None
        return replace(self, stored=stored, evaluation=evaluation, looked=now, refusal=refusal)


def contest(lost: Lost) -> str:
    """A contest as messages name it."""
    fields = ", ".join(lost.fields[:5]) + (" and more" if lost.fields[5:] else "")
    return (
        f"{lost.who} has changed {fields or 'the document'} back {lost.rounds} times: edits are"
        " captured, and no longer put back"
    )
