"""What may be done with the branch of a proposal, as its commits and pull requests are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fieldkeep.core.propose.edits import Marks, of_body, of_message
from fieldkeep.errors import Refused

_TREE: Final = "Fieldkeep-Tree"
_IS_TREE: Final = re.compile(rf"^{_TREE}: ([0-9a-f]{{40,64}})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of git; times are seconds."""

    name: str
    tree: str
    parents: tuple[str, ...]
    authored: int
    committed: int
    author: str
    message: str

    @property
    def is_ours(self) -> bool:
        """Whether it is as a proposal made it: it says its own tree, and was neither amended nor
        moved since."""
        said = _IS_TREE.search(self.message)
        unmoved = self.authored == self.committed and len(self.parents) == 1
        return said is not None and said[1] == self.tree and unmoved


def signed(message: str, tree: str) -> str:
    """The message of a commit of ours, whose last paragraph are trailers."""
    return f"{message.rstrip()}\n{_TREE}: {tree}\n"


class State(StrEnum):
    """What became of a pull request; ``closed`` is without a merge."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or merge request, of the branch; ``head`` is its newest commit."""

    number: int
    state: State
    head: str
    body: str
    url: str


class Way(StrEnum):
    """Begin on the main branch, put our own commits of the branch aside and begin anew, or add to
    what is there."""

    BEGIN = "begin"
    ANEW = "anew"
    ON_TOP = "on top"


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch as it was read: its ``tip`` (None if there is none), ``commits`` that the main
    branch lacks, and ``pulls`` of it, both newest first. ``published`` is the tip that ``origin``
    has, as far as this clone knows, ``local`` that of this clone's own branch."""

    name: str
    tip: str | None
    commits: tuple[Commit, ...]
    pulls: Sequence[PullRequest] = ()
    published: str | None = None
    local: str | None = None

    @property
    def open_pull(self) -> PullRequest | None:
        return next((pull for pull in self.pulls if pull.state is State.OPEN), None)

    @property
    def proposed(self) -> Marks:
        """The newest mark of each entry in its commits, while they wait for a merge."""
        if self.way is Way.BEGIN or self._is_declined:
            return {}
        found: dict[str, str] = {}
        for commit in reversed(self.commits):
            found |= of_message(commit.message)
        return found

    @property
    def declined(self) -> Marks:
        """The edits that somebody closed without a merge, if no later pull request names them."""
        newest: dict[str, tuple[State, str]] = {}
        for pull in self.pulls:
            for name, digest in of_body(pull.body).items():
                newest.setdefault(name, (pull.state, digest))
        return {name: digest for name, (state, digest) in newest.items() if state is State.CLOSED}

    @property
    def way(self) -> Way:
        if not self.commits or self._is_merged:
            return Way.BEGIN
        return Way.ANEW if all(commit.is_ours for commit in self.commits) else Way.ON_TOP

    @property
    def start(self) -> str:
        """The commit of the main branch that it was begun on, if its commits are ours."""
        return self.commits[-1].parents[0]

    @property
    def _is_merged(self) -> bool:
        """Squashed or rebased, so that its commits are not the main branch's."""
        return self.open_pull is None and any(
            pull.state is State.MERGED and pull.head == self.tip for pull in self.pulls
        )

    @property
    def _is_declined(self) -> bool:
        return self.open_pull is None and bool(self.pulls) and self.pulls[0].state is State.CLOSED

    def require_usable(self) -> None:
        """Raises Refused if it holds somebody's commits, and nothing says what becomes of them."""
        theirs = [commit for commit in self.commits if not commit.is_ours]
        if theirs and self.way is Way.ON_TOP and self.pulls and self.open_pull is None:
            raise Refused(
                f"the branch {self.name} has a commit of {theirs[0].author}"
                f" ({theirs[0].name[:12]}), and its pull request {self.pulls[0].url} is"
                f" {self.pulls[0].state}: nothing was pushed",
                "open a pull request of the branch, or delete the branch",
            )
