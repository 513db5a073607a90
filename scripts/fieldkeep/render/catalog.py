"""The catalogue as one page of HTML, with its style, script and data inside.

The policy in its head allows exactly that style and that script, by their hashes, and nothing else:
no request, no frame, no form. So the page means the same from a disk and from a server.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from fieldkeep.core.catalog.catalog import Catalog, State
from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.common.words import number
from fieldkeep.render.catalog_data import data
from fieldkeep.render.catalog_pictures import coverage, plot
from fieldkeep.render.words import printable, value

MARK: Final = '<meta name="generator" content="fieldkeep catalog">'
_MOST_LISTED: Final = 200
_MOST_PLAIN: Final = 1000
_HEAD_BYTES: Final = 1000

Templates = Callable[[str], str]
"""The text of a template, by its name."""


def is_page(content: bytes) -> bool:
    """Whether a file is a page that this command has written."""
    return MARK.encode() in content[:_HEAD_BYTES]


def page(catalog: Catalog, templates: Templates) -> str:
    """One page that needs no other file. Equal catalogues give equal pages."""
    from jinja2 import Environment, StrictUndefined

    css, script = templates("catalog/catalog.css"), templates("catalog/catalog.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"shown": value, "moment": moment}
    environment.finalize = _finalized
    return environment.from_string(templates("catalog/index.html.jinja")).render(
        **_sections(catalog),
        catalog=catalog,
        mark=MARK,
        policy=policy(css, script),
        css=css,
        script=script,
        data=data(catalog),
        coverage=coverage(catalog),
        plot=plot(catalog),
    )


def policy(css: str, script: str) -> str:
    """The Content-Security-Policy: this style, this script, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _finalized(content: Any) -> Any:
    """Other people's text with every control character written out; markup is ours."""
    return printable(content) if type(content) is str else content


def _sections(catalog: Catalog) -> dict[str, Any]:
    plan = catalog.plan
    drift = tuple(sorted(plan.drift, key=lambda entry: not entry.pending)) if plan else ()
    warnings = (*catalog.warnings, *(text for field in catalog.fields for text in field.warnings))
    return {
        "plan": plan,
        "made": rfc3339(catalog.made),
        "made_text": moment(rfc3339(catalog.made)),
        "unread": [source for source in catalog.sources if source.unread],
        "changes": plan.changes[:_MOST_LISTED] if plan else (),
        "drift": drift[:_MOST_LISTED],
        "differing": len({*(c.field for c in plan.changes)} | {d.field for d in drift if d.pending})
        if plan
        else 0,
        "warnings": warnings,
        "versions": catalog.versions[::-1],
        "source_warnings": [(s.name, text) for s in catalog.sources for text in s.warnings],
        "plain": [
            {
                "name": field.name,
                "display": (field.after or field.live or field.git or {}).get("display_name", ""),
                "states": ", ".join(field.states),
            }
            for field in catalog.fields[:_MOST_PLAIN]
        ],
    }


def moment(text: str) -> str:
    """``2026-03-01 12:00 UTC``; as it is, if it is no time."""
    found = parse_time(text)
    return found.strftime("%Y-%m-%d %H:%M UTC") if found else text


def summary(catalog: Catalog) -> str:
    """One line for the terminal."""
    counts = Counter(state for field in catalog.fields for state in field.states)
    said = [f"{counts[state]} {state}" for state in State if counts[state]]
    return ", ".join([number(len(catalog.fields), "field"), *said])
