"""The issue that lists how git and the live documents differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.common.words import number
from fieldkeep.core.github.statusdata import UNAPPLIED, Overview, Status
from fieldkeep.core.github.texts import DRIFT_MARK
from fieldkeep.render.markdown import COMMENT_BYTES, Block, bullets, code, fit, link, paragraph

TITLE: Final = "fieldkeep: what is live is not what git says"
_TITLE: Final = 100

# class: what it means, and what to do
_CLASSES: Final[Mapping[str, tuple[str, str]]] = {
    "git-ahead": (
        "git has moved on since the last apply",
        "look why the apply has not run: it waits for an approval, or was refused",
    ),
    "live-edited": (
        "somebody changed in the application what git says",
        "`fieldkeep adopt` takes the edit into git; the next apply puts git's value back",
    ),
    "both": (
        "git and the application both moved since the last apply",
        "decide which one is right: `fieldkeep adopt` takes what is live; an apply lets git win",
    ),
    "recreated": (
        "the document was deleted and created anew",
        "run the recovery workflow: the backup's values go first",
    ),
    "machine-reset": (
        "an application reset by itself what people had set",
        "the next apply puts their values back; `machine_sources` says which documents count",
    ),
    "live-lost": (
        "a field of git's is not live any more",
        "run the recovery workflow, or remove its file if it is not wanted",
    ),
    "missing": ("there is no document, or an empty one", "run the recovery workflow"),
    "corrupt": ("the document cannot be read", "run the recovery workflow"),
    UNAPPLIED: (
        "a sync would change the document, though nobody edited it",
        "`fieldkeep plan` shows what: the sources give other labels than at the last apply",
    ),
}
_UNKNOWN: Final = ("git and live differ", "`fieldkeep status` says more")


def issue(overview: Overview, run_url: str = "", glossary: str = "") -> str:
    """The body: our mark comes first, and the last line names the run. ``glossary`` is the address
    of the page that explains the classes."""
    run = link(run_url, "this run")
    blocks: list[Block] = [f"{DRIFT_MARK}\n\n### {_headline(overview)}"]
    for name, reading in overview.environments.items():
        title = code(name, _TITLE)
        match reading:
            case Unreadable(why):
                blocks.append(f"<h4>{title}: could not be read</h4>")
                blocks.append(paragraph(f"{code(why)}. Whether it drifted is not known."))
            case Status(in_sync=True):
                blocks.append(f"<h4>{title}: in sync</h4>")
            case Status():
                counted = ", ".join(f"{code(kind)} {n}" for kind, n in reading.classes().items())
                blocks.append(f"<h4>{title}: {counted}</h4>")
                blocks += _classes(reading, glossary)
                if reading.undoes:
                    blocks += _undone(reading)
    blocks.append(paragraph(f"First seen like this in {run}."))
    return fit(blocks, COMMENT_BYTES, run)


def lasting(body: str) -> str:
    """A body without its last line, which differs from run to run."""
    return body.replace("\r\n", "\n").strip().rpartition("\n")[0]


def gone(run_url: str = "") -> str:
    run = link(run_url, "this run")
    return paragraph(f"Gone: {run} read every environment, and live is what git says.")


def _headline(overview: Overview) -> str:
    """Only numbers and words of ours: no text of other people."""
    count = Counter[str]()
    for reading in overview.environments.values():
        for kind, entries in reading.classes().items() if isinstance(reading, Status) else ():
            count[kind if kind in _CLASSES else "unknown"] += entries
    parts = [f"{kind} {n}" for kind, n in sorted(count.items(), key=lambda i: (-i[1], i[0]))]
    drifting = number(len(overview.drifting), "environment")
    head = f"{', '.join(parts)}, in {drifting} of {len(overview.environments)}" if parts else ""
    unread = f"{len(overview.unread)} could not be read" if overview.unread else ""
    return "; ".join(filter(None, [head, unread])) or "in sync"


def _classes(status: Status, glossary: str) -> Iterator[Block]:
    for kind in status.classes():
        means, way = _CLASSES.get(kind, _UNKNOWN)
        linked = glossary and kind in _CLASSES
        name = link(f"{glossary}#{kind}", kind) if linked else code(kind)
        yield paragraph(f"{name}: {means}. What to do: {_ours(way)}.")
        entries = (entry for entry in status.drift if entry.drift == kind)
        rows = (
            f"{code(entry.field) if entry.field else 'document'}"
            + (f": {code(', '.join(entry.attributes))}" if entry.attributes else "")
            + (f" ({code(entry.detail)})" if entry.detail else "")
            for entry in entries
        )
        yield bullets("Where", rows)


def _undone(status: Status) -> Iterator[Block]:
    until = code(status.held_until, _TITLE)
    way = "change the field files before, so that git says what is live"
    yield paragraph(
        f"A restore holds it until {until}. The first apply after that undoes it: {way}."
    )
    yield bullets("What it undoes", map(code, status.undoes))


def _ours(text: str) -> str:
    """Our own words, with `commands` as code."""
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
