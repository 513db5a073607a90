"""A store of either kind with syncs of the real pipeline in it, each of which can be cut off."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldkeep.commands.event_lines import lines
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.stored.verify import verify
from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Unanswered, Unavailable
from fieldkeep.model import Live, Operation, Outcome, Writer
from fieldkeep.operations import project, sync
from fieldkeep.operations.events import Event
from fieldkeep.operations.stored import read_store
from fieldkeep.settings import settings
from fieldkeep.settings.settings import Flags
from tests.core.build import a_file, desired_state, read
from tests.edges.store.plain import PlainSQLite
from tests.real.servers import RawConsul
from tests.scenarios.world import unpacked

OURS = ("", ".backup", ".backup.history", ".sync")
Value = tuple[str, str, str]  # field, attribute, value as JSON
Files = Mapping[str, Mapping[str, Any]]


class Killed(BaseException):
    """The process is gone: nothing of ours may catch this."""


@dataclass
class Cut(Store):
    """A store in which one commit, counted from 1, ends as told."""

    store: Store
    at: int = 0
    how: str = ""
    meanwhile: Callable[[], object] = lambda: None
    commits: int = 0
    mute: bool = False

    def __post_init__(self) -> None:
        self.url, self.shared, self.limits = self.store.url, self.store.shared, self.store.limits

    def get(self, key: str) -> Live:
        if self.mute:
            raise Unavailable(f"reading {key}: no answer", "wait")
        return self.store.get(key)

    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        return self.store.denied(keys)

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        self.commits += 1
        if self.commits != self.at:
            return self.store.commit(operations)
        if self.how == "before":
            raise Killed
        if self.how == "meanwhile":
            self.meanwhile()
            return self.store.commit(operations)
        if self.how != "never arrived":
            outcome = self.store.commit(operations)
        if self.how == "after":
            raise Killed
        if self.how == "answer lost, then silence":
            self.mute = True
        if self.how == "overtaken":
            self.meanwhile()
            return outcome
        raise Unanswered("writing: no answer", "wait")


@dataclass
class Room:
    """One key of one store. ``transaction`` says how much fits one: little makes ordered writes."""

    plain: PlainSQLite | RawConsul
    url: str
    folder: Path
    transaction: int = 1 << 30
    depth: int = 60
    key: str = field(default_factory=lambda: f"faults/{uuid.uuid4().hex}/fields")
    now: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    said: list[str] = field(default_factory=list)

    def store(self) -> Store:
        return stores.connect(self.url, self.folder, {}, self.project().settings.limits)

    def project(self) -> project.Project:
        chosen = settings.load(Flags(store=self.url, key=self.key), self.folder, {})
        chosen = replace(chosen, history=self.depth, max_transaction_bytes=self.transaction)
        return project.Project(chosen, self.folder, None, {}, self.hear, self.clock)

    def hear(self, event: Event) -> None:
        self.said += lines(event)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def sync(
        self,
        files: Files,
        labels: Sequence[str] = (),
        *,
        commit: str = "",
        cut: Store | None = None,
        actor: str = "ada",
        **allowed: bool,
    ) -> sync.SyncResult:
        """What `fieldkeep sync` does once fields and sources are read."""
        store = cut or self.store()
        writer = Writer(commit or None, owner="us", actor=actor)
        request = PlanOptions(
            writer, Allowed(**{"deletes": True, **allowed}), False, self.depth, store.limits
        )
        self.said.clear()
        return sync.sync(self.project(), store, wanted_by(files, labels), request, "sync")

    # ------------------------------------------------------------------ what is there

    def value(self, end: str = "") -> Any:
        content = self.plain.get(self.key + end)
        return None if content is None else json.loads(content)

    def state(self) -> dict[str, bytes | None]:
        return {end: self.plain.get(self.key + end) for end in OURS}

    def live(self) -> dict[str, dict[str, Any]]:
        return {entry["name"]: entry for entry in (self.value() or {"fields": []})["fields"]}

    def entries(self) -> list[dict[str, Any]]:
        listed = [*(self.value(".backup.history") or []), self.value(".backup")]
        return [unpacked(entry) for entry in listed if entry is not None]

    def live_values(self) -> set[Value]:
        return values(self.live().values())

    def kept_values(self) -> set[Value]:
        return {v for entry in self.entries() for v in values(entry["fields_data"]["fields"])}

    def verified(self) -> list[str]:
        """What `fieldkeep history verify` finds, but for notes."""
        snapshot, stored = read_store(self.store(), self.project().settings)
        return [finding.message for finding in verify(snapshot, stored) if not finding.note]

    # ------------------------------------------------------------------ other writers

    def put(self, end: str, value: Any) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value, indent=1).encode()
        self.plain.put(self.key + end, content)

    def delete(self, end: str) -> None:
        self.plain.delete(self.key + end)

    def empty(self) -> None:
        for end in OURS:
            self.delete(end)

    def edit(self, name: str, **attributes: Any) -> None:
        """In the application: read, change, plain PUT."""
        document = self.value()
        for entry in (document or {"fields": []})["fields"]:
            if entry["name"] == name:
                entry.update(attributes)
        if document is not None:
            self.put("", document)


def wanted_by(files: Files, labels: Sequence[str]) -> Desired:
    listed = [a_file(name, **attributes) for name, attributes in files.items()]
    return desired_state(listed, [read("master", *labels)])


def values(fields: Any) -> set[Value]:
    """Everything that the fields say, but for what Prometheus says in them."""
    no = {"name", "source_label", "regex", "replacement"}
    return {
        (entry["name"], attribute, json.dumps(value, sort_keys=True))
        for entry in fields
        for attribute, value in entry.items()
        if attribute not in no
    }
