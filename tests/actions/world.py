"""A repository with a bare origin, for tests of the runner."""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.actions import events
from tests.actions.events import Event
from tests.actions.grants import Environment, Settings
from tests.actions.results import Result
from tests.actions.runner import Runner

PIN = "@" + "0123456789" * 4
REPOSITORY = "acme/fields"
_JOB = "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n"
_WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Test"), ("EMAIL", "test@example.com"))
}


class World:
    """`clone` is where tests commit; `origin` is bare, and what workflows run from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin, self.clone = folder / "origin.git", folder / "clone"
        self.git("init", "-q", "--bare", "-b", "main", str(self.origin), inside=folder)
        self.git("init", "-q", "-b", "main", str(self.clone), inside=folder)
        self.git("remote", "add", "origin", str(self.origin))

    def git(self, *arguments: str, inside: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=inside or self.clone,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **_WHO},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, message: str = "A change", **files: str) -> str:
        """Commit files (`a_b=...` writes the file `a_b`) and push to main; gives the commit."""
        for name, text in files.items():
            (self.clone / name).write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def pull(self, number: int, **files: str) -> tuple[str, str]:
        """A pull request: its head and the merge of it, as refs of the origin; gives both."""
        self.git("checkout", "-q", "-b", f"change-{number}")
        for name, text in files.items():
            (self.clone / name).write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", f"Pull request {number}")
        head = self.git("rev-parse", "HEAD")
        self.git("push", "-q", "origin", f"HEAD:refs/pull/{number}/head")
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", "Merge", head)
        merge = self.git("rev-parse", "HEAD")
        self.git("push", "-q", "origin", f"HEAD:refs/pull/{number}/merge")
        self.git("reset", "-q", "--hard", "HEAD~1")
        return head, merge

    def workflow(self, text: str, name: str = "test.yml") -> Path:
        """A workflow file outside the repository; `@PIN` stands for a pinned commit. A text that
        begins with `steps:` is of the one job, called job, that a push starts."""
        path = self.folder / name
        text = textwrap.dedent(text).lstrip("\n").replace("@PIN", PIN)
        if text.startswith("steps:"):
            text = _JOB + textwrap.indent(text, "    ")
        path.write_text(text, encoding="utf-8")
        return path


def settings(secrets: Mapping[str, str] | None = None, **environments: Environment) -> Settings:
    return Settings(REPOSITORY, secrets or {}, {"COLOUR": "blue"}, environments)


def runner(world: World, given: Settings | None = None, **options: object) -> Runner:
    return Runner(world.folder / "runner", world.origin, given or settings(), **options)  # type: ignore[arg-type]


def pushed(world: World) -> Event:
    return events.push(world.origin, REPOSITORY)


def run(world: World, text: str, given: Settings | None = None, **options: object) -> Result:
    """Run a workflow on a push to main."""
    return runner(world, given, **options).run(world.workflow(text), pushed(world))
