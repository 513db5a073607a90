"""The sentence: load, validate, extract, merge, plan, journal, apply. Decides nothing itself."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from fieldkeep.core.bound.pin import Binding
from fieldkeep.core.document.document_schema import DocumentSchema, compile_document
from fieldkeep.core.fields.validate import Validated, validate
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.labels.structure import Choice
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.evaluate import Request, Survey, survey
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.stored import export, state
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.state import Desired, Known
from fieldkeep.edges.files import atomic_files, fieldfiles
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Folders, Tree, WorkingTree
from fieldkeep.edges.labels import read_sources
from fieldkeep.edges.labels.read_sources import Around
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.apply import Confirmed, Lost, Overtaken, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, InputError, Unavailable
from fieldkeep.model import Origin, Reading, Skipped
from fieldkeep.operations.services import weighed
from fieldkeep.render import steps
from fieldkeep.render.words import number
from fieldkeep.settings.settings import Settings

ATTEMPTS: Final = 5
_LONGEST_PAUSE_SECONDS: Final = 0.4


def _silent(line: str) -> None:
    _ = line


@dataclass(frozen=True, slots=True)
class Project:
    """Where we work: ``say`` takes a line for stderr, ``progress`` one that only a terminal
    shows, ``clock`` gives the time."""

    settings: Settings
    here: Path
    checkout: Checkout | None
    variables: Mapping[str, str]
    say: Callable[[str], None]
    clock: Callable[[], datetime]
    progress: Callable[[str], None] = _silent


@dataclass(frozen=True, slots=True)
class Synced:
    """What was applied, one entry for each write that is live (several: somebody wrote in
    between), and the last look at the store. No entry: there was nothing to write."""

    applied: tuple[tuple[Survey, Journal], ...]
    last: Survey


def working_tree(project: Project) -> WorkingTree:
    where = project.settings
    return WorkingTree(Folders(where.root, where.fields, where.schema), project.here)


def validated(tree: Tree) -> Validated:
    sources, problems = tree.fields()
    return validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), problems)


def around(project: Project) -> Around:
    """Where sources are read; each is told of as soon as it is done."""
    settings = project.settings
    return Around(
        settings.root,
        settings.source_version,
        project.variables,
        project.checkout,
        lambda reading: project.progress(steps.source(reading)),
    )


def document_schema(tree: Tree) -> DocumentSchema:
    schema, problems = compile_document(tree.schema(fieldfiles.DOCUMENT_SCHEMA))
    if schema is None:
        raise InputError("the document's schema cannot be used", problems=problems)
    return schema


def desired(project: Project, tree: Tree) -> Desired:
    """What git and Prometheus say. Raises InputError, before any server is asked, if a field file
    or a schema has an error."""
    found = validated(tree)
    if found.errors:
        count = number(len(found.errors), "error")
        message = f"{count} in the fields or their schema: nothing was written"
        raise InputError(message, problems=found.problems)
    schema = document_schema(tree)
    project.say(steps.loaded(found, tree.name))
    settings = project.settings
    readings = read_sources.read_all(settings.sources, around(project))
    project.say(steps.extracted(readings))
    choice = Choice(settings.static_labels, settings.exclude)
    return Desired({file.name: file for file in found.files}, found.pages, readings, choice, schema)


def likely(project: Project, tree: Tree) -> Desired | None:
    """What git says, without a word of Prometheus; None where the field files cannot be used. For
    a restore, which must not depend on either."""
    try:
        found = validated(tree)
        schema = document_schema(tree)
    except (InputError, Unavailable):
        return None
    if found.errors:
        return None
    settings = project.settings
    unasked = tuple(Skipped(name, "not asked") for name in settings.sources)
    choice = Choice(settings.static_labels, settings.exclude)
    return Desired({file.name: file for file in found.files}, found.pages, unasked, choice, schema)


def require_all(readings: Sequence[Reading]) -> None:
    """Raises Unavailable if a source could not be read; nothing has been written yet."""
    failed = [f"{one.source}: {one.reason}" for one in readings if isinstance(one, Skipped)]
    if failed:
        raise Unavailable(
            f"{number(len(failed), 'source')} not read, nothing was written: {'; '.join(failed)}",
            "without --require-all-sources a sync keeps their last known labels",
        )


def look(store: Store, settings: Settings) -> tuple[Snapshot, Known]:
    """Read and decode all keys, and those that damaged values are kept under."""
    snapshot = kv.read(store, settings.keys)
    known = state.decode(snapshot)
    if state.torn(known):
        snapshot = kv.read(store, settings.keys)
        known = state.decode(snapshot)
    if damaged := state.damaged(snapshot, known):
        snapshot = kv.read(store, settings.keys, map(settings.keys.aside, damaged))
        known = state.decode(snapshot)
    return snapshot, known


def plan(
    project: Project,
    store: Store,
    wish: Desired,
    request: Request,
    *,
    applying: bool = False,
    weighing: bool = True,
) -> Survey:
    """Look, merge and plan; writes nothing. ``applying`` only tells how to speak of it. Without
    ``weighing`` nobody asks what it means for others: never for what is to be applied."""
    snapshot, known = look(store, project.settings)
    for line in steps.stored(known, applying=applying):
        project.say(line)
    ancestry = _ancestry(project.checkout, store, known, request.origin)
    request = replace(request, bounds=project.settings.bounds)
    found = survey(snapshot, known, wish, request, ancestry=ancestry, now=project.clock())
    project.say(steps.merged(found.merged))
    if weighing:
        found = weighed(found, project.settings, project.variables, request)
    return replace(found, plan=replace(found.plan, environment=project.settings.environment))


def _ancestry(checkout: Checkout | None, store: Store, known: Known, origin: Origin) -> Ancestry:
    """A rollback can only be told where others write too, and from inside git."""
    applied = known.commit
    if not store.shared or checkout is None or applied is None:
        return Ancestry.NOT_ASKED
    if origin.commit is None:
        return Ancestry.UNKNOWN
    match checkout.is_ancestor(applied, origin.commit):
        case None:
            return Ancestry.UNKNOWN
        case is_ancestor:
            return Ancestry.ANCESTOR if is_ancestor else Ancestry.OTHER


def sync(
    project: Project,
    store: Store,
    wish: Desired,
    request: Request,
    reason: str,
    copies: Path | None = None,
    bound: Binding | None = None,
) -> Synced:
    """Apply until our write is the last one. A retry reads the store only: fields, commit and
    extraction stay. ``copies`` is a folder that gets every new backup before the store is touched.
    What is ``bound`` to a plan is applied as planned or not at all, in one attempt. Raises Refused,
    Contended, Unavailable."""
    applied: list[tuple[Survey, Journal]] = []
    attempts = 1 if bound else ATTEMPTS
    for attempt in range(1, attempts + 1):
        found = _allowed(project, store, wish, request, bound)
        run = Run(uuid.uuid4().hex, project.clock(), reason, request.origin)
        entries = journal.write(found.snapshot, found.known, found.wanted, run, store.limits)
        if not entries.steps:
            return Synced(tuple(applied), found)
        saved = _copied(entries, copies)
        project.say(steps.writing(entries, store.url))
        match apply(store, project.settings.keys, entries, run.run):
            case Confirmed():
                tell(project, entries, saved)
                return Synced((*applied, (found, entries)), found)
            case Lost(keys, error, begun):
                atomic_files.discard(saved)  # of a state that never was
                if error and attempt == attempts:
                    how = "begun, and not finished" if begun else "nothing was applied"
                    raise Unavailable(f"{error}; {how}", error.hint)
                if bound:
                    raise bound.lost(keys, begun=begun)
                project.say(steps.conflict(keys, attempt, attempts))
            case Overtaken():
                tell(project, entries, saved)
                if bound:
                    raise bound.overtaken()
                applied.append((found, entries))
                project.say(steps.overtaken(attempt, attempts))
        if attempt < attempts:
            _pause(attempt)
    raise Contended(
        f"{store.url}: somebody else wrote first {ATTEMPTS} times in a row",
        "run it again; `fieldkeep status` tells what is live",
    )


def _allowed(
    project: Project, store: Store, wish: Desired, request: Request, bound: Binding | None
) -> Survey:
    """What may be applied now. Raises Refused, Contended; nothing has been written yet."""
    found = plan(project, store, wish, request, applying=True)
    if bound:
        bound.check(wish, request, found)
    allow(found)
    return found


def allow(found: Survey, asked: Sequence[str] = guards.NAMES) -> None:
    """Raises Refused with the numbers and flags of the guards that are ``asked``; nothing has been
    written yet."""
    if refusals := [one for one in found.plan.refusals if one.guard in asked]:
        raise guards.refused(refusals)


def _copied(entries: Journal, folder: Path | None) -> tuple[Path, ...]:
    """Where nobody knows what became of the write, the copy stays: it is one copy too many then."""
    if folder is None:
        return ()
    listed = {export.file_name(entry): export.encode(dict(entry)) for entry in entries.entries}
    return atomic_files.save(folder, listed)


def tell(project: Project, entries: Journal, saved: Sequence[Path] = ()) -> None:
    for line in (*steps.written(entries, project.settings.history), *steps.copied(saved)):
        project.say(line)


def _pause(attempt: int) -> None:
    """Jitter, so that two syncs that collided do not collide again."""
    time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * attempt)  # noqa: S311
