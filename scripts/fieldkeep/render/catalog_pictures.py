"""The pictures of the catalogue, as SVG inside the page. Colors come from its style sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final

from fieldkeep.core.catalog.catalog import Catalog, Commit, State, Unknown
from fieldkeep.core.common.times import parse_time
from fieldkeep.model import Certainty
from fieldkeep.render.words import printable

_WIDTH: Final = 760
_LEFT: Final = 44
_BARS: Final = 56
_NARROWEST: Final = 2


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    shown = escape(printable(text))
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{name}>{shown}</text>'


def _figure(height: int, title: str, parts: Iterator[str], width: int = _WIDTH) -> str:
    inner = "".join(parts)
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" aria-label="{escape(printable(title))}">{inner}</svg>'
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
            order = (Certainty.ALWAYS, Certainty.MAYBE, None)
            best.update(next(([c] for c in order if c in mine), []))
        rows.append((source.name, source.unread, best))
    told = "; ".join(f"{name}: {_told(best, unread, len(fields))}" for name, unread, best in rows)
    title = f"Fields that each site attaches, of {len(fields)}. {told}"
    return _figure(len(rows) * 34 + 6, title, _bars(rows, len(fields)))


def _told(best: Counter[Certainty | None], unread: str, total: int) -> str:
    if unread and not best[Certainty.ALWAYS] + best[Certainty.MAYBE]:
        return f"not read; {best[None]} known of it last"
    parts = [f"{best[Certainty.ALWAYS]} always"]
    parts += [f"{best[Certainty.MAYBE]} maybe"] if best[Certainty.MAYBE] else []
    parts += [f"{best[None]} known last"] if best[None] else []
    covered = sum(best.values())
    return f"{', '.join(parts)} ({round(100 * covered / total)} %)"


def _bars(rows: Sequence[tuple[str, str, Counter[Certainty | None]]], total: int) -> Iterator[str]:
    scale = _WIDTH / total
    for index, (name, unread, best) in enumerate(rows):
        top = index * 34
        yield _text(0, top + 13, name, kind="strong")
        yield _text(_WIDTH, top + 13, _told(best, unread, total), "end")
        yield f'<rect class="track" x="0" y="{top + 19}" width="{_WIDTH}" height="8" rx="4"/>'
        x = 0.0
        kinds = ((Certainty.ALWAYS, "always"), (Certainty.MAYBE, "maybe"), (None, "hatch"))
        for certainty, kind in kinds:
            width = best[certainty] * scale
            if width:
                yield (
                    f'<rect class="{kind}" x="{x:.1f}" y="{top + 19}" width="{width:.1f}"'
                    ' height="8"/>'
                )
            x += width


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
    return _figure(190, title, _over_time(points, first, last))


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
    right, bottom, top = _WIDTH - 8, 150, 22
    most = max(point.fields for point in points) or 1

    def x(at: datetime) -> float:
        return _LEFT + (right - _LEFT) * ((at - first) / timedelta(seconds=1)) / span

    def y(count: int) -> float:
        return bottom - (bottom - top) * count / most

    yield _text(_LEFT, 12, "Field files", kind="strong")
    yield _text(right, 12, "bars: how many changed", "end")
    for count in (0, most):
        line = f'x1="{_LEFT}" x2="{right}" y1="{y(count):.1f}" y2="{y(count):.1f}"'
        yield f'<line class="axis" {line}/>'
        yield _text(_LEFT - 8, y(count) + 4, str(count), "end")
    yield from _changed_bars(points, first, span, right, bottom)
    path = [f"M{x(points[0].at):.1f} {y(points[0].fields):.1f}"]
    path += [f"H{x(point.at):.1f}V{y(point.fields):.1f}" for point in points[1:]]
    yield f'<path class="line" d="{"".join(path)}H{right}"/>'
    yield _text(_LEFT, bottom + 20, f"{first:%Y-%m-%d}")
    yield _text(right, bottom + 20, f"{last:%Y-%m-%d}", "end")


def _changed_bars(
    points: Sequence[_Point], first: datetime, span: float, right: int, bottom: int
) -> Iterator[str]:
    """The changes of each of _BARS equal times."""
    changed = Counter[int]()
    for point in points:
        share = ((point.at - first) / timedelta(seconds=1)) / span
        changed[min(_BARS - 1, int(share * _BARS))] += point.changed
    most, width = max(changed.values()), (right - _LEFT) / _BARS
    for slot, count in sorted(changed.items()):
        height = max(_NARROWEST, 60 * count / most)
        yield (
            f'<rect class="bar" x="{_LEFT + slot * width + 1:.1f}" y="{bottom - height:.1f}"'
            f' width="{width - 2:.1f}" height="{height:.1f}"><title>{count} changed</title></rect>'
        )
