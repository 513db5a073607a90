"""The backup that a restore takes from an exported file."""

from __future__ import annotations

from fieldkeep.core.document.document import Document, Foreign, Missing
from fieldkeep.core.restore.versions import choose
from fieldkeep.core.stored import exported
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.exported import ExportedFile
from fieldkeep.errors import InputError
from fieldkeep.model import Source


def parse(source: Source, key: str) -> ExportedFile:
    """An exported file that can be restored without leaving anything of its document out. ``key``
    tells which document is meant, if it holds several. Raises InputError."""
    try:
        file = exported.parse(source.content, key)
        _require_whole(file)
    except ValueError as error:
        raise InputError(
            f"{source.path}: {error}",
            "name a document, a backup, or a file that `fieldkeep history export` wrote",
        ) from error
    return file


def _require_whole(file: ExportedFile) -> None:
    """Raises ValueError."""
    match file.state:
        case Document(damaged=damaged) if damaged:
            raise ValueError(f"a damaged document: {'; '.join(damaged[:3])}")
        case Document():
            pass
        case _ if file.history.entries:  # the backups stand in, as they do in the store
            pass
        case Missing():
            raise ValueError("there is neither a document nor a backup in it")
        case Foreign(reason):
            raise ValueError(f"no document: {reason}")
        case _:
            raise ValueError("a document without fields")


def pick(file: ExportedFile, which: str | None) -> Backup:
    """The backup that ``which`` names; without it, the newest state in the file. Raises
    InputError."""
    if which is not None or file.live is None:
        return choose(file.history, which or "0")
    newest = next(iter(file.history.entries), None)
    if isinstance(newest, Backup) and newest.document.substance == file.live.substance:
        return newest  # unlike the document, it records what git owned
    return Backup({"fields_data": file.live.raw}, file.live, ours=False, serial=0, owned={})
