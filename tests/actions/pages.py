"""actions/upload-pages-artifact and actions/deploy-pages: the site is a folder of the repository's.

The first is a composite of tar and actions/upload-artifact: hidden files stay out, links become
files. The second takes that artifact; it needs both rights, for GitHub asks who the job is.
https://github.com/actions/deploy-pages#security-considerations
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions.unknown import words
from tests.actions.workflow import Step

if TYPE_CHECKING:
    from tests.actions.stepping import Done, Frame

UPLOAD = words("path")
DEPLOY = words("")
_NAME, _TAR = "github-pages", "artifact.tar"
_RIGHTS = ("pages", "id-token")


def upload(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    """Keep the folder as the artifact of the site."""
    del step
    folder = frame.running.machine.workspace / given.get("path", "_site/")
    kept = frame.running.artifacts / _NAME
    if kept.exists():
        done.fail(f"an artifact with this name already exists on the workflow run: {_NAME}")
        return
    if not folder.is_dir():
        done.fail(f"tar: {folder}: Cannot open: No such file or directory")
        return
    kept.mkdir(parents=True)
    with tarfile.open(kept / _TAR, "w", dereference=True) as tar:
        tar.add(folder, ".", filter=lambda one: None if _is_hidden(one.name) else one)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in Path(name).parts)


def deploy(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    """Put the artifact in the place of the whole site."""
    del step, given
    running = frame.running
    lacking = [r for r in _RIGHTS if running.grants.permissions.get(r) != "write"]
    if lacking:
        done.fail(f"Ensure GITHUB_TOKEN has permission {lacking[0]}: write")
        return
    artifact = running.artifacts / _NAME / _TAR
    if not artifact.is_file():
        done.fail(f'No artifacts named "{_NAME}" were found for this workflow run')
        return
    site = running.runner.site
    shutil.rmtree(site, ignore_errors=True)
    with tarfile.open(artifact) as tar:
        tar.extractall(site, filter="data")
    owner, _, name = running.runner.settings.repository.partition("/")
    done.outputs["page_url"] = f"https://{owner}.github.io/{name}/"
