"""The pictures of the catalogue: what they say to those who see them, and to those who do not."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from fieldkeep.core.catalog.catalog import Commit, Unknown
from fieldkeep.model import Certainty
from fieldkeep.render.catalog_pictures import coverage, plot
from tests.core.build import World, label, read, unread
from tests.core.catalog.build import catalog


def a_world() -> World:
    maybe = label("site", certainty=Certainty.MAYBE)
    return World(
        {"company": {}, "site": {}, "rack": {}, "tier": {}},
        (read("<north>", "company", maybe), unread("south")),
    )


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter("text")]


def test_coverage_counts_each_field_once_a_site_as_the_surest() -> None:
    picture = coverage(catalog(a_world()))
    assert texts(picture) == [
        "<north>",
        "1 always, 1 maybe (50 %)",
        "south",
        "not read; 0 known of it last",
    ]
    assert re.findall(r'class="(\w+)" x="([\d.]+)%"[^>]*width="([\d.]+)%"', picture) == [
        ("always", "0.00", "25.00"),
        ("maybe", "25.00", "25.00"),
    ]
    root = ET.fromstring(picture)
    assert root.get("role") == "img"
    assert "<north>: 1 always, 1 maybe (50 %)" in (root.get("aria-label") or "")


def test_the_plot_counts_field_files_backwards_from_what_there_is() -> None:
    commits = (
        Commit("c" * 40, "Ada", "2026-02-01T00:00:00Z", "", {"tier": "A", "old": "D"}),
        Commit("b" * 40, "Ada", "2026-01-15T00:00:00Z", "", {"rack": "M"}),
        Commit("a" * 40, "Ada", "2026-01-01T00:00:00Z", "", dict.fromkeys("abcd", "A")),
    )
    picture = plot(catalog(a_world(), commits))
    said = ET.fromstring(picture).get("aria-label")
    expected = "Field files in git over time: 4 on 2026-01-01, 4 now; 3 commits changed them"
    assert said == expected
    assert re.findall(r"<title>(\d+) changed</title>", picture) == ["4", "1", "2"]


def test_without_git_the_plot_says_why() -> None:
    assert "not in a git checkout" in plot(catalog(a_world(), Unknown("not in a git checkout")))
    assert "No commit has changed a field file yet" in plot(catalog(a_world()))
