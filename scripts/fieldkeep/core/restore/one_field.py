"""Puts one field, or one attribute of it, of a backup into the live document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.common import canonical
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.document.attributes import STRUCTURE, attributes_of, flatten, join
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState, owned_by
from fieldkeep.errors import InputError
from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Part:
    """A field or, with an ``attribute``, only that: by its name in the document or in a file."""

    field: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.field if self.attribute is None else f"{self.field}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class PutBack:
    """The live document with the part as the backup has it, and what git owns then: for the part
    what it owned in the backup, for all else what it owns now."""

    raw: Mapping[str, Json]
    owned: Owned


def numbered(
    stored: StoreState, which: str | None, field: str | None, attribute: str | None
) -> tuple[str | None, str | None, str | None]:
    """The arguments of a restore, with a number in front if FIELD [ATTRIBUTE] stands there alone:
    that of the newest backup in which it is not as it is live. Raises InputError if there is none.
    """
    backups = [(n, b) for n, b in enumerate(stored.history.entries) if isinstance(b, Backup)]
    is_field = which and any(which in backup.document.fields for _, backup in backups)
    live = stored.document
    if which is None or attribute or not is_field or not isinstance(live, Document):
        return which, field, attribute
    part = Part(which, field)
    for number, backup in backups:
        if which in backup.document.fields:
            raw = put_back(backup, stored, part).raw
            if not canonical.equal(raw, live.raw):
                return str(number), which, field
    raise InputError(
        f"every backup has {part} as it is live", f"`fieldkeep history {which}` shows what it was"
    )


def put_back(backup: Backup, stored: StoreState, part: Part) -> PutBack:
    """Raises InputError if nothing is live, or if the backup does not have the part."""
    live = stored.document
    if not isinstance(live, Document):
        raise InputError(
            "there is no live document to put it into", "restore the whole backup: leave it out"
        )
    name, fields = part.field, backup.document.fields
    if name not in fields:
        hint = did_you_mean(name, fields, "`fieldkeep history NAME` shows where it is")
        raise InputError(f"the backup has no field '{name}'", hint)
    then, now = flatten(fields[name]), flatten(live.fields.get(name, {}))
    owned_then = owned_by(backup).get(name, {})
    owned_now = stored.base.get(name, {})
    if part.attribute is None:
        structure = {a: now[a] for a in STRUCTURE if a in now}  # Prometheus says it, no backup
        values, owned = {**then, **structure}, owned_then
    else:
        names = _named(part, then, now)
        values = {a: v for a, v in now.items() if a not in names}
        values |= {a: then[a] for a in names if a in then}
        owned = {a: v for a, v in owned_now.items() if a not in names}
        owned |= {a: owned_then[a] for a in names if a in owned_then}
    entries = {**live.fields, name: join(values)}
    base = {field: dict(values) for field, values in stored.base.items()}
    if owned or name in base:
        base[name] = dict(owned)
    raw = {**live.raw, "fields": list(entries.values()), "total_fields": len(entries)}
    return PutBack(raw, base)


def _named(part: Part, then: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[str, ...]:
    """The document attributes that are meant."""
    if not now:
        raise InputError(f"there is no live field '{part.field}'", "put the whole field back")
    known = {name for name in (*then, *now) if name not in ("name", *STRUCTURE)}
    names = tuple(a for a in attributes_of(part.attribute or "", known) if a in known)
    if not names:
        hint = did_you_mean(part.attribute or "", known, "`fieldkeep help attributes` lists them")
        raise InputError(f"'{part.field}' has no attribute '{part.attribute}'", hint)
    return names
