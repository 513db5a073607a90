"""Adopts live values into field files: edits them in memory, evaluates the result, then writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os.path import relpath
from pathlib import Path
from typing import Final

from fieldkeep.core.adopt import adopted_files, select
from fieldkeep.core.adopt.adopted_files import Adopted, Adoption
from fieldkeep.core.adopt.effects import effects
from fieldkeep.core.adopt.select import Draft, Selection, Unsayable
from fieldkeep.core.common import canonical
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.common.words import number
from fieldkeep.core.document.document import Document
from fieldkeep.core.fields.field_schema import Schema, compile_schema
from fieldkeep.core.fields.validate import validate
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.restore.one_field import Part, put_back
from fieldkeep.core.restore.versions import choose
from fieldkeep.core.stored import state
from fieldkeep.core.stored.record import NoRecord
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import atomic_files, fieldfiles, input_files
from fieldkeep.edges.files.atomic_files import Change
from fieldkeep.edges.files.tree import Drafted, Tree, WorkingTree
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import FieldFile, Present, Source
from fieldkeep.operations import sync
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.operations.stored import document_set_aside, read_store
from fieldkeep.settings import settings_file
from fieldkeep.settings.settings_edit import with_setting

Evaluator = Callable[[Desired], Evaluation]
_UNMANAGED: Final = "unmanaged"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How the files are written: over uncommitted changes, on a new branch, as a commit."""

    allow_dirty: bool = False
    branch: str | None = None
    commit: bool = False


def from_store(project: Project, store: Store, options: PlanOptions) -> Evaluator:
    return lambda desired: sync.plan(project, store, desired, options, count_services=False)


def from_file(project: Project, path: str, options: PlanOptions) -> Evaluator:
    """Evaluates an exported document; the store is not asked. Raises InputError."""
    return _from_content(project, input_files.read(project.here / path, path), options)


def from_aside(project: Project, store: Store, number: int, options: PlanOptions) -> Evaluator:
    """Evaluates the document in a value that was set aside. Raises InputError."""
    return _from_content(project, document_set_aside(project, store, number), options)


def from_backup(
    project: Project, store: Store, which: str, names: Sequence[str], options: PlanOptions
) -> Evaluator:
    """Evaluates the live document with these fields as a backup has them. Raises InputError."""
    snapshot, stored = read_store(store, project.settings)
    backup, key = choose(stored.history, which), snapshot.keys.document
    for name in names:
        raw = put_back(backup, stored, Part(name)).raw
        live = snapshot[key]
        assert isinstance(live, Present)  # else there is no document to put it into
        changed = replace(live, value=canonical.dumps(raw))
        snapshot = Snapshot(snapshot.keys, {**snapshot.values, key: changed})
        stored = state.decode(snapshot)
    now = project.clock()
    return lambda desired: evaluate(
        snapshot, stored, desired, options, ancestry=Ancestry.NOT_ASKED, now=now
    )


def _from_content(project: Project, source: Source, options: PlanOptions) -> Evaluator:
    snapshot = adopted_files.snapshot(source.content, project.settings.keys, source.path)
    stored, now = state.decode(snapshot), project.clock()
    return lambda desired: evaluate(
        snapshot, stored, desired, options, ancestry=Ancestry.NOT_ASKED, now=now
    )


def draft(
    project: Project,
    evaluator: Evaluator,
    selection: Selection,
    options: PlanOptions,
    *,
    takes_over: bool = False,
) -> Adoption:
    """What would be written, and what a sync would do then; writes nothing. What ``takes_over`` a
    document that no sync of ours has written sees to it that the first one shows nothing new.
    Raises InputError if a name is not live, or nothing is; Refused if the files would not be valid.
    """
    tree = working_tree(project)
    sources, problems = field_files(tree)
    read = Drafted(tree, (sources, problems))
    evaluated = evaluator(desired := desired_state(project, read))
    drafts = drafts_of(tree, desired, evaluated, selection)
    target = Target(tree, sources, tree.name, schema_path(tree), desired)
    written, unsayable = target.write(drafts)
    settings = _setting(project, evaluated.stored) if takes_over and written else None
    unmanaged = Unmanaged.HIDE if settings else desired.unmanaged
    after = target.afterwards(project, evaluated, written, options, unmanaged)
    scope = {draft.name: draft.scope for draft in drafts}
    asked = desired.files.keys() | scope.keys()
    not_asked = tuple(sorted(live_document(evaluated).fields.keys() - asked))
    return Adoption(written, unsayable, effects(after, scope), not_asked, settings)


def live_document(evaluation: Evaluation) -> Document:
    """What is adopted from. Raises InputError if there is nothing."""
    live = evaluation.stored.effective
    if live is None:
        hint = "`fieldkeep sync` makes a document from git; check --store and --key"
        raise InputError("there is no document and no backup to adopt from", hint)
    return live


def drafts_of(
    tree: Tree, desired: Desired, evaluation: Evaluation, selection: Selection
) -> tuple[Draft, ...]:
    """What the field files of a tree should say that they do not say yet. Raises InputError if a
    name is not live, or nothing is."""
    live = live_document(evaluation)
    for name in selection.names:
        if name not in live.fields:
            hint = did_you_mean(name, live.fields, "`fieldkeep list` names all fields")
            raise InputError(f"there is no field '{name}'", hint)
    return select.select(evaluation, desired, schema_of(tree), selection)


def schema_of(tree: Tree) -> Schema:
    """The schema of field files, of a tree of which desired_state() has accepted it."""
    schema, _ = compile_schema(tree.schema(fieldfiles.FIELD_SCHEMA))
    assert schema is not None
    return schema


