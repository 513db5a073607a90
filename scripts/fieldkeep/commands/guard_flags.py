"""The flags that allow what a guard refuses: the same for plan and sync, so that a plan shows what
the sync with these flags does and refuses."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands.evaluation import writer_of
from fieldkeep.commands.options import combined
from fieldkeep.core.bound.inputs import LocalInputs
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.edges.files.tree import Taken
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import UsageError
from fieldkeep.model import Limits
from fieldkeep.operations.project import Project

# ``--prune``, and for each attribute of Allowed its flag.
guard_flags = combined(
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
NAMES: Final = frozenset(
    option.opts[0] for option in click.command()(guard_flags(lambda **_: None)).params
)


def plan_options(
    project: Project, limits: Limits, ref: str | None, *, prune: bool, allowed: dict[str, bool]
) -> PlanOptions:
    """The options of a plan or sync. Raises InputError if ``ref`` is not a commit."""
    writer = writer_of(project, ref)
    return PlanOptions(writer, Allowed(**allowed), prune, project.settings.history, limits)


def local_inputs(project: Project, store: Store, tree: Taken) -> LocalInputs:
    """What a plan is pinned to besides the content of the store."""
    files, _ = tree.content
    return LocalInputs(project.settings.environment, store.url, files, tuple(tree.schemas.values()))


def require_file_name(option: str, value: str) -> str:
    """Raises UsageError for an empty name, which an unset variable leaves."""
    if not value.strip() or value == "-":
        raise UsageError(f"{option} names no file", "for example plan.json")
    return value
