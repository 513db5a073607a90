"""What a new project was given, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.init import Begun
from fieldkeep.render import adoption
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import printable

_SHOWN = 8
_INCLUDED = ".gitlab-ci.yml"


def text(begun: Begun, program: str, screen: Screen, install: str | None = None) -> str:
    """``program`` is how the user would type our name, after ``install`` if that is given."""
    adopted = [adoption.text(begun.adoption, screen, written=True)] if begun.adoption else []
    steps = [(install, "puts fieldkeep on your PATH")] if install else []
    steps += _next(begun, program)
    done = [
        *(f"written: {path}" for path in begun.written),
        *(f"left alone, is there already: {path}" for path in begun.left),
        *_sources(begun),
    ]
    ahead = [line(), line(("Next:", Style.HEADING)), *_steps(steps, screen.width)]
    ahead += map(line, _hints(begun))
    return "\n".join([draw(screen, done), *adopted, draw(screen, ahead)])


def _steps(steps: Sequence[tuple[str, str]], width: int | None) -> Iterator[Line]:
    """Each command, and what it does: beside it, or below it where that does not fit."""
    widest = max(len(command) for command, _ in steps)
    below = width is not None and widest + 4 + max(len(why) for _, why in steps) > width
    for command, why in steps:
        if below:
            yield line(f"  {command}")
            yield line((f"      {why}", Style.MUTED), indent=6)
        else:
            yield line(f"  {command:<{widest}}  ", (why, Style.MUTED))


def _sources(begun: Begun) -> Iterator[str]:
    for name, places in begun.sources.items():
        yield f"source {printable(name)}: {printable(', '.join(places))}"
    for reading in begun.skipped:
        yield f"source {printable(reading.source)} could not be read: {printable(reading.reason)}"
    for reading in begun.unread:
        yield f"no source, cannot be read: {printable(f'{reading.source}: {reading.reason}')}"
    if not begun.sources:
        yield "no source: no configuration of Prometheus was found; name one under [sources]"
    elif begun.labels:
        yield f"{number(len(begun.labels), 'label')} to describe: {_names(begun.labels)}"
    if begun.static:
        yield (
            f"left out: {number(len(begun.static), 'static label')} ({_names(begun.static)});"
            " `static_labels = true` in the settings makes fields of them"
        )


def _names(labels: Sequence[str]) -> str:
    return printable(first_few(labels, _SHOWN))


def _next(begun: Begun, program: str) -> Iterator[tuple[str, str]]:
    """The commands, and what each does."""
    yield f"{program} validate", "check the field files"
    if not begun.adoption:
        yield f"{program} plan", "what a first sync would write to a file of your own"
    if begun.environment:
        if begun.variable:
            yield f"export {begun.variable}=HOST:8500", "where your Consul is"
        environment = f"--env {shlex.quote(begun.environment)}"
        yield f"{program} plan {environment}", "what it would write to your Consul"
        if not begun.adoption:
            yield (
                f"{program} adopt --all {environment}",
                "write fields that are live there to files",
            )
    asked = "merge request" if begun.ci == "gitlab" else "pull request"
    yield "git add . && git commit", f"then open a {asked}"
    page = {"github": "setup-github", "gitlab": "setup-gitlab"}.get(begun.ci, "init")
    yield f"{program} help {page}", "what to set up beside the files"


def _hints(begun: Begun) -> Iterator[str]:
    """What has to be set on the forge, or in files that are somebody's already."""
    if begun.pin and not begun.pin.is_commit:
        yield ""
        yield f"The CI files name {begun.pin.ref}, whose commit could not be asked for. Pin it:"
        yield f"  git ls-remote {begun.pin.url} '{begun.pin.ref}^{{}}'"
    if begun.ci == "github":
        yield ""
        yield "On GitHub, besides:"
        yield "  gh label create 'fieldkeep: allow-breaking'"
        yield "  a line in CODEOWNERS for who is asked for a review: /fields/ @your-org/your-team"
    if begun.ci == "gitlab" and any(path.endswith(_INCLUDED) for path in begun.left):
        yield ""
        yield f"Add to {_INCLUDED}:"
        yield "  include:"
        yield "    - local: .gitlab/fieldkeep.yml"
