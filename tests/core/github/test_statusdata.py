"""A status that another job wrote: read whole, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.github import statusdata
from fieldkeep.core.github.statusdata import Overview, Status
from fieldkeep.render.drift import issue
from tests.core.plan.test_plan import JSON, damaged, encoded

DRIFT: list[dict[str, Any]] = [{"field": None, "class": "missing", "attributes": []}]
STATUS: dict[str, Any] = {"schema": 1, "in_sync": False, "drift": DRIFT, "commit": None}


@pytest.mark.parametrize("name", ["schema", "in_sync", "drift"])
def test_a_status_without_its_drift_is_not_in_sync(name: str) -> None:
    calm = {**STATUS, "in_sync": True, "drift": []}
    assert statusdata.read(encoded(calm)) == Status(in_sync=True, drift=())
    found = statusdata.read(encoded({key: value for key, value in calm.items() if key != name}))
    assert found == Unreadable(f"the file does not hold a status: {name} is missing")


@pytest.mark.parametrize("kind", ["missing", "a class that a newer program writes"])
def test_a_class_that_is_or_may_be_pending_is_drift(kind: str) -> None:
    drift = [{"field": "a", "class": kind, "attributes": []}]
    found = statusdata.read(encoded({**STATUS, "drift": drift}))
    assert isinstance(found, Status)
    assert found.classes() == {kind: 1}
    contradiction = encoded({**STATUS, "in_sync": True, "drift": drift})
    assert isinstance(statusdata.read(contradiction), Unreadable)


def test_what_is_only_information_is_no_drift() -> None:
    drift = [{"field": "a", "class": "orphan", "attributes": []}]
    found = statusdata.read(encoded({**STATUS, "in_sync": True, "drift": drift}))
    assert found == Status(in_sync=True, drift=())


def test_what_the_end_of_a_restores_hold_undoes_is_in_the_issue() -> None:
    hold = {"until": "2026-03-01T12:00:00.000Z", "undoes": ["company", "@everyone"]}
    reading = statusdata.read(encoded({**STATUS, "hold": hold}))
    body = issue(Overview({"production": reading}))
    assert "A restore holds it until <code>" in body
    assert "<code>company</code>" in body
    assert "@everyone" not in body
    for hold_without in (None, {**hold, "undoes": []}, {"until": "2026-03-01T12:00:00.000Z"}):
        reading = statusdata.read(encoded({**STATUS, "hold": hold_without}))
        assert "A restore holds it" not in issue(Overview({"production": reading}))


@given(
    damaged({**STATUS, "hold": {"until": "", "undoes": ["a"]}})
    | damaged(STATUS)
    | st.binary(max_size=40)
    | JSON.map(encoded)
)
def test_anything_is_a_status_or_unreadable_and_can_be_shown(content: bytes) -> None:
    found = statusdata.read(content)
    overview = Overview({"production": found})
    assert issue(overview)
    in_sync = isinstance(found, Status) and found.in_sync
    assert in_sync == (not overview.drifting and not overview.unread)
