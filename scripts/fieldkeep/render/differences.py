"""What differs between two versions of a field, a line each."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkeep.core.document.difference import Difference
from fieldkeep.render.words import printable, value


def difference_lines(differences: Iterable[Difference]) -> list[str]:
    """The old and the new value of each place, to stand below the name of a field."""
    return [f"    {printable(d.place)}: {value(d.old)} -> {value(d.new)}" for d in differences]
