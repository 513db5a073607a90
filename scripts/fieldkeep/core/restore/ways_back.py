"""What is left to do when document and backups are gone."""

from __future__ import annotations

from typing import Final

from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.state import StoreState

FROM_GIT: Final = "`fieldkeep sync` from the main branch brings back what the field files say"
FROM_FILE: Final = (
    "what git cannot know, edits made in the application and never adopted, comes back with"
    " `fieldkeep restore --from-file FILE`: FILE is in the artifact backup-ENVIRONMENT of an"
    " earlier Apply or Recover run, or from sync --backup-dir or history export"
)
HINT: Final = f"{FROM_GIT}; {FROM_FILE}"


def is_all_gone(stored: StoreState) -> bool:
    """Whether neither a document nor a backup is left, or ever was."""
    return not isinstance(stored.document, Document) and not stored.history.entries
