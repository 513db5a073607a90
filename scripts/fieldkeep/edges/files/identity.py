"""Who is writing, from git and the environment: what goes into record and backups."""

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
    """``folders`` are those whose uncommitted changes make the fields differ from the commit.
    Raises InputError for a ``ref`` that is no commit."""
    commit, dirty = None, False
    if checkout is not None:
        commit = checkout.resolve(ref) if ref else checkout.head()
        dirty = not ref and checkout.dirty(folders)
        owner = owner or checkout.origin()
    return Writer(commit, dirty, ref, owner, actor(checkout, variables), run_url(variables))


def actor(checkout: Checkout | None, variables: Mapping[str, str]) -> str:
    """Who is to be named: FIELDKEEP_ACTOR, GitHub's actor, git's user, the login name."""
    for name in ("FIELDKEEP_ACTOR", "GITHUB_ACTOR"):
        if variables.get(name):
            return variables[name]
    if checkout is not None and (user := checkout.user()):
        return user
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return "unknown"


def run_url(variables: Mapping[str, str]) -> str | None:
    """The page of the GitHub run that we are in."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (variables.get(name) for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None
