"""A line for each value that somebody edited in the store, kept or overruled."""

from __future__ import annotations

from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.plan.edits import kept_edits, overruled_edits
from fieldkeep.render.words import printable, value


def kept(merged: Merged) -> list[str]:
    """Git is silent on these, so live stays; the user may know better."""
    return [
        f"edited in the store: {printable(edit.field)}.{printable(edit.attribute)} was"
        f" {value(edit.old)}, is {value(edit.new)}; git is silent on it, and the old value is in"
        " the history"
        for edit in kept_edits(merged)
    ]


def overruled(merged: Merged) -> list[str]:
    return [
        f"overruled: {printable(edit.field)}.{printable(edit.attribute)} was {value(edit.old)}"
        f" in the store, git says {value(edit.new)}; the edit is in the history"
        for edit in overruled_edits(merged)
    ]
