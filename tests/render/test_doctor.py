"""The doctor's checks, for people: what is wrong comes first."""

from __future__ import annotations

from fieldkeep.core.doctor import Level, Line, ok, warning
from fieldkeep.render.doctor import FORMATS
from fieldkeep.render.screen import PIPE, Screen

CHECKS = [
    ok("store", "answers"),
    warning("git", "the owner is unknown", "set owner"),
    Line("read", Level.FAILURE, "no rights", "give the token read rights", 4),
    ok("write", "may be written"),
]


def test_what_is_wrong_comes_first_and_the_rest_is_a_number() -> None:
    assert FORMATS["text"](CHECKS, PIPE).splitlines() == [
        "failure read    no rights",
        "                give the token read rights",
        "",
        "warning git     the owner is unknown",
        "                set owner",
        "",
        "2 checks are fine, 1 warning, 1 failure  (--verbose lists all)",
    ]


def test_verbose_lists_every_check() -> None:
    shown = FORMATS["text"](CHECKS, Screen(verbose=True)).splitlines()
    assert shown[-4:] == [
        "ok      store   answers",
        "ok      write   may be written",
        "",
        "2 checks are fine, 1 warning, 1 failure",
    ]
