"""A line for each value that somebody edited in the store, kept or overruled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

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


def overruled(merged: Merged) -> Iterator[Line]:
    """Git's value went first; the edits of each field, and the commands that bring them back."""
    for field, group in groupby(overruled_edits(merged), key=lambda edit: edit.field):
        edits = list(group)
        for edit in edits:
            was, now = value(edit.old), value(edit.new)
            where = f"{field}.{edit.attribute}"
            yield line(
                ("overruled: ", Style.WARNING), f"{where} was {was} in the store, git says {now}"
            )
        it, what = ("it", f"{field} {edits[0].attribute}") if len(edits) == 1 else ("them", field)
        yield line(
            f"    `fieldkeep history {field}` shows {it}, `fieldkeep restore {what}` puts {it} back"
        )
