"""`fieldkeep plan`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree, project_of, settings_of
from fieldkeep.commands.guard_flags import (
    guard_flags,
    local_inputs,
    plan_options,
    require_file_name,
)
from fieldkeep.commands.options import Choice, common, format_option
from fieldkeep.commands.stored import connect, location
from fieldkeep.core.bound import planfile
from fieldkeep.core.bound.inputs import PlanInputs, committed, plan_inputs
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.guards import NAMES
from fieldkeep.edges.files import atomic_files, packaged
from fieldkeep.edges.files.tree import taken
from fieldkeep.errors import UsageError
from fieldkeep.operations import sync
from fieldkeep.operations.against import evaluate_against
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.events import PlanWritten
from fieldkeep.operations.project import Project
from fieldkeep.render.plans import FORMATS

_PAGE = "html"


@click.command("plan")
@format_option([*FORMATS, _PAGE])
@click.option(
    "--against", metavar="git:REV", help="Compare with what REV alone would apply; ask no server."
)
@click.option("--ref", metavar="REV", help="Plan for the fields and schema of this commit.")
@click.option(
    "--out",
    metavar="FILE",
    help="Write the plan to FILE: `sync --plan FILE` applies it, or nothing.",
    shell_complete=values.files,
)
@click.option(
    "--page",
    metavar="FILE",
    help="Write the plan as an HTML page too.",
    shell_complete=values.files,
)
@click.option(
    "--exit-code",
    "--detailed-exitcode",
    "-detailed-exitcode",
    "exit_code",
    is_flag=True,
    help="Exit with 2 if changes or drift are pending.",
)
@click.option(
    "--guard",
    "guards",
    multiple=True,
    type=Choice(["any", *NAMES]),
    metavar="any|GUARD",
    help="Exit with 3 if this guard would refuse: hold, owner, ... Repeatable.",
)
@guard_flags
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    form: str,
    against: str | None,
    ref: str | None,
    out: str | None,
    page: str | None,
    exit_code: bool,
    guards: tuple[str, ...],
    prune: bool,
    **allowed: bool,
) -> int:
    """Show what a sync would change, attribute by attribute, and why a guard would refuse it.

    Reads the store and the sources, writes nothing to them. Give it the flags that the sync will
    get.
    """
    if against and ref:
        raise UsageError("--against compares what is checked out", "leave --ref out")
    project = project_of(context, storeless=against is not None)
    path = None if out is None else require_file_name("--out", out)
    page_path = None if page is None else require_file_name("--page", page)
    if against is None:
        planned = _of_store(project, ref, prune, allowed, pinned=path is not None)
    else:
        options = plan_options(project, project.settings.limits, None, prune=prune, allowed=allowed)
        planned = _Planned(
            *evaluate_against(project, against, options, lambda file: settings_of(context, file))
        )
    plan = planned.evaluation.plan
    if path:
        content = planfile.encode(plan, planned.inputs)
        atomic_files.put(project.here / path, path, content, planfile.is_plan_file)
        project.emit(PlanWritten(path, plan.digest))
    html = _page(planned) if page_path or form == _PAGE else ""
    if page_path:
        atomic_files.put(project.here / page_path, page_path, html.encode(), _is_page, "page")
        project.emit(PlanWritten(page_path))
    screen = screens.stdout()
    told = html if form == _PAGE else FORMATS[form](plan, planned.where, screen)
    click.echo(told, nl=form != _PAGE)
    if guards:
        sync.require_no_refusals(planned.evaluation, NAMES if "any" in guards else guards)
    return 2 if exit_code and plan.pending else 0


@dataclass(frozen=True, slots=True)
class _Planned:
    """``where`` is how messages name what is compared with; ``inputs`` are None for a plan that
    cannot be applied, or is not to be."""

    evaluation: Evaluation
    where: str
    inputs: PlanInputs | None = None


def _is_page(content: bytes) -> bool:
    from fieldkeep.render import plan_page

    return plan_page.is_page(content)


def _page(planned: _Planned) -> str:
    from fieldkeep.render import plan_page

    return plan_page.page(planned.evaluation, planned.where, packaged.template)


def _of_store(
    project: Project, ref: str | None, prune: bool, allowed: dict[str, bool], *, pinned: bool
) -> _Planned:
    """What a sync would make of what is live."""
    tree = taken(field_tree(project, ref))
    desired = desired_state(project, tree)
    store = connect(project)
    options = plan_options(project, store.limits, ref, prune=prune, allowed=allowed)
    if pinned:
        committed(options.writer)
    evaluation = sync.plan(project, store, desired, options)
    local = local_inputs(project, store, tree)
    inputs = plan_inputs(local, desired, options, evaluation) if pinned else None
    return _Planned(evaluation, location(project, store), inputs)
