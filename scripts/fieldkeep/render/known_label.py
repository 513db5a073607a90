"""What the sources know of a label, for a person who is about to describe it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fieldkeep.core.common.words import first_few
from fieldkeep.core.edit.new_field import KnownLabel
from fieldkeep.render.screen import Line, Style, line


def lines(label: KnownLabel, *, any_source: bool) -> Iterable[Line]:
    """``any_source``: the settings name one."""
    name = (label.name, Style.NAME)
    by_origin = defaultdict(list)
    for source, made_from in label.sources.items():
        by_origin[made_from].append(source)
    for made_from, sources in by_origin.items():
        origin = f", made from {first_few(made_from, 3)}" if made_from else ""
        yield line("label ", name, f": attached by {', '.join(sources)}{origin}")
    if label.values:
        yield line(f"its values now: {first_few(label.values, 5)}")
    if any_source and not label.sources:
        certainty = "no source that could be read" if label.unread else "no source"
        near = f"; did you mean '{label.near}'?" if label.near else ""
        yield line("label ", name, f": {certainty} attaches it{near}")
    for skipped in label.unread:
        reason = f": {skipped.source} could not be read, and may attach it: {skipped.reason}"
        yield line("label ", name, reason)
