"""Checks settings, fields, sources, git and store; changes nothing, and no failure ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from fieldkeep.core import doctor
from fieldkeep.core.common.words import number
from fieldkeep.core.doctor import Line, failed, ok, warning
from fieldkeep.core.document.document import Document, Foreign
from fieldkeep.core.journal.forecast import shortages
from fieldkeep.core.stored import state
from fieldkeep.core.stored.hold import decode as decode_hold
from fieldkeep.core.stored.keys import CORRUPT
from fieldkeep.core.stored.record import UnknownRecord
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import problems
from fieldkeep.edges.files import fieldfiles, input_files
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Tree
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import AccessDenied, FieldkeepError, Unavailable
from fieldkeep.model import Live, Present, Writer
from fieldkeep.operations.desired import document_schema
from fieldkeep.operations.project import Project
from fieldkeep.operations.sources import read_sources_of
from fieldkeep.operations.stored import read_set_aside, store_time
from fieldkeep.operations.validation import validated
from fieldkeep.settings.settings import Settings
from fieldkeep.settings.sources import SourceSetting
from fieldkeep.settings.store_kinds import kind_of


def examine(project: Project, tree: Tree, connect: Callable[[], Store]) -> tuple[Line, ...]:
    """The result of every check. If ``connect`` raises, that is a finding."""
    return (
        *_settings(project.settings, project.variables),
        *_caught("fields", lambda: _files(tree)),
        *_caught("source", lambda: _sources(project)),
        *_caught("git", lambda: _git(project.checkout, project.settings)),
        *_caught("store", lambda: _store(project, connect())),
    )


def _caught(check: str, examine_part: Callable[[], Iterator[Line]]) -> list[Line]:
    """The results of a part; an error ends it and is the last of them."""
    lines = []
    try:
        for line in examine_part():
            lines.append(line)  # noqa: PERF402 - keeps those before an error
    except FieldkeepError as error:
        lines.append(failed(check, error))
    return lines


def _settings(settings: Settings, variables: Mapping[str, str]) -> Iterator[Line]:
    yield ok("setting", f"root {settings.root}: where relative paths start")
    if settings.environment:
        yield ok("setting", f"environment {settings.environment}")
    for name in (field.name for field in fields(Settings)):
        if name in ("root", "environment", "origins"):
            continue
        value = _without_secrets(getattr(settings, name))
        yield ok("setting", f"{name} {value}: from {settings.origins.get(name, 'the default')}")
    if kind := kind_of(settings.store):
        used = [name for name in kind.variables if variables.get(name)]
        if used:
            yield ok("setting", f"{kind.name}'s variables that are set: {', '.join(used)}")


def _without_secrets(value: Any) -> str:
    """A setting's value without the parts that may be secret: user, password, query."""
    match value:
        case SourceSetting():
            return " + ".join(map(_without_secrets, value.where))
        case dict():
            places = (f"{name}={_without_secrets(where)}" for name, where in value.items())
            return ", ".join(places) or "none"
        case tuple():
            return ", ".join(map(_without_secrets, value)) or "none"
        case None:
            return "none"
    scheme, separator, rest = str(value).rpartition("://")
    rest = rest.rsplit("@", 1)[-1].split("?")[0]
    kind = kind_of(str(value))
    return scheme + separator + (rest.split("/")[0] if kind and kind.address_variable else rest)


def _files(tree: Tree) -> Iterator[Line]:
    for name in (fieldfiles.FIELD_SCHEMA, fieldfiles.DOCUMENT_SCHEMA):
        yield ok("schema", f"{tree.schema(name).path}: readable")
    yield doctor.files(validated(tree), tree.name)
    document_schema(tree)


def _sources(project: Project) -> Iterator[Line]:
    readings = read_sources_of(project)
    yield from doctor.sources(readings)


