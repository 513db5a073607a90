"""The page of the catalogue: what it says, that it fetches nothing, and that texts stay texts."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from fieldkeep.core.catalog.catalog import Catalog, Commit, Unknown
from fieldkeep.edges.files import packaged
from fieldkeep.model import Json, Place, Problem, Severity
from fieldkeep.render.catalog import is_page, page, summary
from tests.core.build import KEYS, World, read, unread
from tests.core.catalog.build import blind, catalog, edited
from tests.render.catalog_page import attribute, data_of
from tests.render.hostile import HOSTILE

COMMIT = Commit("b" * 40, "Bo", "2026-02-02T10:00:00+01:00", "Begin", {"company": "A"})


def rendered(found: Catalog) -> str:
    return page(found, packaged.template)


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def a_world() -> World:
    world = World(
        {"company": {"display_name": "Company"}, "site": {"category": "place"}},
        (read("north", "company", "site"), unread("south", "no answer")),
    )
    world.sync()
    return world


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    text = rendered(catalog(a_world()))
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in (style, script)
    ]
    meta = [a for tag, a in Elements(text).found if "http-equiv" in a]
    style_hash, script_hash = (f"'sha256-{one}'" for one in hashes)
    allowed = f"default-src 'none'; style-src {style_hash}; script-src {script_hash}"
    assert [entry["content"] for entry in meta] == [
        f"{allowed}; base-uri 'none'; form-action 'none'"
    ]


def test_the_page_names_nothing_that_is_to_be_fetched() -> None:
    for tag, attributes in Elements(rendered(catalog(a_world()))).found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not attributes.keys() & {"src", "style", "srcset", "action"}, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#"), (tag, attributes)


def test_equal_catalogues_give_equal_pages() -> None:
    found = catalog(a_world(), (COMMIT,))
    assert rendered(found) == rendered(found)


def test_the_data_holds_each_side() -> None:
    world = a_world()
    edited(world, "company", display_name="Firm")
    world.files["new"] = {"display_name": "New"}
    data = data_of(rendered(catalog(world, (COMMIT,))))
    names = [entry[0] for entry in data["attributes"]]
    at, display = data["names"].index("company"), names.index("display_name")
    assert data["differs"]["live"] == {str(at): {str(display): "Firm"}}
    assert attribute(data, "display_name")["new"] == "New"
    assert data["absent"]["live"] == [data["names"].index("new")]
    assert attribute(data, "category")["site"] == "place"
    assert data["commits"] == [["b" * 12, "Bo", "2026-02-02T10:00:00+01:00", "Begin"]]


def test_the_history_gives_the_value_at_every_version() -> None:
    world = a_world()
    for text in ("Firm", "Business"):
        world.files["company"]["display_name"] = text
        world.sync()
    data = data_of(rendered(catalog(world)))
    at = data["names"].index("company")
    display = [entry[0] for entry in data["attributes"]].index("display_name")
    assert data["history"] == {
        str(at): {str(display): [[0, "Company", "git"], [1, "Firm", "git"], [2, "Business", "git"]]}
    }
    assert [version[0] for version in data["versions"]] == [2, 1, 0, None]


def test_what_a_sync_would_change_is_told_with_who_sets_it() -> None:
    world = a_world()
    world.files["company"]["display_name"] = "Firm"
    world.files["new"] = {"type": "number"}
    text = rendered(catalog(world))
    rows = re.findall(r"<tr>.*?</tr>", text.partition('id="view-differs"')[2], re.DOTALL)
    said = [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]
    nothing = "\N{EN DASH}"
    assert "company → update display_name Company Firm git fields/company.yaml:2" in said
    assert f"new → create category {nothing} extra default" in said
    assert f"type {nothing} number git fields/new.yaml:2" in said
    assert "company Δ git-ahead git is newer: the next sync applies it display_name" in said


def test_a_hold_and_the_last_apply_are_said_first() -> None:
    world = a_world()
    assert "Nothing is applied now" not in rendered(catalog(world))
    hold = {"until": "2026-03-02T00:00:00.000Z", "reason": "<b>a change</b>", "actor": "bo"}
    world.store.put(KEYS.hold, hold)
    text = rendered(catalog(world))
    said = "on hold until 2026-03-02T00:00:00.000Z by bo: &lt;b&gt;a change&lt;/b&gt;"
    assert f"Nothing is applied now:</strong> <bdi>{said}</bdi>" in text
    assert re.search(r"last apply <time [^>]*>2026-03-01 12:0\d UTC</time> by <bdi>ada</bdi>", text)


def test_each_field_is_counted_once() -> None:
    """A warning is told beside, of a field that is in sync too."""
    world = a_world()
    world.readings = (read("north", "company", "site", "vendor", "owner"),)
    world.sync()
    finding = Problem(Place("fields/site.yaml", 3, 1), "rule/order", "taken", "", Severity.WARNING)
    found = catalog(world, problems=[finding])
    assert summary(found) == "4 fields: 2 in sync, 2 without a file; 1 warning"
    world.files["company"]["display_name"] = "Firm"
    said = summary(catalog(world, problems=[finding, finding]))
    assert said == "4 fields: 1 in sync, 2 without a file, 1 would change; 2 warnings"


def test_what_could_not_be_read_is_said() -> None:
    text = rendered(blind(a_world(), "no <b>route</b>"))
    assert "What is live is unknown." in text
    assert "no &lt;b&gt;route&lt;/b&gt;" in text
    assert "Nothing: what is live is what git" not in text
    assert "No backup yet" not in text
    text = rendered(catalog(a_world()))
    assert "Source <bdi>south</bdi> was not read." in text
    assert "Its labels are unknown, not absent" in text


@pytest.mark.parametrize(
    ("value", "said", "live"),
    [("no document", "The document cannot be used.", "not an object but str"),
     ({"fields": []}, "The document is gone.", None)],
)  # fmt: skip
def test_a_document_without_fields_is_said_first(value: Json, said: str, live: str | None) -> None:
    world = a_world()
    world.store.put(KEYS.document, value)
    text = rendered(catalog(world))
    assert said in text.partition("<nav")[0]
    assert "a sync puts back the backup" in text.partition("<nav")[0]
    assert "Nothing: what is live is what git" not in text
    assert data_of(text)["live"] == live


@pytest.mark.parametrize("value", ["no list", [{"fields": "none"}]])
def test_a_history_that_cannot_be_read_is_not_a_short_one(value: Json) -> None:
    world = a_world()
    world.store.put(KEYS.history, value)
    world.store.delete(KEYS.backup)
    world.store.delete(KEYS.document)
    text = rendered(catalog(world))
    assert "What it held is unknown, not absent: <bdi>.backup.history" in text
    assert "Unknown: the history is damaged." in text
    assert "No backup yet" not in text
    assert data_of(text)["damaged"] is True


def test_why_git_does_not_know_who_changed_what_is_in_the_data() -> None:
    found = catalog(a_world(), Unknown("this folder is not in a git checkout"))
    assert data_of(rendered(found))["git"] == "this folder is not in a git checkout"


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_others_stay_texts(text: str) -> None:
    world = a_world()
    del world.files["company"]["display_name"]
    edited(world, "company", display_name=text, description=text, placeholder=text, category=text)
    world.readings = (read("north", "company"), unread("south", text))
    commit = Commit("b" * 40, text, "2026-02-02T10:00:00Z", text, {"company": "A"})
    plain = Elements(rendered(catalog(a_world(), (COMMIT,))))
    hostile = rendered(catalog(world, (commit,)))
    data = data_of(hostile)
    assert text in (attribute(data, "display_name")["company"], "\ud800")  # which live may not have
    assert {tag for tag, _ in Elements(hostile).found} <= {tag for tag, _ in plain.found} | {
        "ul", "li", "tbody", "tr", "td", "th", "thead", "table", "div", "span", "br", "p",
    }  # fmt: skip
    hostile.encode()  # no lone surrogate is left


def test_a_page_of_ours_is_known_by_its_mark() -> None:
    assert is_page(rendered(catalog(a_world())).encode())
    assert not is_page(b"<!DOCTYPE html><title>Another</title>")
