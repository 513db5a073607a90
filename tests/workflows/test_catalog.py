"""The catalogue on GitHub Pages, of those who ask for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.actions.results import Result
from tests.render.catalog_page import attribute, data_of
from tests.workflows.world import World


def an_hour_later(world: World) -> Result:
    return world.run("catalog", world.clock("37 * * * *"))


def files(site: Path) -> list[str]:
    return sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file())


def test_every_field_is_on_a_page_an_hour_later(team: World) -> None:
    world, site = team, team.runner.site
    world.applied()
    done = an_hour_later(world)
    assert {job.conclusion for job in done.jobs.values()} == {"skipped"}
    assert not site.exists()  # it may be public: nothing is published that nobody asked for

    settings = world.runner.settings
    asked = {**settings.variables, "FIELDKEEP_CATALOG": "publish"}
    world.runner.settings = replace(settings, variables=asked)
    world.edit("production", "company", display_name="Empresa")
    before = world.bytes("production")
    done = an_hour_later(world)
    assert done.conclusion == "success", str(done)
    assert files(site) == ["index.html", "production/index.html"]
    text = (site / "index.html").read_text("utf-8")
    assert (site / "production" / "index.html").read_text("utf-8") == text
    data = data_of(text)
    live = data["differs"]["live"][str(data["names"].index("company"))]
    assert "Empresa" in live.values()
    assert attribute(data, "display_name")["company"] == "Company"
    assert world.bytes("production") == before, "it may only read"

    plan = world.runner.settings.environments["production-plan"]
    nobody = replace(plan, secrets={"CONSUL_HTTP_TOKEN": "00000000-0000-0000-0000-000000000000"})
    environments = {**world.runner.settings.environments, "production-plan": nobody}
    world.runner.settings = replace(world.runner.settings, environments=environments)
    assert an_hour_later(world).conclusion == "failure"
    assert (site / "index.html").read_text("utf-8") == text, "what was known an hour ago stays"
