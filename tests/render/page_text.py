"""A page of HTML as somebody reads it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "scripts" / "fieldkeep" / "templates"
_UNREAD = ("style", "script", "title")


def template(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


class Read(HTMLParser):
    """Its words on one line, and how often each element is there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self._inside = ""
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self._inside = tag if tag in _UNREAD else ""

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)


def allowed(page: str) -> dict[str, str]:
    """The directives of its Content-Security-Policy."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found, "no policy"
    directives = (one.strip().partition(" ") for one in unescape(found[1]).split(";"))
    return {name: value for name, _, value in directives}


def hashed(page: str, element: str) -> str:
    """What the policy has to name for the page's first element of this kind."""
    found = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
    assert found, element
    digest = hashlib.sha256(found[1].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
