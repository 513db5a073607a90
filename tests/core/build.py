"""Builders of values for tests, and a store that is a dict: nothing in here touches a file
except the two schemas of this repository, read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldkeep.core.adopt.select import Selection, select
from fieldkeep.core.document.attribute_table import FROM_PROMETHEUS
from fieldkeep.core.document.attributes import defaults
from fieldkeep.core.document.document_schema import DocumentSchema, compile_document
from fieldkeep.core.fields import field_schema
from fieldkeep.core.fields.field_schema import Schema
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Form, Journal, Run
from fieldkeep.core.journal.sizes import transaction_bytes
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merged_field import Reusable
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate
from fieldkeep.core.plan.guards import Allowed, Ancestry
from fieldkeep.core.restore.one_field import Part
from fieldkeep.core.restore.restore import Restoration, RestoreOptions, restoration
from fieldkeep.core.restore.versions import choose
from fieldkeep.core.stored import keys, state
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Refused
from fieldkeep.model import (
    INDEX_OF_EARLIER_WRITE,
    Absent,
    Certainty,
    Delete,
    Extracted,
    FieldFile,
    Json,
    LabelReading,
    Limits,
    Live,
    Operation,
    PoolReading,
    Present,
    Put,
    Reading,
    RuleRef,
    Skipped,
    Source,
    Targets,
    Writer,
)

_SCHEMAS = Path(__file__).parents[2] / "schema"
FIELD_SCHEMA = Source("schema/field.schema.json", (_SCHEMAS / "field.schema.json").read_bytes())
DOCUMENT_FILE = Source(
    "schema/document.schema.json", (_SCHEMAS / "document.schema.json").read_bytes()
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
KEYS = keys.keys("skills/eye/metadata/fields")
US = Writer(commit="a" * 40, owner="git.example/team/fields", actor="ada")
# Text that gzip does not make much smaller, so that a store can be too small for it.
BULK = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(60))
EVERYTHING = Allowed(
    deletes=True,
    changes=True,
    empty=True,
    rollback=True,
    take_over=True,
    hold=True,
    breaking=True,
)


def a_field_schema() -> Schema:
    compiled, problems = field_schema.compile_schema(FIELD_SCHEMA)
    assert compiled is not None, problems
    return compiled


def document_schema() -> DocumentSchema:
    compiled, problems = compile_document(DOCUMENT_FILE)
    assert compiled is not None, problems
    return compiled


SCHEMA = a_field_schema()
DOCUMENT_SCHEMA = document_schema()
PAGES = SCHEMA.pages

# --------------------------------------------------------------------------- git's side


def a_file(name: str, **attributes: Json) -> FieldFile:
    """A valid field file; each attribute stands on a line of its own."""
    content = {"name": name, **attributes}
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in content.items())
    return FieldFile(name, content, f"fields/{name}.yaml", text.encode())


def a_source(text: str | bytes, path: str = "fields/company.yaml") -> Source:
    return Source(path, text.encode() if isinstance(text, str) else text)


# --------------------------------------------------------------------------- Prometheus' side


def rule(
    *sources: str, regex: str = "(.*)", replacement: str = "$1", action: str = "replace"
) -> RuleRef:
    return RuleRef(0, sources or ("__meta_consul_service_metadata_x",), regex, replacement, action)


def label(
    name: str, *rules: RuleRef, certainty: Certainty = Certainty.ALWAYS, static: bool = False
) -> LabelReading:
    return LabelReading(name, certainty, () if static else (rules or (rule(f"__meta_{name}"),)))


def pool(*labels: LabelReading | str, job: str = "node") -> PoolReading:
    readings = [item if isinstance(item, LabelReading) else label(item) for item in labels]
    return PoolReading(job, Targets.SOME, tuple(sorted(readings, key=lambda item: item.name)))


def read(
    source: str, *labels: LabelReading | str, external: Mapping[str, str] | None = None
) -> Extracted:
    return Extracted(source, external or {"site": source}, (pool(*labels),))


def unread(source: str, reason: str = "connection refused") -> Skipped:
    return Skipped(source, reason)


def desired_state(
    files: Sequence[FieldFile] = (),
    readings: Sequence[Reading] = (),
    choice: LabelFilter | None = None,
    unmanaged: Unmanaged = Unmanaged.SHOW,
) -> Desired:
    return Desired(
        {file.name: file for file in files},
        PAGES,
        tuple(readings),
        choice or LabelFilter(),
        DOCUMENT_SCHEMA,
        unmanaged=unmanaged,
    )


# --------------------------------------------------------------------------- the store's side


def a_field(name: str, **attributes: Json) -> dict[str, Json]:
    """A field of the document as consumers want it: every attribute at its default."""
    structure = {attribute.name: attribute.default for attribute in FROM_PROMETHEUS}
    return {"name": name, **defaults(name, PAGES), **structure, **attributes}


def a_document(*fields: Json, **top: Json) -> dict[str, Json]:
    return {
        "version": "2.0.0",
        "last_updated": "2026-01-01T00:00:00.000Z",
        "source": "gitops",
        "total_fields": len(fields),
        "fields": list(fields),
        "extraction_status": {
            "total_servers": 0,
            "successful_servers": 0,
            "extraction_complete": True,
            "extracted_at": "2026-01-01T00:00:00.000Z",
            "server_status": [],
        },
        **top,
    }


def encoded(value: Json) -> bytes:
    """JSON as another program would write it: with spaces, keys in the order of the dict."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def present(value: Json, index: int = 7, created: int = 3, flags: int = 0) -> Present:
    content = value if isinstance(value, bytes) else encoded(value)
    return Present(content, index, created, flags)


