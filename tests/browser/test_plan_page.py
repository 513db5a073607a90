"""A plan's page, in a browser: under its own policy, for every width, for people who do not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.browser import SCHEMES, WIDTHS, Tab
from tests.render import test_plan_page as pages

LONG = 'x<script>document.title="run"</script><img src="//example.com/a">حقل' * 12 + "x" * 5000


@pytest.fixture
def plan(tab: Tab, tmp_path: Path) -> Tab:
    """Opened from disk, in print too."""
    file = tmp_path / "plan.html"
    file.write_text(pages.page(pages.evaluation(LONG)), "utf-8")
    tab.page.goto(file.as_uri())
    return tab


def test_it_has_no_fault_that_axe_knows_and_fits_every_screen(plan: Tab) -> None:
    for scheme in SCHEMES:
        for width in WIDTHS:
            plan.show(width, scheme)
            assert plan.violations() == [], (scheme, width)
            assert plan.overflow() == 0, (scheme, width)


def test_the_pictures_are_drawn_in_both_schemes(plan: Tab) -> None:
    """Text on its ground; the policy lets the page's own style through."""
    colors = set()
    for scheme in SCHEMES:
        plan.show(1280, scheme)
        label = plan.page.locator("svg .title").first
        colors.add(label.evaluate("node => getComputedStyle(node).fill"))
        box = label.bounding_box()
        assert box
        assert box["width"] > 20
    assert len(colors) == 2


def test_hostile_text_stays_text(plan: Tab) -> None:
    assert plan.page.title().startswith("Plan for ")
    assert plan.page.locator("img").count() == 0
    assert plan.page.get_by_text('<img src="//example.com/a">').count() > 0


def test_it_prints(plan: Tab) -> None:
    plan.page.emulate_media(media="print")
    assert plan.page.pdf().startswith(b"%PDF-")
