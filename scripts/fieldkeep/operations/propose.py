"""Proposes edits made in the application: a commit for each field, on a branch of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from fieldkeep.core.adopt.adopted_files import Adopted
from fieldkeep.core.adopt.select import Selection, edited_without_file
from fieldkeep.core.document.document import Document
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.propose.branch import Branch, PullRequest, Way
from fieldkeep.core.propose.edits import Edit, attributes_of, edits_of, marks, of_body, without
from fieldkeep.core.propose.proposal import (
    Base,
    Change,
    Outcome,
    Proposal,
    State,
    Unsure,
    sorted_out,
)
from fieldkeep.core.propose.undone import undone
from fieldkeep.core.restore.field_history import field_history
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import identity
from fieldkeep.edges.files.branches import Branches
from fieldkeep.edges.files.tree import Commit, Tree, taken
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError, Refused, UsageError
from fieldkeep.operations import sync
from fieldkeep.operations.adopt import Target, drafts_of, schema_of
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.project import Project, folders
from fieldkeep.operations.validation import validated

MOST_EDITS: Final = 500


class Forge(Protocol):
    """Where a branch becomes a pull request. Every method raises Unavailable."""

    def pulls_from(self, branch: str) -> list[PullRequest]: ...
    def open_pull(self, branch: str, base: str, title: str, body: str) -> PullRequest: ...
    def edit_pull(self, number: int, body: str) -> PullRequest: ...
    def close_pull(self, number: int, body: str) -> PullRequest: ...


@dataclass(frozen=True, slots=True)
class Names:
    """The branch of the proposal, and the one that it is for; None for what the settings say."""

    branch: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What people read on the forge: the message of each change, the title, and the body, which is
    made from the one that is there ('' at first)."""

    message: Callable[[Change], str]
    title: str
    body: Callable[[str], str]


def draft(
    project: Project, store: Store, git: Branches, names: Names, forge: Forge | None
) -> Proposal | Unsure:
    """What would be proposed; writes to no store and no branch. Raises InputError, Refused,
    Unavailable."""
    base, branch = _places(project, git, names, forge)
    branch.require_usable()
    main = taken(Commit(folders(project.settings), git, base.commit))
    desired, options = desired_state(project, main), _options(project, store, base)
    before = sync.plan(project, store, desired, options, count_services=False)
    if why := _unsure(before, branch):
        return Unsure(why)
    selection = Selection(known=frozenset(branch.proposed))
    drafts = drafts_of(main, desired, before, selection)
    edits = [edit for one in drafts for edit in edits_of(one, desired.files[one.name])]
    found = sorted_out(edits, branch)
    _require_few(found.wanted)
    target = _target(project, git, branch, main, desired)
    written, unsayable = target.write(
        [
            without(one, desired.files[one.name], lambda edit: edit not in found.wanted)
            for one in drafts
            if one.name in target.desired.files
        ]
    )
    after = target.afterwards(project, before, written, options, desired.unmanaged)
    changes = tuple(_changes(written, found.wanted, before.stored))
    new = [edit for change in changes for edit in change.edits]
    return Proposal(
        base,
        branch,
        tuple(edit for edit in edits if edit in new or edit in found.stay),
        found.declined,
        () if _is_there(git, base, branch, changes) else changes,
        unsayable,
        replace(after.plan, environment=project.settings.environment),
        _is_backed_up(before.stored),
        tuple(
            edit
            for edit in undone(before.stored, desired.files, desired.pages)
            if edit.entry not in branch.declined
        ),
        edited_without_file(before, desired, schema_of(main)),
    )


def _target(
    project: Project, git: Branches, branch: Branch, main: Tree, desired: Desired
) -> Target:
    """The field files that are edited: those of the main branch, or of somebody's commits."""
    tree, files = main, desired.files
    if branch.way is Way.ON_TOP and branch.tip:
        tree = taken(Commit(folders(project.settings), git, branch.tip))
        files = {file.name: file for file in validated(tree).files}
    sources, _ = tree.fields()
    return Target(tree, sources, project.settings.fields, None, replace(desired, files=files))


def _is_there(git: Branches, base: Base, branch: Branch, changes: Sequence[Change]) -> bool:
    """Whether our branch has these commits already, and the main branch did not change their
    files since, so that a merge cannot conflict."""
    edits = [edit for change in changes for edit in change.edits]
    if branch.way is not Way.ANEW or branch.proposed != marks(edits):
        return False
    paths = [change.file.after.path for change in changes]
    return not git.differ(branch.start, base.commit, paths)


def carry_out(git: Branches, proposal: Proposal, texts: Texts, forge: Forge | None) -> Outcome:
    """Make the commits; push them and see to the pull request if there is a ``forge``, else leave
    them on a local branch. Raises Refused, Contended, Unavailable."""
    branch, tip, pull = proposal.branch, proposal.branch.tip, proposal.branch.open_pull
    if not proposal.edits:
        if forge and pull and proposal.is_spent:
            return Outcome(State.CLOSED, tip, forge.close_pull(pull.number, texts.body(pull.body)))
        return Outcome(State.NOTHING)
    if proposal.changes:
        tip = _committed(git, proposal, texts)
        if forge is None:
            git.set_branch(branch.name, tip, branch.local)
            return Outcome(State.COMMITTED, tip)
        git.push(tip, branch.name, branch.tip, _way_out(proposal))
    if forge is None or (pull and not proposal.changes and of_body(pull.body) == proposal.marks):
        return Outcome(State.UNCHANGED, tip, pull)
    if pull:
        return Outcome(State.PROPOSED, tip, forge.edit_pull(pull.number, texts.body(pull.body)))
    made = forge.open_pull(branch.name, proposal.base.name, texts.title, texts.body(""))
    return Outcome(State.PROPOSED, tip, made)


