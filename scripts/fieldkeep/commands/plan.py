"""`fieldkeep plan`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.allowed import file_name, ground, guarded, request
from fieldkeep.commands.context import common, fields_of, place, project_of, writer
from fieldkeep.core.bound import planfile
from fieldkeep.core.bound.inputs import PlanInputs, committed, plan_inputs
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.plan.guards import NAMES, Allowed
from fieldkeep.edges.files import atomic_files
from fieldkeep.edges.files.tree import taken
from fieldkeep.errors import UsageError
from fieldkeep.operations import project, sync
from fieldkeep.operations.against import proposed
from fieldkeep.operations.project import Project
from fieldkeep.render import steps
from fieldkeep.render.plans import FORMATS


@click.command("plan")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option(
    "--against", metavar="git:REV", help="Compare with what REV alone would apply; ask no server."
)
@click.option("--ref", metavar="REV", help="Plan for the fields and schema of this commit.")
@click.option("--out", metavar="FILE", help="Write it for `sync --plan`, bound to what is there.")
@click.option("--exit-code", is_flag=True, help="End with 2 if changes or drift are pending.")
@click.option(
    "--guard",
    "guards",
    multiple=True,
    type=click.Choice(["any", *NAMES]),
    help="End with 3 if this guard would refuse. Repeatable.",
)
@guarded
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    form: str,
    against: str | None,
    ref: str | None,
    out: str | None,
    exit_code: bool,
    guards: tuple[str, ...],
    prune: bool,
    **allowed: bool,
) -> int:
    """Show what a sync would change, attribute by attribute, and why a guard would refuse it.

    Reads the store and the sources, writes nothing to them. Takes the flags that the sync will
    have.
    """
    if against and ref:
        raise UsageError("--against compares what is checked out", "leave --ref out")
    found = project_of(context, storeless=against is not None)
    path = None if out is None else file_name("--out", out)
    if against is None:
        made = _for_store(found, ref, prune, allowed, bind=path is not None)
    else:
        made = _against(found, against, prune, allowed)
    plan = made.survey.plan
    if path:
        content = planfile.encode(plan, made.bond)
        atomic_files.put(found.here / path, path, content, planfile.is_plan_file)
        found.say(steps.planned(path))
    click.echo(FORMATS[form](plan, made.where))
    if guards:
        sync.require_no_refusals(made.survey, NAMES if "any" in guards else guards)
    return 2 if exit_code and plan.pending else 0


@dataclass(frozen=True, slots=True)
class _Made:
    """``where`` is how messages name what is compared with, ``bond`` what an apply rests on; None
    for a plan that nobody may apply, or wants to."""

    survey: Evaluation
    where: str
    bond: PlanInputs | None = None


def _for_store(
    found: Project, ref: str | None, prune: bool, allowed: dict[str, bool], *, bind: bool
) -> _Made:
    """What would become of what is live."""
    tree = taken(fields_of(found, ref))
    desired = project.desired_state(found, tree)
    store = common_context.store(found)
    asked = request(found, store, ref, prune=prune, allowed=allowed)
    if bind:
        committed(asked.writer)
    survey = sync.plan(found, store, desired, asked)
    bond = plan_inputs(ground(found, store, tree), desired, asked, survey) if bind else None
    return _Made(survey, place(found, store), bond)


def _against(found: Project, spec: str, prune: bool, allowed: dict[str, bool]) -> _Made:
    """What the working tree changes of a commit; no store is asked."""
    own = found.settings
    asked = PlanOptions(writer(found), Allowed(**allowed), prune, own.history, own.limits)
    return _Made(*proposed(found, spec, asked))
