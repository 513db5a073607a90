"""What the reading of sources reports: a part of the events of its own, for ``extract`` needs no
other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldkeep.model import Reading


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One source was read, or could not be. Emitted from the thread that read it."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class SourcesRead:
    """All sources were read, or could not be. ``no_fields`` are the labels that become
    none: ``job``, and what the settings leave out."""

    readings: Sequence[Reading]
    no_fields: Sequence[str] = ()
