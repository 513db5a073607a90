"""What starts a workflow: the event, and whether a file's `on:` listens to it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.actions.unknown import Unknown
from tests.actions.values import Value
from tests.actions.workflow import Workflow

# What a pull request starts a workflow for that names no types.
_TYPES = ("opened", "synchronize", "reopened")


@dataclass(frozen=True)
class Event:
    """`sha` and `ref` are what the run is about; `attempt` is above 1 for a re-run."""

    name: str
    sha: str
    ref: str
    payload: Mapping[str, Value] = field(default_factory=dict)
    actor: str = "octocat"
    attempt: int = 1
    run_id: int = 0  # 0: the runner numbers it

    @property
    def base_ref(self) -> str:
        return str(_inside(self.payload, "pull_request", "base", "ref") or "")

    @property
    def head_ref(self) -> str:
        return str(_inside(self.payload, "pull_request", "head", "ref") or "")

    @property
    def untrusted(self) -> bool:
        """A pull request from a fork, or by Dependabot: GitHub gives it no secret."""
        if self.name != "pull_request":
            return False
        head = _inside(self.payload, "pull_request", "head", "repo", "full_name")
        base = _inside(self.payload, "pull_request", "base", "repo", "full_name")
        return head is None or head != base or self.actor == "dependabot[bot]"

    @property
    def inputs(self) -> Mapping[str, Value]:
        return _inside(self.payload, "inputs") or {}

    def again(self, run_id: int) -> Event:
        """A re-run of all jobs of a run: the same commit, the same run, its next attempt."""
        return replace(self, attempt=self.attempt + 1, run_id=run_id)


def _inside(value: Value, *keys: str) -> Value:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def git(origin: Path, *arguments: str) -> str:
    """The output of git in a repository, without the newline at its end."""
    done = subprocess.run(
        ["git", "-C", str(origin), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip("\n")


def push(origin: Path, repository: str, branch: str = "main", before: str | None = None) -> Event:
    """A push that left `branch` where it is now; `before` defaults to the commit before."""
    ref = f"refs/heads/{branch}"
    sha = git(origin, "rev-parse", ref)
    if before is None:
        before = [*git(origin, "rev-list", "--parents", "-1", sha).split(), "0" * 40][1]
    message = git(origin, "log", "-1", "--format=%B", sha)
    payload = {
        "ref": ref,
        "before": before,
        "after": sha,
        "repository": _repository(repository),
        "head_commit": {"id": sha, "message": message},
    }
    return Event("push", sha, ref, payload)


def pull_request(
    origin: Path,
    repository: str,
    number: int,
    *,
    branch: str,
    base: str = "main",
    fork: str | None = None,
    action: str = "opened",
    title: str = "A change",
    labels: tuple[str, ...] = (),
    actor: str = "octocat",
) -> Event:
    """A pull request whose refs/pull/N/head and refs/pull/N/merge the origin has.

    `fork` is the other repository ("someone/fields") that the branch is in.
    """
    ref = f"refs/pull/{number}/merge"
    pull = {
        "number": number,
        "title": title,
        "draft": False,
        "merged": False,
        "state": "open",
        "user": {"login": actor},
        "labels": [{"name": label} for label in labels],
        "head": {
            "ref": branch,
            "sha": git(origin, "rev-parse", f"refs/pull/{number}/head"),
            "repo": _repository(fork or repository),
        },
        "base": {
            "ref": base,
            "sha": git(origin, "rev-parse", f"refs/heads/{base}"),
            "repo": _repository(repository),
        },
    }
    payload = {"action": action, "number": number, "pull_request": pull}
    payload["repository"] = _repository(repository)
    return Event("pull_request", git(origin, "rev-parse", ref), ref, payload, actor)


def merge_group(origin: Path, repository: str, number: int, base: str = "main") -> Event:
    """A pull request in the merge queue: the merge of it onto what is before it in line."""
    head = git(origin, "rev-parse", f"refs/pull/{number}/merge")
    before = git(origin, "rev-parse", f"{head}^1")
    ref = f"refs/heads/gh-readonly-queue/{base}/pr-{number}-{before}"
    git(origin, "update-ref", ref, head)
    group = {
        "head_sha": head,
        "head_ref": ref,
        "base_sha": before,
        "base_ref": f"refs/heads/{base}",
    }
    payload = {"action": "checks_requested", "merge_group": group}
    return Event("merge_group", head, ref, {**payload, "repository": _repository(repository)})


def by_hand(
    origin: Path, repository: str, inputs: Mapping[str, Value] | None = None, branch: str = "main"
) -> Event:
    """A workflow_dispatch from a branch."""
    ref = f"refs/heads/{branch}"
    payload = {"inputs": dict(inputs or {}), "ref": ref, "repository": _repository(repository)}
    return Event("workflow_dispatch", git(origin, "rev-parse", ref), ref, payload)


def schedule(origin: Path, repository: str, cron: str, branch: str = "main") -> Event:
    """What the clock starts, always on the default branch."""
    payload = {"schedule": cron, "repository": _repository(repository)}
    ref = f"refs/heads/{branch}"
    return Event("schedule", git(origin, "rev-parse", ref), ref, payload)


def _repository(full_name: str) -> dict[str, Value]:
    owner, _, name = full_name.partition("/")
    return {
        "full_name": full_name,
        "name": name,
        "owner": {"login": owner},
        "default_branch": "main",
        "private": False,
        "fork": False,
    }


def listens(workflow: Workflow, event: Event, origin: Path) -> bool:
    """Whether the file's `on:` lets the event start it."""
    filters = workflow.on.get(event.name)
    if filters is None:
        return False
    if event.name == "schedule":
        return event.payload.get("schedule") in filters["cron"]
    if not _type(event, filters):
        return False
    if event.name == "merge_group":
        base = str(_inside(event.payload, "merge_group", "base_ref"))
        return _branch(base.removeprefix("refs/heads/"), filters)
    if event.name == "pull_request":
        return _branch(event.base_ref, filters) and _paths(event, filters, origin)
    if event.ref.startswith("refs/tags/"):
        raise Unknown(f"an event for {event.ref}")
    if event.name == "push" and "branches" not in filters and filters.keys() & _TAGS:
        return False
    branch = _branch(event.ref.removeprefix("refs/heads/"), filters)
    return branch and _paths(event, filters, origin)


