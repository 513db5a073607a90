"""What lies about where a job looks, or is started in another place than was meant."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape

from tests.actions.grants import Environment
from tests.workflows.test_apply import named
from tests.workflows.world import World


def test_main_may_move_before_staging_too(world: World) -> None:
    """Only the jobs that failed are started again, or staging has reviewers: either way a job of an
    old run starts late."""
    own = world.runner.settings.environments
    late: dict[str, Environment] = {**own, "staging": replace(own["staging"], reviewers=True)}
    world.runner.settings = replace(world.runner.settings, environments=late)
    event = world.pushed()

    def meanwhile(_: str) -> bool:
        world.push(named(world, "Newer"))
        return True

    world.approve = meanwhile
    done = world.run("apply", event)
    assert done.jobs["staging / plan"].conclusion == "success"
    assert done.jobs["staging / apply"].conclusion == "failure"
    assert "main is at" in done.jobs["staging / apply"].log
    assert world.bytes("staging") == {}


def test_a_plan_that_somebody_committed_is_not_the_plan_of_a_job_that_failed(world: World) -> None:
    old = {"schema": 1, "digest": "sha256:of-another-day", "changes": []}
    text = json.dumps(old)
    everywhere = ["plan-changes", "plan-staging", "plan-production"]
    (world.clone / "plans").mkdir()
    left = {f"{folder}{name}.json": text for folder in ("", "plans/") for name in everywhere}
    world.push(left)
    pull = world.open({"fields/company.yaml": "name: company\ndisplay_name: Firm\n"})
    down = {
        name: replace(one, variables={**one.variables, "CONSUL_HTTP_ADDR": "127.0.0.1:1"})
        for name, one in world.runner.settings.environments.items()
    }
    world.runner.settings = replace(world.runner.settings, environments=down)
    done = world.run("pull-request", world.pulled(pull))
    assert done.jobs["fieldkeep / live (production)"].conclusion == "failure"
    (comment,) = map(unescape, world.api.bodies(pull.number))
    assert "of-another-day" not in comment
    assert comment.count("there is no plan") == 2
