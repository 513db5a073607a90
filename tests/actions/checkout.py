"""actions/checkout, from the bare repository that stands for the one on GitHub.

As there: the event's commit by default (for a pull request the merge of it), a single commit
without history unless fetch-depth says otherwise, and `origin` set to the repository's URL. That
URL leads to no network here, so a step cannot fetch more than the checkout did; for a job that may
write contents it leads to the bare repository, whatever a step then gives as a login.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions.events import git as ask
from tests.actions.unknown import Unknown, words
from tests.actions.workflow import Step

if TYPE_CHECKING:
    from tests.actions.stepping import Done, Frame

INPUTS = words("repository ref fetch-depth persist-credentials path token clean")
# GitHub's servers give any commit that a client asks for by its id.
_SERVER = "git -c uploadpack.allowAnySHA1InWant=true upload-pack"


def act(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    running = frame.running
    runner, machine = running.runner, running.machine
    repository = given.get("repository") or runner.settings.repository
    if repository != runner.settings.repository:
        raise Unknown(f"checkout of another repository, {repository}")
    if running.grants.permissions.get("contents") not in ("read", "write"):
        done.fail("fatal: repository not found: the token may not read contents")
        return
    folder = machine.workspace / given.get("path", "")
    if not folder.resolve().is_relative_to(machine.workspace.resolve()):
        raise Unknown(f"path {given['path']!r} outside the workspace")
    ref, commit = _wanted(given.get("ref", ""), running.event.ref, running.event.sha, runner.origin)
    _emptied(folder)
    env = frame.environment(step, {})
    target = _target(ref) or commit
    commands = [
        ["init", "--quiet", "--initial-branch=main"],
        *_fetches(given.get("fetch-depth") or "1", ref, commit, runner.origin),
        ["checkout", "--quiet", "--force", *_place(ref, target)],
        ["remote", "add", "origin", runner.origin_url],
    ]
    if running.grants.permissions["contents"] == "write":
        source = f"url.file://{runner.origin.resolve()}.insteadOf"
        commands.append(["config", source, runner.origin_url])
    if given.get("persist-credentials", "true") != "false":
        # GitHub's action keeps the token where later steps, and whatever they run, can read it.
        secret = base64.b64encode(f"x-access-token:{running.token}".encode()).decode()
        running.masks.add(secret)
        header = f"http.{runner.server_url}/.extraheader"
        commands.append(["config", header, f"AUTHORIZATION: basic {secret}"])
    for command in commands:
        argv = ["git", "-C", str(folder), *command]
        ended = machine.command(argv, env, folder, frame.seconds(step, frame.contexts({})))
        done.log += ended.text.splitlines()
        if ended.code != 0:
            done.fail(f"git {command[0]} failed with exit code {ended.code}")
            return
    done.outputs |= {"ref": ref, "commit": commit}


def _fetches(depth: str, ref: str, commit: str, origin: Path) -> list[list[str]]:
    """How git fetches: with depth 0 everything, and the wanted commit, whatever its branch is now.

    The address has a scheme, because git ignores a depth for a plain folder.
    """
    if not depth.isdigit():
        raise Unknown(f"fetch-depth {depth!r}")
    wanted = f"+{commit or ref}:{_target(ref)}" if ref else commit
    fetch = ["fetch", "--quiet", "--upload-pack", _SERVER]
    source = f"file://{origin.resolve()}"
    if depth != "0":
        return [[*fetch, f"--depth={depth}", "--no-tags", source, wanted]]
    every = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    if not (ref and commit):
        return [[*fetch, source, *every, wanted]]
    return [[*fetch, source, *every, commit], ["update-ref", _target(ref), commit]]


def _place(ref: str, start: str) -> list[str]:
    """On the branch that a ref is, else detached."""
    if ref.startswith("refs/heads/"):
        return ["-B", ref.removeprefix("refs/heads/"), start]
    return ["--detach", start]


def _wanted(given: str, ref: str, sha: str, origin: Path) -> tuple[str, str]:
    """The ref and the commit to check out; a ref without a commit is wherever it is now."""
    if not given:
        return ref, sha
    if len(given) == 40 and not given.strip("0123456789abcdef"):
        return "", given
    if given.startswith("refs/"):
        return given, sha if given == ref else ""
    # A name: a branch, else a tag.
    head = f"refs/heads/{given}"
    found = ask(origin, "for-each-ref", "--format=%(refname)", head)
    return (head if found else f"refs/tags/{given}"), ""


def _target(ref: str) -> str:
    """Where the action keeps what it fetched for a ref."""
    for prefix, kept in (
        ("refs/heads/", "refs/remotes/origin/"),
        ("refs/pull/", "refs/remotes/pull/"),
    ):
        if ref.startswith(prefix):
            return kept + ref.removeprefix(prefix)
    return ref


def _emptied(folder: Path) -> None:
    """The action removes what another one left in its folder."""
    if folder.exists():
        for found in folder.iterdir():
            shutil.rmtree(found) if found.is_dir() and not found.is_symlink() else found.unlink()
    folder.mkdir(parents=True, exist_ok=True)
