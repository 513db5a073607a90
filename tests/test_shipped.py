"""What this repository ships as fields and Prometheus files is valid, whatever it is.

No other test reads it: they work on `tests/sample/`, so that a fork may put its own files there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkeep.settings import settings_file
from tests.real import forked
from tests.real.parts import ROOT
from tests.scenarios.world import PATIENCE, environment

FIELDS = ROOT / settings_file.read(ROOT).settings.get("fields", "fields")


@pytest.mark.skipif(not any(FIELDS.glob("*.yaml")), reason="this repository has no field files")
def test_what_is_shipped_is_valid_and_can_be_planned(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/store.db"
    for arguments in (["validate", "--prometheus"], ["plan", "--store", store]):
        done = forked.run(arguments, ROOT, environment(), PATIENCE)
        assert done.code == 0, done.out + done.err


def test_no_other_test_reads_what_is_shipped() -> None:
    reads = re.compile(r'\b(?:ROOT|parents\[\d\]|\.parent) / "(?:fields|prometheus)')
    texts = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py")}
    assert [path for path, text in texts.items() if reads.search(text)] == []
