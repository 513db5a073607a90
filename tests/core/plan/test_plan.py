"""A plan writes itself as JSON and is read back: the same, whole, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.plan import Action, Attribute, Change, Headroom, Plan, read
from fieldkeep.model import Place
from fieldkeep.render.markdown import COMMENT_BYTES
from fieldkeep.render.report import Section, report

ATTRIBUTE = {"name": "order", "old": 1, "new": None, "origin": "git", "where": None}
PLAN: dict[str, Any] = {
    "schema": 1,
    "counts": {"create": 0, "update": 1, "delete": 0, "unchanged": 3, "orphans": 1, "total": 5},
    "changes": [{"field": "company", "action": "update", "attributes": [ATTRIBUTE]}],
    "drift": [{"field": None, "class": "missing", "attributes": []}],
    "orphans": ["old"],
    "impact": [{"kind": "required", "field": None, "message": "m", "breaking": True}],
    "refusals": [{"guard": "g", "message": "m", "flag": None}],
    "warnings": ["w"],
    "notes": [],
    "digest": "sha256:0",
    "store": {"bytes": 5, "limit": 10},
    "bound": {"commit": "f418fe45", "new": {"things": 1}},
    "against": None,
    "added": "later",
}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


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
    return encoded(copy)


# --------------------------------------------------------------------------- what is written

TEXT = st.text(max_size=5) | st.just("\ud800")
COUNT = st.integers(0, 10**9)
PLACE = st.builds(Place, TEXT, st.integers(1, 99))
DRIFT = st.builds(FieldDrift, TEXT, st.sampled_from(Drift), st.lists(TEXT).map(tuple), TEXT)
ATTRIBUTES = st.builds(
    Attribute,
    *(TEXT, JSON, JSON, st.sampled_from(ValueOrigin), st.none() | PLACE),
    default=st.booleans(),
    from_backup=st.booleans(),
)
CHANGES = st.builds(
    Change, TEXT, st.sampled_from(Action), st.lists(ATTRIBUTES, max_size=2).map(tuple)
)
PLANS = st.builds(
    Plan,
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    drift=st.lists(DRIFT, max_size=2).map(tuple),
    orphans=st.lists(TEXT, max_size=2).map(tuple),
    refusals=st.lists(st.builds(Refusal, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    warnings=st.lists(TEXT, max_size=2).map(tuple),
    digest=TEXT,
    notes=st.lists(TEXT, max_size=2).map(tuple),
    impact=st.lists(
        st.builds(Impact, TEXT, TEXT, TEXT, st.booleans(), st.none() | COUNT), max_size=2
    ).map(tuple),
    unchanged=st.none() | COUNT,
    total=st.none() | COUNT,
    store=st.none() | st.builds(Headroom, COUNT, COUNT, TEXT, COUNT, COUNT),
    against=st.none() | TEXT,
    environment=st.none() | TEXT,
    status_changes=st.booleans(),
    head_changes=st.booleans(),
    flags=st.lists(TEXT, max_size=2).map(tuple),
    overridden=st.lists(st.builds(Refusal, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)


@given(PLANS)
def test_what_a_plan_writes_is_read_as_the_same_plan(plan: Plan) -> None:
    assert read(encoded(plan.to_json())) == plan


def test_what_the_json_leaves_out_is_all_that_two_equal_plans_differ_in() -> None:
    plan = Plan((), (), (), (Refusal("prune", "m"),), (), "sha256:0")
    told = replace(plan, refusals=(Refusal("prune", "m", hint="h"),))
    assert plan.to_json() == told.to_json()
    assert plan == told


# --------------------------------------------------------------------------- what is read


def test_what_is_there_is_taken_and_what_is_new_is_left() -> None:
    plan = read(encoded(PLAN))
    assert isinstance(plan, Plan)
    assert (plan.counts(), plan.unchanged, plan.total) == ({Action.UPDATE: 1}, 3, 5)
    assert plan.drift[0].field == ""
    assert plan.against is plan.environment is None
    assert plan.impact[0].services is None
    assert plan.changes[0].attributes[0].where is None
    assert plan.store == Headroom(5, 10, "", 5)


@pytest.mark.parametrize(
    "name", ["schema", "changes", "drift", "orphans", "refusals", "warnings", "digest"]
)
def test_a_plan_without_one_of_its_lists_is_not_one_with_nothing_in_it(name: str) -> None:
    found = read(encoded({key: value for key, value in PLAN.items() if key != name}))
    assert found == Unreadable(f"the file does not hold a plan: {name} is missing")


@pytest.mark.parametrize("name", ["impact", "notes", "counts", "store", "against", "environment"])
def test_what_an_older_program_did_not_write_may_be_missing(name: str) -> None:
    found = read(encoded({key: value for key, value in PLAN.items() if key != name}))
    assert isinstance(found, Plan)


@pytest.mark.parametrize("origin", ["git", "default"])
def test_a_plan_that_does_not_say_what_is_default_names_the_origin(origin: str) -> None:
    attribute = {**ATTRIBUTE, "origin": origin}
    change = {"field": "a", "action": "update", "attributes": [attribute]}
    plan = read(encoded({**PLAN, "changes": [change]}))
    assert isinstance(plan, Plan)
    assert plan.changes[0].attributes[0].default is (origin == "default")


@pytest.mark.parametrize("number", [-1, 10**4000], ids=["negative", "vast"])
@pytest.mark.parametrize("name", ["unchanged", "orphans", "total"])
def test_what_is_no_count_is_not_shown_as_one(name: str, number: int) -> None:
    counts = {**PLAN["counts"], name: number}
    assert isinstance(read(encoded({**PLAN, "counts": counts})), Unreadable)
    impact = [{**PLAN["impact"][0], "services": number}]
    assert isinstance(read(encoded({**PLAN, "impact": impact})), Unreadable)


@given(damaged(PLAN) | st.binary(max_size=40) | JSON.map(encoded))
def test_anything_is_a_plan_or_unreadable_and_can_be_shown(content: bytes) -> None:
    found = read(content)
    said = report([Section("main", found)])
    assert ("there is no plan" in said) == isinstance(found, Unreadable)
    assert len(said.encode()) <= COMMENT_BYTES


@pytest.mark.parametrize("length", [10, 1000, len(encoded(PLAN)) - 1])
def test_half_a_file_is_no_plan(length: int) -> None:
    content = encoded({**PLAN, "warnings": ["w" * 1000]})[:length]
    assert read(content) == Unreadable("the file does not hold a plan: it is not JSON")


@pytest.mark.parametrize("report", ["report", "drift"])
def test_a_report_for_github_is_made_without_what_makes_plans(report: str) -> None:
    script = f"import sys, fieldkeep.render.{report}; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    modules = set(ended.stdout.split())
    heavy = ("merge.merge", "merge.decide", "stored", "journal", "document", "labels", "fields")
    assert modules.isdisjoint(f"fieldkeep.core.{name}" for name in heavy)
