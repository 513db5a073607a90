"""What an operation reports while it runs, a value for each step; commands print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fieldkeep.core.drill.rehearsal import Rehearsal
    from fieldkeep.core.fields.validate import Validated
    from fieldkeep.core.journal.journal import Journal
    from fieldkeep.core.merge.merge import Merged
    from fieldkeep.core.stored.set_aside import SetAside
    from fieldkeep.core.stored.state import StoreState
    from fieldkeep.edges.store.kv import Retrying, StillWaiting, WaitOver
    from fieldkeep.operations.source_events import SourceRead, SourcesRead


@dataclass(frozen=True, slots=True)
class FieldsLoaded:
    """The field files of ``where`` have no error."""

    validated: Validated
    where: str


@dataclass(frozen=True, slots=True)
class StoreRead:
    """``applying`` if the values that were read will be written back."""

    stored: StoreState
    applying: bool = False


@dataclass(frozen=True, slots=True)
class WriteStarted:
    """The journal is about to be applied to the store at ``url``."""

    journal: Journal
    url: str


@dataclass(frozen=True, slots=True)
class WriteConfirmed:
    """The journal was applied. ``depth`` is the largest number of backups that the history holds,
    ``copies`` the files of --backup-dir."""

    journal: Journal
    depth: int
    copies: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class SetAsideKept:
    """A hold that is none of ours was set aside; ``dropped`` are older values, for which there is
    no room any more."""

    added: Sequence[SetAside]
    dropped: Sequence[SetAside]


@dataclass(frozen=True, slots=True)
class WriteLost:
    """Another writer changed ``keys`` first. ``copies`` are the files of --backup-dir that stay.
    ``next_attempt``: its number, None if there is none."""

    keys: Sequence[str]
    next_attempt: int | None
    copies: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class WriteOvertaken:
    """The journal was applied, and another writer has written since."""

    next_attempt: int


@dataclass(frozen=True, slots=True)
class PlanWritten:
    """``path`` is how the user named the file, ``digest`` the plan's; '' for a page."""

    path: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PrometheusChecked:
    """The files of the sources were checked, ``configurations`` as Prometheus reads them."""

    configurations: int


@dataclass(frozen=True, slots=True)
class NotNotified:
    """A receiver of notices, as messages name it, did not take one. Emitted from a thread of its
    own."""

    receiver: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One rehearsal of a drill has ended."""

    rehearsal: Rehearsal


Event: TypeAlias = """(
    FieldsLoaded
    | SourceRead
    | SourcesRead
    | StoreRead
    | Merged
    | WriteStarted
    | WriteConfirmed
    | SetAsideKept
    | WriteLost
    | WriteOvertaken
    | PlanWritten
    | PrometheusChecked
    | Rehearsed
    | StillWaiting
    | WaitOver
    | Retrying
    | NotNotified
)"""
