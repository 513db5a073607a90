"""The values that pass between stages: frozen, stdlib only, nothing that does work.

JSON values are plain Python ones (dict, list, str, int, float, bool, None); a *unit* is the
name of one document attribute, the thing that is owned, merged and compared on its own. The
sub-keys of ``validation`` are units of their own, written ``validation.regex``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

Json = Any  # a decoded JSON value; the recursive type would only move the checks to casts
Attributes = Mapping[str, Json]
Marks = Mapping[tuple[str | int, ...], "Place"]

# --------------------------------------------------------------------------- input and findings


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a path as the user would type it, line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """An error ends a command with 1, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``check`` is a stable id; ``hint`` is the way out (never empty)."""

    where: Place
    check: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes with the path that messages use (relative to where the user stands)."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FieldFile:
    """A field file as written: ``attributes`` keeps the file's own names, ``marks`` the place
    of each value by its path inside the file, e.g. ``("options", 2)``; ``keys`` of each name."""

    name: str
    attributes: Mapping[str, Json]
    path: str
    marks: Marks = field(default_factory=dict)
    keys: Marks = field(default_factory=dict)


# --------------------------------------------------------------------------- extraction


class Certainty(StrEnum):
    """How sure it is, from the configuration alone, that a target carries a label."""

    ALWAYS = "always"  # on every target of the pool
    MAYBE = "maybe"  # on some target, depending on what discovery delivers
    OPEN = "open"  # a family of names, told by ``pattern``; only a live server knows which


class Targets(StrEnum):
    """Whether a scrape pool has targets, as far as its configuration tells."""

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
    only for an open family; ``name`` then repeats what the configuration says (``$1``) and
    ``reason`` why its names are not known. ``deleters`` are rules that may delete the label.
    ``values`` are some that live targets have, only where a live server was asked."""

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
    its targets that a live server showed, None where none was asked."""

    job: str
    targets: Targets
    labels: tuple[LabelReading, ...]
    live: int | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What one source attaches. ``pools`` keep the file's order. ``warnings`` are for people:
    what was left out, and why something could not be known."""

    source: str
    external_labels: Mapping[str, str]
    pools: tuple[PoolReading, ...]
    files: int = 1
    duration_ms: int = 0
    port: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A source that could not be read: its labels are unknown, which is not "none"."""

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
    """The store said that there is no such key. An error is never Absent: it raises."""


Live = Present | Absent


OURS: Final = -1
"""Instead of an index: the one that an earlier step of the same journal gave this key."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write ``value`` if the key's modify index is still ``expect`` (0: it must not exist)."""

    key: str
    value: bytes
    expect: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but only commit if the key's modify index is still ``expect`` (0: absent)."""

    key: str
    expect: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove this one key if its modify index is still ``expect``. Never what lies below it."""

    key: str
    expect: int


Operation = Put | Check | Delete


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of one value, bytes of one transaction as sent, operations in one transaction."""

    value: int = 512 * 1024
    transaction: int = 512 * 1024
    operations: int = 64


@dataclass(frozen=True, slots=True)
class Applied:
    """All operations were applied; ``indexes`` holds the new modify index of each key put."""

    indexes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was applied: ``keys`` had moved since they were read."""

    keys: tuple[str, ...]


Outcome = Applied | Conflict


@dataclass(frozen=True, slots=True)
class Writer:
    """Who is writing: the commit whose fields these are (None outside git), whether the field
    files differ from it, the ref asked for, and the names that go into record and backups."""

    commit: str | None = None
    dirty: bool = False
    ref: str | None = None
    owner: str | None = None
    actor: str = "unknown"
    run_url: str | None = None
