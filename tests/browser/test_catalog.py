"""The catalogue in a browser, opened from disk: what people do with it, and what it must never do.

Every test ends with what `tab` holds: no request has left, the console has complained of nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import samples
from tests.real.browser import SCHEMES, WIDTHS, Tab

LARGEST = 2_000_000  # bytes
VIEWS = (
    "",
    "#field=company",
    "#view=sites",
    "#view=pages",
    "#view=differs",
    "#view=timeline",
    "#view=sources",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the sample project's catalogue."""
    return samples.sample(tmp_path_factory.mktemp("site") / "project")[0].as_uri()


@pytest.fixture
def page(tab: Tab, site: str) -> Page:
    tab.page.goto(site)
    return tab.page


def names(page: Page) -> list[str]:
    """The fields of the list, in its order."""
    return page.locator("[data-row] code").all_inner_texts()


def opened(tab: Tab, content: str, folder: Path) -> Page:
    file = folder / "index.html"
    file.write_text(content, "utf-8")
    tab.page.goto(file.as_uri())
    return tab.page


def test_the_list_is_searched_filtered_and_sorted(page: Page) -> None:
    everything = names(page)
    assert len(everything) == 25
    assert everything == sorted(everything)
    search = page.get_by_role("searchbox")
    search.press_sequentially("CUSTOMER")
    assert names(page)[0] == "company"
    search.fill("no such thing")
    expect(page.get_by_text("No field matches.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("25 of 25 fields")).to_be_visible()

    page.locator("#by-category").select_option("hardware")
    page.locator("#by-site").select_option("north")
    hardware = names(page)
    assert "vendor" in hardware
    assert "company" not in hardware
    page.get_by_role("link", name="Drift").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert names(page) == ["vendor"]
    page.get_by_role("link", name="All", exact=True).click()
    page.locator("#by-category").select_option("")
    page.locator("#by-site").select_option("")
    page.locator("#by-sort").select_option("order")
    expect(page.locator("[data-row]")).to_have_count(25)
    assert names(page) != everything


def test_two_filters_set_at_once_are_both_kept(page: Page) -> None:
    page.evaluate("""for (const [name, value] of [["category", "hardware"], ["site", "north"]]) {
        const select = document.getElementById(`by-${name}`);
        select.value = value;
        select.dispatchEvent(new Event("change"));
    }""")
    expect(page.locator("#by-site")).to_have_value("north")
    expect(page.locator("#by-category")).to_have_value("hardware")
    assert "company" not in names(page)


def test_live_git_and_the_next_sync_are_told_apart(page: Page) -> None:
    page.get_by_role("link", name="Vendor").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="display_name"))
    expect(row).to_contain_text("Manufacturer")
    expect(row).to_contain_text("Vendor")
    expect(page.get_by_role("heading", name="Vendor")).to_be_focused()
    expect(page.get_by_label("Vendor").first).to_be_visible()  # its form element
    page.get_by_role("link", name="What differs").click()
    changes = page.get_by_role("region", name="Changes")
    expect(changes).to_contain_text("Manufacturer")
    expect(changes).to_contain_text("fields/vendor.yaml:3")


def test_the_matrices_say_for_each_cell_what_it_means(page: Page) -> None:
    page.get_by_role("link", name="By site").click()
    row = page.locator("#rows").get_by_role("row").filter(has_text="location_code")
    expect(row.get_by_role("cell")).to_have_count(3)
    sites = row.get_by_role("cell").all_inner_texts()
    assert [text.split()[-1] for text in sites[:2]] == ["no", "no"]
    assert sites[2].split()[-1] in ("always", "maybe")
    page.get_by_role("link", name="By page").click()
    row = page.locator("#rows").get_by_role("row").filter(has_text="company")
    expect(row.get_by_role("cell")).to_have_count(9)
    pages = [text.split(maxsplit=1)[-1] for text in row.get_by_role("cell").all_inner_texts()]
    assert pages == ["shown", *["not shown"] * 8]
    expect(page.get_by_text("scroll to the right")).to_be_hidden()
    page.set_viewport_size({"width": 375, "height": 900})
    expect(page.get_by_text("scroll to the right")).to_be_visible()


def test_in_sync_is_said_of_a_field_of_which_nothing_else_is(page: Page) -> None:
    said = {
        name: page.get_by_role("row").filter(has=page.locator(f"[data-row={name}]")).locator(".tag")
        for name in ("city", "company", "glpi_url", "maintenance_window")
    }
    expect(said["city"]).to_have_text(["✓ In sync"])
    expect(said["company"]).to_have_text(["Δ Drift", "→ Would change"])
    expect(said["glpi_url"]).to_have_text(["● No file"])
    expect(said["maintenance_window"]).to_have_text(["! Warning"])
    page.get_by_role("link", name="GLPI ticket").click()
    expect(page.locator("#field")).to_contain_text("fieldkeep explain unmanaged")
    expect(page.get_by_role("columnheader", name="Git says")).to_have_count(0)


