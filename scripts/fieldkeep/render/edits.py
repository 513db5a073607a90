"""A line for each value that somebody edited in the store, kept or overruled."""

from __future__ import annotations

from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.plan.edits import kept_edits, overruled_edits
from fieldkeep.render.screen import Line, Style, line
from fieldkeep.render.words import value


def kept(merged: Merged) -> list[Line]:
    """Git is silent on these, so live stays; the user may know better."""
    return [
        line(
            ("edited in the store: ", Style.UPDATE),
            f"{edit.field}.{edit.attribute} was {value(edit.old)}, is {value(edit.new)};"
            " git is silent on it, and the old value is in the history",
        )
        for edit in kept_edits(merged)
    ]


def overruled(merged: Merged) -> list[Line]:
    return [
        line(
            ("overruled: ", Style.WARNING),
            f"{edit.field}.{edit.attribute} was {value(edit.old)} in the store, git says"
            f" {value(edit.new)}; the edit is in the history",
        )
        for edit in overruled_edits(merged)
    ]