def snapshot(**values: Live) -> Snapshot:
    """By short name: record, hold, history, backup, document; what is not named is absent."""
    by_key: dict[str, Live] = dict.fromkeys(KEYS.all, Absent())
    by_key |= {getattr(KEYS, name): live for name, live in values.items()}
    by_key |= {KEYS.aside(key): Absent() for key in KEYS.all if KEYS.aside(key) not in by_key}
    return Snapshot(KEYS, by_key)


def stored(**values: Live) -> StoreState:
    return state.decode(snapshot(**values))


def evaluated(
    desired: Desired,
    shot: Snapshot | None = None,
    request: PlanOptions | None = None,
    *,
    ancestry: Ancestry = Ancestry.NOT_ASKED,
    now: datetime = NOW,
) -> Evaluation:
    shot = shot or snapshot()
    return evaluate(
        shot, state.decode(shot), desired, request or PlanOptions(US), ancestry=ancestry, now=now
    )


# --------------------------------------------------------------------------- a store in a dict


class StaleWrite(AssertionError):
    """A journal's step expected another index than it had just read."""


@dataclass
class Memory:
    """Keys with Consul's indexes: one counter, all operations of a transaction or none."""

    values: dict[str, Present] = field(default_factory=dict)
    counter: int = 0

    def get(self, key: str) -> Live:
        return self.values.get(key, Absent())

    def commit(
        self, operations: Sequence[Operation], written: dict[str, int] | None = None
    ) -> None:
        """``written`` holds the indexes of one journal's earlier writes, for its next step."""
        written = {} if written is None else written
        for operation in operations:
            live = self.get(operation.key)
            index = 0 if isinstance(live, Absent) else live.index
            expect = operation.expect
            if expect == INDEX_OF_EARLIER_WRITE:
                expect = written[operation.key]
            if expect != index:
                raise StaleWrite(f"{operation.key}: {index} is not {expect}")
        self.counter += 1
        for operation in operations:
            if isinstance(operation, Put):
                self._store(operation.key, operation.value, operation.flags)
                written[operation.key] = self.counter
            elif isinstance(operation, Delete):
                del self.values[operation.key]

    def put(self, key: str, value: Json) -> None:
        """What an application does: a plain write, no check."""
        self.counter += 1
        before = self.get(key)
        flags = before.flags if isinstance(before, Present) else 0
        self._store(key, value if isinstance(value, bytes) else encoded(value), flags)

    def delete(self, key: str) -> None:
        self.counter += 1
        self.values.pop(key, None)

    def json(self, key: str) -> Any:
        return json.loads(self.values[key].value)

    def _store(self, key: str, value: bytes, flags: int) -> None:
        before = self.get(key)
        created = before.created if isinstance(before, Present) else self.counter
        self.values[key] = Present(value, self.counter, created, flags)


