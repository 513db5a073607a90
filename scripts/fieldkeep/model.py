"""The values that pass between stages: frozen, standard library only, without behaviour.

JSON values are plain Python ones (dict, list, str, int, float, bool, None). An *attribute* is one
document attribute of a field: it is owned, merged and compared on its own. Each sub-key of
``validation`` is an attribute too, written ``validation.regex``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Json = Any  # a decoded JSON value; the recursive type would only move the checks to casts
Attributes = Mapping[str, Json]

MAX_INPUT_BYTES: Final = 32 * 1024 * 1024
"""The largest file that is read as input (a plan, an export), and answer of GitHub's API."""

# --------------------------------------------------------------------------- input and findings


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: the path as the user would type it, line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """A command that finds an error exits with 1; a warning leaves the exit code as it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``check`` is a stable id; ``hint`` says how to fix it (never empty)."""

    where: Place
    check: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes, and its path for messages (relative to the user's working directory)."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FieldFile:
    """A field file as written. ``attributes`` has the names that the file uses. ``content`` is its
    text, empty for one that is not written yet."""

    name: str
    attributes: Mapping[str, Json]
    path: str
    content: bytes = b""


# --------------------------------------------------------------------------- extraction


class Certainty(StrEnum):
    """How certain the configuration alone makes it that a target has a label."""

    ALWAYS = "always"  # on every target of the pool
    MAYBE = "maybe"  # on some target, depending on what discovery delivers
    OPEN = "open"  # a family of names that match ``pattern``; only a live server knows which


class Targets(StrEnum):
    """Whether a scrape pool has targets, according to its configuration."""

    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A relabel rule that sets a label: ``index`` counts from 0 in its scrape pool, defaults
    are filled in (regex ``(.*)``, replacement ``$1``, action ``replace``)."""

    index: int
    source_labels: tuple[str, ...]
    regex: str
    replacement: str
    action: str


@dataclass(frozen=True, slots=True)
class LabelReading:
    """A target label of one scrape pool. ``rules`` is empty when no rule sets it (a static
    label, or Prometheus' own ``instance`` and ``job``). ``pattern`` is an anchored RE2 regex,
    only for an open family; ``name`` is then the configuration's own text (``$1``) and ``reason``
    says why the names are unknown. ``deleters`` are rules that may delete the label. ``values`` are
    the first values on live targets, or else on the targets that the configuration lists."""

    name: str
    certainty: Certainty
    rules: tuple[RuleRef, ...] = ()
    pattern: str | None = None
    reason: str | None = None
    deleters: tuple[RuleRef, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolReading:
    """A scrape pool (``job`` is its job_name), labels sorted by name. ``live`` is the number of
    its targets on the live server, None where no server was queried."""

    job: str
    targets: Targets
    labels: tuple[LabelReading, ...]
    live: int | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """The labels that one source attaches. ``pools`` keep the file's order. ``warnings`` are texts
    for people: what was left out, and what remains unknown and why. ``unread`` says which jobs
    could not be read, "" if all were, and ``broken`` which target files could not. ``product`` and
    ``version`` name the engine that the source was read as; ``assumed``: because neither the
    settings nor a server named one."""

    source: str
    external_labels: Mapping[str, str]
    pools: tuple[PoolReading, ...]
    files: int = 1
    duration_ms: int = 0
    port: int | None = None
    warnings: tuple[str, ...] = ()
    unread: str = ""
    broken: tuple[str, ...] = ()
    product: str = ""
    version: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that could not be read: its labels are unknown, not absent."""

    source: str
    reason: str
    duration_ms: int = 0


Reading = Extracted | Skipped

# --------------------------------------------------------------------------- store


@dataclass(frozen=True, slots=True)
class Present:
    """A key's value with its modify index, create index and flags."""

    value: bytes
    index: int
    created: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Absent:
    """The store confirmed that the key does not exist. An error is never Absent: it raises."""


Live = Present | Absent


INDEX_OF_EARLIER_WRITE: Final = -1
"""In ``expect``: stands for the index that an earlier write of the same journal gave the key."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write ``value`` if the key's modify index is still ``expect`` (0: it must not exist)."""

    key: str
    value: bytes
    expect: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """Commit the transaction only if the key's modify index is still ``expect`` (0: absent)."""

    key: str
    expect: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove exactly this key if its modify index is still ``expect``; keys below it stay."""

    key: str
    expect: int


Operation = Put | Check | Delete


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest value and the largest transaction (as sent) in bytes, and the most operations in
    one transaction."""

    value: int = 512 * 1024
    transaction: int = 512 * 1024
    operations: int = 64


NEARLY_FULL_PERCENT: Final = 80
"""Of the largest value: from here on, commands warn that the store fills up."""


@dataclass(frozen=True, slots=True)
class Applied:
    """All operations were applied; ``indexes`` holds the new modify index of each written key."""

    indexes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was applied: ``keys`` had changed since they were read."""

    keys: tuple[str, ...]


Outcome = Applied | Conflict


@dataclass(frozen=True, slots=True)
class Writer:
    """The origin of a write, for the record and the backups. ``commit`` is None outside git;
    ``dirty``: the field files differ from the commit; ``ref`` is the value of ``--ref``."""

    commit: str | None = None
    dirty: bool = False
    ref: str | None = None
    owner: str | None = None
    actor: str = "unknown"
    run_url: str | None = None
