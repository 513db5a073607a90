"""A plan, or a status, that came from somewhere else: read whole, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.github import plandata, statusdata
from fieldkeep.core.github.plandata import PlanFile
from fieldkeep.core.github.statusdata import Overview, Status
from fieldkeep.render.drift import issue
from fieldkeep.render.markdown import COMMENT_BYTES
from fieldkeep.render.report import Section, report

ATTRIBUTE = {"name": "order", "old": 1, "new": None, "origin": "git", "where": None}
PLAN: dict[str, Any] = {
    "schema": 1,
    "counts": {"create": 0, "update": 1, "delete": 0, "unchanged": 3, "orphans": 0, "total": 4},
    "changes": [{"field": "company", "action": "update", "attributes": [ATTRIBUTE]}],
    "drift": [{"field": None, "class": "missing", "attributes": []}],
    "orphans": ["old"],
    "impact": [{"kind": "required", "field": None, "message": "m", "breaking": True}],
    "refusals": [{"guard": "g", "message": "m", "flag": None}],
    "warnings": ["w"],
    "notes": [],
    "digest": "sha256:0",
    "bound": {"commit": "f418fe45", "new": {"things": 1}},
    "against": None,
    "added": "later",
}
STATUS = {"schema": 1, "in_sync": False, "drift": PLAN["drift"], "commit": None}


def of(value: object) -> bytes:
    return json.dumps(value).encode()


def test_what_is_there_is_taken_and_what_is_new_is_left() -> None:
    plan = plandata.read(of(PLAN))
    assert isinstance(plan, PlanFile)
    assert (plan.counts.update, plan.counts.total, plan.commit) == (1, 4, "f418fe45")
    assert plan.drift[0].field == plan.against == plan.environment == ""
    assert plan.impact[0].services is None
    assert plan.changes[0].attributes[0].where == ""


@pytest.mark.parametrize(
    "name", ["schema", "changes", "drift", "orphans", "refusals", "warnings", "digest"]
)
def test_a_plan_without_one_of_its_lists_is_not_one_with_nothing_in_it(name: str) -> None:
    found = plandata.read(of({key: said for key, said in PLAN.items() if key != name}))
    assert found == Unreadable(f"the file does not hold a plan: {name} is missing")


@pytest.mark.parametrize("name", ["schema", "in_sync", "drift"])
def test_a_status_without_its_drift_is_not_in_sync(name: str) -> None:
    calm = {**STATUS, "in_sync": True, "drift": []}
    assert statusdata.read(of(calm)) == Status(in_sync=True, drift=())
    found = statusdata.read(of({key: said for key, said in calm.items() if key != name}))
    assert found == Unreadable(f"the file does not hold a status: {name} is missing")


@pytest.mark.parametrize("origin", ["git", "default"])
def test_a_plan_that_does_not_say_what_is_default_names_the_author(origin: str) -> None:
    attribute = {**ATTRIBUTE, "origin": origin}
    change = {"field": "a", "action": "update", "attributes": [attribute]}
    plan = plandata.read(of({**PLAN, "changes": [change]}))
    assert isinstance(plan, PlanFile)
    assert plan.changes[0].attributes[0].default is (origin == "default")


@pytest.mark.parametrize("number", [-1, 10**4000], ids=["negative", "vast"])
@pytest.mark.parametrize("name", ["unchanged", "orphans", "total"])
def test_what_is_no_count_is_not_shown_as_one(name: str, number: int) -> None:
    counts = {**PLAN["counts"], name: number}
    assert isinstance(plandata.read(of({**PLAN, "counts": counts})), Unreadable)
    impact = [{**PLAN["impact"][0], "services": number}]
    assert isinstance(plandata.read(of({**PLAN, "impact": impact})), Unreadable)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def damaged(draw: st.DrawFn, whole: dict[str, Any]) -> bytes:
    """The same with any value at any place of it."""
    copy = json.loads(json.dumps(whole))
    at, place = copy, draw(st.sampled_from(sorted(copy)))
    while isinstance(at[place], (dict, list)) and at[place] and draw(st.booleans()):
        at = at[place]
        place = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
    at[place] = draw(JSON)
    return of(copy)


@given(damaged(PLAN) | st.binary(max_size=40) | JSON.map(of))
def test_anything_is_a_plan_or_unreadable_and_can_be_shown(content: bytes) -> None:
    found = plandata.read(content)
    said = report([Section("main", found)])
    assert ("there is no plan" in said) == isinstance(found, Unreadable)
    assert len(said.encode()) <= COMMENT_BYTES


@given(damaged(STATUS) | st.binary(max_size=40) | JSON.map(of))
def test_anything_is_a_status_or_unreadable_and_can_be_shown(content: bytes) -> None:
    found = statusdata.read(content)
    overview = Overview({"production": found})
    assert issue(overview)
    in_sync = isinstance(found, Status) and found.in_sync
    assert in_sync == (not overview.drifting and not overview.unread)


@pytest.mark.parametrize("length", [10, 1000, len(of(PLAN)) - 1])
def test_half_a_file_is_no_plan(length: int) -> None:
    content = of({**PLAN, "warnings": ["w" * 1000]})[:length]
    assert plandata.read(content) == Unreadable("the file does not hold a plan: it is not JSON")
