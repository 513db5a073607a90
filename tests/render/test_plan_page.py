"""A plan as a page for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.plan.evaluate import Evaluation, with_impact
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.plan.plan import Action, Attribute, Change
from fieldkeep.core.plan.usage import Unknown
from fieldkeep.model import Place
from fieldkeep.render import plan_page
from tests.core.build import World, read
from tests.render.hostile import HOSTILE
from tests.render.page_text import Read, allowed, hashed, template

WHERE = "sqlite:///store.db, key a/fields"


@cache
def evaluation(edited: str = "Edited") -> Evaluation:
    """One field of each kind of change, an edit that is undone, and a column that moves."""
    names = ("company", "site", "tier", "rack")
    world = World(
        {
            name: {"order": place, "pages": ["services"], "display_name": name.title()}
            for place, name in enumerate(names)
        },
        (read("m", *names, "vendor"),),
    )
    world.sync()
    world.edit("company", display_name=edited)
    world.files["company"] |= {"display_name": "Customer"}
    world.files["tier"] |= {"order": -1}
    del world.files["rack"]
    world.files["owner"] = {"order": 5, "pages": ["services"]}
    world.readings = (read("m", "company", "site", "tier", "vendor", "owner"),)
    return with_impact(world.evaluate(), Unknown("nobody answered"), Allowed())


def page(shown: Evaluation) -> str:
    return plan_page.page(shown, WHERE, template)


def test_it_says_all_that_the_plan_says() -> None:
    shown = evaluation()
    refused = (Refusal("deletes", "6 of 9 fields", "--allow-deletes"),)
    plan = replace(
        shown.plan,
        refusals=refused,
        warnings=("north: refused",),
        environment="production",
        overridden=(Refusal("hold", "until noon", "--override-hold"),),
        flags=("--override-hold",),
    )
    text = Read(page(replace(shown, plan=plan))).text
    for said in (
        "Plan production For sqlite:///store.db, key a/fields",
        "deletes : 6 of 9 fields (allowed by --allow-deletes )",
        "Overridden by --override-hold . hold: until noon",
        "company.display_name is",
        "+ 1 to create → 2 to update \N{MINUS SIGN} 1 to delete 2 unchanged",
        'display_name "Edited" "Customer" git fields/company.yaml:4',
        "owner order 5 git fields/owner.yaml:2",
        "Δ changed in git and in the application: the next sync applies git's value,",
        "[both] company : display_name",
        "! Warning: north: refused",
        f"Digest {shown.plan.digest}",
    ):
        assert said in text, said
    changed = {(c.field, a.name) for c in plan.changes for a in c.attributes}
    assert all(field in text and name in text for field, name in changed)


def test_the_columns_of_a_page_are_told_before_and_after() -> None:
    text = Read(page(evaluation())).text
    for said in (
        "services Now: 5 After: 5",
        "Tier moved from column 3 to 1",
        "column 2 “Edited” becomes “Customer”",
        "Owner added as column 4",
        "Rack removed, was column 4",
    ):
        assert said in text, said


def test_what_is_the_same_on_all_pages_is_said_once() -> None:
    world = World({"company": {}, "site": {"pages": ["services"]}}, (read("m", "company", "site"),))
    world.sync()
    world.files["company"] |= {"display_name": "Firm"}
    text = Read(page(world.evaluate())).text
    assert re.search(r"All \d pages ✎ column 1 “Company” becomes “Firm”", text)
    assert text.count("becomes") == 1
    assert text.index("Changes") < text.index("Columns of each page")


def test_a_plan_without_a_change_says_so() -> None:
    world = World({"company": {}}, (read("m", "company"),))
    world.sync()
    text = Read(page(world.evaluate())).text
    assert "No column changes" in text
    assert "No field changes." in text


def test_the_policy_allows_its_own_style_and_nothing_else() -> None:
    shown = page(evaluation())
    assert allowed(shown) == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "style-src": hashed(shown, "style"),
    }
    found = Read(shown)
    assert not {"script", "link", "img", "iframe", "form", "base"} & found.elements.keys()
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert plan_page.is_page(shown.encode())


def test_of_a_plan_of_hundreds_the_rest_is_named() -> None:
    names = [f"field_{number}" for number in range(310)]
    text = Read(page(World({name: {} for name in names}, (read("m", *names),)).evaluate())).text
    assert "10 more, by name" in text
    assert "270 more change" in text
    assert all(name in text for name in names)


def test_no_text_of_others_is_more_than_text() -> None:
    def shown(texts: Sequence[str]) -> Read:
        names = [f"field_{number}" for number in range(len(texts))]
        world = World({name: {} for name in names}, (read("m", *names),))
        world.sync()
        for name, text, original in zip(names, texts, HOSTILE, strict=True):
            if original != "\ud800":  # which makes it no document
                world.edit(name, display_name=text, description=text * 500, options=[text])
            world.files[name] = {"display_name": "New"}
        found = world.evaluate()
        text = " ".join(texts)
        plan = replace(
            found.plan,
            changes=(
                *found.plan.changes,
                Change(
                    text,
                    Action.UPDATE,
                    (Attribute(text, text, [text], ValueOrigin.LIVE, Place(text, 1)),),
                ),
            ),
            drift=(*found.plan.drift, FieldDrift(text, Drift.BOTH, tuple(texts), text)),
            refusals=(Refusal(text, text, text), Refusal("deletes", text, "", text)),
            overridden=(Refusal("hold", text, text),),
            flags=tuple(texts),
            warnings=tuple(texts),
            notes=tuple(texts),
            impact=tuple(Impact("required", text, text, breaking=True) for text in texts),
            environment=text,
        )
        return Read(plan_page.page(replace(found, plan=plan), text, template))

    hostile, plain = shown(HOSTILE), shown(["p" * len(text) for text in HOSTILE])
    assert hostile.elements == plain.elements
    assert hostile.attributes == plain.attributes
    assert all(c.isprintable() or c == "\n" for word in hostile.words for c in word)