@dataclass(frozen=True, slots=True)
class Target:
    """The field files that are edited: those of a tree, which say what is ``desired``. ``folder``
    is their path for messages, ``schema`` the one that editors follow."""

    tree: Tree
    sources: Sequence[Source]
    folder: str
    schema: str | None
    desired: Desired

    def write(self, drafts: Sequence[Draft]) -> tuple[tuple[Adopted, ...], tuple[Unsayable, ...]]:
        """The new texts, in memory, and what no file can say."""
        paths = {file.path: name for name, file in self.desired.files.items()}
        named = {paths[source.path]: source for source in self.sources if source.path in paths}
        return adopted_files.write(drafts, named, self.folder, self.schema)

    def afterwards(
        self,
        project: Project,
        before: Evaluation,
        written: Sequence[Adopted],
        options: PlanOptions,
        unmanaged: Unmanaged,
    ) -> Evaluation:
        """What a sync would do with the new texts. Raises Refused if they would not be valid."""
        files = _with_adopted(self.tree, self.sources, written)
        return evaluate(
            before.snapshot,
            before.stored,
            replace(self.desired, files=files, unmanaged=unmanaged),
            options,
            ancestry=Ancestry.NOT_ASKED,
            now=project.clock(),
        )


def _setting(project: Project, stored: StoreState) -> Adopted | None:
    """The settings file with ``unmanaged = "hide"``. None if a sync of ours has been there before,
    or if the setting is made."""
    known = isinstance(stored.record, NoRecord) and stored.history.newest_of_ours is None
    if not known or _UNMANAGED in project.settings.origins:
        return None
    root = project.settings.root
    name = settings_file.read(root).name
    path, shown = root / name, relpath(root / name, project.here)
    before = input_files.read(path, shown) if path.is_file() else None
    text = before.content.decode() if before else ""
    after = with_setting(name, text, _UNMANAGED, Unmanaged.HIDE)
    if after is None:
        return None
    setting = f'{_UNMANAGED} = "{Unmanaged.HIDE}"'
    return Adopted("", before, Source(shown, after.encode()), (setting,))


def field_files(tree: WorkingTree) -> fieldfiles.Read:
    """The field files; none if there is no folder yet."""
    folder = tree.folders.root / tree.folders.fields
    return tree.fields() if input_files.exists(folder, tree.name) else ((), ())


def schema_path(tree: WorkingTree) -> str | None:
    """The schema's path as seen from a field file, for editors; None for the packaged schema."""
    root, folders = tree.folders.root, tree.folders
    path = root / folders.schema / fieldfiles.FIELD_SCHEMA
    return relpath(path, root / folders.fields) if path.is_file() else None


def _with_adopted(
    tree: Tree, sources: Sequence[Source], written: Sequence[Adopted]
) -> dict[str, FieldFile]:
    """The field files as they would be, validated once more. Raises Refused."""
    texts = {source.path: source for source in sources}
    texts |= {file.after.path: file.after for file in written}
    fields = validate(tuple(texts.values()), tree.schema(fieldfiles.FIELD_SCHEMA))
    if fields.errors:
        first = fields.errors[0]
        raise Refused(
            f"nothing was written: {first.where}: {first.message}",
            "name the other fields one by one, and correct this one in the application",
        )
    return {file.name: file for file in fields.files}


def require_no_changes(adoption: Adoption) -> None:
    """Raises Refused if a sync would still change customizations that were to be adopted."""
    if changes := adoption.effects.customizations:
        names = ", ".join(dict.fromkeys(f"{c.field}.{c.attribute}" for c in changes))
        raise Refused(
            f"refused, nothing was written: a sync would still change {names}",
            "correct them in the application, or leave these fields out by naming the others; if a"
            " sync may change them: --allow-changes",
        )


def _require_ready(project: Project, adoption: Adoption, options: WriteOptions) -> None:
    """Raises Refused if git could not tell the adoption from other changes, InputError outside of
    a checkout."""
    checkout = project.checkout
    if checkout is None:
        if options.branch or options.commit:
            raise InputError("this is no git checkout", "leave --branch and --commit out")
        return
    if options.branch:
        checkout.must_be_free(options.branch)
    if (options.branch or options.commit) and (changed := checkout.changed()):
        raise Refused(
            f"uncommitted changes ({changed[0]}): nothing was written",
            "commit or stash them: the commit is to hold the adoption and nothing else",
        )
    if options.commit:
        checkout.identity()
    touched = [_path(project, file) for file in adoption.files if file.before is not None]
    if touched and not options.allow_dirty and (changed := checkout.changed(touched)):
        raise Refused(
            f"uncommitted changes in {', '.join(changed)}: nothing was written",
            "commit them first, so that `git diff` shows the adoption; or --allow-dirty",
        )


def write(project: Project, adoption: Adoption, options: WriteOptions) -> str | None:
    """Write the files on the branch that was asked for; return the commit if one was made. Raises
    Refused, InputError, Unavailable."""
    _require_ready(project, adoption, options)
    if options.branch and project.checkout:
        project.checkout.branch(options.branch)
    atomic_files.replace_all(
        Change(
            _path(project, file), file.before.content if file.before else None, file.after.content
        )
        for file in adoption.all_files
    )
    if not options.commit or project.checkout is None:
        return None
    names = ", ".join(file.name for file in adoption.files)
    count = number(len(adoption.files), "field")
    message = f"Adopt what the application says of {count}\n\n{names}\n"
    return project.checkout.commit([_path(project, file) for file in adoption.all_files], message)


def _path(project: Project, file: Adopted) -> Path:
    if not file.name:
        return project.settings.root / settings_file.read(project.settings.root).name
    return project.settings.root / project.settings.fields / file.after.path.rsplit("/", 1)[-1]
