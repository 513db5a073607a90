"""Who is given which secret, and what a token may do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.actions import events
from tests.actions.grants import Environment
from tests.actions.settled import Running
from tests.actions.world import REPOSITORY, World, run, runner, settings


def test_a_secret_does_not_leave_a_job_in_its_outputs(world: World) -> None:
    text = """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: {x: "${{ secrets.PASS }}!"}
            steps: [run: echo]
        """
    job = run(world, text, settings({"PASS": "pw"})).jobs["a"]
    assert job.outputs == {"x": ""}
    assert "may contain secret" in job.annotations[0].message


FORK = """
    on: pull_request
    permissions: {contents: write, id-token: write, issues: read}
    jobs:
      job:
        runs-on: ubuntu-latest
        environment: production
        steps:
          - run: echo "[${{ secrets.PASS }}${{ secrets.OWN }}${{ vars.COLOUR }}]$TOKEN"
            env: {TOKEN: "${{ secrets.GITHUB_TOKEN }}"}
          - run: env | grep ^ACTIONS_ID_TOKEN_REQUEST_URL || echo none
"""


@pytest.mark.parametrize("fork", [None, "stranger/fields"])
def test_a_fork_is_given_no_secret_and_a_token_that_reads(world: World, fork: str | None) -> None:
    world.pull(1, file="changed\n")
    event = events.pull_request(world.origin, REPOSITORY, 1, branch="topic", fork=fork)
    asked: list[Mapping[str, str]] = []

    def token(permissions: Mapping[str, str]) -> str:
        asked.append(dict(permissions))
        return "job-token"

    given = settings({"PASS": "pw"}, production=Environment({"OWN": "own"}))
    result = runner(world, given, token=token).run(world.workflow(FORK), event)
    job = result.jobs["job"]
    if fork:
        assert job.secrets == frozenset()
        assert job.steps[0].log == ("[]***",)
        assert job.steps[1].log == ("none",)
        assert asked == [{"contents": "read", "issues": "read"}]
    else:
        assert job.secrets == {"PASS", "OWN"}
        assert job.steps[0].log == ("[******blue]***",)
        assert "ACTIONS_ID_TOKEN_REQUEST_URL=http" in job.steps[1].log[0]
        assert asked == [{"contents": "write", "id-token": "write", "issues": "read"}]


DEPLOY = """
    on: push
    jobs:
      deploy:
        runs-on: ubuntu-latest
        environment: {name: "${{ vars.COLOUR }}", url: "https://x.test/${{ env.A }}"}
        steps: [{run: echo}]
"""


@pytest.mark.parametrize(
    ("branches", "answer", "conclusion"),
    [(None, True, "success"), (("release/*",), True, "failure"), (("main",), False, "failure")],
)
def test_an_environment_lets_in_what_its_rules_allow(
    world: World, branches: tuple[str, ...] | None, answer: bool, conclusion: str
) -> None:
    blue = Environment({"OWN": "own"}, {}, branches, reviewers=True)
    job = run(world, DEPLOY, settings(blue=blue), approve=lambda _: answer).jobs["deploy"]
    assert job.conclusion == conclusion
    assert job.secrets == ({"OWN"} if conclusion == "success" else frozenset())
    assert len(job.steps) == (1 if conclusion == "success" else 0)


def test_permissions_are_the_jobs_own_else_the_workflows(world: World) -> None:
    text = """
        on: push
        permissions: {contents: read}
        jobs:
          inherits: {runs-on: ubuntu-latest, steps: [run: echo]}
          own: {runs-on: ubuntu-latest, permissions: {issues: write}, steps: [run: echo]}
          none: {runs-on: ubuntu-latest, permissions: {}, steps: [uses: actions/checkout@PIN]}
        """
    jobs = run(world, text).jobs
    assert {name: dict(job.permissions) for name, job in jobs.items()} == {
        "inherits": {"contents": "read"},
        "own": {"issues": "write"},
        "none": {},
    }
    assert jobs["none"].conclusion == "failure"


@pytest.mark.parametrize(
    ("environment", "subject"),
    [
        ("", "repo:acme/fields:ref:refs/heads/main"),
        ("environment: blue", "repo:acme/fields:environment:blue"),
    ],
)
def test_an_identity_token_is_about_the_job(world: World, environment: str, subject: str) -> None:
    text = f"""
        on: push
        permissions: {{id-token: write}}
        jobs:
          job:
            runs-on: ubuntu-latest
            {environment}
            steps:
              - run: echo "$ACTIONS_ID_TOKEN_REQUEST_URL"
              - run: echo "::warning::$ACTIONS_ID_TOKEN_REQUEST_TOKEN"
        """
    asked: list[str] = []

    def identity(running: Running) -> tuple[str, str]:
        asked.append(running.claims()["sub"])
        return "http://127.0.0.1/oidc", "request-token"

    job = run(world, text, settings(blue=Environment()), identity_token=identity).jobs["job"]
    assert asked == [subject]
    assert job.steps[0].log == ("http://127.0.0.1/oidc",)
    # What an annotation says is hidden too.
    assert job.annotations[0].message == "***"
    assert "request-token" not in repr(job)
