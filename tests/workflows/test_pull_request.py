"""What must not stand in the way of a pull request."""

from __future__ import annotations

from html import unescape

from tests.workflows.world import World

COMPANY = "fields/company.yaml"


def test_a_guard_that_is_answered_by_hand_stops_no_merge(world: World) -> None:
    names = sorted(path.name for path in (world.clone / "fields").iterdir())[:7]
    pull = world.open({f"fields/{name}": None for name in names})
    done = world.run("pull-request", world.pulled(pull))
    assert done.conclusion == "success", str(done)
    (comment,) = world.api.bodies(pull.number)
    assert "--allow-deletes" in comment
    assert "<b>Refused as it is:</b> <code>This pull request</code>" in comment


def test_a_pull_request_can_mend_a_broken_main(world: World) -> None:
    good = world.text(COMPANY)
    world.push({COMPANY: good.replace("type: string", "type: strnig")})
    pull = world.open({COMPANY: good})
    done = world.run("pull-request", world.pulled(pull))
    assert done.conclusion == "success", str(done)
    (warning,) = done.jobs["fieldkeep / changes"].annotations
    assert "the target branch itself has errors" in warning.message
    comment = unescape(*world.api.bodies(pull.number))
    assert "<code>This pull request</code>: there is no plan" in comment
    assert "<code>production</code>: 25 fields: 25 to create" in comment
