"""The documents hold together: what they link to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkeep.commands.help import TOPICS
from fieldkeep.edges.files import installation
from fieldkeep.settings.values import PARSERS

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [page for page in sorted((ROOT / "tests").rglob("*.md")) if "cases" not in page.parts]
FOR_CONTRIBUTORS = {"architecture", "performance"}
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


def test_every_page_for_users_can_be_shown_in_a_terminal() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[docs/([\w-]+)\.md\]\([^)]*\) \| (.*) \|$", readme, re.MULTILINE)
    assert {name: about for name, about in rows if name not in FOR_CONTRIBUTORS} == TOPICS
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages - FOR_CONTRIBUTORS == TOPICS.keys()


def test_messages_name_pages_that_an_installation_can_show() -> None:
    for module in (ROOT / "scripts" / "fieldkeep").rglob("*.py"):
        text = module.read_text("utf-8")
        assert set(re.findall(r"`fieldkeep help ([a-z-]+)`", text)) <= TOPICS.keys(), module
        assert "see docs/" not in text, module


def test_pages_name_the_address_that_the_package_names() -> None:
    for page in PAGES:
        for found in re.findall(r"https://github\.com/[\w-]+/fieldkeep\b", page.read_text("utf-8")):
            assert found == installation.repository(), page


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


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "RELEASING.md", "docs/architecture.md"])
def test_pages_for_contributors_name_what_is_there(name: str) -> None:
    """Paths from the repository's root or the package's, and classes."""
    package = ROOT / "scripts" / "fieldkeep"
    page = (ROOT / name).read_text("utf-8")
    paths = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?\.?(?:py|yaml|md|json|lock|/))`", page)
    for path in (path for path in paths if "NAME" not in path):
        assert (ROOT / path).exists() or (package / path).exists(), path
    classes = {
        c
        for m in package.rglob("*.py")
        for c in re.findall(r"^class (\w+)", m.read_text("utf-8"), re.MULTILINE)
    }
    assert set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", page)) <= classes
