"""Compares the working tree with a commit; asks no store and no server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import against
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Commit, Folders, Tree
from fieldkeep.errors import InputError, UsageError
from fieldkeep.model import Skipped
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.settings.settings import Settings
from fieldkeep.settings.settings_file import OWN, SHARED, SettingsFile, of_texts
from fieldkeep.settings.sources import SourceSetting, at_ref, is_url

GIT = "git:"


def evaluate_against(
    project: Project,
    spec: str,
    options: PlanOptions,
    settings_of: Callable[[SettingsFile], Settings],
) -> tuple[Evaluation, str]:
    """What the working tree changes of the commit ``git:REV``, and how messages name the commit.
    Each side is read by its own settings; ``settings_of`` puts flags and variables over those that
    the commit has.

    Raises:
        UsageError: ``spec`` is not ``git:REV``.
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
    writer = replace(options.writer, commit=commit, dirty=False, ref=ref)
    try:
        own = _settings_at(project.checkout, commit, settings_of)
        folders = Folders(root, _relative(own.fields, root), _relative(own.schema, root))
        tree = Commit(folders, project.checkout, commit)
        before = _desired_by_files(replace(project, settings=own), tree, _at(_files(own), commit))
        snapshot = against.simulate_sync(before, writer, settings.keys)
    except InputError as error:
        raise _with_commit(error, spec, name) from error
    desired = _desired_by_files(project, working_tree(project), _files(settings))
    options = replace(options, thresholds=settings.thresholds)
    evaluation = against.compare(snapshot, desired, options, commit=commit, now=project.clock())
    project.emit(evaluation.merged)
    plan = replace(evaluation.plan, environment=settings.environment)
    return replace(evaluation, plan=plan), name


def _settings_at(
    checkout: Checkout, commit: str, settings_of: Callable[[SettingsFile], Settings]
) -> Settings:
    """The settings of a commit. Raises InputError."""
    files = [file for name in (OWN, SHARED) for file in checkout.folder(commit, name)[0]]
    try:
        texts = {file.path: file.content.decode("utf-8") for file in files}
        return settings_of(of_texts(texts, commit[:12]))
    except UnicodeDecodeError as error:
        raise InputError(f"the settings are not TOML: {error}", "correct the file") from error
    except UsageError as error:
        raise InputError(str(error), error.hint) from error


def _files(settings: Settings) -> dict[str, SourceSetting]:
    """The sources, as far as a commit can have them."""
    return {name: _files_of(source, settings.root) for name, source in settings.sources.items()}


def _desired_by_files(
    project: Project, tree: Tree, sources: Mapping[str, SourceSetting]
) -> Desired:
    """The desired state of a tree; a source without files is skipped."""
    with_files = {name: source for name, source in sources.items() if source.where}
    settings = replace(project.settings, sources=with_files)
    desired = desired_state(replace(project, settings=settings), tree)
    read = {reading.source: reading for reading in desired.readings}
    skipped = {name: Skipped(name, against.NOT_ASKED) for name in sources}
    return replace(desired, readings=tuple((skipped | read)[name] for name in sources))


def _files_of(source: SourceSetting, root: Path) -> SourceSetting:
    """A source without its servers, and without files outside of the root: no commit has them."""
    places = (_relative(where, root) for where in source.where if not is_url(where))
    files = tuple(place for place in places if not Path(place).is_absolute())
    return replace(source, where=files, live=None, catalog=None)


def _at(sources: Mapping[str, SourceSetting], commit: str) -> Mapping[str, SourceSetting]:
    """The same sources at a commit. A place that names a commit itself stays as it is."""
    return {
        name: replace(
            source,
            where=tuple(
                where if where.startswith(GIT) else at_ref(SourceSetting((where,)), commit).where[0]
                for where in source.where
            ),
        )
        for name, source in sources.items()
    }


def _relative(where: str, root: Path) -> str:
    """A path below the root as seen from there, since a commit knows no other; else as it is."""
    path = Path(where)
    is_below = path.is_absolute() and path.is_relative_to(root)
    return path.relative_to(root).as_posix() if is_below else where


def _with_commit(error: InputError, spec: str, name: str) -> InputError:
    """The error with the commit in front of its paths: these files are not the working tree's."""
    problems = [
        replace(problem, where=replace(problem.where, path=f"{spec}:{problem.where.path}"))
        for problem in error.problems
    ]
    return InputError(f"{name}: {error}", error.hint, problems=problems)
