"""How a project's commit stands beside the remote's branch."""

from __future__ import annotations

from fieldkeep.core.plan.checkout import Standing
from fieldkeep.edges.store.kv import Store
from fieldkeep.model import Writer
from fieldkeep.operations.project import Project


def standing(project: Project, store: Store, writer: Writer) -> Standing:
    """How the commit that ``writer`` names stands beside the remote's branch."""
    own, checkout, commit = project.settings, project.checkout, writer.commit
    if checkout is None or commit is None:
        needs = (own.branch, own.clean)
        return Standing(None, own.branch, None, 0, False, writer.dirty, *needs, store.shared)
    remote = checkout.remote_main(own.branch)
    return Standing(
        None if writer.ref else checkout.current_branch(),
        own.branch or (remote.removeprefix("origin/") if remote else None),
        remote,
        checkout.behind(commit, remote) if remote else 0,
        remote is not None and checkout.contains(remote, commit),
        writer.dirty,
        own.branch,
        own.clean,
        store.shared,
    )
