"""The group. Each command is a module of its own, imported only when it is called."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep import __version__
from fieldkeep.commands.lazy import Lazy
from fieldkeep.commands.options import common

# In the order of a day's work, which is also the order of the help.
_COMMANDS: Final = {
    "init": "Begin a project in a git repository.",
    "new": "Write a file for a field that has none.",
    "set": "Change attributes in a field file.",
    "rename": "Give the file of a field another name.",
    "edit": "Open a field file in an editor, and check it.",
    "migrate": "Rewrite field files of an older version of the schema.",
    "fmt": "Give field files their canonical form.",
    "validate": "Check field files and schema.",
    "extract": "Show the labels that the sources attach.",
    "plan": "Show what a sync would change.",
    "sync": "Apply the field files to the store.",
    "capture": "Back up edits made in the application.",
    "watch": "Capture edits as they are made, and heal.",
    "status": "Tell whether store and git agree.",
    "get": "Show one field as it is live.",
    "list": "List the fields that are live.",
    "history": "List, show, compare, check and export the backups.",
    "restore": "Put a backup back.",
    "hold": "Stop every sync until a time.",
    "release": "End a hold.",
    "adopt": "Take edits from the application into git.",
    "propose": "Propose edits from the application as a pull request.",
    "catalog": "Write a page that shows every field.",
    "doctor": "Check settings, store, rights, sources and git.",
    "drill": "Rehearse the recovery, and tell what would not come back.",
    "schema": "Print the schema of field files, or of the document.",
    "explain": "Say what a word of the output means, and what to do.",
    "help": "Show a page of the documentation.",
    "version": "Print the version.",
    "completion": "Print the script that completes in bash, zsh or fish.",
    "github": "What the workflows ask of GitHub, and write there.",
    "gitlab": "What a pipeline writes on GitLab.",
}


@click.group(
    cls=Lazy,
    table=_COMMANDS,
    package=__name__,
    # what is colored is said by ``screens``; click would take it out again of a pipe
    context_settings={"help_option_names": ["-h", "--help"], "color": True},
)
@common
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Keep what people say about Prometheus target labels in git, and apply it.

    Exit codes: 0 fine, 1 findings in the input, 2 changes or drift pending
    (where asked), 3 refused by a guard, 4 git, Prometheus or the store failed,
    5 conflict, 64 wrong command line or settings.
    """
    from fieldkeep.commands import notes

    context.with_resource(notes.on_stderr())
