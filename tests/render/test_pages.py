"""Pages of the documentation on a terminal: nothing is left out, and links lead somewhere."""

from __future__ import annotations

import re

from fieldkeep.render import pages
from fieldkeep.render.screen import PIPE, Screen

TOPICS = {"fields": "the field file", "setup-github": "the workflows"}
URL = "https://git.example/team/fieldkeep"


def test_links_become_what_works_from_an_installation() -> None:
    page = (
        "[files](fields.md), [why](decisions/0001-a.md#x), [here](#limits),"
        " [code](../scripts/fieldkeep), [web](https://example.org)"
    )
    assert pages.with_ways_to_links(page, TOPICS, URL) == (
        f"files (`fieldkeep help fields`), why ({URL}/blob/main/docs/decisions/0001-a.md), here,"
        f" code ({URL}/blob/main/scripts/fieldkeep), [web](https://example.org)"
    )


def test_a_narrow_terminal_sees_every_character_of_a_table() -> None:
    word = "sqlite:///.fieldkeep/store.db"
    page = f"| a | b |\n|---|---|\n| `{word}` | {'long words ' * 20} |\n"
    shown = re.sub(r"\x1b\[[\d;]*m|\s", "", pages.formatted(page, Screen(40, color=True)))
    assert "…" not in shown
    assert set(word) <= set(shown)
    assert shown.count("longwords") == 20 or shown.count("words") == 20


def test_topics_are_listed_with_what_they_are_about() -> None:
    first, second, *_ = pages.listed(TOPICS, PIPE).splitlines()
    assert first == "fields        the field file"
    assert second == "setup-github  the workflows"
