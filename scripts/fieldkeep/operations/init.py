"""Begins a project: looks at the repository, and writes files where there are none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from os.path import relpath
from pathlib import Path
from typing import Final

from fieldkeep.core.adopt.adopted_files import Adoption
from fieldkeep.core.adopt.select import Selection
from fieldkeep.core.init import (
    CI_FILES,
    SETTINGS,
    Begun,
    Pin,
    ci_values,
    editor_files,
    filled,
    require_plain,
    settings_text,
    source_names,
)
from fieldkeep.core.labels.discovery_labels import INSTANCE
from fieldkeep.core.labels.label_origins import label_origins
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files import atomic_files, fieldfiles, git, installation, packaged
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.labels import find_configurations, read_sources
from fieldkeep.edges.labels.read_sources import ReadContext
from fieldkeep.edges.store import stores
from fieldkeep.errors import InputError, Refused, UsageError
from fieldkeep.model import Extracted, Limits, Skipped, Writer
from fieldkeep.operations import adopt
from fieldkeep.operations.adopt import WriteOptions
from fieldkeep.operations.desired import label_filter
from fieldkeep.operations.events import Event
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.operations.sources import read_context
from fieldkeep.operations.stored import read_store
from fieldkeep.settings import settings, settings_file
from fieldkeep.settings.settings import Flags
from fieldkeep.settings.settings_file import SettingsFile
from fieldkeep.settings.sources import SourceSetting
from fieldkeep.settings.store_kinds import kind_of

ENVIRONMENT: Final = "production"
STORE: Final = "consul://"
_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for. ``ci`` is None where the repository decides; ``live`` is the
    store whose fields are adopted."""

    ci: str | None = None
    live: str | None = None
    schema: bool = False


@dataclass(frozen=True, slots=True)
class _Settings:
    """The file of settings, and the folder that it is for. ``text`` is what is to be written; None
    if the file is there. ``unread`` are files that look like a source and cannot be read."""

    root: Path
    file: SettingsFile
    environment: str | None
    text: str | None = None
    unread: tuple[Skipped, ...] = ()


def begin(
    here: Path,
    flags: Flags,
    wishes: Wishes,
    variables: Mapping[str, str],
    emit: Callable[[Event], None],
    clock: Callable[[], datetime],
) -> Begun:
    """Everything is read before the first file is written. Raises InputError outside of git or if
    there is nothing to adopt, UsageError, Refused, Unavailable."""
    checkout = git.find(here)
    if checkout is None:
        hint = "`git init` makes one; then run this again"
        raise InputError(f"{here} is in no git repository", hint)
    found = _settings(checkout, flags, wishes, variables)
    project = _project(found, here, flags, wishes, variables, emit, clock)
    own = project.settings
    readings = read_sources.read_all(own.sources, read_context(project))
    labels = tuple(label_origins(readings, label_filter(own), {}))
    with_static = label_origins(readings, replace(label_filter(own), static_labels=True), {})
    fields = found.root / own.fields
    has_fields = any(adopt.field_files(working_tree(project)))
    if wishes.live and has_fields:
        raise UsageError(
            f"--from-live begins a project, and there are field files in {own.fields}",
            f"`fieldkeep adopt --all --store {wishes.live}` adds what is live to them",
        )
    adoption = _adoption(project) if wishes.live else None
    new = {} if found.text is None else {found.root / SETTINGS: found.text.encode()}
    if not has_fields and adoption is None:
        new |= _example(fields, labels)
    if wishes.schema:
        new |= _schemas(checkout.top(), fields, found.root / own.schema)
    ci = wishes.ci or _ci_of(checkout)
    ci_files, pin = _ci_files(ci, checkout, found.root, found.environment or ENVIRONMENT)
    done = {path: atomic_files.create(path, content) for path, content in (new | ci_files).items()}
    if adoption:
        adopt.write(project, adoption, WriteOptions())
    there = [found.root / found.file.name] * (found.text is None) + [fields] * has_fields
    there += [path for path, is_new in done.items() if not is_new]
    return Begun(
        environment=found.environment,
        ci=ci,
        pin=pin,
        written=tuple(relpath(path, here) for path, is_new in done.items() if is_new),
        left=tuple(relpath(path, here) for path in there),
        sources={name: setting.where for name, setting in own.sources.items()},
        unread=found.unread,
        skipped=tuple(reading for reading in readings if isinstance(reading, Skipped)),
        labels=labels,
        static=tuple(name for name in with_static if name not in labels),
        variable=_unset_address(own.store, variables),
        adoption=adoption,
    )


def _unset_address(store: str, variables: Mapping[str, str]) -> str:
    """The variable that this store takes its address from, if it is not set."""
    kind = kind_of(store)
    takes = kind.address_variable if kind and store in kind.prefixes else None
    return takes if takes and not variables.get(takes) else ""


