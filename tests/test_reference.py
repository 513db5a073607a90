"""The pages of reference say what the schema and the commands say.

``FIELDKEEP_UPDATE=1`` writes them anew, so that a changed option is a diff to review.
"""

from __future__ import annotations

import os

import pytest

from tests.reference import ANEW, FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_reference_is_up_to_date(name: str) -> None:
    page, text = FOLDER / name, PAGES[name]()
    if os.environ.get("FIELDKEEP_UPDATE"):
        page.write_text(text, "utf-8")
    if page.read_text("utf-8") != text:
        pytest.fail(f"docs/{name} is out of date; write it anew: {ANEW}", pytrace=False)
