from __future__ import annotations

import pytest

from fieldkeep.core.common.suggest import closest, did_you_mean

FIELDS = ("company", "display_name", "key", "owner", "region", "server", "site", "staging")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("compnay", "company"),
        ("Display-Name", "display_name"),
        ("disp", "display_name"),
        ("kee", "key"),
        ("SITE", "site"),
        ("stagin", "staging"),
        ("user", None),
        ("reason", None),
        ("s", None),
        ("", None),
    ],
)
def test_only_what_is_near_is_suggested(word: str, meant: str | None) -> None:
    assert closest(word, FIELDS) == meant


def test_a_hint_names_the_choice_that_is_near_or_all_if_they_are_few() -> None:
    assert did_you_mean("regoin", FIELDS, "see elsewhere") == "did you mean 'region'?"
    assert did_you_mean("zzz", FIELDS, "see elsewhere") == f"one of: {', '.join(FIELDS)}"
    assert did_you_mean("zzz", (*FIELDS, "one_more"), "see elsewhere") == "see elsewhere"
    assert did_you_mean("zzz", (), "there are none") == "there are none"
