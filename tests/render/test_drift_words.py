"""Each class of drift is said in words, and `explain` knows its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.merge.outcome import Drift, FieldDrift
from fieldkeep.render import drift_words, glossary
from fieldkeep.render.screen import Style

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text("utf-8")


@pytest.mark.parametrize("drift", Drift)
def test_every_class_has_words_and_an_entry(drift: Drift) -> None:
    said = drift_words.explained(drift)
    assert said.endswith(f" [{drift}]")
    assert len(said.split()) > 3
    assert glossary.find(drift, glossary.entries(PAGE))


def test_a_class_of_a_newer_program_is_shown_by_its_name() -> None:
    drift = [FieldDrift("company", "both-gone", ("order",)), FieldDrift("site", "both-gone")]
    assert [str(line) for line in drift_words.grouped(drift, Style.WARNING)] == [
        "[both-gone]",
        "    site",
        "    company: order",
    ]
    assert drift_words.counted(drift) == "both-gone (2 fields)"


def test_a_verdict_counts_the_fields_of_each_class() -> None:
    drift = [
        FieldDrift("", Drift.MISSING, detail="absent"),
        FieldDrift("a", Drift.GIT_AHEAD),
        FieldDrift("b", Drift.GIT_AHEAD),
    ]
    assert drift_words.counted(drift) == "there is no document, git is newer (2 fields)"
