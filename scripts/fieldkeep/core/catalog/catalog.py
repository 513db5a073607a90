"""The values of the catalogue. What could not be read is Unknown, and is never shown as empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from fieldkeep.core.merge.outcome import FieldDrift, ValueOrigin
from fieldkeep.core.plan.plan import Action, Plan
from fieldkeep.core.restore.field_history import AttributeHistory
from fieldkeep.model import Certainty, Json, RuleRef

Values = Mapping[str, Json]
"""The attributes of a field by name, as people know them: none is None."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be found out, and why."""

    reason: str


class State(StrEnum):
    """What can be said of a field; several may hold at once. The worst comes first. A field that is
    in sync may have a warning, and nothing else."""

    WARNING = "warning"
    DRIFT = "drift"
    CHANGE = "change"  # a sync would create, update or delete it, or put it back
    ORPHAN = "orphan"  # neither git nor a source has it
    UNMANAGED = "unmanaged"  # live, without a field file
    UNKNOWN = "unknown"  # what is live could not be read, or no plan be made
    GONE = "gone"  # only backups have it
    IN_SYNC = "in-sync"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that changed field files. ``at`` is RFC 3339 with the author's offset; ``files`` are
    the names of the fields that it added, modified or deleted, each with git's letter (A, M, D).
    ``cut_off``: the clone lacks what was before it, so that all files look new in it."""

    sha: str
    author: str
    at: str
    subject: str
    files: Mapping[str, str]
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A scrape pool of one source whose targets have the label, or may have: by the surest first,
    ``CERTAINTIES``. None stands for a source that was not read: it is what was known of it last."""

    source: str
    job: str
    certainty: Certainty | None
    rules: tuple[RuleRef, ...] = ()


CERTAINTIES: Final = (Certainty.ALWAYS, Certainty.MAYBE, Certainty.OPEN, None)


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source: why it could not be read (all of it, or a part), and what is unsure about it."""

    name: str
    unread: str
    jobs: int
    external_labels: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class CatalogField:
    """A field. Each side is None where the field is not there, or where the whole side is unknown
    (see ``Catalog``). ``git`` has only what its file sets, ``origins`` who sets each attribute of
    ``after``; ``values`` are a few of the label's values on targets. ``changed`` is None for a file
    that no commit has, and Unknown where git cannot say."""

    name: str
    live: Values | None
    git: Values | None
    after: Values | None
    states: tuple[State, ...]
    action: Action | None = None
    origins: Mapping[str, ValueOrigin] = field(default_factory=dict)
    drift: tuple[FieldDrift, ...] = ()
    attached: tuple[Attachment, ...] = ()
    changed: Commit | Unknown | None = None
    uncommitted: bool = False
    history: tuple[AttributeHistory, ...] = ()
    warnings: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """The document at one time, the oldest first: a backup was taken then (``index`` is its number
    in the history), or, for the last, what is live (``index`` None). ``changed`` counts the fields
    that differ from the version before."""

    index: int | None
    timestamp: str
    fields: int
    changed: int
    reason: str = ""
    actor: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything on the page. ``folder`` is where the field files are. ``live`` says why what is
    live is unknown, and ``after`` why the result of a sync is; both are None where they are known.
    ``unreadable`` says what is wrong with a document that is live and cannot be read. ``commits``
    are newest first; ``hold`` is '' where nothing is on hold."""

    made: datetime
    title: str
    store: str
    environment: str | None
    program: str
    folder: str
    commit: str | None
    dirty: bool
    pages: tuple[str, ...]
    fields: tuple[CatalogField, ...]
    sources: tuple[SourceView, ...]
    live: Unknown | None
    after: Unknown | None
    plan: Plan | None
    versions: tuple[Version, ...]
    commits: tuple[Commit, ...] | Unknown
    damaged: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hold: str = ""
    unreadable: str = ""
