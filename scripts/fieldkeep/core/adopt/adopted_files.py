"""Drafts -> the field files to write, and an exported file in place of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldkeep.core.adopt.effects import Effects
from fieldkeep.core.adopt.select import Draft, Unsayable
from fieldkeep.core.common import canonical
from fieldkeep.core.edit.field_text import CannotEdit, created, edited, in_order
from fieldkeep.core.fields.load import MAX_BYTES
from fieldkeep.core.stored import exported
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.errors import InputError
from fieldkeep.model import Absent, Live, Present, Source


@dataclass(frozen=True, slots=True)
class Adopted:
    """A file before (None: there was none) and after: that of the field ``name``, or of the
    settings. ``entries`` are those that change."""

    name: str
    before: Source | None
    after: Source
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adoption:
    """``not_asked`` names fields without a file that were left alone; ``settings`` is a settings
    file that changes too."""

    files: tuple[Adopted, ...]
    unsayable: tuple[Unsayable, ...]
    effects: Effects
    not_asked: tuple[str, ...] = ()
    settings: Adopted | None = None

    @property
    def all_files(self) -> tuple[Adopted, ...]:
        return (*self.files, *([self.settings] if self.settings else []))


def write(
    drafts: Iterable[Draft], sources: Mapping[str, Source], folder: str, schema: str | None
) -> tuple[tuple[Adopted, ...], tuple[Unsayable, ...]]:
    """The new text of each draft's file, and what no file can say. ``sources`` are the existing
    files by field; ``folder`` is a path for messages, ``schema`` one that editors follow."""
    files: list[Adopted] = []
    unsayable: list[Unsayable] = []
    for draft in drafts:
        unsayable += draft.unsayable
        if not draft.entries:
            continue
        before = sources.get(draft.name)
        if before is None:
            content = created(draft.entries, schema)
            keys = [key for key in in_order(draft.entries) if key != "name"]
            path = f"{folder}/{draft.name}.yaml"
        else:
            content, keys, refused = _edited(draft, before)
            unsayable += refused
            path = before.path
        if len(content) > MAX_BYTES:
            reason = f"its file would be larger than {MAX_BYTES:,} bytes"
            unsayable.append(Unsayable(draft.name, "", None, reason))
        elif before is None or content != before.content:
            files.append(Adopted(draft.name, before, Source(path, content), tuple(keys)))
    return tuple(files), tuple(unsayable)


def _edited(draft: Draft, before: Source) -> tuple[bytes, list[str], list[Unsayable]]:
    """The new text, the entries that it holds now, and those that no edit could write."""
    source, keys, refused = before, [], []
    for key, value in in_order(draft.entries).items():
        try:
            source = Source(before.path, edited(source, {key: value}))
        except CannotEdit as error:
            refused.append(Unsayable(draft.name, key, value, str(error)))
        else:
            keys.append(key)
    return source.content, keys, refused


def snapshot(content: bytes, keys: Keys, path: str) -> Snapshot:
    """A store that holds only the document of an exported file, or its newest backup's if the
    document is gone. Raises InputError."""
    hint = "name a file that holds one document"
    try:
        file = exported.parse(content, keys.document)
    except ValueError as error:
        raise InputError(f"{path}: {error}", hint) from error
    newest = file.history.newest
    document = file.live or (newest.document if newest else None)
    if document is None:
        raise InputError(f"{path}: no document with fields", hint)
    values: dict[str, Live] = {key: Absent() for key in keys.all}
    values[keys.document] = Present(canonical.dumps(document.raw), 1, 1)
    return Snapshot(keys, values)
