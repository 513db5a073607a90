"""`fieldkeep explain`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.edges.files import packaged
from fieldkeep.errors import UsageError
from fieldkeep.render import glossary

_LIST: Final = (
    "`fieldkeep explain` lists the words; if a key or an edit is gone, see `fieldkeep help runbook`"
)


@click.command("explain")
@click.argument("words", nargs=-1, metavar="[WORD]", shell_complete=values.words)
def command(words: tuple[str, ...]) -> int:
    """Say what a word of the output means, and what to do.

    WORD is a class of drift, a guard, a check, an exit code, an attribute, ... Without
    one, all words are listed.
    """
    entries = (*glossary.entries(packaged.page("glossary")), *glossary.attributes())
    columns = min(glossary.COLUMNS, screens.stdout().width or glossary.COLUMNS)
    if not words:
        click.echo(glossary.listed(entries, columns))
        return 0
    word = " ".join(words)
    found = glossary.find(word, entries)
    if not found:
        hint = did_you_mean(
            word, [name for entry in entries for name in (entry.word, *entry.also)], _LIST
        )
        raise UsageError(f"there is no entry '{word}'", hint)
    click.echo(glossary.explained(found, columns))
    return 0
