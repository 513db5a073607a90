"""Where the sources of a project are read."""

from __future__ import annotations

from fieldkeep.core.common.words import number
from fieldkeep.edges.labels.read_sources import ReadContext, read_all
from fieldkeep.model import Reading
from fieldkeep.operations.project import Project
from fieldkeep.operations.source_events import SourceRead


def read_sources_of(project: Project) -> tuple[Reading, ...]:
    """All sources of the settings."""
    sources = project.settings.sources
    with project.doing(f"reading {number(len(sources), 'source')}"):
        return read_all(sources, read_context(project))


def read_context(project: Project) -> ReadContext:
    """Where sources are read, with an event for each as soon as it is done."""
    settings = project.settings
    return ReadContext(
        settings.root,
        settings.source_version,
        project.variables,
        project.checkout,
        lambda reading: project.emit(SourceRead(reading)),
    )
