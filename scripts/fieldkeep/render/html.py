"""Pages of HTML that hold all they need. Their policy allows exactly their own style and script, by
hash, and nothing else: no request, no frame, no form. So a page means the same from a disk and from
a server."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from fieldkeep.core.common.words import shortened
from fieldkeep.model import Json
from fieldkeep.render.words import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST: Final = 2000


def environment() -> Environment:
    """Of templates in which every value is escaped, its control characters written out;
    ``value`` shows one of the document's."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(
        autoescape=True,
        finalize=_finalized,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["value"] = value
    return made


def policy(style: str, script: str = "", *, live: bool = False) -> str:
    """The Content-Security-Policy of a page with this style and this script in it. ``live``: it may
    ask the server that it came from."""
    allowed = [
        f"style-src '{_hash(style)}'",
        *([f"script-src '{_hash(script)}'"] if script else []),
        *(["connect-src 'self'"] if live else []),
    ]
    return f"default-src 'none'; {'; '.join(allowed)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def value(content: Json) -> str:
    """A value as JSON on one line; None is "nothing there"."""
    if content is None:
        return "(none)"
    return shortened(json.dumps(content, ensure_ascii=False, sort_keys=True), _LONGEST)


def _finalized(content: Any) -> Any:
    """Other people's text; markup is ours."""
    return printable(content) if type(content) is str else content
