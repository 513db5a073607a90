"""Finds our own texts among those on GitHub, and the pull request that allows a breaking change."""

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
    """A comment or an issue; ``number`` is the end of its address."""

    number: int
    author: str
    bot: bool
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; ``commit`` is its merge commit, '' before the merge."""

    number: int
    merged: bool
    commit: str
    base: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of the workflow file ``path``, after ``event``, on a branch of ``repository``, which
    for a pull request may be a fork."""

    path: str
    branch: str
    repository: str
    event: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``why`` is the reason, for people."""

    yes: bool
    why: str


def ours(texts: Iterable[Text], mark: str, author: str) -> Text | None:
    """Our oldest text with this mark in front. Its author is checked: anybody can write a mark."""
    marked = [
        text for text in texts if text.bot and text.author == author and text.body.startswith(mark)
    ]
    return min(marked, key=lambda text: text.number, default=None)


def same(left: str, right: str) -> bool:
    """Whether two bodies are equal but for line ends and outer spaces, which GitHub changes."""
    return left.replace("\r\n", "\n").strip() == right.replace("\r\n", "\n").strip()


def allowed(pulls: Iterable[Pull], commit: str, branch: str, label: str) -> Answer:
    """Whether the pull request whose merge made this commit carries the label. If several claim the
    commit, all of them must carry it."""
    pulls, short = tuple(pulls), commit[:12]
    merged = [p for p in pulls if p.merged and p.commit == commit and p.base == branch]
    if not merged:
        others = f" (of {len(pulls)} with it in them)" if pulls else ""
        why = f"no merge of a pull request into {branch} made commit {short}{others}"
        return Answer(yes=False, why=why)
    names = ", ".join(f"#{pull.number}" for pull in merged)
    if all(label in pull.labels for pull in merged):
        return Answer(yes=True, why=f"{names}, merged as {short}, carries '{label}'")
    return Answer(yes=False, why=f"{names}, merged as {short}, does not carry '{label}'")
