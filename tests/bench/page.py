"""Results -> the tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.growth import Curve, Sizes, exponent
from tests.bench.measured import Spread, Took, ratio, spread
from tests.bench.rows import BEFORE, MB, THIS, Goal, Row

Taken = Mapping[str, Sequence[Took]]
STEEPEST = 1.1  # the exponent that growth should not pass


@dataclass(frozen=True)
class Line:
    """One goal: what was found, in words, and whether it is reached."""

    work: str
    of: str
    found: str
    goal: str
    met: bool


def line(row: Row, goal: Goal, taken: Taken) -> Line:
    ours = _figures(goal.figure, taken[THIS])
    if not goal.peer:
        most = max(ours) / MB
        return Line(row.work, goal.figure, f"{most:.0f} MB", f"{goal.most:g} MB", most <= goal.most)
    found = ratio(ours, _figures(goal.figure, taken[goal.peer]))
    of = f"{goal.figure}, as a share of {_peer(goal.peer)}"
    return Line(row.work, of, _ratio(found), f"{goal.most:g}", found.median <= goal.most)


def counted(work: str, found: float, most: float, unit: str = "") -> Line:
    """A number of requests or milliseconds."""
    unit = unit and f" {unit}"
    return Line(work, "", f"{found:.3g}{unit}", f"{most:g}{unit}", found <= most)


def goals(lines: Sequence[Line]) -> str:
    head = ("| work | measured | result | goal, at most | |", "|---|---|---|---|---|")
    body = [
        f"| {x.work} | {x.of} | {x.found} | {x.goal} | {'met' if x.met else '**not met**'} |"
        for x in lines
    ]
    return "\n".join([*head, *body])


def measurements(rows: Mapping[str, Taken]) -> str:
    """Every program of every row, and this build as a share of the one before."""
    head = (
        "| work | program | runs | CPU, s | wall, s | memory, MB | CPU of this build to it |",
        "|---|---|---|---|---|---|---|",
    )
    body = []
    for work, taken in rows.items():
        for name, runs in taken.items():
            cells = (
                work,
                _peer(name),
                str(len(runs)),
                _seconds(spread([one.cpu for one in runs])),
                _seconds(spread([one.wall for one in runs])),
                f"{max(one.memory for one in runs) / MB:.0f}",
                ""
                if name == THIS
                else _ratio(ratio(_figures("CPU", taken[THIS]), _figures("CPU", runs))),
            )
            body.append(f"| {' | '.join(cells)} |")
    return "\n".join([*head, *body])


def growth(curves: Mapping[Curve, Sizes], plot: str) -> str:
    head = (
        f"![Processor time by the number of fields, and of jobs]({plot})",
        "",
        "| command | seconds of CPU, by size | exponent of the fit | |",
        "|---|---|---|---|",
    )
    body = []
    for curve, sizes in curves.items():
        found = exponent(sizes)
        numbers = ", ".join(f"{n:,}: {seconds:.2f}" for n, seconds in sizes.items())
        met = "met" if found <= STEEPEST else "**not met**"
        body.append(f"| `{curve.command}` | {curve.of} {numbers} | {found:.2f} | {met} |")
    return "\n".join([*head, *body])


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with everything that is measured put in anew."""
    for part, text in parts.items():
        before, place, rest = page.partition(f"<!-- measured: {part} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        page = f"{before}{place}\n{text}\n{end}{after}"
    return page


def _figures(figure: str, runs: Sequence[Took]) -> list[float]:
    return [one.memory if figure == "memory" else one.cpu for one in runs]


def _peer(name: str) -> str:
    return {THIS: "this build", BEFORE: "the build before"}.get(name, f"`{name}`")


def _ratio(found: Spread) -> str:
    return f"{found.median:.2f} ({found.least:.2f} to {found.most:.2f})"


def _seconds(found: Spread) -> str:
    return f"{found.median:.3f} ({found.least:.3f} to {found.most:.3f})"
