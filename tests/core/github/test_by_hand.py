"""What is asked for by hand is taken as it was written, or refused."""

from __future__ import annotations

import json

import pytest

from fieldkeep.commands.guard_flags import NAMES
from fieldkeep.core.github.by_hand import guard_flags, recovery
from fieldkeep.errors import Refused, UsageError

CONFIRMED = {
    "environment": "staging",
    "action": "apply",
    "allow": "",
    "reason": "a drill",
    "confirm": "staging",
}


def form(**changes: str) -> str:
    return json.dumps(CONFIRMED | changes)


def test_flags_are_those_of_guards_each_once() -> None:
    assert guard_flags("", NAMES) == ()
    asked = "--allow-deletes\n --allow-breaking --allow-deletes"
    assert guard_flags(asked, NAMES) == ("--allow-deletes", "--allow-breaking")


@pytest.mark.parametrize(
    "text", ["--allow-everything", "--allow-deletes; id", "--env production", "nothing", "'--prune"]
)
def test_a_word_that_is_no_flag_of_a_guard_is_refused_and_not_dropped(text: str) -> None:
    with pytest.raises(UsageError):
        guard_flags(text, NAMES)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"confirm": ""}, "type the environment"),
        ({"confirm": "production"}, "type the environment"),
        ({"confirm": "", "action": "release"}, "type the environment"),
        ({"action": "destroy"}, "the action is one of"),
        ({"reason": " "}, "say why"),
        ({"environment": "", "confirm": ""}, "name an environment"),
        ({"ref": "HEAD~1", "backup": "1", "expect": "1"}, "not several"),
        ({"backup": "1", "expect": "1", "run": "5"}, "not several"),
        ({"backup": "1", "expect": "1", "allow": "--allow-deletes"}, "asks no guard"),
        ({"run": "5", "allow": "--prune --take-over"}, "that --prune would answer"),
        ({"backup": "1"}, "plan first"),
        ({"run": "5; id"}, "the number in its address"),
    ],
)
def test_a_recovery_that_must_not_be_done_is_refused(changes: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        recovery(form(**changes), NAMES)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"environment": 1}', form(force="true"), form(reason="a\nflags=--prune")],
)
def test_a_form_that_holds_anything_else_is_no_request(text: str) -> None:
    with pytest.raises(UsageError):
        recovery(text, NAMES)


def test_a_plan_needs_no_confirmation() -> None:
    asked = recovery(form(action="plan", confirm="", allow="--take-over"), NAMES)
    assert (asked.action, asked.allow, asked.ref, asked.run) == ("plan", ("--take-over",), "", "")
