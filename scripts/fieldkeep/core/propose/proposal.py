"""A proposal: which edits become commits of which branch, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.adopt.adopted_files import Adopted
from fieldkeep.core.adopt.select import Unsayable
from fieldkeep.core.plan.plan import Plan
from fieldkeep.core.propose.branch import Branch, PullRequest, Way
from fieldkeep.core.propose.edits import Edit, Marks, has, marks
from fieldkeep.core.propose.undone import Undone


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: the edits of a field, and its file with them. ``since`` is the time of the first
    backup that has them, None if none has."""

    edits: tuple[Edit, ...]
    file: Adopted
    since: str | None

    @property
    def field(self) -> str:
        return self.file.name


@dataclass(frozen=True, slots=True)
class Base:
    """The branch that the proposal is for, and its newest commit. ``origin`` is HOST/PATH of the
    server's repository, '' if there is none."""

    name: str
    commit: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``edits`` are all that wait for a merge, ``changes`` the commits that the branch needs for
    them; ``declined`` are those that somebody closed. ``plan`` is what a sync does after the merge.
    ``backed_up``: a backup has what is live. ``undone`` are edits that are in a backup only, and
    ``without_file`` the edited fields that have no file."""

    base: Base
    branch: Branch
    edits: tuple[Edit, ...]
    declined: tuple[Edit, ...]
    changes: tuple[Change, ...]
    unsayable: tuple[Unsayable, ...]
    plan: Plan
    backed_up: bool
    undone: tuple[Undone, ...] = ()
    without_file: tuple[str, ...] = ()

    @property
    def left_behind(self) -> tuple[str, ...]:
        """The entries that a branch with somebody's commits still proposes, and nobody asks for."""
        if self.branch.way is not Way.ON_TOP:
            return ()
        return tuple(sorted(self.branch.proposed.keys() - marks(self.edits).keys()))

    @property
    def marks(self) -> Marks:
        """Those of the branch, once the changes are on it."""
        kept = self.branch.proposed if self.branch.way is Way.ON_TOP else {}
        return {**kept, **marks(self.edits)}

    @property
    def is_spent(self) -> bool:
        """Whether there is a pull request of ours that proposes nothing any more."""
        ours = self.branch.way is Way.ANEW and self.branch.open_pull is not None
        return ours and not self.edits


@dataclass(frozen=True, slots=True)
class Sorted:
    """Edits that were ``declined``, that ``stay`` as somebody's branch has them, and that are
    ``wanted`` on the branch."""

    declined: tuple[Edit, ...]
    stay: tuple[Edit, ...]
    wanted: tuple[Edit, ...]


def sorted_out(edits: Sequence[Edit], branch: Branch) -> Sorted:
    declined = tuple(edit for edit in edits if has(branch.declined, edit))
    kept = branch.proposed if branch.way is Way.ON_TOP else {}
    stay = tuple(edit for edit in edits if edit not in declined and has(kept, edit))
    return Sorted(declined, stay, tuple(e for e in edits if e not in (*declined, *stay)))


class State(StrEnum):
    """What was made of a proposal."""

    NOTHING = "nothing"
    UNCHANGED = "unchanged"
    PROPOSED = "proposed"
    COMMITTED = "committed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``commit`` is the tip of the branch, ``pull`` its pull request."""

    state: State
    commit: str | None = None
    pull: PullRequest | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """Why it is not known now what people edited; nothing is proposed or taken back."""

    why: str
