"""What the working tree changes of a commit: no store is asked, and no server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import against
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.edges.files.tree import Commit, Folders, Tree
from fieldkeep.errors import InputError, UsageError
from fieldkeep.model import Skipped
from fieldkeep.operations.project import Project, desired_state, working_tree
from fieldkeep.render import steps
from fieldkeep.settings.sources import SourceSetting, at_ref, is_url

GIT = "git:"


def proposed(project: Project, spec: str, request: PlanOptions) -> tuple[Evaluation, str]:
    """The survey, and how messages name ``git:REV``.

    Raises:
        UsageError: it is not ``git:REV``.
        InputError: no git checkout, no such commit, or an error in the files of either side.
    """
    ref = spec.removeprefix(GIT)
    if ref == spec or not ref:
        raise UsageError(f"--against '{spec}' is not git:REV", "for example git:origin/main")
    if project.checkout is None:
        message = f"{project.settings.root} is not a git checkout, so there is no commit '{ref}'"
        raise InputError(message, "run it in a checkout, or leave --against out")
    commit = project.checkout.resolve(ref)
    settings, root = project.settings, project.settings.root
    name = f"{spec} ({commit[:12]})"
    sources = {one: _files(source, root) for one, source in settings.sources.items()}
    folders = Folders(root, _inside(settings.fields, root), _inside(settings.schema, root))
    writer = replace(request.writer, commit=commit, dirty=False, ref=ref)
    try:
        then = _wish(project, Commit(folders, project.checkout, commit), _at(sources, commit))
        shot = against.simulate_sync(then, writer, settings.keys)
    except InputError as error:
        raise _named(error, spec, name) from error
    now = _wish(project, working_tree(project), sources)
    request = replace(request, thresholds=settings.thresholds)
    found = against.compare(shot, now, request, commit=commit, now=project.clock())
    project.say(steps.merged(found.merged))
    return replace(found, plan=replace(found.plan, environment=settings.environment)), name


def _wish(project: Project, tree: Tree, sources: Mapping[str, SourceSetting]) -> Desired:
    """What a tree and its files say; a source without files is not asked."""
    asked = {name: source for name, source in sources.items() if source.where}
    desired = desired_state(
        replace(project, settings=replace(project.settings, sources=asked)), tree
    )
    read = {reading.source: reading for reading in desired.readings}
    skipped = {name: Skipped(name, against.NOT_ASKED) for name in sources}
    return replace(desired, readings=tuple((skipped | read)[name] for name in sources))


def _files(source: SourceSetting, root: Path) -> SourceSetting:
    """A source without its servers, and without files that no commit of this project holds."""
    places = (_inside(where, root) for where in source.where if not is_url(where))
    return SourceSetting(tuple(p for p in places if not Path(p).is_absolute()), source.version)


def _at(sources: Mapping[str, SourceSetting], commit: str) -> Mapping[str, SourceSetting]:
    """The same at a commit; what names a commit itself is the same on both sides."""
    return {
        name: SourceSetting(
            tuple(
                where if where.startswith(GIT) else at_ref(SourceSetting((where,)), commit).where[0]
                for where in source.where
            ),
            source.version,
        )
        for name, source in sources.items()
    }


def _inside(where: str, root: Path) -> str:
    """A path from the root, where it can be written so: a commit knows no other."""
    path = Path(where)
    is_below = path.is_absolute() and path.is_relative_to(root)
    return path.relative_to(root).as_posix() if is_below else where


def _named(error: InputError, spec: str, name: str) -> InputError:
    """The error with the commit's name: its files are not those that lie here."""
    problems = [
        replace(one, where=replace(one.where, path=f"{spec}:{one.where.path}"))
        for one in error.problems
    ]
    return InputError(f"{name}: {error}", error.hint, problems)
