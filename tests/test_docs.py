"""The documents hold together: what they link to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkeep.settings.values import PARSERS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in headings(linked), f"{page.name} links to {target}#{anchor}"


def headings(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_check_is_explained() -> None:
    """A finding's id can be looked up: each one in the code stands in the table, and no other."""
    said = {
        check
        for module in (ROOT / "scripts" / "fieldkeep").rglob("*.py")
        for check in re.findall(r'"((?:yaml|file|rule)/[a-z-]+)"', module.read_text("utf-8"))
    }
    table = (ROOT / "docs" / "fields.md").read_text("utf-8").split("## Findings")[1]
    listed = set(re.findall(r"`((?:yaml|file|rule)/[a-z-]+)`", table))
    assert listed == said


def test_every_setting_and_variable_is_explained() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    table = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    assert table == PARSERS.keys()
    read = {
        name
        for module in (ROOT / "scripts" / "fieldkeep").rglob("*.py")
        for name in re.findall(
            r'"((?:FIELDKEEP|GITHUB|CONSUL)_[A-Z_]*[A-Z])"', module.read_text("utf-8")
        )
    }
    assert {name for name in read if f"`{name}`" not in page} == set()
