"""The way of a change, from the first push to the day on which all keys are gone."""

from __future__ import annotations

import pytest

from tests.actions.protection import Protection
from tests.workflows.test_setup_page import required_checks
from tests.workflows.world import Pull, World

COMPANY = "fields/company.yaml"
MARKER = "<!-- fieldkeep:plan -->"
MONDAY = "30 4 * * 1"
ISSUE = "<!-- fieldkeep:drift -->"


def customizations(world: World, environment: str) -> dict[str, object]:
    """What people see: every field but what Prometheus and clocks say."""
    structure = ("source_label", "regex", "replacement")
    fields = world.value(environment)["fields"]
    return {one["name"]: {k: v for k, v in one.items() if k not in structure} for one in fields}


def test_from_the_first_push_to_the_day_all_keys_are_gone(team: World) -> None:
    world = team
    applied(world)
    pull, good = a_pull_request_with_an_error(world)
    mended(world, pull, good)
    merged = world.merge(pull)
    applied(world)
    for environment in world.environments:
        assert world.field(environment, "company")["display_name"] == "TESTE"
        assert world.value(environment, ".sync")["commit"] == merged
    nothing_to_apply(world)

    before = {name: customizations(world, name) for name in world.environments}
    world.edit("production", "glpi_url", display_name="Only in the application")
    world.edit("production", "company", display_name="Typed by hand")
    live = world.bytes("production")
    ((state, body),) = drift(world)
    assert world.value("production", ".backup")["reason"] == "live-edit"
    key = world.keys["production"]
    assert world.bytes("production")[key] == live[key]
    assert state == "open"
    assert "live-edited" in body
    assert "production" in body
    drilled = world.run("drill", world.clock(MONDAY))
    assert drilled.conclusion == "failure"
    assert "glpi_url: display_name" in str(drilled)

    world.wipe("production")
    ((state, body),) = drift(world)
    assert state == "open"
    assert "missing" in body
    said = {"environment": "production", "action": "apply", "reason": "all gone"}
    recovered = world.run("recover", world.by_hand(**said, confirm="production"))
    assert recovered.conclusion == "success", str(recovered)
    assert customizations(world, "production") == before["production"]
    ((state, _),) = drift(world)
    assert state == "closed"
    assert world.run("drill", world.clock(MONDAY)).conclusion == "success"
    nothing_to_apply(world)


def applied(world: World) -> None:
    done = world.run("apply", world.pushed())
    assert done.conclusion == "success", str(done)
    for environment in world.environments:
        assert len(world.value(environment)["fields"]) == 25
        assert (done.artifacts / f"backup-{environment}").is_dir()


def nothing_to_apply(world: World) -> None:
    """Nobody is asked, and nothing is written."""
    asked: list[str] = []

    def approve(environment: str) -> bool:
        asked.append(environment)
        return True

    world.approve = approve
    before = {name: world.bytes(name) for name in world.environments}
    done = world.run("apply", world.by_hand())
    assert {name: job.conclusion for name, job in done.jobs.items()} == {
        "fieldkeep / plan": "success",
        "fieldkeep / apply": "skipped",
    }, str(done)
    assert asked == []
    assert {name: world.bytes(name) for name in world.environments} == before


def a_pull_request_with_an_error(world: World) -> tuple[Pull, str]:
    """Red, at the right line, and a comment that says so; the file as it was."""
    good = world.text(COMPANY)
    bad = good.replace("type: string", "type: strnig")
    pull = world.open({COMPANY: bad})
    red = world.run("pull-request", world.pulled(pull))
    assert red.conclusion == "failure"
    (error,) = [one for one in red.annotations if one.level == "error" and one.file]
    assert (error.file, error.line) == (
        f"{world.place}/{COMPANY}",
        bad.splitlines().index("type: strnig") + 1,
    )
    assert "did you mean 'string'?" in error.message
    (comment,) = world.api.bodies(pull.number)
    assert comment.startswith(MARKER)
    assert Protection(required_checks()).missing([red]) == {"fieldkeep / Required": "failure"}
    return pull, good


def mended(world: World, pull: Pull, good: str) -> None:
    """Green, and the same comment says what it would do."""
    (before,) = world.api.comments
    number = before["id"]
    world.more(pull, {COMPANY: good.replace("display_name: Company", "display_name: TESTE")})
    green = world.run("pull-request", world.pulled(pull, "synchronize"))
    assert green.conclusion == "success", str(green)
    assert [one for one in green.annotations if one.level == "error"] == []
    (after,) = world.api.comments
    assert after["id"] == number
    assert after["body"].startswith(MARKER)
    for title in ("This pull request", *world.environments):
        assert f"<code>{title}</code>: 25 fields: 1 to update" in after["body"]
    assert "TESTE" in after["body"]
    for name in ("changes", *world.environments):
        page = green.artifacts / f"page-{name}.html" / f"page-{name}.html"
        assert "TESTE" in page.read_text("utf-8")
    assert after["body"].count(f"/actions/runs/{green.run_id}/artifacts/") == 1 + len(
        world.environments
    )
    assert f"Of commit <code>{world.git('rev-parse', pull.branch)}</code>." in after["body"]
    assert Protection(required_checks()).missing([green]) == {}
    # In the queue nobody has labels or secrets to ask for: what it is merged with is checked.
    queued = world.run("pull-request", world.queued(pull))
    assert Protection(required_checks()).missing([queued]) == {}, str(queued)
    assert queued.jobs["fieldkeep / changes"].conclusion == "success"
    assert queued.jobs["fieldkeep / live"].conclusion == "skipped"


def drift(world: World) -> list[tuple[str, str]]:
    """Our issues, state and text, after the hourly look."""
    done = world.run("drift", world.clock())
    assert done.conclusion == "success", str(done)
    listed = world.api.issues.values()
    return [(i["state"], i["body"]) for i in listed if i["body"] and ISSUE in i["body"]]


@pytest.mark.parametrize(
    ("fork", "actor"), [("somebody/fields", "octocat"), (None, "dependabot[bot]")]
)
def test_a_fork_and_dependabot_can_be_merged_without_any_secret(
    world: World, fork: str | None, actor: str
) -> None:
    text = world.text(COMPANY).replace("display_name: Company", "display_name: TESTE")
    pull = world.open({COMPANY: text}, fork=fork)
    done = world.run("pull-request", world.pulled(pull, actor=actor))
    assert done.conclusion == "success", str(done)
    assert {name: job.conclusion for name, job in done.jobs.items()} == {
        "fieldkeep / validate": "success",
        "fieldkeep / changes": "success",
        "fieldkeep / live": "skipped",
        "fieldkeep / required": "success",
        "fieldkeep / comment": "skipped",
    }
    for job in done.jobs.values():
        assert job.secrets == frozenset()
        assert set(job.permissions.values()) <= {"read"}
    assert "TESTE" in done.jobs["fieldkeep / changes"].summary
    assert world.api.wrote() == []
    assert Protection(required_checks()).missing([done]) == {}
    # The names of the matrix, which the page asked for once, no check of such a run ever has.
    by_matrix = Protection(("fieldkeep / Plan against staging",))
    assert by_matrix.missing([done]) == {"fieldkeep / Plan against staging": "expected"}