def test_any_two_versions_are_compared(page: Page) -> None:
    page.get_by_role("link", name="Timeline").click()
    differences = page.get_by_role("region", name="Differences")
    expect(differences).to_contain_text("GLPI ticket")
    page.locator("#from").select_option("0")
    expect(differences.get_by_role("row")).to_have_count(4)
    expect(differences.get_by_role("row", name="company")).to_contain_text("Customer")
    page.locator("#to").select_option("0")
    expect(page.get_by_text("No difference")).to_be_visible()
    page.locator("#versions").get_by_role("link").nth(1).click()
    expect(differences.get_by_role("row")).to_have_count(2)
    expect(differences).to_contain_text("Client")


def test_all_of_it_works_with_the_keyboard_alone(page: Page) -> None:
    keyboard = page.keyboard
    keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the fields")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keyboard.type("region")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Region")).to_be_focused()
    keyboard.press("Escape")
    expect(page.locator("[data-row=region]")).to_be_focused()
    keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keyboard.press("Escape")
    expect(page.get_by_text("25 of 25 fields")).to_be_visible()
    reached = set()
    for _ in range(60):
        keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.hash"))
    assert {"by-category", "by-sort", "rows", "#state=drift", "#field=city"} <= reached


def test_a_link_leads_to_a_field_and_back_leads_out(tab: Tab, site: str) -> None:
    tab.page.goto(f"{site}#q=cit&sort=display")
    tab.page.get_by_role("link", name="City").click()
    address = tab.page.url
    expect(tab.page).to_have_title("city — project · fields")
    tab.page.go_back()
    expect(tab.page.get_by_role("heading", name="City")).to_be_hidden()
    tab.page.goto("about:blank")
    tab.page.goto(address)
    expect(tab.page.get_by_role("heading", name="City")).to_be_visible()
    assert "city" in names(tab.page)
    tab.page.goto(f"{site}#field=nothing&view=nonsense&p=-3&sort=constructor")
    expect(tab.page.get_by_role("heading", name="No such field")).to_be_visible()


def test_it_has_no_fault_that_axe_knows_and_fits_every_screen(tab: Tab, site: str) -> None:
    """The list and a field in each width and scheme; of the others each in every other one."""
    for number, view in enumerate(VIEWS):
        tab.page.goto("about:blank")
        tab.page.goto(site + view)
        for turn, (scheme, width) in enumerate(product(SCHEMES, WIDTHS)):
            tab.show(width, scheme)
            assert tab.overflow() == 0, (view, width)
            if number < 2 or turn % 2 == number % 2:
                assert tab.violations() == [], (view, scheme, width)


def test_light_and_dark_follow_the_system_until_somebody_chooses(tab: Tab, site: str) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    tab.page.goto(site)
    tab.show(1280, "light")
    light = tab.page.evaluate(ground)
    tab.show(1280, "dark")
    dark = tab.page.evaluate(ground)
    assert light != dark
    tab.page.get_by_role("button", name="Use light colors").click()
    assert tab.page.evaluate(ground) == light
    tab.page.reload()
    assert tab.page.evaluate(ground) == light


def test_what_is_chosen_is_printed_as_a_whole(tab: Tab, tmp_path: Path) -> None:
    page = opened(tab, samples.many(), tmp_path)
    page.get_by_role("searchbox").fill("label_7_1")
    on_screen = len(names(page))
    assert page.pdf().startswith(b"%PDF-")
    expect(page.locator("[data-row]")).to_have_count(on_screen)  # as it was
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) > on_screen
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_hostile_text_stays_text(tab: Tab, tmp_path: Path) -> None:
    page = opened(tab, samples.hostile(), tmp_path)
    tab.show(375, "light")
    for view in VIEWS:
        page.goto(f"{page.url.partition('#')[0]}{view}")
        assert tab.overflow() == 0, view
        assert page.locator("main script, img, iframe").count() == 0
    page.goto(f"{page.url.partition('#')[0]}#field=company")
    expect(page.get_by_role("heading", name=samples.HOSTILE)).to_be_visible()
    assert "run" not in page.title()
    assert "\u202e" not in page.locator("main").inner_text()
    assert tab.violations() == []


def test_five_thousand_fields_are_no_burden(
    tab: Tab, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The times are told at the end of the run; they are of this machine, and bound nothing."""
    content = samples.many()
    page = opened(tab, content, tmp_path)
    expect(page.get_by_text("5000 of 5000 fields")).to_be_visible()
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.evaluate("""() => {
        window.slowest = 0;
        new PerformanceObserver((seen) => {
            for (const { duration } of seen.getEntries()) slowest = Math.max(slowest, duration);
        }).observe({ type: "event", durationThreshold: 16, buffered: false });
    }""")
    page.get_by_role("searchbox").press_sequentially("label 24 of 199 ", delay=60)
    expect(page.get_by_text("1 of 5000 fields")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Backspace")
    expect(page.locator("#count")).not_to_contain_text("1 of 5000")
    slowest = page.evaluate("slowest")
    size = len(content.encode())
    record_property(
        "measured",
        f"5,000 fields: {size / 1e6:.2f} MB, first paint after {paint:.0f} ms (aim: 1000),"
        f" slowest key {slowest:.0f} ms (aim: 50)",
    )
    assert size < LARGEST
