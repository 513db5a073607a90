"""A field file of an older version of the schema -> its text for the version that we read.

A migration knows the entries of a file only. The edit layer finds the text that says the new ones,
and keeps every other line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from fieldkeep.core.document.attribute_table import SCHEMA_VERSION
from fieldkeep.core.edit.field_text import rewritten
from fieldkeep.core.fields import versions
from fieldkeep.core.fields.load import load
from fieldkeep.model import Json, Source

Migration = Callable[[Mapping[str, Json]], Mapping[str, Json]]
"""The entries of a file for the next version. No schema has checked the old ones: a value may be of
any type."""

# The first leads from version 1 to 2. What else a new version needs is in CONTRIBUTING.md.
MIGRATIONS: Final[tuple[Migration, ...]] = ()


def migrated(source: Source) -> Source:
    """The same file if it is not older, or cannot be read. Raises CannotEdit."""
    file, problems = load(source)
    named = versions.version(file) if file and not problems else None
    if file is None or named is None or named >= versions.VERSION:
        return source
    entries = file.attributes
    for migration in MIGRATIONS[named - 1 :]:
        entries = migration(entries)
    wanted = {**entries, SCHEMA_VERSION: versions.VERSION}
    return Source(source.path, rewritten(source, wanted))
