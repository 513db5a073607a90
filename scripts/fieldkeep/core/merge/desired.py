"""The desired state: what git and Prometheus say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.document.document_schema import DocumentSchema
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.machine_sources import MACHINE_SOURCES
from fieldkeep.model import FieldFile, Reading, Skipped


@dataclass(frozen=True, slots=True)
class Desired:
    """What git and Prometheus say. It is the same in every attempt of one sync."""

    files: Mapping[str, FieldFile]
    pages: tuple[str, ...]
    readings: tuple[Reading, ...]
    choice: LabelFilter
    schema: DocumentSchema
    machine_sources: tuple[str, ...] = MACHINE_SOURCES
    unmanaged: Unmanaged = Unmanaged.SHOW

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What of the sources could not be read, in whole or in part."""
        return tuple(
            reading if isinstance(reading, Skipped) else Skipped(reading.source, reading.unread)
            for reading in self.readings
            if isinstance(reading, Skipped) or reading.unread
        )
