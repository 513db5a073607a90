"""What each command is shown doing, a session a golden file. A command that is new gets a line here
or a reason below: a test compares with the program's own tables of commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from fieldkeep import commands

SESSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "adopt": ("adopt site --dry-run", "adopt vendor", "adopt cite"),
    "capture": ("capture", "capture"),
    "catalog": ("catalog --out pages",),
    "doctor": ("doctor",),
    "drill": ("drill",),
    "explain": ("explain", "explain drift", "explain blast"),
    "extract": (
        "extract --source lab=lab.yml",
        "extract --explain owner --source lab=lab.yml",
        "extract --diff lab.yml lab-new.yml",
    ),
    "fmt": ("fmt --check --fields loose", "fmt --check --fields broken"),
    "get": ("get company", "get company --explain", "get compani", "get company.category"),
    "help": ("help",),
    "history": ("history",),
    "history-diff": ("history diff 2 0",),
    "history-export": ("history export -q copy.json",),
    "history-field": ("history vendor", "history 0"),
    "history-show": ("history show 1", "history show 44"),
    "history-verify": ("history verify",),
    "hold": ("hold --until 4h --reason 'a new switch'", "status", "release"),
    "init": ("-C ../new init",),
    "list": ("list", "list --wide --columns name,pages,description"),
    "migrate": ("migrate",),
    "new": ("new shelf display_name=Shelf type=text --dry-run",),
    "plan": ("plan",),
    "propose": ("propose --dry-run -q",),
    "release": ("release",),
    "rename": ("rename floor level --dry-run", "rename rack shelf --dry-run"),
    "restore": ("restore 2 --dry-run", "restore 3 vendor --dry-run"),
    "set": ("set rack placeholder=R-02 order=55", "set rack pages=+nowhere", "set rack ordre=1"),
    "status": ("status",),
    "sync": ("sync", "sync"),
    "validate": ("validate", "validate --fields broken"),
}
"""Command lines in a copy of the world, one after the other; a name is that of its golden file."""

EXEMPT: Final[Mapping[str, str]] = {
    "edit": "opens an editor; tests/terminal/test_edit.py",
    "completion": "prints a script that a shell reads",
    "schema": "prints JSON, which no width changes",
    "version": "prints a short line",
    "watch": "runs until it is stopped; tests/scenarios reads its lines",
    "github current": "talks to GitHub, in a log without a width",
    "github run": "talks to GitHub, in a log without a width",
    "github flags": "talks to GitHub, and prints what a shell reads",
    "github request": "prints what a shell reads",
    "github comment": "writes Markdown",
    "github issue": "writes Markdown",
    "gitlab note": "writes Markdown",
}


def program_commands() -> Iterator[str]:
    """Every command of the program, `history verify` as such."""
    for name in commands._COMMANDS:  # noqa: SLF001 - the table that the help shows too
        module = import_module(f"{commands.__name__}.{name}")
        inner = getattr(module, "_COMMANDS", None)
        if inner is None or getattr(module.command, "invoke_without_command", False):
            yield name
        yield from (f"{name} {command}" for command in inner or ())
