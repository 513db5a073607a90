"""Counts, sizes and values in words."""

from __future__ import annotations

from functools import partial

from fieldkeep.core.common.words import number
from fieldkeep.render.words import printable, size, value, with_environment


def test_words() -> None:
    assert (number(1, "field"), number(0, "field"), number(1234, "field")) == (
        "1 field",
        "0 fields",
        "1,234 fields",
    )
    assert (size(0), size(1023), size(1024), size(1536 * 1024)) == (
        "0 B",
        "1023 B",
        "1 KiB",
        "1.5 MiB",
    )
    assert printable("é日\x1b\n\u202e\ud800") == "é日\\x1b\\n\\u202e\\ud800"
    assert value(None) == "(none)"
    assert len(value("x" * 500)) == 100


def test_commands_in_a_text_name_the_environment() -> None:
    told = partial(with_environment, environment="staging")
    assert told("`fieldkeep sync` it") == "`fieldkeep sync --env staging` it"
    assert told("`fieldkeep adopt --all`") == "`fieldkeep adopt --env staging --all`"
    for unchanged in ("`fieldkeep get --env x NAME`", "`fieldkeep help store`", "fieldkeep sync"):
        assert told(unchanged) == unchanged
    assert with_environment("`fieldkeep sync`", None) == "`fieldkeep sync`"
    assert with_environment("`fieldkeep sync`", "$(rm x)") == "`fieldkeep sync`"
