"""What plan and sync may be allowed by flag: the same for both, so that a plan shows what that
sync does and refuses."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import Command
from fieldkeep.core.bound.inputs import LocalInputs
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.edges.files.tree import Taken
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import UsageError
from fieldkeep.operations.project import Project

_OPTIONS: Final = (
    click.option(
        "--prune", is_flag=True, help="Delete orphans: live, but in no file and no source."
    ),
    click.option(
        "--allow-deletes", "deletes", is_flag=True, help="Allow many fields to be deleted."
    ),
    click.option("--allow-changes", "changes", is_flag=True, help="Allow most fields to change."),
    click.option(
        "--allow-empty", "empty", is_flag=True, help="Allow a folder without field files."
    ),
    click.option(
        "--allow-rollback", "rollback", is_flag=True, help="Allow an older commit than live."
    ),
    click.option(
        "--allow-breaking", "breaking", is_flag=True, help="Allow breaking what others use."
    ),
    click.option("--take-over", is_flag=True, help="Take the key over from another owner."),
    click.option("--override-hold", "hold", is_flag=True, help="Write although there is a hold."),
)


def guarded(command: Command) -> Command:
    """Give a command ``--prune`` and the flag of each guard; their names are those of Allowed."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def request(
    found: Project, store: Store, ref: str | None, *, prune: bool, allowed: dict[str, bool]
) -> PlanOptions:
    """What the command line asks for. Raises InputError for a ref that is no commit."""
    writer = common_context.writer(found, ref)
    return PlanOptions(writer, Allowed(**allowed), prune, found.settings.history, store.limits)


def ground(found: Project, store: Store, tree: Taken) -> LocalInputs:
    """What a plan is bound to besides the store's content."""
    files, _ = tree.content
    return LocalInputs(found.settings.environment, store.url, files, tuple(tree.schemas.values()))


def file_name(option: str, given: str) -> str:
    """Raises UsageError for an empty name, which an unset variable leaves."""
    if not given.strip() or given == "-":
        raise UsageError(f"{option} names no file", "for example plan.json")
    return given
