"""What somebody asks for who starts a workflow by hand: flags for guards, or a recovery."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from fieldkeep.errors import Refused, UsageError

ACTIONS: Final = ("plan", "apply", "release")
# A restore puts a backup back as it is: no guard of a sync is asked, so no flag answers it.
_OF_A_RESTORE: Final = frozenset({"--take-over", "--override-hold"})
_NAME: Final = re.compile(r"[\w][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recovery:
    """``ref``, ``backup`` and ``run`` are '' if none is named: then the branch itself is applied.
    ``allow`` are flags of ``fieldkeep sync``."""

    environment: str
    action: str
    ref: str
    backup: str
    expect: str
    run: str
    allow: tuple[str, ...]
    reason: str


def guard_flags(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The flags in a text, each once. Raises UsageError for a word that is none of them."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"'{text}' cannot be split into flags: {error}", _flags(known)) from error
    for word in words:
        if word not in known:
            raise UsageError(f"'{word}' is no flag of a guard", _flags(known))
    return tuple(dict.fromkeys(words))


def recovery(text: str, known: Collection[str]) -> Recovery:
    """The request in the JSON of a form. Raises UsageError if it is no such form, Refused if it
    asks for what must not be done."""
    form = _form(text)
    request = Recovery(
        **{name: value for name, value in form.items() if name not in ("allow", "confirm")},
        allow=guard_flags(form["allow"], known),
    )
    for reason in _reasons(request, form["confirm"]):
        raise Refused(reason, "start the workflow anew: nothing was written")
    return request


def _form(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise UsageError("the request is not JSON", "give it as toJSON(inputs)") from error
    if isinstance(given, dict):
        given = {name: "" if value is None else value for name, value in given.items()}
    known = {*(field.name for field in fields(Recovery)), "confirm"}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise UsageError("the request is no object of texts", "give it as toJSON(inputs)")
    if unknown := sorted(set(given) - known):
        raise UsageError(f"the request has a field '{unknown[0]}'", f"known: {_listed(known)}")
    form = {name: given.get(name, "").strip() for name in known}
    for name, value in form.items():
        if not value.isprintable():
            raise UsageError(f"the field '{name}' is not one line of text", "type it again")
    return form


def _reasons(request: Recovery, confirmed: str) -> list[str]:
    """Why the request is refused; empty if it is not."""
    sources = [name for name in (request.ref, request.backup, request.run) if name]
    restores = request.backup or request.run
    unanswered = [flag for flag in request.allow if flag not in _OF_A_RESTORE]
    checks = (
        (not _NAME.fullmatch(request.environment), "name an environment"),
        (request.action not in ACTIONS, f"the action is one of {_listed(ACTIONS)}"),
        (not request.reason, "say why: the reason is kept with the backup"),
        (len(sources) > 1, "name a ref, a backup or a run, not several"),
        (not re.fullmatch(r"\d*", request.run, re.ASCII), "a run is the number in its address"),
        (
            request.action == "apply" and bool(request.backup) and not request.expect,
            "plan first, and repeat in 'expect' the serial or time that it shows",
        ),
        (
            request.action != "plan" and confirmed != request.environment,
            f"to {request.action}, type the environment's name into the last field",
        ),
        (
            bool(restores and unanswered),
            f"a restore asks no guard that {' '.join(unanswered)} would answer",
        ),
    )
    return [reason for applies, reason in checks if applies]


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _flags(known: Collection[str]) -> str:
    return f"the flags are {_listed(known)}"
