"""What the other tests here rely on: the browser sees what is wrong with a page, and tells."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.real.browser import tab

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'">
<main><h1>حقل</h1><img src="https://example.com/a.png"><p style="display: none">text</p>
<script>document.title = 'run'</script></main>"""


def test_it_tells_faults_requests_and_what_the_policy_blocked(
    chromium: Browser, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    with tab(chromium) as opened:
        opened.page.goto((tmp_path / "page.html").as_uri())
        assert [fault.split(":")[0] for fault in opened.violations()] == ["image-alt"]
        assert opened.leaving() == ["https://example.com/a.png"]
        assert len([one for one in opened.complaints if "Content Security Policy" in one]) == 3
        assert opened.page.title() == "A page"


def test_letters_of_both_directions_are_drawn(chromium: Browser) -> None:
    """With its own fonts: without one that has the letter, all are as wide as the box that
    stands for a missing one."""
    widths = """letters => letters.map(letter => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.font = "40px sans-serif";
        return canvas.measureText(letter).width;
    })"""
    with tab(chromium) as opened:
        assert len(set(opened.page.evaluate(widths, ["W", "ب", "ش"]))) == 3
