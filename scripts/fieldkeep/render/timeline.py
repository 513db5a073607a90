"""The history as a timeline: how long ago, what each backup changed, and a picture of it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.restore.timeline import Changed, changes, over_time
from fieldkeep.core.stored.backups import Backup, Damaged, Entry
from fieldkeep.render.screen import Line, Part, Screen, Style, line
from fieldkeep.render.words import JUST_NOW, ago, commit_name

_SPANS: Final = 24
_BARS: Final = "▁▂▃▄▅▆▇█"
_MOST_NAMES: Final = 4
_FEWEST_DRAWN: Final = 3  # backups
_LEGEND: Final = "+ created, ~ changed, - deleted since the backup before"


def timeline(
    entries: Sequence[Entry], now: datetime, screen: Screen, *, wide: bool
) -> Iterator[Line]:
    """``wide`` tells the exact times and all fields besides."""
    oldest = next((e for e in reversed(entries) if isinstance(e, Backup)), None)
    if oldest:
        yield from (_head(entries, oldest, now, screen), line(""))
    known = changes(entries)
    times = ["" if isinstance(e, Damaged) else ago(e.timestamp, now) for e in entries]
    widest = max(map(len, times), default=0)
    for index, (entry, changed, time) in enumerate(zip(entries, known, times, strict=True)):
        yield from _entry(index, entry, changed, f"{time:<{widest}}", wide=wide)
    if any(known):
        yield from (line(""), line((_LEGEND, Style.MUTED)))


def _head(entries: Sequence[Entry], oldest: Backup, now: datetime, screen: Screen) -> Line:
    """How many backups in which time, and a picture of when, where there is something to see."""
    since = ago(oldest.timestamp, now)
    span = "within the last minute" if since == JUST_NOW else f"{since} to now"
    picture = sparkline(over_time(entries, now, _SPANS), unicode=screen.unicode)
    drawn: list[Part] = (
        [(picture, Style.NAME), "  "] if len(entries) >= _FEWEST_DRAWN and picture else []
    )
    return line(f"{number(len(entries), 'backup')}  ", *drawn, span)


def _entry(
    index: int, entry: Entry, changed: Changed | None, time: str, *, wide: bool
) -> Iterator[Line]:
    head: list[Part] = [f"{index:>2}  ", (time, Style.HEADING), "  "]
    indent = 4 + len(time) + 2
    if isinstance(entry, Damaged):
        yield line(*head, (f"damaged: {entry.reason}", Style.ERROR), indent=indent)
        return
    what = _counts(changed) if changed else [number(len(entry.document.fields), "field")]
    names = _names(changed, most=None if wide else _MOST_NAMES) if changed else ""
    yield line(*head, *what, f"  {names}" if names else "", indent=indent)
    about = [*_about(entry), entry.timestamp] if wide else list(_about(entry))
    yield line(" " * indent, (", ".join(about), Style.MUTED), indent=indent)


def _counts(changed: Changed) -> list[Part]:
    """``+1 ~2 -0``, those that are not 0 in color."""
    counts = (
        ("+", changed.created, Style.CREATE),
        ("~", changed.updated, Style.UPDATE),
        ("-", changed.deleted, Style.DELETE),
    )
    parts: list[Part] = []
    for mark, names, style in counts:
        text = f"{mark}{len(names)}"
        parts += [(text, style if names else Style.MUTED), " "]
    return parts[:-1]


def _names(changed: Changed, most: int | None) -> str:
    return first_few(changed.names, most or len(changed))


def _about(entry: Backup) -> Iterator[str]:
    yield reason(entry)
    yield entry.text("actor") or "an unknown person"
    yield commit(entry)


def summary(changed: Changed | None) -> str:
    """``+0 ~2 -0 company, rack``; '' where it is not known."""
    if changed is None:
        return ""
    counts = f"+{len(changed.created)} ~{len(changed.updated)} -{len(changed.deleted)}"
    return f"{counts} {_names(changed, _MOST_NAMES)}".rstrip()


def reason(entry: Backup) -> str:
    text = entry.text("reason") or "no reason given"
    return text if entry.ours else f"{text} (another writer's)"


def commit(entry: Backup) -> str:
    dirty = " with uncommitted changes" if entry.raw.get("dirty") is True else ""
    return commit_name(entry.text("commit")) + dirty


def sparkline(counts: Sequence[int], *, unicode: bool) -> str:
    """A bar for each count; without Unicode, a digit for its tenth of the greatest. Nothing is a
    space, or a dot."""
    most = max(counts, default=0)
    bars, nothing = (_BARS, " ") if unicode else ("123456789", ".")
    scaled = ((count * len(bars) - 1) // most if count else -1 for count in counts)
    return "".join(nothing if at < 0 else bars[at] for at in scaled)
