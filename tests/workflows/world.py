"""A repository on a GitHub of our own, its runners, and a Consul with ACLs that they write to.

world.push({"fields/company.yaml": ...})      straight to main
pull = world.open({...})                      a branch, and a pull request of it
world.merge(pull)
world.run("apply", world.pushed())            what GitHub would start
world.applied()                               what main says is live, for what comes after it
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.actions import events
from tests.actions.api import Api
from tests.actions.events import Event
from tests.actions.grants import Environment, Settings
from tests.actions.results import Result
from tests.actions.runner import Runner
from tests.actions.settled import Running
from tests.actions.values import Value
from tests.real import forked
from tests.real.servers import ConsulServer
from tests.release import elsewhere, tagged
from tests.workflows.published import committed, copied, git
from tests.workflows.seed import seed

REPOSITORY = "acme/fields"
FOREIGN = "your-org/fieldkeep"  # where the package says that it is published
ENVIRONMENTS = ("staging", "production")
READ = 'key "{0}" {{ policy = "read" }} key_prefix "{0}." {{ policy = "read" }}'
WRITE = 'key "{0}" {{ policy = "write" }} key_prefix "{0}." {{ policy = "write" }}'
CAPTURE = (
    f'{READ} key_prefix "{{0}}.backup" {{{{ policy = "write" }}}}'
    ' key_prefix "{0}.sync" {{ policy = "write" }}'
)
Files = Mapping[str, str | None]


@dataclass(frozen=True)
class Pull:
    """A pull request: its number, its branch, and the other repository it comes from, if any."""

    number: int
    branch: str
    fork: str | None = None


@dataclass
class World:
    """``first`` is the repository to begin with; ``approve`` answers for the reviewers of
    production. With ``method``, the name of an auth method of Consul, no environment holds a
    token. With ``team``, the repository holds fields and what `fieldkeep init` writes beside them,
    and the program is another repository's."""

    folder: Path
    first: Path
    api: Api
    consul: ConsulServer
    approve: Callable[[str], bool] = lambda _: True
    method: str = ""
    team: bool = False
    environments: tuple[str, ...] = ENVIRONMENTS
    prefix: str = ""  # of the names of workflow files
    branch: str = "main"
    place: str = "."  # the project's folder in the repository
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unique = uuid.uuid4().hex
        self.keys = {name: f"test/{unique}/{name}/fields" for name in ENVIRONMENTS}
        self.origin, self.clone = self.folder / "origin.git", self.folder / "clone"
        programs = {}
        if self.team:
            self.environments, self.prefix = ("production",), "fieldkeep-"
            self.branch, self.place = "trunk", "monitoring"
            programs = {FOREIGN: self.folder / "program"}
            self._team(programs[FOREIGN])
        else:
            self._ours()
        self._publish()
        self.api.origin = self.origin
        self.runner = Runner(
            self.folder / "github",
            self.origin,
            self.settings(),
            api_url=self.api.url,
            token=self.api.token,
            identity_token=self._identity,
            approve=self._approved,
            passthrough={n: v for n, v in os.environ.items() if n.startswith("PIP_")},
            prepare=seed,
            actions=programs,
        )

    # ------------------------------------------------------------------ the repository

    def _team(self, program: Path) -> None:
        """What `fieldkeep init` writes into somebody's repository, and the program in ours."""
        shutil.copytree(self.first, program, symlinks=True)
        seed(program)
        for name in ("fields", "prometheus"):
            copied(program / name, self.clone / self.place / name)
        git(self.clone, "init", "--quiet", f"--initial-branch={self.branch}")
        release = self.folder / "release"
        commit = tagged(release)
        wanted = ["--env", "production", "--store", "consul://", "--key", self.keys["production"]]
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **elsewhere(release)}
        project = self.clone / self.place
        done = forked.run(["init", "--ci", "github", *wanted], project, variables, 60)
        assert done.code == 0, done.err
        workflow = self.clone / ".github" / "workflows" / "fieldkeep-apply.yml"
        assert commit in workflow.read_text("utf-8")
        committed(self.clone)

    @property
    def project(self) -> Path:
        """The project's folder in the clone."""
        return self.clone / self.place

    def _ours(self) -> None:
        shutil.copytree(self.first, self.clone, symlinks=True)
        project = self.clone / "pyproject.toml"
        text = project.read_text("utf-8")
        for name, key in self.keys.items():
            table = f"[tool.fieldkeep.environments.{name}]\n"
            assert table in text
            text = text.replace(table, f'{table}key = "{key}"\n')
        project.write_text(text, "utf-8")
        self.git("commit", "--quiet", "--all", "--amend", "--no-edit")

    def _publish(self) -> None:
        git(self.folder, "clone", "--quiet", "--bare", str(self.clone), str(self.origin))
        # The name decides who owns a key, here as in a checkout on GitHub.
        self.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}")
        self.git("remote", "set-url", "--push", "origin", f"file://{self.origin}")

    def git(self, *arguments: str) -> str:
        return git(self.clone, *arguments)

    def commit(self, message: str) -> str:
        return committed(self.clone, message)

    def write(self, files: Files) -> None:
        """A text of None removes the file."""
        for name, text in files.items():
            if text is None:
                (self.clone / self.place / name).unlink()
            else:
                (self.clone / self.place / name).write_text(text, "utf-8")

    def text(self, name: str) -> str:
        return (self.clone / self.place / name).read_text("utf-8")

    def push(self, files: Files, message: str = "A change") -> str:
        """Straight to main."""
        self.git("checkout", "--quiet", self.branch)
        self.write(files)
        commit = self.commit(message)
        self.git("push", "--quiet", "origin", self.branch)
        return commit

    def open(self, files: Files, *, fork: str | None = None, labels: tuple[str, ...] = ()) -> Pull:
        number = self.api.pull(labels=labels, base=self.branch)
        pull = Pull(number, f"change-{number}", fork)
        self.git("checkout", "--quiet", "-b", pull.branch, self.branch)
        self.more(pull, files)
        return pull

    def more(self, pull: Pull, files: Files) -> None:
        """One more commit on the branch; GitHub then makes the merge of it anew."""
        self.git("checkout", "--quiet", pull.branch)
        self.write(files)
        self.commit("A change of the branch")
        self.git("checkout", "--quiet", "--detach", self.branch)
        self.git("merge", "--quiet", "--no-ff", "--message", "Merge", pull.branch)
        refs = f"refs/pull/{pull.number}"
        heads = [f"+{pull.branch}:{refs}/head", f"+HEAD:{refs}/merge"]
        if pull.fork is None:
            heads.append(f"+{pull.branch}:refs/heads/{pull.branch}")
        self.git("push", "--quiet", "origin", *heads)
        self.git("checkout", "--quiet", self.branch)

    def merge(self, pull: Pull) -> str:
        """As one commit on main."""
        self.git("checkout", "--quiet", self.branch)
        self.git("merge", "--quiet", "--squash", pull.branch)
        commit = self.commit(f"A change (#{pull.number})")
        self.git("push", "--quiet", "origin", self.branch)
        issue = self.api.issues[pull.number]
        issue["state"], issue["pull"]["merged_as"] = "closed", commit
        return commit

    # ------------------------------------------------------------------ GitHub

    def settings(self) -> Settings:
        environments: dict[str, Environment] = {}
        for name in ENVIRONMENTS:
            for suffix, rules in (("-plan", READ), ("-capture", CAPTURE), ("", WRITE)):
                variables = {"CONSUL_HTTP_ADDR": self.consul.address}
                secrets = {}
                if self.method:
                    variables["CONSUL_AUTH_METHOD"] = self.method
                else:
                    secrets["CONSUL_HTTP_TOKEN"] = self.consul.token(rules.format(self.keys[name]))
                environments[name + suffix] = Environment(
                    secrets,
                    variables,
                    branches=None if suffix == "-plan" else (self.branch,),
                    reviewers=name == "production" and not suffix,
                )
        # A group, which may be limited to workflows; a label of a runner of one's own.
        runners = {
            "FIELDKEEP_RUNNER": '{"group": "readers"}',
            "FIELDKEEP_APPLY_RUNNER": "self-hosted",
        }
        environments["github-pages"] = Environment(branches=(self.branch,))
        variables = runners if self.team else {}
        return Settings(REPOSITORY, variables=variables, environments=environments)

    def _identity(self, running: Running) -> tuple[str, str]:
        claims = {"ref": running.event.ref, "environment": running.environment}
        return self.api.job(claims)

    def _approved(self, environment: str) -> bool:
        return self.approve(environment)

    def applied(self, *environments: str) -> None:
        """Main as an apply leaves it, in the environments (or all): by the program alone, because
        a workflow starts it a dozen times, and a test of what comes later need not wait for it."""
        for name in environments or self.environments:
            given = self.runner.settings.environments[name]
            environment = {"PATH": os.environ["PATH"], **given.variables, **given.secrets}
            done = forked.run(["sync", "-q", "--env", name], self.project, environment, 60)
            assert done.code == 0, done.err

    def run(self, workflow: str, event: Event) -> Result:
        path = f".github/workflows/{self.prefix}{workflow}.yml"
        result = self.runner.run(path, event)
        self.api.runs[result.run_id] = {
            "path": path,
            "event": event.name,
            "head_branch": event.ref.removeprefix("refs/heads/"),
            "head_repository": {"full_name": REPOSITORY},
        }
        return result

    def pushed(self) -> Event:
        return events.push(self.origin, REPOSITORY, self.branch)

    def pulled(self, pull: Pull, action: str = "opened", actor: str = "octocat") -> Event:
        labels = tuple(self.api.issues[pull.number]["labels"])
        return events.pull_request(
            *(self.origin, REPOSITORY, pull.number),
            branch=pull.branch,
            base=self.branch,
            fork=pull.fork,
            action=action,
            labels=labels,
            actor=actor,
        )

    def queued(self, pull: Pull) -> Event:
        """In the merge queue."""
        return events.merge_group(self.origin, REPOSITORY, pull.number, self.branch)

    def by_hand(self, branch: str = "", **inputs: Value) -> Event:
        return events.by_hand(self.origin, REPOSITORY, inputs, branch or self.branch)

    def clock(self, cron: str = "17 * * * *") -> Event:
        return events.schedule(self.origin, REPOSITORY, cron, self.branch)

    # ------------------------------------------------------------------ Consul

    def value(self, environment: str, suffix: str = "") -> Any:
        raw = self.consul.get(self.keys[environment] + suffix)
        return None if raw is None else json.loads(raw)

    def field(self, environment: str, name: str) -> Any:
        document = self.value(environment)
        return next((one for one in document["fields"] if one["name"] == name), None)

    def edit(self, environment: str, name: str, **attributes: Any) -> None:
        """As the application does: the whole document, by a plain PUT."""
        document = self.value(environment)
        for one in document["fields"]:
            if one["name"] == name:
                one.update(attributes)
        self.consul.put(self.keys[environment], json.dumps(document).encode())

    def wipe(self, environment: str) -> None:
        for key in self.consul.keys(self.keys[environment]):
            self.consul.delete(key)
        assert self.consul.keys(self.keys[environment]) == []

    def bytes(self, environment: str) -> Mapping[str, bytes | None]:
        """Every key of an environment, to tell whether anything was written."""
        return {k: self.consul.get(k) for k in self.consul.keys(self.keys[environment])}
