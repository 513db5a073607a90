"""What a capture backed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fieldkeep.core.common.words import number
from fieldkeep.core.document.difference import differences
from fieldkeep.core.document.document import Document, Foreign, compare
from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.stored.state import StoreState
from fieldkeep.render import changes
from fieldkeep.render.layout import apart
from fieldkeep.render.screen import Line, Screen, Style, draw, line


def text(stored: StoreState, journal: Journal, where: str, screen: Screen) -> str:
    """``stored`` is the store before the capture."""
    edits = list(_edits(stored, screen)) if journal.entries else []
    store = [line((f"store: {where}", Style.MUTED))]
    return draw(screen, [*apart([*edits, store]), *_verdict(stored, journal)])


def _verdict(stored: StoreState, journal: Journal) -> Iterator[Line]:
    match stored.document:
        case Document() if journal.entries:
            count = number(unsaved_edits(stored), "edit")
            timestamp = journal.entries[0]["backup_timestamp"]
            yield line(("captured: ", Style.GOOD), f"{count} in the backup of {timestamp}")
        case Document() if journal.set_aside:
            yield line(
                ("captured: ", Style.GOOD), "what cannot be read of the document is set aside"
            )
        case Document():
            yield line(("nothing new: ", Style.GOOD), "a backup holds what is live")
        case Foreign(reason):
            yield line((f"no document is live ({reason})", Style.WARNING))
            what = "captured: " if journal.set_aside else "nothing new: "
            yield line((what, Style.GOOD), "it is set aside")
        case _:
            way = "puts the newest backup back" if stored.restored_from else "makes it from git"
            yield line(
                ("nothing to capture: ", Style.WARNING),
                f"there is no document; `fieldkeep sync` {way}",
            )


def _edits(stored: StoreState, screen: Screen) -> Iterator[Iterable[Line]]:
    """The fields that differ from the newest backup, and how."""
    newest, live = stored.history.newest_of_ours, stored.document
    if newest is None or not isinstance(live, Document):
        return
    before, after = newest.document.fields, live.fields
    for name in compare(newest.document, live).fields:
        if name not in before:
            yield [changes.one_line(Action.CREATE, name, after[name])]
        elif name not in after:
            yield [changes.one_line(Action.DELETE, name, before[name])]
        else:
            head = line(changes.MARKS[Action.UPDATE], (name, Style.UPDATE))
            found = differences(before[name], after[name])
            yield [head, *changes.difference_rows(found, screen)]
