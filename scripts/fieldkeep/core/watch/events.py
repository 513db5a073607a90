"""What happens while a document is watched, a value for each event."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.contest import Lost
from fieldkeep.core.watch.machine import Heal
from fieldkeep.model import Skipped


@dataclass(frozen=True, slots=True)
class WatchBegun:
    """``where`` names the store and the key."""

    where: str
    heal: Heal


@dataclass(frozen=True, slots=True)
class PassEnded:
    """git and the sources were read. ``commit`` is what is healed to, ``newest`` what the ref names
    now (both None outside of git)."""

    commit: str | None
    newest: str | None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class PassFailed:
    """git or the field files give nothing to heal to; ``reason`` is a message with its way out."""

    reason: str


@dataclass(frozen=True, slots=True)
class EditCaptured:
    """``before`` is the store as it was read, ``journal`` what was written then."""

    before: StoreState
    journal: Journal


@dataclass(frozen=True, slots=True)
class Healed:
    """An apply of the watcher: a document came back, or was put right."""

    evaluation: Evaluation
    journal: Journal

    @property
    def restored(self) -> bool:
        """Whether no document was there."""
        return not isinstance(self.evaluation.stored.document, Document)


@dataclass(frozen=True, slots=True)
class BackupRestored:
    """A document came back from a backup alone: what git says is not known."""

    restoration: Restoration


@dataclass(frozen=True, slots=True)
class NotHealed:
    """What is live is not what git says, and stays so until ``reason`` is gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotCaptured:
    """What is live could not be backed up."""

    reason: str


@dataclass(frozen=True, slots=True)
class CopyFailed:
    """A copy could not be written to --backup-dir."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outrun:
    """Other writers wrote during every attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The store does not answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The store answers, after so many seconds without an answer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ContestLost:
    """Another writer keeps changing back what is put back."""

    lost: Lost


@dataclass(frozen=True, slots=True)
class ContestEnded:
    """What is live is what git says again."""


@dataclass(frozen=True, slots=True)
class WatchEnded:
    """The watcher was asked to stop."""


WatchEvent = (
    WatchBegun
    | PassEnded
    | PassFailed
    | EditCaptured
    | Healed
    | BackupRestored
    | NotHealed
    | NotCaptured
    | CopyFailed
    | Outrun
    | Disconnected
    | Connected
    | ContestLost
    | ContestEnded
    | WatchEnded
)