@dataclass
class World:
    """Git, Prometheus and a store. ``sync`` does what the command does."""

    files: dict[str, dict[str, Json]] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    store: Memory = field(default_factory=Memory)
    writer: Writer = US
    allowed: Allowed = field(default_factory=Allowed)
    prune: bool = False
    depth: int = 10
    limits: Limits = field(default_factory=lambda: Limits(1 << 30, 1 << 30))
    choice: LabelFilter = field(default_factory=LabelFilter)
    unmanaged: Unmanaged = Unmanaged.SHOW
    now: datetime = NOW
    runs: int = 0

    def desired_state(self) -> Desired:
        files = [a_file(name, **attributes) for name, attributes in self.files.items()]
        return desired_state(files, self.readings, self.choice, self.unmanaged)

    def look(self) -> tuple[Snapshot, StoreState]:
        shot = Snapshot(KEYS, {key: self.store.get(key) for key in KEYS.all})
        stored = state.decode(shot)
        if damaged := state.damaged_keys(shot, stored):
            shot.values.update({KEYS.aside(k): self.store.get(KEYS.aside(k)) for k in damaged})
        return shot, stored

    def evaluate(self, desired: Desired | None = None, last: Reusable | None = None) -> Evaluation:
        self.now += timedelta(seconds=60)
        shot, stored = self.look()
        request = PlanOptions(self.writer, self.allowed, self.prune, self.depth, self.limits)
        return evaluate(
            shot,
            stored,
            desired or self.desired_state(),
            request,
            ancestry=Ancestry.NOT_ASKED,
            now=self.now,
            last=last,
        )

    def sync(self, **allowed: bool) -> tuple[Evaluation, Journal]:
        """Evaluate, ask the guards, write. Raises Refused."""
        usual = self.allowed
        self.allowed = replace(usual, **allowed)
        try:
            evaluation = self.evaluate()
        finally:
            self.allowed = usual
        if evaluation.plan.refusals:
            raise Refused("; ".join(f"{r.guard}: {r.message}" for r in evaluation.plan.refusals))
        return evaluation, self.write(evaluation)

    def too_small(self, evaluation: Evaluation) -> Limits:
        """Limits of a store that holds every value of this apply, but not all in one transaction
        (of a store that holds everything, where there is but one value)."""
        limits = self.limits
        run = Run("measured", self.now, "sync", self.writer)
        while True:
            try:
                entries = journal.write(
                    evaluation.snapshot, evaluation.stored, evaluation.target, run, limits
                )
            except Refused:
                return self.limits
            if entries.form is Form.ORDERED or not entries.steps:
                return limits
            # a little less: the time and the run's name change the size of what is packed
            limits = replace(limits, transaction=transaction_bytes(entries.steps[-1]) - 200)

    def write(self, evaluation: Evaluation, *, interrupted_after: int | None = None) -> Journal:
        """Write all steps of the journal or, as if the program were killed, only the first ones."""
        self.runs += 1
        run = Run(f"run-{self.runs}", self.now, "sync", self.writer)
        entries = journal.write(
            evaluation.snapshot, evaluation.stored, evaluation.target, run, self.limits
        )
        indexes: dict[str, int] = {}
        for step in entries.steps[:interrupted_after]:
            self.store.commit(step, indexes)
        return entries

    def restore(
        self,
        which: str | None,
        allowed: Allowed | None = None,
        *,
        hold: bool = False,
        with_files: bool = True,
        part: Part | None = None,
    ) -> Restoration:
        self.now += timedelta(seconds=60)
        shot, stored = self.look()
        not_asked = tuple(Skipped(one.source, "not asked") for one in self.readings)
        target = restoration(
            choose(stored.history, which),
            shot,
            stored,
            RestoreOptions(self.writer, DOCUMENT_SCHEMA, self.depth, allowed or Allowed(), hold),
            desired=replace(self.desired_state(), readings=not_asked) if with_files else None,
            now=self.now,
            part=part,
        )
        self.runs += 1
        run = Run(f"run-{self.runs}", self.now, "restore", target.writer)
        indexes: dict[str, int] = {}
        for step in target.journal(run, self.limits).steps:
            self.store.commit(step, indexes)
        return target

    # ------------------------------------------------------------------ looking and editing

    def live(self, name: str) -> dict[str, Any]:
        return next(entry for entry in self.document()["fields"] if entry["name"] == name)

    def document(self) -> dict[str, Any]:
        value: dict[str, Any] = self.store.json(KEYS.document)
        return value

    def document_value(self) -> dict[str, Any]:
        """The document without the wrapper that another writer may have put around it."""
        value = self.document()
        return value["data"] if {"data", "meta"} <= value.keys() else value

    def names(self) -> list[str]:
        return [entry["name"] for entry in self.document()["fields"]]

    def edit(self, name: str, **attributes: Json) -> None:
        """An edit made in the application: read, change, write the whole document."""
        value = self.document()
        for entry in value["fields"]:
            if entry["name"] == name:
                entry.update(attributes)
        self.store.put(KEYS.document, value)

    def history(self) -> list[dict[str, Any]]:
        return [dict(entry.raw) for entry in self.look()[1].history.entries]

    def values_in_backups(self, name: str, attribute: str) -> list[Json]:
        """The values of one attribute in all valid backups, newest first."""
        return [
            entry.document.fields[name].get(attribute)
            for entry in self.look()[1].history.valid
            if name in entry.document.fields
        ]


# --------------------------------------------------------------------------- what people see


def shown(document: Json) -> set[tuple[str, str]]:
    """Each field with each page, and each other view, that the application shows it on."""
    return {
        (entry["name"], attribute.removeprefix("show_in_"))
        for entry in document["fields"]
        if entry.get("enabled", True) is True
        for attribute, value in {**defaults(entry["name"], PAGES), **entry}.items()
        if attribute.startswith("show_in_") and value is not False
    }


def adopted(world: World) -> dict[str, dict[str, Json]]:
    """The field files after `adopt --all`."""
    files = {name: dict(entries) for name, entries in world.files.items()}
    everything = Selection(everything=True)
    for draft in select(world.evaluate(), world.desired_state(), SCHEMA, everything):
        file = files.setdefault(draft.name, {})
        for key, value in draft.entries.items():
            both = isinstance(value, dict) and isinstance(file.get(key), dict)
            file[key] = {**file[key], **value} if both else value
        file.pop("name", None)
    return files
