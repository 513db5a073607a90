"""The web application beside us: what its readers accept, and how it writes.

It keeps its customizations in our key, reads the document with strict types, and writes it back
whole, without a check-and-set, from a copy of up to five minutes' age. docs/store.md describes it
for people.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

LARGEST_VALUE: Final = 512 * 1024
CACHED_SECONDS: Final = 300
_DEPTH: Final = 10

# --------------------------------------------------------------------------- what it reads

_TEXT: Final = (str,)
_FLAG: Final = (bool,)
_NUMBER: Final = (int,)
_OPTIONAL_TEXT: Final = (str, type(None))
_ANY_SCALAR: Final = (str, int, float, bool, type(None))

_DOCUMENT: Final = {
    "version": _TEXT,
    "last_updated": _TEXT,
    "source": _TEXT,
    "total_fields": _NUMBER,
    "fields": (list,),
    "extraction_status": (dict,),
}
_FIELD: Final = {
    "name": _TEXT,
    "display_name": _TEXT,
    "description": _TEXT,
    "source_label": _TEXT,
    "field_type": _TEXT,
    "required": _FLAG,
    "show_in_table": _FLAG,
    "show_in_dashboard": _FLAG,
    "show_in_form": _FLAG,
    "show_in_filter": _FLAG,
    "options": (list, type(None)),
    "order": _NUMBER,
    "category": (str, list),
    "editable": _FLAG,
    "enabled": _FLAG,
    "available_for_registration": _FLAG,
    "validation_regex": _OPTIONAL_TEXT,
    "validation": (dict, type(None)),
    "default_value": _ANY_SCALAR,
    "placeholder": _OPTIONAL_TEXT,
    "regex": _TEXT,
    "replacement": _TEXT,
}
_STATUS: Final = {
    "total_servers": _NUMBER,
    "successful_servers": _NUMBER,
    "extraction_complete": _FLAG,
    "extracted_at": _TEXT,
    "server_status": (list,),
}
_SERVER: Final = {
    "hostname": _TEXT,
    "success": _FLAG,
    "files_count": _NUMBER,
    "fields_count": _NUMBER,
    "duration_ms": _NUMBER,
    "port": _NUMBER,
    "error": _OPTIONAL_TEXT,
    "external_labels": (dict,),
    "fields": (list,),
}
_LABEL: Final = {"name": _TEXT, "source_label": _TEXT, "regex": _TEXT, "replacement": _TEXT}


def misfits(document: Any) -> list[str]:
    """Each place in the document that the application's readers would not take: its page then
    fails, or the application extracts by itself and overwrites document, backup and history."""
    return list(_document(document))


def _document(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "the document is not an object"
        return
    yield from _typed("", document, _DOCUMENT)
    for index, entry in enumerate(_items(document.get("fields"))):
        where = f"fields[{index}]."
        yield from _typed(where, entry, _FIELD)
        pages = {name: _FLAG for name in entry if name.startswith("show_in_")}
        yield from _typed(where, entry, pages)
        for name in ("category", "options"):
            yield from _texts(where + name, entry.get(name))
    if not isinstance(document.get("categories", {}), dict):
        yield "categories is not an object"
    status = document.get("extraction_status")
    if not isinstance(status, dict):
        return
    yield from _typed("extraction_status.", status, _STATUS)
    for index, server in enumerate(_items(status.get("server_status"))):
        where = f"server_status[{index}]."
        yield from _typed(where, server, _SERVER)
        for name, value in dict(server.get("external_labels") or {}).items():
            if not isinstance(value, str):
                yield f"{where}external_labels.{name} is not a text"
        for number, label in enumerate(_items(server.get("fields"))):
            yield from _typed(f"{where}fields[{number}].", label, _LABEL)


def _typed(where: str, value: Any, types: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is not an object"
        return
    for name, kinds in types.items():
        if name not in value:
            yield f"{where}{name} is missing"
        elif type(value[name]) not in kinds:  # strict: true is not 1
            yield f"{where}{name} is of type {type(value[name]).__name__}"


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else []


def _texts(where: str, value: Any) -> Iterator[str]:
    if any(not isinstance(item, str) for item in _items(value)):
        yield f"{where} holds something else than texts"


# --------------------------------------------------------------------------- how it writes

_NEVER_WRITTEN_BY_PUT: Final = (
    "enabled",
    "show_in_filter",
    "available_for_registration",
    "validation",
    "validation_regex",
    "default_value",
    "placeholder",
    "description",
)
_RESET: Final = {
    "field_type": "string",
    "options": None,
    "source_label": "",
    "regex": None,
    "replacement": None,
}
_KNOWN_AT_THE_TOP: Final = frozenset(_DOCUMENT)


class Plain(Protocol):
    """A store without a check-and-set."""

    def get(self, key: str) -> bytes | None: ...
    def put(self, key: str, value: bytes) -> object: ...
    def delete(self, key: str) -> object: ...


@dataclass
class Application:
    """The application at one key. ``hosts`` names the servers that it extracts from; without one it
    knows no status. ``now`` gives seconds, for the age of its cache."""

    plain: Plain
    key: str
    hosts: tuple[str, ...] = ("north",)
    now: Callable[[], float] = lambda: 0.0
    writes: int = 0
    _cached: tuple[float, dict[str, Any]] | None = field(default=None)

    # ------------------------------------------------------------------ reading

    def read(self) -> dict[str, Any]:
        """What its list of fields shows. A key that is gone is filled while being read."""
        if self._cached and self.now() - self._cached[0] < CACHED_SECONDS:
            return self._cached[1]
        document = self._live()
        if document is None:
            document = self._extracted({}, "fallback_extraction")
            self._write_wrapped(document, auto_updated=False)
        self._cached = (self.now(), document)
        return document

    def force_extract(self) -> None:
        self._cached = None

    def open_page(self) -> list[str]:
        """The endpoint that validates everything; if it fails, the document is overwritten. Returns
        the misfits."""
        document = self._live()
        wrong = misfits(document)
        if wrong:
            self._cached = None
            self._rewrite(document, "extraction", auto_updated=False)
        return wrong

    def _live(self) -> dict[str, Any] | None:
        content = self.plain.get(self.key)
        if not content:
            return None
        value = json.loads(content)
        document: dict[str, Any] = value["data"] if {"data", "meta"} <= value.keys() else value
        return document

    # ------------------------------------------------------------------ people's calls

    def patch(self, name: str, **attributes: Any) -> None:
        """One field changed, the whole document written from the cache, plain, without a backup."""
        document = copy.deepcopy(self.read())
        for entry in document["fields"]:
            entry["discovered_in"] = list(self.hosts)
            if entry["name"] == name:
                entry.update(attributes)
        self._write_plain(document)

    def put(self, name: str, **attributes: Any) -> None:
        """One field replaced: what the call's model does not know is dropped."""
        document = copy.deepcopy(self.read())
        for entry in document["fields"]:
            if entry["name"] == name:
                for attribute in _NEVER_WRITTEN_BY_PUT:
                    entry.pop(attribute, None)
                entry.update(attributes)
        self._write_plain(document)

    def remove(self, name: str) -> None:
        document = copy.deepcopy(self.read())
        document["fields"] = [entry for entry in document["fields"] if entry["name"] != name]
        self._write_plain(document)

    def reorder(self, names: Iterable[str]) -> None:
        document = copy.deepcopy(self.read())
        position = {name: index for index, name in enumerate(names)}
        for entry in document["fields"]:
            entry["order"] = position.get(entry["name"], entry["order"])
        self._write_plain(document)

    def _write_plain(self, document: dict[str, Any]) -> None:
        self.writes += 1
        document["last_updated"] = self._stamp()
        document["total_fields"] = len(document["fields"])
        self.plain.put(self.key, json.dumps(document).encode())
        self._cached = None

    # ------------------------------------------------------------------ its own jobs

    def restart(self) -> None:
        """The start-up job: the key comes back from the backup if it is gone; then the document is
        rewritten, and backed up as it is now."""
        self._cached = None
        document = self._live()
        if document is None and (backup := self.plain.get(self.key + ".backup")):
            value = json.loads(backup)
            entry = value["data"] if {"data", "meta"} <= value.keys() else value
            document = entry.get("fields_data")
        source = "prewarm_update_with_merge" if document else "prewarm_startup_initial"
        self._rewrite(document, source, auto_updated=True)

    def rewrite_status(self, hosts: tuple[str, ...]) -> None:
        """Writes the same fields with other servers, and backs that up."""
        self.hosts = hosts
        document = copy.deepcopy(self._live() or {"fields": []})
        document["extraction_status"] = self._status()
        self._write_wrapped(document, auto_updated=False)
        self._back_up(document)

    def _rewrite(
        self, before: Mapping[str, Any] | None, source: str, *, auto_updated: bool
    ) -> None:
        document = self._extracted(before or {}, source)
        self._write_wrapped(document, auto_updated=auto_updated)
        self._back_up(document)

    def _extracted(self, before: Mapping[str, Any], source: str) -> dict[str, Any]:
        fields = [{**entry, **_RESET} for entry in copy.deepcopy(before.get("fields") or [])]
        known = {name: value for name, value in before.items() if name in _KNOWN_AT_THE_TOP}
        return {
            **known,
            "version": "2.0.0",
            "last_updated": self._stamp(),
            "source": source,
            "total_fields": len(fields),
            "fields": fields,
            "extraction_status": self._status(),
        }

    def _status(self) -> dict[str, Any]:
        servers: list[dict[str, Any]] = [
            {
                "hostname": host,
                "success": True,
                "files_count": 1,
                "fields_count": 0,
                "duration_ms": 3,
                "port": 22,
                "error": None,
                "external_labels": {"site": host},
                "fields": [],
            }
            for host in self.hosts
        ]
        return {
            "total_servers": len(servers),
            "successful_servers": len(servers),
            "extraction_complete": bool(servers),
            "extracted_at": self._stamp(),
            "server_status": servers,
        }

    def _write_wrapped(self, document: dict[str, Any], *, auto_updated: bool) -> None:
        self.writes += 1
        meta = {"updated_at": self._stamp(), "auto_updated": auto_updated}
        value = {"data": document, "meta": meta}
        self.plain.put(self.key, json.dumps(value, indent=1).encode())

    def _back_up(self, document: dict[str, Any]) -> None:
        entry = {
            "fields_data": document,
            "backup_timestamp": self._stamp(),
            "backup_version": "1.0",
            "total_fields": len(document["fields"]),
        }
        wrapped = {"data": entry, "meta": {"created_at": self._stamp()}}
        self.plain.put(self.key + ".backup", json.dumps(wrapped).encode())
        content = self.plain.get(self.key + ".backup.history")
        value = json.loads(content) if content else []
        before = value["data"] if isinstance(value, dict) and "data" in value else value
        history = json.dumps([wrapped, *before][:_DEPTH]).encode()
        if len(history) <= LARGEST_VALUE:  # it goes on without a word
            self.plain.put(self.key + ".backup.history", history)

    def _stamp(self) -> str:
        return f"2026-03-01T10:{self.writes // 60 % 60:02d}:{self.writes % 60:02d}.000Z"
