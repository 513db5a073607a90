"""Outdated structure: labels come and go in Prometheus. Structure follows, customizations stay."""

from __future__ import annotations

from typing import Any

from tests.scenarios.look import APPLICATION, GIT, check_seven, default
from tests.scenarios.world import World, edited

RULE = (
    "{source_labels: [__meta_consul_service_metadata_contract],"
    " regex: 'C-(\\d+)', target_label: contract, replacement: 'no. $1'}"
)
MASTER = ("__meta_consul_service_metadata_rack", r"(?:[^/]+/)?([A-Z]+\d+)", "$1")
NORTH = ("__meta_consul_service_metadata_rack", r"(\d+);([A-Z])", "$2$1")
SOUTH = ("__meta_consul_service_metadata_rack", r"(H\d-R\d+)", "$1")
CONTRACT = ("__meta_consul_service_metadata_contract", r"C-(\d+)", "no. $1")


def structure(field: dict[str, Any]) -> tuple[str, str, str]:
    return field["source_label"], field["regex"], field["replacement"]


def by_site(world: World, label: str) -> dict[str, tuple[str, str, str]]:
    """The label's structure in each site's server_status."""
    structures = {}
    for server in world.value()["extraction_status"]["server_status"]:
        assert server["success"] is True
        assert server["fields_count"] == len(server["fields"])
        for entry in server["fields"]:
            if entry["name"] == label:
                structures[server["hostname"]] = structure(entry)
    return structures


def test_outdated_structure(lasting: World) -> None:  # noqa: PLR0915 - one story
    world, project = lasting, lasting.project
    project.no_field("rack")  # from now on the application's alone
    project.field("vendor", GIT.yaml("vendor"))
    world.sync()
    world.application(edited(rack=APPLICATION, city=default("city")))
    world.sync()
    count = world.value()["total_fields"]
    assert by_site(world, "rack") == {"master": MASTER, "north": NORTH, "south": SOUTH}
    assert structure(world.fields()["rack"]) == MASTER

    # A label appears.
    project.with_rule("south", RULE)
    assert "contract" in world.run("plan", "--exit-code", code=2).out
    done = world.sync()
    assert "+ contract" in done.out
    assert by_site(world, "contract") == {"south": CONTRACT}
    assert structure(world.fields()["contract"]) == CONTRACT
    check_seven(world.fields(), "contract", default("contract"))
    assert world.value()["total_fields"] == count + 1

    # Others vanish from one site: their structure is the next site's.
    world.application(edited(contract=APPLICATION))
    project.without_label("rack", "master")
    project.without_label("vendor", "master")
    done = world.sync()
    assert by_site(world, "rack") == {"north": NORTH, "south": SOUTH}
    assert set(by_site(world, "vendor")) == {"north", "south"}

    def followed() -> None:
        fields = world.fields()
        assert structure(fields["rack"]) == NORTH
        for name in ("rack", "contract"):
            check_seven(fields, name, APPLICATION)
        check_seven(fields, "vendor", GIT)
        assert len(fields) == count + 1

    followed()
    assert "\n- " not in done.out
    assert "[orphan]" not in done.out
    world.in_sync()
    if world.restarted():
        followed()

    # And then from all: nothing is deleted, the orphan is named, its last structure stays.
    project.without_label("rack", "north", "south")
    project.without_label("vendor", "north", "south")
    done = world.sync()
    assert by_site(world, "rack") == {}
    assert by_site(world, "vendor") == {}

    def check_kept() -> None:
        followed()
        world.check_keys()

    check_kept()
    assert "\n- " not in done.out
    assert "orphans  rack\n" in done.out
    assert "vendor: no source gives this label" in done.out
    world.in_sync()
    if world.restarted():
        check_kept()
        world.in_sync()


def test_outdated_structure_of_a_label_that_comes_back(world: World) -> None:
    """As if it had never been away."""
    project = world.project
    project.no_field("rack")
    world.sync()
    world.application(edited(rack=APPLICATION))
    project.without_label("rack", "master", "north", "south")
    world.sync()
    assert structure(world.fields()["rack"]) == MASTER  # the last that was known
    project.with_rule("north", RULE.replace("contract", "rack"))
    world.sync()
    assert by_site(world, "rack") == {"north": (MASTER[0], *CONTRACT[1:])}
    assert structure(world.fields()["rack"]) == (MASTER[0], *CONTRACT[1:])
    check_seven(world.fields(), "rack", APPLICATION)
    world.in_sync()


def test_outdated_structure_of_a_site_that_cannot_be_read(lasting: World) -> None:
    """Missing knowledge is not "no labels": what the site gave stays, and nothing is deleted."""
    world, project = lasting, lasting.project
    project.field("company", GIT.yaml("company"))
    world.sync()
    world.application(edited(location_code=default("location_code"), glpi_url=APPLICATION))
    before, sites = world.fields(), world.value()["extraction_status"]["server_status"]
    labels = {site["hostname"]: site["fields"] for site in sites}
    (project.root / "prometheus" / "south.yml").unlink()
    world.sync()

    def nothing_is_lost() -> None:
        fields = world.fields()
        assert set(fields) == set(before)
        check_seven(fields, "glpi_url", APPLICATION)
        check_seven(fields, "company", GIT)
        status = world.value()["extraction_status"]
        assert status["extraction_complete"] is False
        assert (status["total_servers"], status["successful_servers"]) == (3, 2)
        south = {s["hostname"]: s for s in status["server_status"]}["south"]
        assert south["success"] is False
        assert south["error"]
        assert south["fields"] == labels["south"]
        assert structure(fields["location_code"]) == structure(before["location_code"])
        world.check_keys()

    nothing_is_lost()
    world.in_sync()
    if world.restarted():
        nothing_is_lost()
    assert "--prune" not in world.sync("--prune", code=3).err.split("[prune]")[0]
