"""The document that consumers read: decoded from any value of the key, and compared in tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document import attributes
from fieldkeep.core.document.attribute_table import SET_BY_NO_PERSON
from fieldkeep.model import Absent, Json, Live

VERSION: Final = "2.0.0"


@dataclass(frozen=True, slots=True)
class Document:
    """A document with at least one field. ``raw`` is unwrapped; ``fields`` is by name;
    ``damaged`` has a line for each item of the list that is no usable field."""

    raw: Mapping[str, Json]
    fields: Mapping[str, Mapping[str, Json]]
    wrapped: bool = False
    damaged: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Missing:
    """The key does not exist."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Zero bytes, null, or a document without fields: a wiped document."""


@dataclass(frozen=True, slots=True)
class Corrupt:
    """A value that is no document."""

    reason: str


DocumentState = Document | Missing | Empty | Corrupt


def decode(live: Live) -> DocumentState:
    """The state of the document's key."""
    if isinstance(live, Absent):
        return Missing()
    if not live.value.strip():
        return Empty()
    try:
        value = canonical.loads(live.value)
    except ValueError as error:
        return Corrupt(str(error))
    return parse(value)


def parse(value: Json) -> DocumentState:
    """A decoded JSON value as a document; a ``{data, meta}`` wrapper is taken off."""
    wrapped = isinstance(value, dict) and "data" in value and "meta" in value
    if wrapped:
        value = value["data"]
    if value is None:
        return Empty()
    if not isinstance(value, dict):
        return Corrupt(f"not an object but {type(value).__name__}")
    entries = value.get("fields", [])
    if not isinstance(entries, list):
        return Corrupt(f"'fields' is not a list but {type(entries).__name__}")
    if not entries:
        return Empty()
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
        return Corrupt("no entry of 'fields' has a name")
    return Document(value, fields, wrapped, tuple(damaged))


def _is_text(name: str) -> bool:
    """Whether UTF-8 can encode it: JSON allows half a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


# --------------------------------------------------------------------------- tiers of change

_CLOCK = frozenset({"last_updated", "source", "total_fields", "extraction_status"})


def substance(document: Document) -> bytes:
    """Customizations and structure, encoded for comparison, whatever the order of the fields.
    Only a change of these makes a backup."""
    body: dict[str, Json] = {k: v for k, v in document.raw.items() if k not in _CLOCK}
    body["fields"] = [_comparable(document.fields[name]) for name in sorted(document.fields)]
    if document.damaged:  # an apply would drop these items: they need a backup
        body["damaged"] = document.damaged
    return canonical.dumps(body)


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
    fields: tuple[str, ...] = field(default=())


def compare(old: Document, new: Document) -> Comparison:
    names = sorted(old.fields.keys() | new.fields.keys())
    differing = tuple(
        name
        for name in names
        if name not in old.fields
        or name not in new.fields
        or canonical.dumps(_comparable(old.fields[name]))
        != canonical.dumps(_comparable(new.fields[name]))
    )
    return Comparison(substance(old) != substance(new), status(old) != status(new), differing)
