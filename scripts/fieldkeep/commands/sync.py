"""`fieldkeep sync`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.allowed import file_name, ground, guarded, request
from fieldkeep.commands.context import common, fields_of, place, program, project_of
from fieldkeep.core.bound import planfile
from fieldkeep.core.bound.inputs import PlanInputs, committed
from fieldkeep.core.bound.pin import PlanPin
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files import input_files
from fieldkeep.edges.files.tree import taken
from fieldkeep.edges.store.kv import Store
from fieldkeep.operations import project, sync
from fieldkeep.operations.project import Project
from fieldkeep.operations.sync import SyncResult
from fieldkeep.render import plans, state


@click.command("sync")
@click.option("--ref", metavar="REV", help="Apply the fields and schema of this commit.")
@click.option("--plan", metavar="FILE", help="Apply what `plan --out` wrote, and nothing else.")
@click.option("--dry-run", is_flag=True, help="Go as far as the guards, write nothing.")
@click.option("--reason", metavar="TEXT", default="sync", help="Why; kept with the backup.")
@click.option("--backup-dir", "copies", metavar="DIR", help="Keep a copy of each new backup here.")
@guarded
@click.option(
    "--require-all-sources", is_flag=True, help="Write nothing if a source cannot be read."
)
@common
@click.pass_context
def command(
    context: click.Context,
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

    Never asks. An error in any field file ends it with 1 before the store is read.
    """
    found = project_of(context)
    planned = None if plan is None else _planned(found, plan)
    tree = taken(fields_of(found, ref))
    desired = project.desired_state(found, tree)
    if require_all_sources or found.settings.require_all_sources:
        project.require_all(desired.readings)
    store = common_context.store(found)
    asked = request(found, store, ref, prune=prune, allowed=allowed)
    binding = None
    if planned:
        committed(asked.writer)
        binding = PlanPin(planned.facts, ground(found, store, tree), planned.path)
    if dry_run:
        _rehearse(found, store, desired, asked, binding)
        return 0
    folder = None if copies is None else found.here / copies
    done = sync.sync(found, store, desired, asked, reason, folder, binding)
    _tell(done, state.Setting(store.url, desired.readings, program()))
    return 0


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a plan was made from; ``path`` is how the user named its file."""

    facts: PlanInputs
    path: str


def _planned(found: Project, plan: str) -> _Planned:
    """Raises UsageError, InputError for anything but a plan that can be applied."""
    path = file_name("--plan", plan)
    source = input_files.read(found.here / path, path)
    return _Planned(planfile.parse(source), path)


def _rehearse(
    found: Project, store: Store, desired: Desired, asked: PlanOptions, binding: PlanPin | None
) -> None:
    """The plan, shown even where a guard then refuses it. Raises Contended, Refused."""
    survey = sync.plan(found, store, desired, asked)
    if binding:
        binding.check(desired, asked, survey)
    click.echo(plans.text(survey.plan, place(found, store)))
    sync.require_no_refusals(survey)


def _tell(done: SyncResult, setting: state.Setting) -> None:
    for survey, journal in done.applied:
        click.echo(state.applied(survey, journal, setting))
    if not done.applied:
        click.echo(state.unchanged(done.last, setting))
