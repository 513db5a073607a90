"""actions/upload-artifact and actions/download-artifact, on a folder for each run."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions.unknown import Unknown, words
from tests.actions.workflow import Step

if TYPE_CHECKING:
    from tests.actions.stepping import Done, Frame

UPLOAD = words(
    "name path if-no-files-found retention-days overwrite include-hidden-files compression-level"
    " archive"
)
DOWNLOAD = words("name path pattern merge-multiple run-id github-token repository")
_NOT_IN_NAMES = frozenset('":<>|*?\r\n\\/')


def upload(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    """Keep files, under the deepest folder that holds all paths; hidden ones only if asked. One
    that is no archive is a single file, and has its name."""
    del step
    hidden = _flag(given, "include-hidden-files")
    root, files = found(given.get("path", ""), frame.running.machine.workspace, hidden=hidden)
    if not files:
        message = f"No files were found with the provided path: {given.get('path', '')}."
        match given.get("if-no-files-found") or "warn":
            case "error":
                done.fail(message)
            case "warn" | "ignore":
                done.log.append(message)
            case other:
                raise Unknown(f"if-no-files-found {other!r}")
        return
    name = given.get("name") or "artifact"
    if given.get("archive", "true") != "true":
        _flag(given, "archive")
        if len(files) > 1:
            done.fail(f"only a single file can be uploaded. Found {len(files)} files to upload.")
            return
        name = files[0].name
    if _NOT_IN_NAMES & set(name):
        done.fail(f"The artifact name is not valid: {name}")
        return
    kept = frame.running.artifacts / name
    if kept.exists():
        if not _flag(given, "overwrite"):
            done.fail(f"an artifact with this name already exists on the workflow run: {name}")
            return
        shutil.rmtree(kept)
    digest = hashlib.sha256()
    for path in files:
        copy = kept / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        digest.update(path.read_bytes())
    run = f"{frame.running.runner.server_url}/{frame.running.runner.settings.repository}"
    identity = str(len(list(frame.running.artifacts.iterdir())))
    done.outputs |= {
        "artifact-id": identity,
        "artifact-url": f"{run}/actions/runs/{frame.running.run_id}/artifacts/{identity}",
        "artifact-digest": digest.hexdigest(),
    }


def found(paths: str, workspace: Path, *, hidden: bool) -> tuple[Path, list[Path]]:
    """The folder that names are relative to, and the files that the lines of `paths` name."""
    files: dict[Path, None] = {}
    bases: list[Path] = []
    for line in filter(None, map(str.strip, paths.splitlines())):
        pattern = str(workspace / line.removeprefix("!"))
        if any(letter in line for letter in "?[]~"):
            raise Unknown(f"the pattern {line!r}")
        matched = _files(pattern)
        if line.startswith("!"):
            files = {path: None for path in files if path not in matched}
            continue
        bases.append(_base(Path(os.path.normpath(pattern))))
        files |= dict.fromkeys(sorted(matched))
    kept = [path for path in files if hidden or not _is_hidden(path, workspace)]
    tops = [base for base in bases if not any(other in base.parents for other in bases)]
    if not tops:
        return workspace, kept
    root = Path(os.path.commonpath(tops))
    return (root.parent if root.is_file() else root), kept


def _files(pattern: str) -> set[Path]:
    named = glob.iglob(pattern, recursive=True, include_hidden=True)  # noqa: PTH207 - absolute
    every = {Path(os.path.normpath(path)) for path in named}
    inside = {below for path in every if path.is_dir() for below in path.rglob("*")}
    return {path for path in every | inside if path.is_file()}


def _base(pattern: Path) -> Path:
    """The part before the first wildcard."""
    for parent in (pattern, *pattern.parents):
        if "*" not in str(parent):
            return parent
    raise AssertionError(pattern)


def _is_hidden(path: Path, workspace: Path) -> bool:
    inside = path.relative_to(workspace) if path.is_relative_to(workspace) else Path(path.name)
    return any(part.startswith(".") for part in inside.parts)


def download(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    """One artifact by `name` straight into `path`; else each into a folder, or all merged."""
    del step
    running = frame.running
    if (
        given.get("repository", running.runner.settings.repository)
        != running.runner.settings.repository
    ):
        raise Unknown(f"artifacts of {given['repository']}")
    source = running.artifacts
    other = given.get("run-id") or str(running.run_id)
    if other != str(running.run_id):
        if given.get("github-token") != running.token:
            done.fail("artifacts of another run need github-token")
            return
        if running.grants.permissions.get("actions") not in ("read", "write"):
            done.fail("Resource not accessible by integration: actions: read is needed")
            return
        source = running.runner.artifacts(int(other))
    target = running.machine.workspace / given.get("path", "")
    names = sorted(path.name for path in source.iterdir()) if source.exists() else []
    if name := given.get("name"):
        if name not in names:
            done.fail(f"Unable to download artifact(s): Artifact not found for name: {name}")
            return
        _copy(source / name, target)
    else:
        pattern = given.get("pattern") or "*"
        if any(letter in pattern for letter in "?[]{}!"):
            raise Unknown(f"the pattern {pattern!r}")
        for each in (one for one in names if fnmatchcase(one, pattern)):
            _copy(source / each, target if _flag(given, "merge-multiple") else target / each)
    done.outputs["download-path"] = str(target)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)


def _flag(given: Mapping[str, str], name: str) -> bool:
    if given.get(name, "false") not in ("true", "false"):
        raise Unknown(f"{name} {given[name]!r}")
    return given.get(name) == "true"
