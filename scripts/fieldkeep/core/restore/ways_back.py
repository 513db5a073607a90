"""What is left to do when document and backups are gone."""

from __future__ import annotations

from typing import Final

from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.state import StoreState

FROM_GIT: Final = "`fieldkeep sync` from the main branch brings back what the field files say"
FROM_FILE: Final = (
    "`fieldkeep restore --from-file FILE` brings back the edits that only the application had"
)
FILES: Final = (
    "FILE is a backup that somebody kept: the artifact backup-ENVIRONMENT of an Apply or Recover"
    " run, a file of --backup-dir, or an export"
)
FIRST: Final = "first sync of this key. Not the first? `fieldkeep help runbook`"
WAYS: Final = (FROM_GIT, FROM_FILE, FILES)


def is_all_gone(stored: StoreState) -> bool:
    """Whether neither a document nor a backup is left, or ever was."""
    return not isinstance(stored.document, Document) and not stored.history.entries