def _settings(
    checkout: Checkout, flags: Flags, wishes: Wishes, variables: Mapping[str, str]
) -> _Settings:
    here = checkout.root
    root = settings_file.find_root(here)
    file = settings_file.read(root)
    if file.there:
        return _Settings(root, file, flags.env)
    environment = flags.env or ENVIRONMENT
    sources, unread = _sources(checkout, flags.sources)
    store = wishes.live or flags.store or STORE
    if store != STORE:  # refuse a password in it before it is written to a file
        stores.connect(store, here, variables, Limits())
    top = {"key": flags.key, "fields": flags.fields}
    text = settings_text({k: v for k, v in top.items() if v}, environment, store, sources)
    return _Settings(here, settings_file.of_our_own(text), environment, text, unread)


def _project(
    found: _Settings,
    here: Path,
    flags: Flags,
    wishes: Wishes,
    variables: Mapping[str, str],
    emit: Callable[[Event], None],
    clock: Callable[[], datetime],
) -> Project:
    """The project as it will be; what the command line names is in the text that is written."""
    flags = Flags() if found.text else flags
    flags = replace(flags, env=found.environment, store=wishes.live or flags.store)
    own = settings.layered(found.file, found.root, flags, here, variables, storeless=True)
    return Project(own, here, Checkout(found.root), variables, emit, clock)


def _sources(
    checkout: Checkout, named: Sequence[str]
) -> tuple[dict[str, Sequence[str]], tuple[Skipped, ...]]:
    """The sources to set, and files that look like one but cannot be read: those of the command
    line, else the configurations below the folder."""
    if named:
        return {name: one.where for name, one in settings.sources_of_flags(named).items()}, ()
    context = ReadContext(checkout.root)
    places = {path: SourceSetting((path,)) for path in find_configurations.candidates(checkout)}
    readings = read_sources.read_all(places, context)
    read = [reading.source for reading in readings if isinstance(reading, Extracted)]
    # a file that another one includes is read with that one
    included = {name for path in read for name in read_sources.includes(places[path], context)}
    names = source_names(path for path in read if path not in included)
    skipped = tuple(reading for reading in readings if isinstance(reading, Skipped))
    return {name: (path,) for name, path in names.items()}, skipped


def _adoption(project: Project) -> Adoption:
    """Everything that is live, as field files. Raises InputError, Refused, Unavailable."""
    own = project.settings
    options = PlanOptions(Writer(), depth=own.history, limits=own.limits)
    store = stores.connect(own.store, own.root, project.variables, own.limits)
    if read_store(store, own)[1].effective is None:
        raise InputError(
            f"{store.url}, key {own.key}: there is no document and no backup to adopt",
            "check the store and --key; without --from-live, a project begins with what git says",
        )
    evaluator = adopt.from_store(project, store, options)
    try:
        adoption = adopt.draft(project, evaluator, Selection((), everything=True), options)
        adopt.require_no_changes(adoption)
    except Refused as error:
        hint = "begin without --from-live, then adopt what can be: `fieldkeep adopt --help`"
        raise Refused(str(error), hint) from error
    return adoption


def _example(fields: Path, labels: Sequence[str]) -> dict[Path, bytes]:
    """A field file of the first label that the sources give; else of one that all targets have."""
    label = next(filter(_NAME.fullmatch, labels), INSTANCE)
    text = filled(packaged.template("field.yaml"), {"label": label})
    return {fields / f"{label}.yaml": text.encode()}


def _schemas(top: Path, fields: Path, folder: Path) -> dict[Path, bytes]:
    """Both schemas, and what leads an editor to them."""
    names = (fieldfiles.FIELD_SCHEMA, fieldfiles.DOCUMENT_SCHEMA)
    schemas = {folder / name: packaged.schema(name).content for name in names}
    leading = editor_files(relpath(fields, top), relpath(folder, top))
    return schemas | {top / path: text.encode() for path, text in leading.items()}


def _ci_of(checkout: Checkout) -> str:
    """The CI that the repository has already, or that belongs to its remote; else none."""
    top = checkout.top()
    if (top / ".gitlab-ci.yml").exists():
        return "gitlab"
    if (top / ".github").exists():
        return "github"
    host = (checkout.origin() or "").partition("/")[0]
    return next((ci for ci in ("github", "gitlab") if ci in host), "none")


def _ci_files(
    ci: str, checkout: Checkout, root: Path, environment: str
) -> tuple[dict[Path, bytes], Pin | None]:
    """The files of a CI, and what they pin; None if all of them are there."""
    top = checkout.top()
    paths = {top / path: template for path, template in CI_FILES[ci].items()}
    if all(map(os.path.lexists, paths)):
        return dict.fromkeys(paths, b""), None
    pin = installation.pin(checkout)
    remote = checkout.remote_main(None)
    branch = remote.removeprefix("origin/") if remote else checkout.current_branch() or "main"
    folder = relpath(root, top)
    for what, name in (("folder", folder), ("branch", branch), ("environment", environment)):
        require_plain(what, name)
    values = ci_values(pin, branch, folder, environment)
    return {
        path: filled(packaged.template(template), values).encode()
        for path, template in paths.items()
    }, pin
