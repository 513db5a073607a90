"""What a plan says of later writes that would not fit, and whether it is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldkeep.errors import Refused
from tests.core.build import KEYS, World, read
from tests.core.journal.test_large import LIMITS, SELECTS, options


def warned(made: World, words: str) -> list[str]:
    return [warning for warning in made.evaluate().plan.warnings if words in warning]


def test_a_history_that_holds_fewer_backups_than_it_should() -> None:
    """Told before the first byte, with the setting that helps; and true."""
    made = World(options("first"), (read("m", *SELECTS),), limits=LIMITS)
    (warning,) = warned(made, "backups of this size")
    assert "only 2 of 10" in warning
    assert "set history to 2" in warning
    made.sync()
    made.files = options("second")
    made.sync(changes=True)
    made.files = options("third")
    with pytest.raises(Refused, match="size"):
        made.sync(changes=True)
    made.depth = 2
    assert warned(made, "backups of this size") == []
    made.sync(changes=True)


def test_a_document_that_could_not_be_put_back() -> None:
    made = World(options("first"), (read("m", *SELECTS),), limits=LIMITS, depth=2)
    assert warned(made, "put back") == []
    made.limits = replace(made.limits, transaction=50_000)
    (warning,) = warned(made, "put back")
    assert "max_transaction_bytes" in warning
    made.sync()
    made.store.delete(KEYS.document)
    with pytest.raises(Refused, match="size"):
        made.sync()


def test_a_small_document_has_no_shortage() -> None:
    made = World({"company": {"display_name": "A"}}, (read("m", "company"),), limits=LIMITS)
    assert made.evaluate().plan.warnings == ()
