"""Three ways in which customizations used to get lost, played on scratch keys with small data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document
from fieldkeep.core.drill.rehearsal import Failed, Loss, Rebuilt, Rehearsal
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files.tree import Tree
from fieldkeep.errors import FieldkeepError, Refused, Unavailable
from fieldkeep.model import (
    Certainty,
    Conflict,
    Delete,
    Extracted,
    FieldFile,
    Json,
    LabelReading,
    PoolReading,
    Present,
    Put,
    RuleRef,
    Targets,
    Writer,
)
from fieldkeep.operations.capture import capture
from fieldkeep.operations.desired import document_schema
from fieldkeep.operations.drill import REASON, Scratch
from fieldkeep.operations.events import Event, WriteStarted
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store
from fieldkeep.operations.sync import sync

_FIELD: Final = "company"
_OTHER: Final = "site"
_FROM_GIT: Final[Mapping[str, Json]] = {"display_name": "From git"}
_EDITS: Final[Mapping[str, Json]] = {"description": "Edited", "category": "drill"}
_WRITER: Final = Writer(owner="drill", actor="drill")


def play(project: Project, at: Scratch, tree: Tree) -> Iterator[Rehearsal]:
    """Each scenario on cleared keys. Raises InputError for a document schema that cannot be used,
    Unavailable."""
    labels = tuple(_label(name) for name in (_FIELD, _OTHER))
    readings = (Extracted("drill", {}, (PoolReading("drill", Targets.SOME, labels),)),)
    file = FieldFile(_FIELD, {"name": _FIELD, **_FROM_GIT}, f"{_FIELD}.yaml")
    schema = document_schema(tree)
    desired = Desired({_FIELD: file}, (), readings, LabelFilter(), schema)
    quiet = replace(project, settings=at.settings, emit=lambda _: None)
    stage = _Stage(quiet, at, desired)
    try:
        for title, scenario in _SCENARIOS.items():
            at.cleared()
            yield _played(title, scenario, stage)
    finally:
        at.cleared()


def _label(name: str) -> LabelReading:
    rule = RuleRef(0, (f"__meta_consul_service_metadata_{name}",), "(.*)", "$1", "replace")
    return LabelReading(name, Certainty.ALWAYS, (rule,))


def _played(title: str, scenario: Callable[[_Stage], None], stage: _Stage) -> Rehearsal:
    started = perf_counter()
    try:
        stage.sync()
        scenario(stage)
        fields = stage.live().fields
    except Unavailable:
        raise
    except FieldkeepError as error:
        return Failed(title, str(error), error.hint)
    entry = fields.get(_FIELD, {})
    wanted = {**_FROM_GIT, **_EDITS}
    differing = tuple(name for name, value in sorted(wanted.items()) if entry.get(name) != value)
    losses = (Loss(_FIELD, differing),) if differing else ()
    return Rebuilt(title, perf_counter() - started, len(fields), losses)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Our commands and an application, on the scratch keys."""

    project: Project
    at: Scratch
    desired: Desired

    def sync(self, before_write: Callable[[], None] | None = None, labels: int = 2) -> None:
        """``before_write`` happens once, between our reads and our first write; ``labels`` are how
        many of the labels the source still attaches."""
        once = _Once(before_write)
        (reading,) = self.desired.readings
        assert isinstance(reading, Extracted)
        (pool,) = reading.pools
        pools = (replace(pool, labels=pool.labels[-labels:]),)
        desired = replace(self.desired, readings=(replace(reading, pools=pools),))
        options = PlanOptions(_WRITER, limits=self.at.store.limits)
        sync(replace(self.project, emit=once), self.at.store, desired, options, REASON)

    def capture(self) -> None:
        capture(self.project, self.at.store, _WRITER)

    def live(self) -> Document:
        _, stored = read_store(self.at.store, self.at.settings)
        if not isinstance(stored.document, Document):
            raise Refused("the document did not come back")
        return stored.document

    def edit(self, **attributes: Json) -> None:
        """What an application does: read, change one field, write the whole document back."""
        key = self.at.settings.keys.document
        live, document = self.at.store.get(key), self.live()
        assert isinstance(live, Present)
        entries = [
            {**entry, **attributes} if entry["name"] == _FIELD else dict(entry)
            for entry in document.fields.values()
        ]
        content = canonical.dumps({**document.raw, "fields": entries})
        self._write(Put(key, content, live.index, live.flags))

    def erase(self) -> None:
        key = self.at.settings.keys.document
        live = self.at.store.get(key)
        assert isinstance(live, Present)
        self._write(Delete(key, live.index))

    def _write(self, operation: Put | Delete) -> None:
        if isinstance(self.at.store.commit([operation]), Conflict):
            raise Refused(f"another program writes to {operation.key}")


@dataclass(slots=True)
class _Once:
    """Takes events; at the first write it calls what it was given, and then never again."""

    call: Callable[[], None] | None

    def __call__(self, event: Event) -> None:
        if isinstance(event, WriteStarted) and self.call:
            call, self.call = self.call, None
            call()


def _race(stage: _Stage) -> None:
    """One edit is captured by a sync; another arrives between the reads of that sync and its
    write."""
    (first, first_value), (second, second_value) = _EDITS.items()
    stage.edit(**{first: first_value})
    stage.sync(before_write=lambda: stage.edit(**{second: second_value}))


def _outdated_structure(stage: _Stage) -> None:
    """A label disappears from Prometheus, and comes back."""
    stage.edit(**_EDITS)
    stage.sync(labels=1)
    stage.sync()


def _erased_key(stage: _Stage) -> None:
    """Somebody deletes the document after an edit was captured."""
    stage.edit(**_EDITS)
    stage.capture()
    stage.erase()
    stage.sync()


_SCENARIOS: Final[Mapping[str, Callable[[_Stage], None]]] = {
    "an edit races a sync": _race,
    "a label disappears and comes back": _outdated_structure,
    "the key is erased": _erased_key,
}
