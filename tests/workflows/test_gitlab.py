"""GitLab: a team adopts its fields, and the lines of its pipeline run on a real git and Consul."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.edges.gitlab.api import GitLab
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Place, Problem, Severity
from fieldkeep.render import code_quality
from tests import portuguese
from tests.real import forked
from tests.real.servers import ConsulServer
from tests.real.tools import tool
from tests.scenarios.world import PATIENCE, WHO, environment
from tests.workflows.gitlab import TOKEN, Notes, Pipeline, Ran

KEY = "skills/gitlab/metadata/fields"
FOLDER = "ops/fields of ours"


class Team:
    """A bare origin, a clone with a project in a subfolder, and the pipelines of its pushes."""

    def __init__(self, root: Path, consul: ConsulServer, url: str) -> None:
        self.consul, self.origin, self.clone = consul, root / "origin.git", root / "clone"
        self.project = self.clone / FOLDER
        self.path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.git(root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self.git(root, "init", "--quiet", "--initial-branch=main", str(self.clone))
        self.git(self.clone, "remote", "add", "origin", str(self.origin))
        self.project.mkdir(parents=True)
        (self.project / "prometheus.yml").write_text(portuguese.prometheus(), "utf-8")
        consul.put(KEY, portuguese.content())
        line = ["init", "--ci", "gitlab", "--from-live", consul.url, "--key", KEY]
        done = forked.run(line, self.project, environment(), PATIENCE)
        assert done.code == 0, done.err
        everywhere = {"CONSUL_HTTP_ADDR": consul.address, "FIELDKEEP_KEY": KEY}
        of_plan = {"GITLAB_TOKEN": TOKEN, "CI_API_V4_URL": url, "CI_PROJECT_ID": "42"}
        self.pipeline = Pipeline(
            self.clone / ".gitlab" / "fieldkeep.yml",
            {"": everywhere, "production-plan": of_plan},
        )

    def git(self, folder: Path, *words: str) -> str:
        command = ["git", *WHO, "-C", str(folder), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment(), timeout=PATIENCE
        )
        return done.stdout.strip()

    def push(self, branch: str, message: str) -> str:
        self.git(self.clone, "checkout", "--quiet", "-B", branch)
        self.git(self.clone, "add", "--all")
        self.git(self.clone, "commit", "--quiet", "--allow-empty", "--message", message)
        self.git(self.clone, "push", "--quiet", "origin", branch)
        return self.git(self.clone, "rev-parse", "HEAD")

    def jobs(self, source: str, **more: str) -> dict[str, Ran]:
        """Run the jobs of a pipeline of the newest commit that is checked out."""
        given = self.given(source, **more)
        return {
            name: self.pipeline.run(name, self.clone, given, self.path)
            for name in self.pipeline.chosen(given)
        }

    def given(self, source: str, **more: str) -> dict[str, str]:
        sha = self.git(self.clone, "rev-parse", "HEAD")
        title = self.git(self.clone, "log", "-1", "--format=%s")
        branch = self.git(self.clone, "branch", "--show-current")
        of_branch = {} if source == "merge_request_event" else {"CI_COMMIT_BRANCH": branch}
        return {
            "CI_PIPELINE_SOURCE": source,
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": sha,
            "CI_COMMIT_TITLE": title,
            "GITLAB_USER_LOGIN": "ana",
            "CI_PROJECT_ID": "42",
            **of_branch,
            **more,
        }

    def field(self, name: str) -> dict[str, Any]:
        content = self.consul.get(KEY)
        assert content is not None
        return next(f for f in json.loads(content)["fields"] if f["name"] == name)


MERGE_REQUEST = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42"}


def test_from_hand_made_fields_to_a_lost_document(  # noqa: PLR0915 - one story
    tmp_path: Path, consul_agent: ConsulServer
) -> None:
    with Notes() as gitlab:
        team = Team(tmp_path, consul_agent, gitlab.url)
        schema = ["--builtin-schema", "vendor.gitlab-ci", str(team.pipeline.file)]
        subprocess.run([tool("check-jsonschema"), *schema], check=True, capture_output=True)
        team.push("main", "Begin with what is live")
        first = team.jobs("push")
        assert first.keys() == {"fieldkeep-validate", "fieldkeep-apply"}
        assert [ran.code for ran in first.values()] == [0, 0], first
        assert team.field("empresa")["display_name"] == "Razão social"

        # a merge request: a note, edited in place; then one that is wrong
        file = team.project / "fields" / "empresa.yaml"
        right = file.read_text("utf-8").replace("Razão social", "Empresa")
        file.write_text(right, "utf-8")
        team.push("change", "Say it shorter")
        for number in (1, 2):
            jobs = team.jobs("merge_request_event", **MERGE_REQUEST)
            assert {name: ran.code for name, ran in jobs.items()} == {
                "fieldkeep-validate": 0,
                "fieldkeep-plan": 0,
            }, jobs
            assert gitlab.wrote == ["POST", "PUT"][:1], number  # the same text is left alone
        assert "Empresa" in gitlab.notes[-1]["body"]
        assert TOKEN not in jobs["fieldkeep-plan"].log
        file.write_text(right + "colour: red\n", "utf-8")
        broken = team.jobs("merge_request_event", **MERGE_REQUEST)
        assert broken["fieldkeep-validate"].code == 1
        (finding,) = json.loads((team.clone / "fieldkeep-quality.json").read_text("utf-8"))
        assert finding["location"]["path"] == f"{FOLDER}/fields/empresa.yaml"
        assert "<failure" in (team.clone / "fieldkeep-junit.xml").read_text("utf-8")
        file.write_text(right, "utf-8")
        forked_away = {**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99"}
        given = team.given("merge_request_event", **forked_away)
        assert team.pipeline.chosen(given).keys() == {"fieldkeep-validate"}

        # the merge; the same job again after the next one is refused
        team.push("main", "Say it shorter")
        old = team.given("push")
        assert {ran.code for ran in team.jobs("push").values()} == {0}
        assert team.field("empresa")["display_name"] == "Empresa"
        assert list((team.clone / "backups").iterdir())
        team.push("main", "Something else")
        again = team.pipeline.run("fieldkeep-apply", team.clone, old, team.path)
        assert again.code == 3
        assert "has moved on" in again.log
        assert {ran.code for ran in team.jobs("push").values()} == {0}

        # an edit in the application: captured, and told
        content = consul_agent.get(KEY)
        assert content is not None
        consul_agent.put(KEY, content.replace(b'"Empresa"', b'"Firma"'))
        scheduled = team.jobs("schedule")
        assert {name: ran.code for name, ran in scheduled.items()} == {
            "fieldkeep-capture": 0,
            "fieldkeep-drift": 2,
        }
        assert "empresa" in scheduled["fieldkeep-drift"].log

        # everything is lost, and comes back by hand
        for end in ("", ".backup", ".backup.history", ".sync"):
            consul_agent.delete(KEY + end)
        assert team.pipeline.chosen(team.given("web")) == {"fieldkeep-recover": "manual"}
        recovered = team.jobs("web")["fieldkeep-recover"]
        assert recovered.code == 0, recovered.log
        assert team.field("empresa")["display_name"] == "Empresa"
        assert team.field("contrato")["validation"]["message"] == "Formato: 1234/25"
        assert {ran.code for ran in team.jobs("schedule", RUN_DRILL="yes").values()} == {0}


def test_a_token_that_gitlab_refuses_is_not_shown() -> None:
    with Notes() as gitlab:
        variables = {
            "CI_API_V4_URL": gitlab.url,
            "CI_PROJECT_ID": "42",
            "GITLAB_TOKEN": "wrong-token",
        }
        with GitLab(variables) as api, pytest.raises(Unavailable) as caught:
            api.own_notes(7)
    assert "wrong-token" not in str(caught.value) + caught.value.hint
    assert "GITLAB_TOKEN" in caught.value.hint


def test_a_finding_keeps_its_fingerprint_when_its_line_moves() -> None:
    def report(*lines: int) -> list[dict[str, Any]]:
        problems = [
            Problem(Place("a.yaml", line), "yaml/tab", "a tab", "use spaces", Severity.ERROR)
            for line in lines
        ]
        read: list[dict[str, Any]] = json.loads(code_quality.report(problems))
        return read

    one, two = report(3, 9)
    assert one["fingerprint"] != two["fingerprint"]
    assert report(4)[0]["fingerprint"] == one["fingerprint"]
    assert one["severity"] == "critical"


@pytest.mark.parametrize("base", ["http://a b/S", "http://[::1]x/S", "http://[::1", "ftp://a/", ""])
def test_what_is_no_address_of_gitlab_is_a_usage_error(base: str) -> None:
    variables = {"CI_API_V4_URL": base, "CI_PROJECT_ID": "42", "GITLAB_TOKEN": TOKEN}
    with pytest.raises(UsageError, match="CI_API_V4_URL is no address"):
        GitLab(variables)
