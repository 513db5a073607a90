"""Reads git and the sources for a watcher, again and again, beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.watch.machine import Ready
from fieldkeep.edges.files.git import Checkout, Remembered
from fieldkeep.edges.files.tree import tree
from fieldkeep.errors import FieldkeepError, InputError, Unavailable
from fieldkeep.model import Writer
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.project import Project, folders


@dataclass(frozen=True, slots=True)
class Following:
    """What a watcher heals to. In git that is the commit that was applied; with ``apply_new`` it
    is what ``ref`` names, once that contains it. With ``fetch``, git fetches before each pass."""

    ref: str = "HEAD"
    fetch: bool = False
    apply_new: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one pass has read. ``newest`` is what the ref names now (None outside of git),
    ``checkout`` git as it was then."""

    ready: Ready
    newest: str | None
    desired: Desired
    writer: Writer
    checkout: Checkout | None = None
    fetch_error: str = ""


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """Why there is nothing to heal to; ``reason`` has its way out."""

    reason: str


def load(
    project: Project, following: Following, writer: Writer, applied: str | None
) -> Loaded | NotLoaded:
    """One pass; ``applied`` is the commit that was applied last, as far as that is known."""
    fetch_error = ""
    checkout = project.checkout
    try:
        if checkout is None:
            desired = desired_state(
                project, tree(folders(project.settings), project.here, None, None)
            )
            return Loaded(Ready(None, applied), None, desired, writer)
        if following.fetch:
            try:
                checkout.fetch()
            except Unavailable as error:  # what was fetched before is enough to heal
                fetch_error = str(error)
        newest = checkout.resolve(following.ref)
        commit = newest if _may_apply(project, following, applied, newest) else applied
        if commit is None:
            raise InputError(
                "nothing was applied here yet",
                "run `fieldkeep sync` first, or let --apply-new apply it",
            )
        _require_known(project, commit)
        at_commit = tree(folders(project.settings), project.here, checkout, commit)
        desired = desired_state(project, at_commit)
    except FieldkeepError as error:
        return NotLoaded(_told(error))
    ours = replace(writer, commit=commit, dirty=False)
    remembered = Remembered(checkout.root)
    return Loaded(Ready(commit, applied), newest, desired, ours, remembered, fetch_error)


def _may_apply(project: Project, following: Following, applied: str | None, newest: str) -> bool:
    if not following.apply_new or project.checkout is None:
        return False
    return applied is None or project.checkout.is_ancestor(applied, newest) is True


def _require_known(project: Project, commit: str) -> None:
    assert project.checkout is not None
    try:
        project.checkout.resolve(commit)
    except InputError as error:
        raise InputError(
            f"the commit that is applied, {commit[:12]}, is not in this clone",
            "pull, or let --fetch do it",
        ) from error


def _told(error: FieldkeepError) -> str:
    problems = error.problems if isinstance(error, InputError) else ()
    first = f" ({problems[0].where}: {problems[0].message})" if problems else ""
    return f"{error}{first}{f'; {error.hint}' if error.hint else ''}"


def beside(work: Callable[[], None]) -> None:
    """Run it in a thread that does not keep the program from ending."""
    threading.Thread(target=work, daemon=True, name="pass").start()


class Passes:
    """At most one pass at a time. ``start`` runs a function, by default in a thread."""

    def __init__(self, start: Callable[[Callable[[], None]], None] = beside) -> None:
        self._start = start
        self._done: SimpleQueue[Loaded | NotLoaded] = SimpleQueue()

    def begin(self, read: Callable[[], Loaded | NotLoaded]) -> None:
        self._start(lambda: self._done.put(read()))

    def ended(self) -> Loaded | NotLoaded | None:
        """The result of the pass that has ended since the last call."""
        try:
            return self._done.get_nowait()
        except Empty:
            return None
