"""The catalogue as one page of HTML, with its style, script and data inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from fieldkeep.core.catalog.catalog import Catalog, CatalogField, State
from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.common.words import number, shortened
from fieldkeep.core.plan import alerts
from fieldkeep.core.plan.plan import Action, Attribute, Change
from fieldkeep.model import Json
from fieldkeep.render import html
from fieldkeep.render.catalog_data import data, label
from fieldkeep.render.catalog_pictures import coverage, plot
from fieldkeep.render.drift_words import meaning
from fieldkeep.render.words import value

MARK: Final = '<meta name="generator" content="fieldkeep catalog">'
_MOST_LISTED: Final = 200
_OF_NEW: Final = ("display_name", "field_type", "category")
_LONGEST: Final = 300
_MOST_PLAIN: Final = 500
_HEAD_BYTES: Final = 1000
# What a field is counted by: the last of these that holds.
_WORDS: Final = {
    State.IN_SYNC: "in sync",
    State.GONE: "only in backups",
    State.UNMANAGED: "without a file",
    State.ORPHAN: "orphaned",
    State.DRIFT: "drifted",
    State.CHANGE: "would change",
    State.UNKNOWN: "unknown",
}

Templates = Callable[[str], str]
"""The text of a template, by its name."""


def is_page(content: bytes) -> bool:
    """Whether a file is a page that this command has written."""
    return MARK.encode() in content[:_HEAD_BYTES]


def page(catalog: Catalog, templates: Templates, *, live: bool = False) -> str:
    """One page that needs no other file. Equal catalogues give equal pages. ``live``: it follows
    the server that it comes from."""
    css, script = templates("catalog/catalog.css"), templates("catalog/catalog.js")
    if live:
        script += templates("catalog/live.js")
    environment = html.environment()
    environment.filters |= {"shown": _shown, "moment": moment, "label": label, "meaning": meaning}
    return environment.from_string(templates("catalog/index.html.jinja")).render(
        **_sections(catalog),
        catalog=catalog,
        mark=MARK,
        policy=html.policy(css, script, live=live),
        css=css,
        script=script,
        data=data(catalog),
        coverage=coverage(catalog),
        plot=plot(catalog),
    )


def _told(change: Change) -> list[Attribute]:
    """What there is to say of a change: of a new field what it is, for the rest is on its page; of
    one that goes nothing but that."""
    match change.action:
        case Action.CREATE:
            return [a for a in change.attributes if a.name in _OF_NEW]
        case Action.DELETE:
            return []
    return list(change.attributes)


def _shown(content: Json) -> str:
    """A text as it is; what else there is, as JSON."""
    return shortened(content, _LONGEST) if isinstance(content, str) and content else value(content)


def _sections(catalog: Catalog) -> dict[str, Any]:
    plan = catalog.plan
    drift = tuple(sorted(plan.drift, key=lambda entry: not entry.pending)) if plan else ()
    return {
        "plan": plan,
        "alert": alerts.document_alert(plan) if plan else ("", ""),
        "made": rfc3339(catalog.made),
        "made_text": moment(rfc3339(catalog.made)),
        "unread": [source for source in catalog.sources if source.unread],
        "changes": [
            (change, _told(change)) for change in (plan.changes[:_MOST_LISTED] if plan else ())
        ],
        "drift": drift[:_MOST_LISTED],
        "differing": len({*(c.field for c in plan.changes)} | {d.field for d in drift if d.pending})
        if plan
        else 0,
        "warnings": _warnings(catalog),
        "versions": catalog.versions[::-1],
        "last_apply": next((v for v in catalog.versions[::-1] if v.reason == "sync"), None),
        "source_warnings": [(s.name, text) for s in catalog.sources for text in s.warnings],
        "plain": [
            {
                "name": field.name,
                "display": (field.after or field.live or field.git or {}).get("display_name", ""),
                "state": _WORDS[_main(field)],
            }
            for field in catalog.fields[:_MOST_PLAIN]
        ],
    }


def _warnings(catalog: Catalog) -> tuple[str, ...]:
    return (*catalog.warnings, *(text for field in catalog.fields for text in field.warnings))


def moment(text: str) -> str:
    """``2026-03-01 12:00 UTC``; as it is, if it is no time."""
    found = parse_time(text)
    return found.strftime("%Y-%m-%d %H:%M UTC") if found else text


def summary(catalog: Catalog) -> str:
    """One line for the terminal."""
    counts = Counter(_main(field) for field in catalog.fields)
    gone = counts.pop(State.GONE, 0)
    parts = [f"{counts[state]} {word}" for state, word in _WORDS.items() if counts[state]]
    besides = [f"{gone} {_WORDS[State.GONE]}"] if gone else []
    if warnings := _warnings(catalog):
        besides.append(number(len(warnings), "warning"))
    total = number(counts.total(), "field")
    return "; ".join([f"{total}: {', '.join(parts)}" if parts else total, *besides])


def _main(field: CatalogField) -> State:
    """The one state that it is counted by."""
    return next(state for state in reversed(_WORDS) if state in field.states)
