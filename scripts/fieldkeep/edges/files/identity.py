"""The Writer that record and backups name, from git and the environment."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path

from fieldkeep.edges.files.git import Checkout
from fieldkeep.model import Writer


def writer(
    checkout: Checkout | None,
    variables: Mapping[str, str],
    *,
    owner: str | None,
    ref: str | None,
    folders: tuple[Path, ...],
) -> Writer:
    """An uncommitted change in one of ``folders`` makes the writer dirty. Raises InputError if
    ``ref`` is not a commit."""
    commit, dirty = None, False
    if checkout is not None:
        commit = checkout.resolve(ref) if ref else checkout.head()
        dirty = not ref and checkout.dirty(folders)
        owner = owner or checkout.origin()
    return Writer(commit, dirty, ref, owner, actor(checkout, variables), run_url(variables))


def actor(checkout: Checkout | None, variables: Mapping[str, str]) -> str:
    """The first that is set of FIELDKEEP_ACTOR, GITHUB_ACTOR, git's user.name, the login name."""
    for name in ("FIELDKEEP_ACTOR", "GITHUB_ACTOR"):
        if variables.get(name):
            return variables[name]
    if checkout is not None and (user := checkout.user()):
        return user
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "unknown"


def run_url(variables: Mapping[str, str]) -> str | None:
    """The page of this GitHub run, or None outside of one."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (variables.get(name) for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None
