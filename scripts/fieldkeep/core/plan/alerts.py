"""What the reader of a plan must know before its changes: what it would undo, and whether there is
a document at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.core.plan.plan import Action, Plan
from fieldkeep.model import Json

_EDITS: Final = (Drift.LIVE_EDITED, Drift.BOTH)
_WORD: Final = re.compile(r"\w[\w-]*", re.ASCII)
_NAMED: Final = 3  # names that a command line lists


@dataclass(frozen=True, slots=True)
class Undone:
    """An attribute that was edited in the application to ``live``, and that git sets to ``git``."""

    field: str
    attribute: str
    live: Json
    git: Json


def undone_edits(plan: Plan) -> tuple[Undone, ...]:
    """The edits made in the application that git's values would replace."""
    edited: dict[str, list[str]] = {}
    for entry in plan.drift:
        if entry.drift in _EDITS:
            edited.setdefault(entry.field, []).extend(entry.attributes)
    return tuple(
        Undone(change.field, attribute.name, attribute.old, attribute.new)
        for change in plan.changes
        if change.action is Action.UPDATE
        for attribute in change.attributes
        if attribute.origin is ValueOrigin.GIT
        and attribute.old is not None  # applications drop values that nobody edited
        and any(_is_in(attribute.name, name) for name in edited.get(change.field, ()))
    )


def _is_in(place: str, attribute: str) -> bool:
    """Whether a place that changes is the attribute, or inside of it: ``options[2]``."""
    return place == attribute or place.startswith((f"{attribute}.", f"{attribute}["))


def returning_fields(plan: Plan) -> tuple[str, ...]:
    """The fields that were removed in the application, and that git brings back."""
    return tuple(entry.field for entry in plan.drift if entry.drift is Drift.LIVE_LOST)


def adopt_command(plan: Plan) -> str:
    """The command that takes the undone edits into git. It may be copied into a shell, and a plan's
    texts are other people's: only plain words are named."""
    names = list(dict.fromkeys(edit.field for edit in undone_edits(plan)))
    environment = ["--env", plan.environment] if plan.environment else []
    words = [*environment, *(names if len(names) <= _NAMED else ())]
    if not all(word == "--env" or _WORD.fullmatch(word) for word in words):
        words = ["NAME"]
    return " ".join(["fieldkeep", "adopt", *words])


def document_alert(plan: Plan) -> tuple[str, str]:
    """What is wrong with the document as a whole, and more about it; ('', '') if nothing is."""
    if is_first_sync(plan):
        return "there is no document and no backup", ""
    for entry in plan.drift:
        if entry.drift is Drift.MISSING:
            return "the document is gone", entry.detail
        if entry.drift is Drift.CORRUPT:
            return "the document cannot be used", entry.detail
    recreated = {entry.field for entry in plan.drift if entry.drift is Drift.RECREATED}
    if recreated:
        return "the document was deleted and created anew", "the backup's values go first"
    return "", ""


def is_first_sync(plan: Plan) -> bool:
    """Whether nothing is known of the key. After a first sync the fields are there, if only in a
    backup; a plan that creates them all is of a key that has neither document nor backup."""
    missing = any(entry.drift is Drift.MISSING for entry in plan.drift)
    return missing and plan.unchanged == 0 and plan.counts()[Action.CREATE] == len(plan.changes)
