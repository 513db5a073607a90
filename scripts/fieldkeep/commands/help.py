"""`fieldkeep help`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.edges.files import installation, packaged
from fieldkeep.errors import UsageError
from fieldkeep.render import pages

TOPICS: Final = {
    "tutorial": "from an empty folder to a lost key that came back, in fifteen minutes",
    "howto": "adopt an installation, recover, add a site, change the schema, move Prometheus",
    "init": "a repository of your own: what `init` writes, and from what",
    "fields": "the field file, and every finding of `validate`",
    "edit": "field files changed from the command line, every other line as it was",
    "attributes": "each attribute of a field: what it may say, its default, an example",
    "merge": "who wins, drift classes, guards, blast radius, plans against a commit",
    "adopt": "what people changed in the application becomes YAML",
    "propose": "what people changed in the application becomes a pull request",
    "store": "the keys, the document, backups, restore, hold, limits",
    "watch": "edits captured as they are made, and what git says put back; notices to consumers",
    "catalog": "a page that shows every field: live, in git, after a sync; how to publish it",
    "runbook": "on call: erased key, bad merge, lost edit, no leader, and what to type",
    "monitoring": "metrics, alert rules, a dashboard",
    "deploy": "a watcher under systemd, in a container, on Kubernetes, on Nomad",
    "drill": "rehearse the recovery before it is needed",
    "reliability": "what is proven about crashes, races and outages, and what cannot be promised",
    "setup-github": "the workflows: environments, protection, tokens, runners, recovery",
    "setup-gitlab": "the pipeline: variables, environments, schedules, recovery",
    "setup-ci": "Jenkins, cron and everything else: exit codes, three lines each",
    "consul-acl": "the smallest rights in Consul for plan and sync",
    "labels": "how labels are read from Prometheus configurations",
    "settings": "settings, environments, variables",
    "commands": "each command: what it does, and its options",
    "output": "exit codes and machine-readable output",
    "completion": "names and values completed by the shell: bash, zsh, fish",
    "glossary": "every word of the output: what it means, an example, what to do",
}

# Pages that an installation does not have.
_ELSEWHERE: Final = {
    "architecture": "architecture",
    "decisions": "decisions/README",
    "performance": "performance",
}


@values.beginning_with
def _topics(_: click.Context, __: str) -> Iterable[tuple[str, str]]:
    return TOPICS.items()


@click.command("help")
@click.argument("topic", required=False, shell_complete=_topics)
@click.pass_context
def command(context: click.Context, /, topic: str | None) -> int:
    """Show a page of the documentation, or list the pages.

    On a terminal it is formatted, and opens in the pager.
    """
    if topic is None:
        click.echo(pages.listed(TOPICS, screens.stdout()))
        return 0
    if topic in _ELSEWHERE:
        address = installation.page(_ELSEWHERE[topic])
        raise UsageError(f"'{topic}' is for those who work on fieldkeep itself", f"see {address}")
    if topic not in TOPICS:
        hint = "`fieldkeep help` lists the pages, `fieldkeep COMMAND --help` explains a command"
        raise UsageError(f"there is no page '{topic}'", did_you_mean(topic, TOPICS, hint))
    text = pages.with_ways_to_links(packaged.page(topic), TOPICS, installation.repository())
    if sys.stdin.isatty() and sys.stdout.isatty():
        context.color = None  # click knows which pager shows colors, and asks `less` for them
        click.echo_via_pager(pages.formatted(text, screens.stdout()))
    else:
        click.echo(text, nl=False)
    return 0
