"""What people edit in the application comes to them as a pull request."""

from __future__ import annotations

from tests.workflows.world import World

BRANCH = "fieldkeep/production"


def test_an_edit_is_a_pull_request_an_hour_later(world: World) -> None:
    world.applied()
    world.edit("production", "company", display_name="Empresa")
    before = [world.bytes(name) for name in world.environments]
    done = world.run("propose", world.clock("47 * * * *"))
    assert done.conclusion == "success", str(done)
    assert "nothing to propose" in done.jobs["fieldkeep / propose (staging)"].log
    (issue,) = world.api.issues.values()
    assert (issue["pull"]["branch"], issue["pull"]["base"]) == (BRANCH, "main")
    assert "Empresa" in issue["body"]
    world.git("fetch", "--quiet", str(world.origin), BRANCH)
    said = world.git("log", "--format=%an: %s", f"{world.branch}..FETCH_HEAD")
    assert said == "github-actions[bot]: Take display_name of company from the application"
    assert [world.bytes(name) for name in world.environments] == before, "it may only read"
