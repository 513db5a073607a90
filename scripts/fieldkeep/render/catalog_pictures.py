"""The pictures of the catalogue, as SVG inside the page. Colors come from its style sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final

from fieldkeep.core.catalog.catalog import CERTAINTIES, Catalog, Commit, State, Unknown
from fieldkeep.core.common.times import parse_time
from fieldkeep.core.common.words import number
from fieldkeep.model import Certainty
from fieldkeep.render.words import printable

_ROW: Final = 34
_HIGH: Final = 130  # of the plot's own coordinates, and of its pixels; it is 1000 wide at any width
_BARS: Final = 56
_NARROWEST: Final = 2


def _text(x: str, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x}" y="{y:.0f}" text-anchor="{anchor}"{name}>{escape(printable(text))}</text>'
    )


def _figure(height: int, title: str, parts: Iterator[str]) -> str:
    """As wide as the page allows. Without a view box, so that its text stays as large as it is."""
    name = escape(printable(title))
    return (
        f'<svg class="plot" role="img" height="{height}" aria-label="{name}">{"".join(parts)}</svg>'
    )


# --------------------------------------------------------------------------- labels by site


def coverage(catalog: Catalog) -> str:
    """How many fields each source attaches: always, or perhaps."""
    fields = [field for field in catalog.fields if State.GONE not in field.states]
    if not catalog.sources or not fields:
        return "<p>No sources are configured.</p>" if not catalog.sources else "<p>No fields.</p>"
    rows = []
    for source in catalog.sources:
        best = Counter[Certainty | None]()
        for field in fields:
            mine = {one.certainty for one in field.attached if one.source == source.name}
            best.update(next(([c] for c in CERTAINTIES if c in mine), []))
        rows.append((source.name, source.unread, best))
    told = "; ".join(f"{name}: {_told(best, unread, len(fields))}" for name, unread, best in rows)
    title = f"Fields that each site attaches, of {len(fields)}. {told}"
    return _figure(len(rows) * _ROW + 6, title, _bars(rows, len(fields)))


def _told(best: Counter[Certainty | None], unread: str, total: int) -> str:
    known = {certainty: best[certainty] for certainty in CERTAINTIES if best[certainty]}
    if unread and not known.keys() - {None}:
        return f"not read; {best[None]} known of it last"
    parts = [f"{count} {certainty or 'known last'}" for certainty, count in known.items()]
    return f"{', '.join(parts) or 'none'} ({round(100 * sum(known.values()) / total)} %)"


def _bars(rows: Sequence[tuple[str, str, Counter[Certainty | None]]], total: int) -> Iterator[str]:
    for index, (name, unread, best) in enumerate(rows):
        top = index * _ROW
        yield _text("0", top + 13, name, kind="strong")
        yield _text("100%", top + 13, _told(best, unread, total), "end")
        yield f'<rect class="track" x="0" y="{top + 19}" width="100%" height="8"/>'
        before = 0
        for certainty, kind in zip(CERTAINTIES, ("always", "maybe", "open", "hatch"), strict=True):
            if count := best[certainty]:
                x, width = 100 * before / total, 100 * count / total
                yield (
                    f'<rect class="{kind}" x="{x:.2f}%" y="{top + 19}" width="{width:.2f}%"'
                    ' height="8"/>'
                )
            before += count


# --------------------------------------------------------------------------- over time


@dataclass(frozen=True, slots=True)
class _Point:
    """A time, the number of fields from then on, and how many fields changed then."""

    at: datetime
    fields: int
    changed: int


def plot(catalog: Catalog) -> str:
    """The number of field files over time, as a line, and how many changed, as bars."""
    if isinstance(catalog.commits, Unknown):
        return f"<p>No picture over time: {_escaped(catalog.commits.reason)}.</p>"
    points = _points(catalog.commits, sum(field.git is not None for field in catalog.fields))
    if not points:
        return "<p>No commit has changed a field file yet.</p>"
    first, last = points[0].at, max(points[-1].at, catalog.made)
    title = (
        f"Field files in git over time: {points[0].fields} on {first:%Y-%m-%d},"
        f" {points[-1].fields} now; {len(points)} commits changed them"
    )
    return _figure(_HIGH + 46, title, _over_time(points, first, last))


def _escaped(text: str) -> str:
    return escape(printable(text))


def _points(commits: Sequence[Commit], now: int) -> list[_Point]:
    """Counted backwards from what there is now: the oldest commits may be missing."""
    points = []
    for commit in commits:
        letters = Counter(commit.files.values())
        if at := parse_time(commit.at):
            points.append(_Point(at, now, len(commit.files)))
        now = max(0, now - letters["A"] + letters["D"])
    return sorted(points, key=lambda point: point.at)


def _over_time(points: Sequence[_Point], first: datetime, last: datetime) -> Iterator[str]:
    span = max((last - first) / timedelta(seconds=1), 1.0)
    most = max(point.fields for point in points) or 1

    def x(at: datetime) -> str:
        return f"{1000 * ((at - first) / timedelta(seconds=1)) / span:.1f}"

    def y(count: int) -> str:
        return f"{_HIGH - (_HIGH - 4) * count / most:.1f}"

    yield _text("0", 12, _files(points[-1].fields, most), kind="strong")
    yield _text("100%", 12, "bars: how many changed", "end")
    yield (
        f'<svg y="20" width="100%" height="{_HIGH}" viewBox="0 0 1000 {_HIGH}"'
        ' preserveAspectRatio="none">'
    )
    for count in (0, most):
        yield f'<line class="axis" x1="0" x2="1000" y1="{y(count)}" y2="{y(count)}"/>'
    yield from _changed_bars(points, first, span)
    path = f"M{x(points[0].at)} {y(points[0].fields)}"
    path += "".join(f"H{x(point.at)}V{y(point.fields)}" for point in points[1:])
    yield f'<path class="line" d="{path}H1000"/></svg>'
    yield _text("0", _HIGH + 38, f"{first:%Y-%m-%d}")
    yield _text("100%", _HIGH + 38, f"{last:%Y-%m-%d}", "end")


def _files(now: int, most: int) -> str:
    files = number(now, "field file")
    return files if now == most else f"{files}, {most} at most"


def _changed_bars(points: Sequence[_Point], first: datetime, span: float) -> Iterator[str]:
    """The changes of each of _BARS equal times."""
    changed = Counter[int]()
    for point in points:
        share = ((point.at - first) / timedelta(seconds=1)) / span
        changed[min(_BARS - 1, int(share * _BARS))] += point.changed
    most, width = max(changed.values()), 1000 / _BARS
    for slot, count in sorted(changed.items()):
        height = max(_NARROWEST, 60 * count / most)
        yield (
            f'<rect class="bar" x="{slot * width + 2:.1f}" y="{_HIGH - height:.1f}"'
            f' width="{width - 4:.1f}" height="{height:.1f}"><title>{count} changed</title></rect>'
        )
