"""A restore's preview."""

from __future__ import annotations

from fieldkeep.render import restoration
from fieldkeep.render.screen import PIPE
from tests.core.build import KEYS
from tests.render.test_findings import raw_controls
from tests.render.worlds import URL, hostile


def test_a_restores_preview_sends_nothing_that_a_terminal_obeys() -> None:
    made = hostile()
    made.store.delete(KEYS.hold)
    assert raw_controls(restoration.preview(made.restore("0"), URL, PIPE)) == set()
