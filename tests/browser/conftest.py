"""One Chromium for a worker's tests; a tab of its own for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.real import browser as real


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with real.chromium() as browser:
        yield browser


@pytest.fixture
def tab(chromium: Browser) -> Iterator[real.Tab]:
    """At its end the page has asked for nothing outside, and has complained of nothing."""
    with real.tab(chromium) as opened:
        yield opened
        assert opened.leaving() == []
        assert opened.complaints == []
