"""`fieldkeep drill`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree, takes_project
from fieldkeep.commands.evaluation import writer_of
from fieldkeep.commands.metrics_file import writes_metrics
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.drill.rehearsal import Rehearsal, came_back
from fieldkeep.edges.store import scratch
from fieldkeep.operations import drill, drill_scenarios
from fieldkeep.operations.desired import desired_state, require_all
from fieldkeep.operations.drill import Scratch
from fieldkeep.operations.events import Rehearsed
from fieldkeep.operations.project import Project
from fieldkeep.render.drill import FORMATS


@click.command("drill")
@click.option("--on-store", is_flag=True, help="Write to scratch keys of the store itself.")
@click.option(
    "--scenarios", is_flag=True, help="Play a race, a lost label and an erased key instead."
)
@format_option(FORMATS)
@takes_project
@writes_metrics("drill")
def command(project: Project, on_store: bool, scenarios: bool, form: str) -> int:
    """Rehearse the recovery, and tell what would not come back.

    Rebuilds the document from git alone, from the backups and git, and from each backup, and
    compares it with what is live. Nothing of it touches the live keys: it is written to an embedded
    store, or with --on-store to keys below KEY.drill-, which are deleted again. Every source must
    be readable.

    With --scenarios it plays with data of its own: an edit that races a sync, a label that
    disappears and returns, and an erased key.

    Exit code 2 if something would not come back.
    """
    store = connect(project)
    settings = drill.scratch_settings(project.settings, uuid.uuid4().hex[:8])
    tree = field_tree(project)
    with nullcontext(store) if on_store else scratch.embedded(project.settings.limits) as writable:
        at = Scratch(writable, settings)
        if scenarios:
            played = drill_scenarios.play(project, at, tree)
        else:
            desired = desired_state(project, tree)
            require_all(desired.readings)
            played = drill.rehearse(project, store, at, desired, writer_of(project))
        with project.doing("rehearsing the recovery"):
            rehearsals = tuple(_told(project, played))
        where = at.store.url if on_store else "an embedded store"
        click.echo(FORMATS[form](rehearsals, where, screens.stdout()))
    return 0 if came_back(rehearsals) else 2


def _told(project: Project, rehearsals: Iterator[Rehearsal]) -> Iterator[Rehearsal]:
    for rehearsal in rehearsals:
        project.emit(Rehearsed(rehearsal))
        yield rehearsal
