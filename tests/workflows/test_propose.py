"""What people edit in the application comes to them as a pull request."""

from __future__ import annotations

from tests.workflows.world import World

BRANCH = "fieldkeep/monitoring/production"


def test_an_edit_is_a_pull_request_an_hour_later(team: World) -> None:
    world = team
    world.applied()
    world.edit("production", "company", display_name="Empresa")
    before = world.bytes("production")
    done = world.run("propose", world.clock("47 * * * *"))
    assert done.conclusion == "success", str(done)
    (issue,) = world.api.issues.values()
    assert (issue["pull"]["branch"], issue["pull"]["base"]) == (BRANCH, world.branch)
    assert "Empresa" in issue["body"]
    world.git("fetch", "--quiet", str(world.origin), BRANCH)
    said = world.git("log", "--format=%an: %s", f"{world.branch}..FETCH_HEAD")
    assert said == "github-actions[bot]: Take display_name of company from the application"
    assert world.git("diff", "--name-only", f"{world.branch}...FETCH_HEAD") == (
        "monitoring/fields/company.yaml"
    )
    assert world.bytes("production") == before, "it may only read"
