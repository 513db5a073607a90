"""What a drill brought back, and what it did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from fieldkeep.core.common.words import number
from fieldkeep.core.drill.rehearsal import Loss, Rebuilt, Rehearsal, came_back
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line


def text(rehearsals: Sequence[Rehearsal], where: str, screen: Screen) -> str:
    failed = sum(not came_back([rehearsal]) for rehearsal in rehearsals)
    verdict = (f"{failed} failed", Style.ERROR) if failed else ("everything came back", Style.GOOD)
    lines = [each for rehearsal in rehearsals for each in _lines(rehearsal)]
    last = line((f"{number(len(rehearsals), 'rehearsal')} on {where}: ", Style.HEADING), verdict)
    return draw(screen, [*lines, last])


def _lines(rehearsal: Rehearsal) -> Iterator[Line]:
    match rehearsal:
        case Rebuilt(route, seconds, fields, losses, _):
            lost = (f"{number(len(losses), 'field')} would not come back", Style.ERROR)
            counted = (f" ({number(fields, 'field')} in {seconds:.2f} s)", Style.MUTED)
            yield line(f"{route}: ", lost if losses else ("ok", Style.GOOD), counted)
            yield from (line(f"  {_loss(loss)}") for loss in losses)
        case _:
            yield line(f"{rehearsal.route}: ", ("failed: ", Style.ERROR), rehearsal.reason)
    if rehearsal.hint:
        yield line(f"  next: {rehearsal.hint}")


def _loss(loss: Loss) -> str:
    return f"{loss.field}: {', '.join(loss.attributes) or 'the whole field'}"


def as_json(rehearsals: Sequence[Rehearsal], where: str, _screen: Screen) -> str:
    return json_text(
        came_back=came_back(rehearsals),
        where=where,
        rehearsals=[
            {"came_back": came_back([rehearsal]), **asdict(rehearsal)} for rehearsal in rehearsals
        ],
    )


FORMATS = {"text": text, "json": as_json}
