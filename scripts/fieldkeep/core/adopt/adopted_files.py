"""Drafts -> the files that say them, and what an exported file holds."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldkeep.core.adopt.edit import CannotEdit, created, edited, in_order
from fieldkeep.core.adopt.effects import Effects
from fieldkeep.core.adopt.select import Draft, Unsayable
from fieldkeep.core.common import canonical
from fieldkeep.core.document import document
from fieldkeep.core.document.document import Document
from fieldkeep.core.fields.load import MAX_BYTES
from fieldkeep.core.stored.keys import Keys, Snapshot
from fieldkeep.errors import InputError
from fieldkeep.model import Absent, Json, Live, Present, Source


@dataclass(frozen=True, slots=True)
class Adopted:
    """A field file as it was (None: there was none) and as it is to be."""

    name: str
    before: Source | None
    after: Source
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adoption:
    """``not_asked`` names fields without a file that were left alone."""

    files: tuple[Adopted, ...]
    unsayable: tuple[Unsayable, ...]
    effects: Effects
    not_asked: tuple[str, ...] = ()


def write(
    drafts: Iterable[Draft], sources: Mapping[str, Source], folder: str, schema: str | None
) -> tuple[tuple[Adopted, ...], tuple[Unsayable, ...]]:
    """Each draft as text. ``sources`` are the files there are, by field; ``folder`` and ``schema``
    are paths as messages and editors name them."""
    files: list[Adopted] = []
    unsayable: list[Unsayable] = []
    for draft in drafts:
        unsayable += draft.unsayable
        if not draft.entries:
            continue
        before = sources.get(draft.name)
        if before is None:
            content = created(draft.entries, schema)
            said = [name for name in in_order(draft.entries) if name != "name"]
            path = f"{folder}/{draft.name}.yaml"
        else:
            content, said, refused = _edited(draft, before)
            unsayable += refused
            path = before.path
        if len(content) > MAX_BYTES:
            why = f"its file would be larger than {MAX_BYTES:,} bytes"
            unsayable.append(Unsayable(draft.name, "", None, why))
        elif before is None or content != before.content:
            files.append(Adopted(draft.name, before, Source(path, content), tuple(said)))
    return tuple(files), tuple(unsayable)


def _edited(draft: Draft, before: Source) -> tuple[bytes, list[str], list[Unsayable]]:
    source, said, refused = before, [], []
    for name, value in in_order(draft.entries).items():
        try:
            source = Source(before.path, edited(source, {name: value}))
        except CannotEdit as error:
            refused.append(Unsayable(draft.name, name, value, str(error)))
        else:
            said.append(name)
    return source.content, said, refused


def snapshot(content: bytes, keys: Keys, shown: str) -> Snapshot:
    """An exported document in place of the store's: plain, wrapped, a backup, or as `consul kv
    export` writes it. Raises InputError."""
    try:
        value = _exported(canonical.loads(content.removeprefix(b"\xef\xbb\xbf")), keys.document)
    except ValueError as error:
        raise InputError(f"{shown}: {error}", "name a file that holds one document") from error
    state = document.parse(value)
    if not isinstance(state, Document):
        raise InputError(f"{shown}: no document with fields", "name a file that holds one document")
    values: dict[str, Live] = {key: Absent() for key in keys.all}
    values[keys.document] = Present(canonical.dumps(value), 1, 1)
    return Snapshot(keys, values)


def _exported(value: Json, key: str) -> Json:
    match value:
        case {"fields_data": dict(inner)}:
            return inner
        case {"fields_data_gz": str(packed)}:
            return canonical.unpack(packed)
        case list():
            return _exported(_of_key(value, key), key)
    return value


def _of_key(entries: Sequence[Json], key: str) -> Json:
    """The value of one key in Consul's list of entries."""
    for entry in entries:
        match entry:
            case {"key": str(name), "value": str(value)} if name == key:
                pass
            case {"Key": str(name), "Value": str(value)} if name == key:
                pass
            case _:
                continue
        try:
            return canonical.loads(base64.b64decode(value, validate=True))
        except binascii.Error as error:
            raise ValueError(f"the value of {key} is not base64") from error
    raise ValueError(f"a list without the key {key}; --key names another")
