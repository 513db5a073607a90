"""The way of a change, from the first push to the day on which all keys are gone."""

from __future__ import annotations

from tests.workflows.world import ENVIRONMENTS, Pull, World

COMPANY = "fields/company.yaml"
MARKER = "<!-- fieldkeep:plan -->"
ISSUE = "<!-- fieldkeep:drift -->"


def customizations(world: World, environment: str) -> dict[str, object]:
    """What people see: every field but what Prometheus and clocks say."""
    structure = ("source_label", "regex", "replacement")
    fields = world.value(environment)["fields"]
    return {one["name"]: {k: v for k, v in one.items() if k not in structure} for one in fields}


def test_from_the_first_push_to_the_day_all_keys_are_gone(world: World) -> None:
    applied(world)
    pull, good = a_pull_request_with_an_error(world)
    mended(world, pull, good)
    merged = world.merge(pull)
    applied(world)
    for environment in ENVIRONMENTS:
        assert world.field(environment, "company")["display_name"] == "TESTE"
        assert world.value(environment, ".sync")["commit"] == merged

    world.edit("staging", "glpi_url", display_name="Only in the application")
    live = world.bytes("staging")
    assert drift(world) == []
    backup = world.value("staging", ".backup")
    assert backup["reason"] == "live-edit"
    assert world.bytes("staging")[world.keys["staging"]] == live[world.keys["staging"]]

    before = {name: customizations(world, name) for name in ENVIRONMENTS}
    world.edit("production", "company", display_name="Typed by hand")
    ((state, body),) = drift(world)
    assert state == "open"
    assert "live-edited" in body
    assert "production" in body

    world.wipe("production")
    ((state, body),) = drift(world)
    assert state == "open"
    assert "missing" in body
    said = {"environment": "production", "action": "apply", "reason": "all gone"}
    recovered = world.run("recover", world.by_hand(**said, confirm="production"))
    assert recovered.conclusion == "success", str(recovered)
    assert {name: customizations(world, name) for name in ENVIRONMENTS} == before
    ((state, _),) = drift(world)
    assert state == "closed"


def applied(world: World) -> None:
    done = world.run("apply", world.pushed())
    assert done.conclusion == "success", str(done)
    for environment in ENVIRONMENTS:
        assert len(world.value(environment)["fields"]) == 25
        assert (done.artifacts / f"backup-{environment}").is_dir()


def a_pull_request_with_an_error(world: World) -> tuple[Pull, str]:
    """Red, at the right line, and a comment that says so; the file as it was."""
    good = world.text(COMPANY)
    bad = good.replace("type: string", "type: strnig")
    pull = world.open({COMPANY: bad})
    red = world.run("pull-request", world.pulled(pull))
    assert red.conclusion == "failure"
    (error,) = [one for one in red.annotations if one.level == "error" and one.file]
    assert (error.file, error.line) == (COMPANY, bad.splitlines().index("type: strnig") + 1)
    assert "did you mean 'string'?" in error.message
    (comment,) = world.api.bodies(pull.number)
    assert comment.startswith(MARKER)
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
    for title in ("This pull request", *ENVIRONMENTS):
        assert f"<code>{title}</code>: 25 fields: 0 to create, 1 to update" in after["body"]
    assert "TESTE" in after["body"]
    assert f"Of commit <code>{world.git('rev-parse', pull.branch)}</code>." in after["body"]


def drift(world: World) -> list[tuple[str, str]]:
    """Our issues, state and text, after the hourly look."""
    done = world.run("drift", world.clock())
    assert done.conclusion == "success", str(done)
    listed = world.api.issues.values()
    return [(i["state"], i["body"]) for i in listed if i["body"] and ISSUE in i["body"]]


def test_a_fork_is_answered_without_any_secret(world: World) -> None:
    text = world.text(COMPANY).replace("display_name: Company", "display_name: TESTE")
    pull = world.open({COMPANY: text}, fork="somebody/fields")
    done = world.run("pull-request", world.pulled(pull))
    assert done.conclusion == "success", str(done)
    assert {name: job.conclusion for name, job in done.jobs.items()} == {
        "validate": "success",
        "changes": "success",
        "live": "skipped",
        "comment": "skipped",
    }
    for job in done.jobs.values():
        assert job.secrets == frozenset()
        assert set(job.permissions.values()) <= {"read"}
    assert "TESTE" in done.jobs["changes"].summary
    assert world.api.wrote() == []
