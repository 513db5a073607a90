"""`fieldkeep sync`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree, program_name, takes_project
from fieldkeep.commands.given_flags import given
from fieldkeep.commands.guard_flags import (
    guard_flags,
    local_inputs,
    plan_options,
    require_file_name,
)
from fieldkeep.commands.metrics_file import writes_metrics
from fieldkeep.commands.stored import connect, location
from fieldkeep.core.bound import planfile
from fieldkeep.core.bound.inputs import committed
from fieldkeep.core.bound.pin import PlanPin
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.notice import of_applied
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files import input_files
from fieldkeep.edges.files.tree import taken
from fieldkeep.edges.store.kv import Store
from fieldkeep.operations import sync
from fieldkeep.operations.desired import desired_state, require_all
from fieldkeep.operations.notify import notifying
from fieldkeep.operations.project import Project
from fieldkeep.operations.sync import SyncResult
from fieldkeep.render import plans, sync_summary
from fieldkeep.render.sync_summary import Surroundings


@click.command("sync")
@click.option("--ref", metavar="REV", help="Apply the fields and schema of this commit.")
@click.option(
    "--plan",
    metavar="FILE",
    help="Apply what `plan --out` wrote, and nothing else.",
    shell_complete=values.files,
)
@click.option("--dry-run", is_flag=True, help="Ask the guards, and write nothing.")
@click.option("--reason", metavar="TEXT", default="sync", help="Why; kept with the backup.")
@click.option(
    "--backup-dir",
    "copies",
    metavar="DIR",
    help="Keep a copy of each new backup here.",
    shell_complete=values.folders,
)
@guard_flags
@click.option(
    "--require-all-sources", is_flag=True, help="Write nothing if a source cannot be read."
)
@takes_project
@writes_metrics("sync")
def command(
    project: Project,
    /,
    ref: str | None,
    plan: str | None,
    dry_run: bool,
    reason: str,
    copies: str | None,
    prune: bool,
    require_all_sources: bool,
    **allowed: bool,
) -> int:
    """Apply the field files to the store: merge, back up, write, read back.

    Never asks. With an error in any field file it exits with 1 before the store is read.
    """
    path = None if plan is None else require_file_name("--plan", plan)
    planned = None if path is None else planfile.parse(input_files.read(project.here / path, path))
    tree = taken(field_tree(project, ref))
    desired = desired_state(project, tree)
    if require_all_sources or project.settings.require_all_sources:
        require_all(desired.readings)
    store = connect(project)
    options = plan_options(project, store.limits, ref, prune=prune, allowed=allowed)
    pin = None
    if planned and path:
        committed(options.writer)
        pin = PlanPin(planned, local_inputs(project, store, tree), path)
    if dry_run:
        _rehearse(project, store, desired, options, pin)
        return 0
    folder = None if copies is None else project.here / copies
    with notifying(project) as notifier:
        result = sync.sync(project, store, desired, options, reason, folder, pin)
        keys, now = project.settings.keys, project.clock()
        notifier.tell(of_applied(*applied, keys, reason, now) for applied in result.applied)
        _print(result, Surroundings(store.url, desired.readings, program_name()))
    if result.contended:
        raise result.contended
    return 0


def _rehearse(
    project: Project, store: Store, desired: Desired, options: PlanOptions, pin: PlanPin | None
) -> None:
    """Print the plan, even if a guard then refuses it. Raises Contended, Refused."""
    evaluation = sync.plan(project, store, desired, options)
    if pin:
        pin.check(desired, options, evaluation)
    click.echo(plans.text(evaluation.plan, location(project, store), screens.stdout()))
    sync.require_no_refusals(evaluation)


def _print(result: SyncResult, surroundings: Surroundings) -> None:
    screen = screens.stdout()
    if screen.width and not given(click.get_current_context()).get("quiet"):
        click.echo()  # between the steps and what came of them
    for evaluation, journal in result.applied:
        click.echo(sync_summary.applied(evaluation, journal, surroundings, screen))
    if not result.applied:
        click.echo(sync_summary.unchanged(result.last, surroundings, screen))
