"""What a drill brought back, and what it did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from fieldkeep.core.common.words import number
from fieldkeep.core.drill.rehearsal import Loss, Rebuilt, Rehearsal, came_back
from fieldkeep.render.json_text import json_text
from fieldkeep.render.words import printable


def text(rehearsals: Sequence[Rehearsal], where: str) -> str:
    lines = [line for rehearsal in rehearsals for line in _lines(rehearsal)]
    failed = sum(not came_back([rehearsal]) for rehearsal in rehearsals)
    verdict = f"{failed} failed" if failed else "everything came back"
    return "\n".join([*lines, f"{number(len(rehearsals), 'rehearsal')} on {where}: {verdict}"])


def _lines(rehearsal: Rehearsal) -> Iterator[str]:
    match rehearsal:
        case Rebuilt(route, seconds, fields, losses, _):
            verdict = f"{number(len(losses), 'field')} would not come back" if losses else "ok"
            counted = f"{number(fields, 'field')} in {seconds:.2f} s"
            yield f"{printable(route)}: {verdict} ({counted})"
            yield from (f"  {_loss(loss)}" for loss in losses)
        case _:
            yield f"{printable(rehearsal.route)}: failed: {printable(rehearsal.reason)}"
    if rehearsal.hint:
        yield f"  next: {printable(rehearsal.hint)}"


def _loss(loss: Loss) -> str:
    attributes = ", ".join(map(printable, loss.attributes)) or "the whole field"
    return f"{printable(loss.field)}: {attributes}"


def as_json(rehearsals: Sequence[Rehearsal], where: str) -> str:
    return json_text(
        came_back=came_back(rehearsals),
        where=where,
        rehearsals=[
            {"came_back": came_back([rehearsal]), **asdict(rehearsal)} for rehearsal in rehearsals
        ],
    )


FORMATS = {"text": text, "json": as_json}
