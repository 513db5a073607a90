"""What a capture backed up."""

from __future__ import annotations

from fieldkeep.core.common.words import number
from fieldkeep.core.document.difference import differences
from fieldkeep.core.document.document import Document, Foreign, compare
from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.stored.state import StoreState
from fieldkeep.render.differences import difference_lines
from fieldkeep.render.words import printable


def text(stored: StoreState, journal: Journal, where: str) -> str:
    """``stored`` is the store before the capture."""
    if not isinstance(stored.document, Document):
        if isinstance(stored.document, Foreign):
            kept = (
                "captured: it is set aside" if journal.set_aside else "nothing new: it is set aside"
            )
            return (
                f"no document is live ({printable(stored.document.reason)})\n{kept}\nstore: {where}"
            )
        way = (
            "`fieldkeep sync` puts the newest backup back"
            if stored.restored_from
            else "`fieldkeep sync` makes it from git"
        )
        return f"nothing to capture: there is no document; {way}\nstore: {where}"
    if not journal.entries and journal.set_aside:
        return f"captured: what cannot be read of the document is set aside\nstore: {where}"
    if not journal.entries:
        return f"nothing new: a backup holds what is live\nstore: {where}"
    timestamp = printable(str(journal.entries[0]["backup_timestamp"]))
    count = number(unsaved_edits(stored), "edit")
    captured = f"captured: {count} in the backup of {timestamp}"
    return "\n".join([*_edits(stored.document, stored), captured, f"store: {where}"])


def _edits(live: Document, stored: StoreState) -> list[str]:
    """The fields that differ from the newest backup, and how."""
    newest = stored.history.newest_of_ours
    if newest is None:
        return []
    before, lines = newest.document.fields, []
    for name in compare(newest.document, live).fields:
        if name not in before or name not in live.fields:
            how = "added" if name in live.fields else "removed"
            lines.append(f"{how} in the store: {printable(name)}")
            continue
        lines.append(f"edited in the store: {printable(name)}")
        lines += difference_lines(differences(before[name], live.fields[name]))
    return lines