def _committed(git: Branches, proposal: Proposal, texts: Texts) -> str:
    """The tip of the branch with the changes; no ref names it yet."""
    git.identity()
    tip = proposal.base.commit
    if proposal.branch.way is Way.ON_TOP and proposal.branch.tip:
        tip = proposal.branch.tip
    for change in proposal.changes:
        after = change.file.after
        tip = git.with_files(tip, {after.path: after.content}, texts.message(change))
    return tip


def _way_out(proposal: Proposal) -> str:
    kept = "and are in a backup" if proposal.backed_up else "and `fieldkeep capture` backs them up"
    return (
        f"nothing is lost: the edits stay live, {kept}; where a rule asks for a word in each"
        " message, --prefix adds it"
    )


# --------------------------------------------------------------------------- the two branches


def _places(
    project: Project, git: Branches, names: Names, forge: Forge | None
) -> tuple[Base, Branch]:
    """Raises UsageError, InputError, Unavailable."""
    own = project.settings
    name = names.branch or f"fieldkeep/{git.prefix()}{own.environment or 'edits'}"
    git.must_be_a_name(name)
    main = names.base or own.branch or (git.remote_main(None) or "").removeprefix("origin/")
    main = main or (not forge and git.current_branch()) or ""
    if not main:
        raise UsageError("which branch is proposed to is not known", "name it with --base")
    if name == main:
        raise UsageError(f"'{name}' cannot be proposed to itself", "name another --branch")
    local = git.known(f"refs/heads/{name}")
    if forge:
        found = git.fetched(main, name)
        if main not in found:
            raise InputError(f"origin has no branch {main}", "name the right one with --base")
        commit, tip = found[main], found.get(name)
        published, pulls = tip, tuple(forge.pulls_from(name))
    else:
        commit, pulls = _known(git, main), ()
        published = git.known(f"refs/remotes/origin/{name}")
        tip = _newer(git, commit, local, published)
    if tip and git.shallow():
        hint = "fetch the rest: `git fetch --unshallow`; in a workflow, `fetch-depth: 0`"
        raise InputError(
            "this clone lacks older commits, so it is unknown who made those of the branch", hint
        )
    commits = git.commits(commit, tip) if tip else ()
    base = Base(main, commit, git.origin() or "")
    return base, Branch(name, tip, commits, pulls, published, local)


def _known(git: Branches, main: str) -> str:
    for ref in (f"refs/remotes/origin/{main}", f"refs/heads/{main}"):
        if commit := git.known(ref):
            return commit
    raise InputError(f"there is no branch {main} here", "name the right one with --base")


def _newer(git: Branches, base: str, local: str | None, published: str | None) -> str | None:
    """The local commit, unless the published branch contains it, or has a person's commit that the
    local one lacks: ours can be made anew."""
    if not local or not published:
        return local or published
    if git.is_ancestor(local, published):
        return published
    theirs, others = (
        {commit.name for commit in git.commits(base, tip) if not commit.is_ours}
        for tip in (local, published)
    )
    return published if theirs < others else local


# --------------------------------------------------------------------------- the edits


def _options(project: Project, store: Store, base: Base) -> PlanOptions:
    own = project.settings
    writer = identity.writer(
        project.checkout, project.variables, owner=own.owner, ref=base.commit, folders=()
    )
    return PlanOptions(writer, depth=own.history, limits=store.limits, thresholds=own.thresholds)


def _unsure(evaluation: Evaluation, branch: Branch) -> str | None:
    """Why edits may be missing from what is live: a sync brings them back first."""
    if not isinstance(evaluation.stored.document, Document):
        return "the document is not live"
    drifts = {
        (name, decision.drift)
        for name, result in evaluation.merged.results.items()
        for decision in result.decisions.values()
    }
    if any(drift is Drift.RECREATED for _, drift in drifts):
        return "the document was deleted and made anew"
    for name in branch.proposed:
        field = name.partition(".")[0]
        if (field, Drift.MACHINE_RESET) in drifts:
            return f"the application reset {field} by itself"
    return None


def _require_few(edits: Sequence[Edit]) -> None:
    if len(edits) > MOST_EDITS:
        raise Refused(
            f"{len(edits)} edits: a pull request takes {MOST_EDITS}; nothing was proposed",
            "take them at once with `fieldkeep adopt --branch NAME --commit`",
        )


def _changes(
    written: Sequence[Adopted], wanted: Sequence[Edit], stored: StoreState
) -> Iterator[Change]:
    for file in written:
        edits = tuple(
            edit
            for edit in wanted
            if edit.field == file.name and edit.entry.partition(".")[0] in file.entries
        )
        if edits:
            yield Change(edits, file, _since(edits, stored))


def _since(edits: Sequence[Edit], stored: StoreState) -> str | None:
    """The time of the first backup that has all of them; None if there is none."""
    steps = {one.attribute: one.steps[0] for one in field_history(stored, edits[0].field)}
    newest = [steps[name] for edit in edits for name in attributes_of(edit.entry, steps)]
    times = [step.occasion.timestamp for step in newest if step.occasion]
    return max(times, default=None) if len(times) == len(newest) else None


def _is_backed_up(stored: StoreState) -> bool:
    newest, live = stored.history.newest_of_ours, stored.effective
    return newest is not None and live is not None and newest.document.substance == live.substance
