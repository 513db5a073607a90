"""What GitHub's answers mean for us: which texts there are our own, and what a review allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PLAN_MARK: Final = "<!-- fieldkeep:plan -->"
DRIFT_MARK: Final = "<!-- fieldkeep:drift -->"
DRIFT_LABEL: Final = "fieldkeep-drift"
BREAKING_LABEL: Final = "fieldkeep: allow-breaking"
BOT: Final = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class Text:
    """A comment or an issue: ``number`` is what its address ends with."""

    number: int
    author: str
    bot: bool
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; ``commit`` is the one that its merge made, '' before."""

    number: int
    merged: bool
    commit: str
    base: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """``why`` is the whole of the reason, for people."""

    yes: bool
    why: str


def ours(texts: Iterable[Text], mark: str, author: str) -> Text | None:
    """The oldest text that our own bot wrote with this mark in front; anybody can write a mark."""
    found = [
        text for text in texts if text.bot and text.author == author and text.body.startswith(mark)
    ]
    return min(found, key=lambda text: text.number, default=None)


def same(left: str, right: str) -> bool:
    """Whether two bodies show the same: line ends and spaces around are GitHub's business."""
    return left.replace("\r\n", "\n").strip() == right.replace("\r\n", "\n").strip()


def allowed(pulls: Iterable[Pull], commit: str, branch: str, label: str) -> Answer:
    """Whether the pull request whose merge made this very commit carries the label. A commit that
    several merges claim is allowed by all of them or not at all."""
    given = tuple(pulls)
    made = [pull for pull in given if pull.merged and pull.commit == commit and pull.base == branch]
    short = commit[:12]
    if not made:
        other = f" (of {len(given)} with it in them)" if given else ""
        return Answer(
            yes=False, why=f"no merge of a pull request into {branch} made commit {short}{other}"
        )
    names = ", ".join(f"#{pull.number}" for pull in made)
    if all(label in pull.labels for pull in made):
        return Answer(yes=True, why=f"{names}, merged as {short}, carries '{label}'")
    return Answer(yes=False, why=f"{names}, merged as {short}, does not carry '{label}'")
