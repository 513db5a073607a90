"""The guard of what others rely on, from the field file to the services in Consul's catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.real.proxy import Gate
from tests.scenarios.world import PATIENCE, ConsulWorld, World

WIDE = "name: company\ntype: string\n"
NARROW = "name: company\ntype: number\n"
REQUIRED = "name: company\ntype: string\nrequired: true\n"
FLAG = "--allow-breaking"


@pytest.fixture
def applied(world: World) -> World:
    world.project.field("company", WIDE)
    world.sync()
    return world


def test_a_narrower_type_needs_its_flag_and_comes_back_without(applied: World) -> None:
    applied.project.field("company", NARROW)
    before = applied.state()
    done = applied.sync(code=3)
    refusal = "1 change breaks what others rely on: company: type string becomes number"
    assert refusal in done.err
    assert f"if this is meant: {FLAG}" in done.err
    assert f"[breaking] (allowed by {FLAG})" in applied.sync("--dry-run", code=3).out
    assert applied.state() == before

    applied.sync(FLAG)
    assert applied.fields()["company"]["field_type"] == "number"
    applied.wipe("", ".backup", ".backup.history", ".sync")
    applied.sync()
    assert applied.fields()["company"]["field_type"] == "number"


def test_a_lost_document_is_put_back_though_git_has_narrowed_since(served: ConsulWorld) -> None:
    served.project.field("company", WIDE)
    served.sync()
    served.project.field("company", NARROW)
    served.wipe("")
    served.sync()
    assert served.fields()["company"]["field_type"] == "number"


# --------------------------------------------------------------------------- the catalogue


@pytest.fixture
def peopled(served: ConsulWorld) -> Iterator[ConsulWorld]:
    """Applied, and three services are registered on a node that is this test's."""
    served.project.field("company", WIDE)
    served.sync()
    node = served.key.split("/")[1]
    for number, metadata in enumerate(({"company": "acme"}, {"company": ""}, {})):
        service = {"ID": f"{node}-{number}", "Service": node, "Meta": metadata}
        body = {"Node": node, "Address": "192.0.2.1", "Service": service}
        served.consul.ask("PUT", "/v1/catalog/register", body)
    yield served
    served.consul.ask("PUT", "/v1/catalog/deregister", {"Node": node})


def test_a_required_field_counts_the_services_that_lack_it(peopled: ConsulWorld) -> None:
    peopled.project.field("company", REQUIRED)
    plan = json.loads(peopled.run("plan", "--format", "json").out)
    (impact,) = [i for i in plan["impact"] if i["kind"] == "required"]
    assert [refusal["flag"] for refusal in plan["refusals"]] == [FLAG]
    assert impact["breaking"]
    assert impact["services"] >= 2  # other tests may have registered some
    assert f"{impact['services']} of " in peopled.sync(code=3).err
    peopled.sync(FLAG)
    assert peopled.fields()["company"]["required"] is True


def test_an_ordinary_plan_asks_no_catalogue(served: ConsulWorld) -> None:
    served.project.field("company", WIDE)
    served.sync()
    served.project.field("company", "name: company\ntype: text\norder: 3\n")
    with Gate(served.consul.address) as gate:
        served.run("plan", url=gate.url)
        assert [seen.path for seen in gate.seen if "/catalog/" in seen.path] == []
        served.project.field("company", REQUIRED)
        served.run("status", url=gate.url, code=2)
        assert [seen.path for seen in gate.seen if "/catalog/" in seen.path] == []
        served.run("plan", url=gate.url)
        assert [seen.path for seen in gate.seen if "/catalog/services" in seen.path]


def test_every_retry_asks_again(served: ConsulWorld) -> None:
    """The first look finds the type as git wants it; then somebody writes a wider one."""
    served.project.field("company", "name: company\norder: 1\n")
    served.sync()
    served.application(lambda fields: fields["company"].update(field_type="number"))
    served.project.field("company", "name: company\norder: 2\ntype: number\n")
    with Gate(served.consul.address) as gate:
        held = gate.hold("PUT", "/v1/txn")
        process = served.start("sync", url=gate.url)
        try:
            held.wait_held()
            served.application(lambda fields: fields["company"].update(field_type="text"))
        finally:
            held.release()
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3, out + err
    assert "conflict: " in err
    assert "company: type text becomes number" in err
    assert served.fields()["company"]["field_type"] == "text"


# --------------------------------------------------------------------------- bounds of a project


def test_an_environment_may_have_narrower_bounds(served: ConsulWorld) -> None:
    path = served.project.root / "pyproject.toml"
    more = '\n[tool.fieldkeep.environments.strict]\nstore = "consul://"\nmost_deletes = 0\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    served.sync()
    served.project.no_field("company")
    assert "refused" not in served.run("plan").out
    done = served.sync("--env", "strict", code=3)
    assert (
        "1 of 25 fields would lose what git had set (company), more than most_deletes = 0"
        in done.err
    )


def test_a_project_may_insist_on_all_sources(served: ConsulWorld) -> None:
    path = served.project.root / "pyproject.toml"
    text = path.read_text("utf-8").replace(
        "[tool.fieldkeep]\n", "[tool.fieldkeep]\nrequire_all_sources = true\n"
    )
    path.write_text(text, "utf-8")
    (served.project.root / "prometheus" / "north.yml").unlink()
    assert "nothing was written: north" in served.sync(code=4).err
    assert served.plain.get(served.key) is None
