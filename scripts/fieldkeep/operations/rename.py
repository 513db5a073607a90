"""A field gets the name of another label: its file moves, and what only the application says of it
is looked at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fieldkeep.core.adopt.select import Draft, Selection
from fieldkeep.core.document.attributes import NAME, attributes_of
from fieldkeep.core.edit.new_field import KnownLabel, known_label
from fieldkeep.core.fields.load import load
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.edges.files import atomic_files
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError
from fieldkeep.model import FieldFile, Source, Writer
from fieldkeep.operations import adopt, field_edit
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.field_edit import FieldEdit
from fieldkeep.operations.project import Project, working_tree


@dataclass(frozen=True, slots=True)
class Fate:
    """What is live of a field that is renamed: ``left`` are the entries that only the application
    says, or says otherwise. ``stays``: a sync keeps the field under its old name, too."""

    is_live: bool
    stays: bool
    left: tuple[str, ...]
    label: KnownLabel


def drafted(project: Project, old: str, new: str) -> FieldEdit:
    """The file under its new name, which it says, too; writes nothing. Raises InputError,
    Refused."""
    files = field_edit.read(project)
    before = files.named(old)
    if new == old:
        raise InputError(f"'{old}' is called so already; nothing was written", "name another label")
    others = tuple(source for source in files.sources if source is not before)
    replace(files, sources=others).require_free(new)  # company -> Company is a rename, too
    content = field_edit.with_entries(before, lambda entries: {**entries, NAME: new})
    after = Source(before.path.removesuffix(f"{old}.yaml") + f"{new}.yaml", content)
    edit = replace(files, sources=others).checked(None, after)
    return replace(edit, before=before)


def fate(project: Project, store: Store, old: str, edit: FieldEdit) -> Fate:
    """What a sync would make of the field that is live. Raises InputError, Unavailable."""
    tree, own = working_tree(project), project.settings
    options = PlanOptions(Writer(), depth=own.history, limits=own.limits)
    desired = desired_state(project, tree)
    evaluation = adopt.from_store(project, store, options)(desired)
    renamed, _ = load(edit.after)
    assert renamed is not None  # it was validated
    files = {name: file for name, file in desired.files.items() if name != old}
    after = evaluate(
        evaluation.snapshot,
        evaluation.stored,
        replace(desired, files={**files, renamed.name: renamed}),
        options,
        ancestry=Ancestry.NOT_ASKED,
        now=project.clock(),
    )
    live = evaluation.stored.effective
    is_live = live is not None and old in live.fields
    left: tuple[str, ...] = ()
    if is_live:
        drafts = adopt.drafts_of(tree, desired, evaluation, Selection(names=(old,)))
        left = tuple(_left(drafts, desired.files[old], evaluation))
    label = known_label(renamed.name, desired.readings)
    return Fate(is_live, old in after.merged.results, left, label)


def _left(drafts: Sequence[Draft], file: FieldFile, evaluation: Evaluation) -> Iterator[str]:
    """What adopt would write, but for what git has moved on with."""
    decisions = evaluation.merged.results[file.name].decisions
    for draft in drafts:
        for entry in draft.entries:
            drifts = {decisions[name].drift for name in attributes_of(entry, decisions.keys())}
            if drifts - {Drift.GIT_AHEAD, None} or entry not in file.attributes:
                yield entry
        yield from (refused.attribute for refused in draft.unsayable if refused.attribute)


def write(project: Project, edit: FieldEdit) -> None:
    """Raises Refused if one of the two files has changed meanwhile, Unavailable."""
    assert edit.before is not None
    old, new = (project.here / source.path for source in (edit.before, edit.after))
    atomic_files.move(old, edit.before.content, new, edit.after.content)