_TAGS = frozenset({"tags", "tags-ignore"})


def _type(event: Event, filters: Mapping[str, Value]) -> bool:
    if event.name != "pull_request":
        return True
    types = filters.get("types", _TYPES)
    return event.payload.get("action") in ([types] if isinstance(types, str) else types)


def _branch(name: str, filters: Mapping[str, Value]) -> bool:
    if "branches-ignore" in filters:
        return not matches(name, filters["branches-ignore"])
    return "branches" not in filters or matches(name, filters["branches"])


def _paths(event: Event, filters: Mapping[str, Value], origin: Path) -> bool:
    if not filters.keys() & {"paths", "paths-ignore"}:
        return True
    before = str(
        event.payload.get("before") or _inside(event.payload, "pull_request", "base", "sha")
    )
    if before == "0" * 40:
        return True
    dots = ".." if event.name == "push" else "..."
    changed = git(origin, "diff", "--name-only", f"{before}{dots}{event.sha}").splitlines()
    if "paths-ignore" in filters:
        return any(not matches(path, filters["paths-ignore"]) for path in changed)
    return any(matches(path, filters["paths"]) for path in changed)


def matches(name: str, patterns: Value) -> bool:
    """GitHub's filter patterns: the last that fits decides, `!` takes away."""
    decided = False
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        if _glob(pattern.removeprefix("!")).fullmatch(name):
            decided = not pattern.startswith("!")
    return decided


def _glob(pattern: str) -> re.Pattern[str]:
    if wrong := re.search(r"[?+\[\]\\]", pattern):
        raise Unknown(f"{wrong.group()} in the filter pattern {pattern!r}")
    stars = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    return re.compile("".join(stars.get(part) or re.escape(part) for part in parts))
