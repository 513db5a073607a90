"""What a sync of the working tree would do, by whom, and from which commit."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.edges.files import identity
from fieldkeep.edges.store.kv import Store
from fieldkeep.model import Writer
from fieldkeep.operations import sync
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.project import Project
from fieldkeep.operations.standing import standing
from fieldkeep.render.screen import Style, draw, line


def writer_of(project: Project, ref: str | None = None) -> Writer:
    own = project.settings
    paths = (own.root / own.fields, own.root / own.schema)
    return identity.writer(
        project.checkout, project.variables, owner=own.owner, ref=ref, folders=paths
    )


def evaluate_working_tree(project: Project, store: Store) -> Evaluation:
    """What a sync of the working tree would do, without counting services. An error in a field
    file ends it before the store is asked."""
    desired = desired_state(project, field_tree(project))
    options = PlanOptions(writer_of(project), depth=project.settings.history, limits=store.limits)
    return sync.plan(project, store, desired, options, count_services=False)


def tell_standing(project: Project, store: Store) -> None:
    """Warn of a checkout that is old, of another branch or dirty."""
    for remark in standing(project, store, writer_of(project)).remarks():
        click.echo(draw(screens.stdout(), [line(("warning: ", Style.WARNING), remark)]))
