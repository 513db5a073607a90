"""`fieldkeep validate`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import (
    annotate,
    field_tree,
    project_of,
    projects_of,
    working_directory,
)
from fieldkeep.commands.options import common, format_option
from fieldkeep.core.fields.validate import validate
from fieldkeep.edges.files import fieldfiles, git
from fieldkeep.model import Problem, Severity
from fieldkeep.operations.project import Project
from fieldkeep.operations.validation import validated
from fieldkeep.render.findings import FORMATS


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=values.files)
@format_option(FORMATS)
@click.option(
    "--prometheus", is_flag=True, help="Check the Prometheus configurations of the sources too."
)
@click.option(
    "--changed", is_flag=True, help="PATHs are changed files: check their whole projects."
)
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    form: str,
    prometheus: bool,
    changed: bool,
) -> int:
    """Check field files and schema; every finding of every file in one run.

    Without PATH, all files of the fields folder, with the rules between files. Exit code 1 if there
    is an error; warnings alone exit with 0.
    """
    projects = projects_of(context, paths) if changed else [project_of(context)]
    named = () if changed else paths
    problems = [p for project in projects for p in _problems(project, named, prometheus=prometheus)]
    if form in ("github", "codequality"):
        problems = _from_the_top(problems, working_directory(context))
    annotate(FORMATS[form](problems, screens.stdout()), meant=form == "github")
    return 1 if any(problem.severity is Severity.ERROR for problem in problems) else 0


def _problems(project: Project, paths: Sequence[str], *, prometheus: bool) -> list[Problem]:
    tree = field_tree(project)
    schema = tree.schema(fieldfiles.FIELD_SCHEMA)
    if paths:
        sources, unread = fieldfiles.named(tuple(map(Path, paths)), project.here)
        fields = validate(sources, schema, unread)
    else:
        fields = validated(tree)
    if not prometheus:
        return list(fields.problems)
    from fieldkeep.operations import labels

    return [*fields.problems, *labels.review(project, fields, schema)]


def _from_the_top(problems: list[Problem], here: Path) -> list[Problem]:
    """Findings with paths as GitHub and GitLab know files, from the repository's top."""
    checkout = git.find(here)
    if checkout is None:
        return problems
    top = checkout.top()

    def moved(problem: Problem) -> Problem:
        path = Path(os.path.normpath(here / problem.where.path))
        if not os.path.lexists(path) or not path.is_relative_to(top):
            return problem  # packaged, or of a commit
        place = replace(problem.where, path=path.relative_to(top).as_posix())
        return replace(problem, where=place)

    return [moved(problem) for problem in problems]