def _git(checkout: Checkout | None, settings: Settings) -> Iterator[Line]:
    if checkout is None:
        hint = "fine for a restore; elsewhere run it in a checkout"
        yield warning("git", "not a git checkout: nothing says which commit is applied", hint)
        return
    head = checkout.head()
    if head is None:
        yield warning("git", "no commit yet", "commit the field files")
    else:
        yield ok("git", f"commit {head[:12]}")
    if owner := settings.owner or checkout.origin():
        yield ok("git", f"owner {_without_secrets(owner)}")
    else:
        hint = "set owner, or a remote origin, so that two repositories cannot share a key"
        yield warning("git", "the owner is unknown: no setting, no remote origin", hint)
    if checkout.shallow():
        hint = "fetch the whole history (actions/checkout: fetch-depth: 0)"
        yield warning("git", "a shallow clone: it cannot tell a rollback", hint)
    folders = (settings.root / settings.fields, settings.root / settings.schema)
    present = [folder for folder in folders if input_files.exists(folder, str(folder))]
    if checkout.dirty(present or [settings.root]):
        yield warning("git", "uncommitted field files or schemas", "commit them before a sync")
    else:
        yield ok("git", "fields and schemas are as committed")


# --------------------------------------------------------------------------- the store


def _store(project: Project, store: Store) -> Iterator[Line]:
    keys = project.settings.keys
    values: dict[str, Live] = {}
    for key in keys.all:
        try:
            live = values[key] = store.get(key)
        except Unavailable as error:
            yield failed("read", error)
            if not values and not isinstance(error, AccessDenied):
                return  # it does not answer: asking for the other keys would only take time
            continue
        if isinstance(live, Present):
            yield doctor.size("read", key, live, store.limits.value)
        else:
            yield ok("read", f"{key}: readable, absent")
    if connection := store.connection():
        yield doctor.transport(
            tls=connection.tls, verified=connection.verified, local=connection.local
        )
        if line := doctor.clock(connection.date, project.clock()):
            yield line
    values_of_ours = (keys.document, keys.backup, keys.history, keys.record)
    to_write = [*values_of_ours, keys.hold, *map(keys.aside, keys.all)]
    yield from doctor.rights(to_write, store.denied(to_write))
    if len(values) == len(keys.all):
        yield from _content(Snapshot(keys, values), store_time(project, store))
        yield from _set_aside(read_set_aside(store, project.settings))
        yield from _room(project, store, Snapshot(keys, values))


def _content(snapshot: Snapshot, now: datetime) -> Iterator[Line]:
    stored = state.decode(snapshot)
    hold = decode_hold(snapshot[snapshot.keys.hold], now)
    if hold:
        yield warning("hold", f"on hold by {hold.actor}: {hold.reason}", "sync waits until it ends")
    if isinstance(stored.record, UnknownRecord):
        yield warning("content", str(stored.record), stored.record.hint)
    damaged = list(problems(stored))
    if isinstance(stored.document, Foreign):
        damaged.append(f"the document cannot be read: {stored.document.reason}")
    for problem in damaged:
        hint = "the next sync sets it aside and repairs it; `fieldkeep history` shows the backups"
        yield warning("content", problem, hint)
    backups = number(len(stored.history.valid), "valid backup")
    if isinstance(stored.document, Document):
        yield ok("content", f"{number(len(stored.document.fields), 'field')} live, {backups}")
    elif not damaged:
        yield warning("content", f"no document, {backups}", "`fieldkeep sync` writes it")


def _room(project: Project, store: Store, snapshot: Snapshot) -> Iterator[Line]:
    """Whether what is live can be put back, restored and changed."""
    stored = state.decode(snapshot)
    if isinstance(stored.document, Document):
        depth, now = project.settings.history, project.clock()
        live, base = stored.document, stored.base
        for found in shortages(live, base, snapshot.keys, depth, store.limits, Writer(), now):
            yield warning("size", found.message, found.hint)


def _set_aside(entries: Sequence[SetAside]) -> Iterator[Line]:
    if entries:
        keys = ", ".join(dict.fromkeys(entry.key for entry in entries))
        hint = (
            "look at it with `fieldkeep history show aside:0`, adopt what is in it, and delete the"
            f" key that ends in {CORRUPT} once nobody needs it"
        )
        yield warning("aside", f"{number(len(entries), 'value')} set aside, of {keys}", hint)
