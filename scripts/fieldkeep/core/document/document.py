"""The document that consumers read: decoded from any value of the key, and compared in tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import first_few
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attribute_table import SET_BY_NO_PERSON
from fieldkeep.model import Absent, Json, Live

VERSION: Final = "2.0.0"


@dataclass(frozen=True)  # without slots: what is encoded is kept
class Document:
    """A document with at least one field. ``raw`` is unwrapped; ``fields`` is by name;
    ``damaged`` has a line for each item of the list that is no usable field, ``unread`` for each
    part of the value outside of that list which is not in ``raw``. ``auto_updated``: the wrapper
    says that a program wrote it by itself."""

    raw: Mapping[str, Json]
    fields: Mapping[str, Mapping[str, Json]]
    wrapped: bool = False
    damaged: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    auto_updated: bool = False

    @property
    def servers(self) -> Mapping[str, Mapping[str, Json]]:
        """Its server_status by hostname, without items that have none."""
        status = self.raw.get("extraction_status")
        servers = status.get("server_status") if isinstance(status, dict) else None
        return {
            server["hostname"]: server
            for server in (servers if isinstance(servers, list) else [])
            if isinstance(server, dict) and isinstance(server.get("hostname"), str)
        }

    @cached_property
    def encoded(self) -> bytes:
        """All of it, as it is written."""
        return canonical.dumps(self.raw)

    @cached_property
    def digest(self) -> str:
        return canonical.digest_of(self.encoded)

    @cached_property
    def encoded_fields(self) -> Mapping[str, bytes]:
        """Customizations and structure of each field, encoded for comparison, sorted by name."""
        return {
            name: canonical.dumps(_comparable(self.fields[name])) for name in sorted(self.fields)
        }

    @cached_property
    def substance(self) -> bytes:
        """Customizations and structure, encoded for comparison, whatever the order of the fields.
        Only a change of these makes a backup."""
        parts = {name: canonical.dumps(value) for name, value in around_fields(self).items()}
        parts["fields"] = b"[" + b",".join(self.encoded_fields.values()) + b"]"
        if self.damaged:  # an apply would drop these items: they need a backup
            parts["damaged"] = canonical.dumps(self.damaged)
        return canonical.joined(parts)


@dataclass(frozen=True, slots=True)
class Missing:
    """The key does not exist."""


@dataclass(frozen=True, slots=True)
class Empty:
    """No bytes, null, or keys that only we write, without a field: a wiped document."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Any other value: damaged, or another program's. It is set aside before it is replaced."""

    reason: str


DocumentState = Document | Missing | Empty | Foreign

_OUR_KEYS: Final = frozenset(
    {"version", "last_updated", "source", "total_fields", "fields", "extraction_status"}
)


def decode(live: Live) -> DocumentState:
    """The state of the document's key."""
    if isinstance(live, Absent):
        return Missing()
    if not live.value.strip():
        return Empty()
    try:
        value, twice = canonical.loads_and_repeated(live.value)
    except ValueError as error:
        return Foreign(str(error))
    state = parse(value)
    match state, twice:
        case Document(unread=unread), str():
            return replace(state, unread=(*unread, f"an object says '{twice}' twice"))
        case Empty(), str():
            return Foreign(f"an object says '{twice}' twice")
    return state


def unwrapped(value: Json) -> tuple[Json, bool]:
    """The value without its ``{data, meta}`` wrapper, and whether it had one. An object with
    ``fields`` or ``fields_data`` of its own is no wrapper."""
    own = {"fields", "fields_data", "fields_data_gz"}
    if isinstance(value, dict) and {"data", "meta"} <= value.keys() and not own & value.keys():
        return value["data"], True
    return value, False


def readable(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    """The document without keys that would make its readers take it for a wrapper."""
    hides = {"data", "meta"} if {"data", "meta"} <= raw.keys() else set()
    return {key: value for key, value in raw.items() if key not in hides}


def parse(value: Json) -> DocumentState:
    """A decoded JSON value as a document; one wrapper is taken off."""
    inner, wrapped = unwrapped(value)
    beside = [key for key in value if key not in ("data", "meta")] if wrapped else []
    if inner is None and not beside:
        return Empty()
    if not isinstance(inner, dict):
        return Foreign(f"not an object but {type(inner).__name__}")
    entries = inner.get("fields", [])
    if not isinstance(entries, list):
        return Foreign(f"'fields' is not a list but {type(entries).__name__}")
    if not entries:
        other = sorted([*beside, *(key for key in inner if key not in _OUR_KEYS)])
        return Foreign(f"no fields, but {first_few(other)}") if other else Empty()
    unread = tuple(f"'{key}' is beside the wrapper's data" for key in beside)
    state = _with_fields(inner, entries)
    if isinstance(state, Foreign):
        return state
    auto_updated = wrapped and is_auto_updated(value)
    return replace(state, wrapped=wrapped, unread=unread, auto_updated=auto_updated)


def is_auto_updated(wrapper: Mapping[str, Json]) -> bool:
    meta = wrapper.get("meta")
    return isinstance(meta, dict) and meta.get("auto_updated") is True


def _with_fields(raw: Mapping[str, Json], entries: Sequence[Json]) -> Document | Foreign:
    try:
        canonical.require_shallow(raw)
    except ValueError as error:
        return Foreign(str(error))
    fields: dict[str, Mapping[str, Json]] = {}
    damaged = []
    for index, entry in enumerate(entries):
        name = entry.get(attributes.NAME) if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name or not _is_text(name):
            damaged.append(f"fields[{index}] has no name")
        elif name in fields:
            damaged.append(f"fields[{index}] is a second '{name}'")
        else:
            fields[name] = entry
    if not fields:
        return Foreign("no entry of 'fields' has a name")
    return Document(raw, fields, damaged=tuple(damaged))


def _is_text(name: str) -> bool:
    """Whether UTF-8 can encode it: JSON allows half a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


# --------------------------------------------------------------------------- tiers of change

_CLOCK = frozenset({"last_updated", "source", "total_fields", "extraction_status"})


def around_fields(document: Document) -> dict[str, Json]:
    """The document without its fields and without what the clock and the servers change."""
    return {k: v for k, v in document.raw.items() if k not in _CLOCK and k != "fields"}


def _comparable(entry: Mapping[str, Json]) -> dict[str, Json]:
    return {
        k: attributes.as_list(v) if k == "category" else v
        for k, v in entry.items()
        if k not in SET_BY_NO_PERSON
    }


def status(document: Document) -> bytes:
    """How the servers answered, encoded for comparison, without durations and error texts."""
    body = document.raw.get("extraction_status")
    if not isinstance(body, dict):
        return b""
    totals = {k: v for k, v in body.items() if k not in ("extracted_at", "server_status")}
    servers = [
        {
            **{k: v for k, v in server.items() if k != "duration_ms"},
            "error": bool(server.get("error")),
        }
        for _, server in sorted(document.servers.items())
    ]
    return canonical.dumps({**totals, "server_status": servers})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which tiers of two documents differ; ``fields`` names the fields that do."""

    substance: bool
    status: bool
    fields: tuple[str, ...] = ()


def compare(old: Document, new: Document) -> Comparison:
    before, after = old.encoded_fields, new.encoded_fields
    differing = tuple(n for n in sorted(before.keys() | after) if before.get(n) != after.get(n))
    return Comparison(old.substance != new.substance, status(old) != status(new), differing)
