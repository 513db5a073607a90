"""The pages of reference say what the schema and the commands say."""

from __future__ import annotations

import pytest

from tests.reference import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_reference_is_up_to_date(name: str) -> None:
    if (FOLDER / name).read_text("utf-8") != PAGES[name]():
        pytest.fail(
            f"docs/{name} is out of date; write it anew: .venv/bin/python -m tests.house",
            pytrace=False,
        )
