"""What all of our HTTP clients share: how long a server may make a read wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fieldkeep.edges.github.http import Transport
from fieldkeep.edges.http import Transient, retried, retry_after
from fieldkeep.edges.labels.api import Api
from fieldkeep.errors import Unavailable
from fieldkeep.settings.sources import Access
from tests.real.proxy import Answer, Gate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2", 2.0), (" 2 ", 2.0), ("0", 0.0), ("", 0.0), ("soon", 0.0), ("-1", 0.0), ("nan", 0.0)],
)
def test_the_seconds_of_a_retry_after(text: str, seconds: float) -> None:
    assert retry_after({"Retry-After": text}) == seconds
    assert retry_after({}) == 0


def test_the_date_of_a_retry_after() -> None:
    def after(seconds: int) -> float:
        date = datetime.now(UTC) + timedelta(seconds=seconds)
        return retry_after({"Retry-After": format_datetime(date, usegmt=True)})

    assert 55 < after(60) <= 60
    assert after(-60) == 0
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}) == 0


def test_a_read_that_asks_for_no_pause_is_made_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    asked: list[int] = []

    def read() -> None:
        asked.append(1)
        raise Transient("busy")

    with pytest.raises(Transient):
        retried(read)
    assert len(asked) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_of_labels_is_not_waited_for_longer_than_allowed(gate: Gate, status: int) -> None:
    gate.answer("GET", "/api/v1/", Answer(status, headers={"Retry-After": "60"}))
    with (
        Api(f"http://{gate.address}", Access(), {}) as api,
        pytest.raises(Unavailable, match=str(status)),
    ):
        api.get("/api/v1/targets")
    assert len(gate.seen) == 1


def test_a_github_that_asks_for_a_long_pause_is_not_waited_for(gate: Gate) -> None:
    gate.answer("GET", "/repos", Answer(429, b"{}", {"Retry-After": "60"}))
    github = Transport(f"http://{gate.address}", "token", {})
    with github.session, pytest.raises(Unavailable, match="429"):
        github.get("/repos", "issues: read")
    assert len(gate.seen) == 1
