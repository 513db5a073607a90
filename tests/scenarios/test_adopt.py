"""Adopt: what lives only in the store comes under git, and a plan changes no customization."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.core.document.attributes import is_shown
from tests.scenarios.look import APPLICATION, GIT, PAGES, PARTS, Look, check_seven
from tests.scenarios.world import World, edited

STRUCTURE = {"source_label", "regex", "replacement"}
WORDS = ("Rack", "It's: odd", 'Say "no"', "no", "Straße # 7", "- dash", "two\nlines", "é🙂")


def look(number: int) -> Look:
    """All different, and nothing at its default."""
    return Look(
        f"{WORDS[number % len(WORDS)]} {number}",
        ("text", "number", "boolean", "url")[number % 4],
        ("basic", "business", "infra")[: number % 3 + 1],
        number % 2 == 0,
        PAGES[number % 5 : number % 5 + number % 4],
        number % 3 == 0,
        PARTS[number % 3 :],
    )


def installation(labels: list[str], count: int = 56) -> dict[str, Any]:
    """Another program's document: wrapped, with attributes of its own, some of ours missing."""
    names = [*labels, *(f"extra_{number}" for number in range(count - len(labels)))]
    fields = []
    for number, name in enumerate(names):
        field: dict[str, Any] = {
            "name": name,
            **look(number).attributes,
            "description": "" if number % 2 else f"About {name}\n\nand more",
            "source_label": f"__meta_old_{number}",
            "regex": "(.*)",
            "replacement": "$1",
            "options": ["a", "b"] if number % 7 == 0 else None,
            "default_value": None,
            "placeholder": None,
            "validation": {"max_length": 5, "hint": "x"} if number % 5 == 0 else None,
            "validation_regex": "^[a-z]+$" if number % 6 == 0 else None,
            "editable": True,
            "order": None if number == 3 else number,
            "x_prometheus_job": f"job-{number}",
            "_internal": {"id": number},
        }
        if number != 4:
            field["enabled"] = True
        fields.append(field)
    data = {"version": "1.3", "fields": fields, "x_owner": "portal", "total_fields": count}
    return {"data": data, "meta": {"written_by": "portal"}}


def labels_of(world: World) -> list[str]:
    """The labels that become fields, as a first look with another key finds them."""
    out = world.run("plan", "--format", "json").out
    return [change["field"] for change in json.loads(out)["changes"]][:30]


def without_fields(world: World) -> None:
    """A project that has no field file yet, and a store that somebody else uses too."""
    world.sync("--key", "somebody/else")
    shutil.rmtree(world.project.root / "fields")
    (world.project.root / "fields").mkdir()


def plan(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every attribute that a sync would change, by field."""
    plan = json.loads(world.run("plan", "--format", "json").out)
    assert plan["refusals"] == []
    return {change["field"]: change["attributes"] for change in plan["changes"]}


def customizations(changes: Mapping[str, list[dict[str, Any]]]) -> dict[tuple[str, str], Any]:
    """Those that replace something: structure and what live did not have at all are none."""
    return {
        (field, attribute["name"]): (attribute["old"], attribute["new"])
        for field, attributes in changes.items()
        for attribute in attributes
        if attribute["name"] not in STRUCTURE and attribute["old"] is not None
    }


def test_an_installation_comes_under_git(world: World) -> None:
    without_fields(world)
    newcomers, labels = labels_of(world)[:2], labels_of(world)[2:]
    document = installation(labels)
    world.plain.put(world.key, json.dumps(document).encode())
    before = world.state()
    done = world.run("adopt", "--all")
    assert world.state() == before, "adopt writes to no store"
    files = sorted((world.project.root / "fields").iterdir())
    assert [path.stem for path in files] == sorted(f["name"] for f in document["data"]["fields"])
    assert "x_prometheus_job" in done.out
    assert "_internal" in done.out
    assert "structure as Prometheus gives it: source_label" in done.out
    assert "created by a sync, shown nowhere for want of a file: 2 fields" in done.out
    pyproject = (world.project.root / "pyproject.toml").read_text("utf-8")
    assert '[tool.fieldkeep]\nunmanaged = "hide"\nsources' in pyproject

    changes = plan(world)
    assert [changes.pop(name)[0]["old"] for name in newcomers] == [None, None]
    assert customizations(changes) == {}
    names = {attribute["name"] for change in changes.values() for attribute in change}
    assert names >= {"source_label"}
    assert not names & {"validation", "validation.regex", "validation_regex"}
    assert "nothing to adopt" in world.run("adopt", "--all").out

    path = world.project.root / "fields" / f"{labels[5]}.yaml"
    text, count = re.subn(
        "^display_name:.*", "display_name: Mine", path.read_text("utf-8"), flags=re.MULTILINE
    )
    assert count == 1
    path.write_text(text, "utf-8")
    assert customizations(plan(world)) == {
        (labels[5], "display_name"): (look(5).display_name, "Mine")
    }

    world.sync()
    live = world.value()
    fields = {field["name"]: field for field in live["fields"]}
    assert {name for name in newcomers if is_shown(fields[name])} == set()
    assert live["x_owner"] == "portal"
    for number, field in enumerate(document["data"]["fields"]):
        assert fields[field["name"]]["x_prometheus_job"] == f"job-{number}"
        if number != 5:
            check_seven(fields, field["name"], look(number))
    world.wipe("", ".backup", ".backup.history", ".sync")
    world.sync()
    for number, field in enumerate(document["data"]["fields"]):
        if number != 5:
            check_seven(world.fields(), field["name"], look(number))


@pytest.mark.parametrize("form", ["wrapped", "plain", "consul kv export", "api"])
def test_an_exported_file_comes_under_git(world: World, tmp_path: Path, form: str) -> None:
    without_fields(world)
    document = installation(["company", "site"], 12)
    value = json.dumps(document).encode()
    text = base64.b64encode(value).decode()
    exported: dict[str, Any] = {
        "wrapped": document,
        "plain": document["data"],
        "consul kv export": [
            {"key": "other", "value": ""},
            {"key": world.key, "flags": 0, "value": text},
        ],
        "api": [{"Key": world.key, "Value": text}],
    }
    path = tmp_path / "export.json"
    path.write_text(json.dumps(exported[form]), "utf-8")
    world.run("adopt", "--from-file", str(path), code=64)
    world.run("adopt", "--from-file", str(path), "--all")
    world.plain.put(world.key, value)
    assert customizations(plan(world)) == {}


def test_edits_of_the_application_become_lines(world: World) -> None:
    project = world.project
    project.field("company", GIT.yaml("company") + "# the end\n")
    world.sync()
    world.application(edited(company=APPLICATION))
    world.application(lambda fields: fields["vendor"].update(placeholder="Any"))
    untouched = {p: p.read_bytes() for p in (project.root / "fields").iterdir()}
    shown = world.run("adopt", "--dry-run").out
    assert {p: p.read_bytes() for p in (project.root / "fields").iterdir()} == untouched
    assert '+display_name: "Edited in the application"' in shown
    assert " # the end" in shown
    world.run("adopt")
    moved = {p.stem for p, content in untouched.items() if p.read_bytes() != content}
    assert moved == {"company", "vendor"}
    assert plan(world) == {}
    world.sync()
    check_seven(world.fields(), "company", APPLICATION)


def test_git_that_moved_on_is_not_taken_back_unless_named(world: World) -> None:
    project = world.project
    project.field("company", GIT.yaml("company"))
    world.sync()
    later = GIT.yaml("company").replace("As git says", "As git says now")
    project.field("company", later)
    world.application(lambda fields: fields["company"].update(required=False))
    done = world.run("adopt")
    assert 'not adopted, a sync changes it: company.display_name: "As git says"' in done.out
    text = (project.root / "fields" / "company.yaml").read_text("utf-8")
    assert text == later.replace("required: true", "required: false")
    world.run("adopt", "company")
    assert "As git says now" not in (project.root / "fields" / "company.yaml").read_text("utf-8")


def test_what_no_file_can_say_is_named_and_refused_where_it_would_be_lost(world: World) -> None:
    world.sync()
    world.application(lambda fields: fields["tier"].update(category="not\ta category"))
    before = (world.project.root / "fields" / "tier.yaml").read_bytes()
    done = world.run("adopt", code=3)
    assert "in no file: tier.category" in done.err
    assert "tier.category" in done.err.splitlines()[-2]
    assert (world.project.root / "fields" / "tier.yaml").read_bytes() == before
    assert world.run("adopt", "--allow-changes").code == 0


def test_what_an_application_holds_is_in_the_files(world: World) -> None:
    """A select that gets its options at run time, several categories in one text, free names."""
    world.sync()

    def change(fields: dict[str, dict[str, Any]]) -> None:
        fields["company"].update(category="basic,device")
        fields["site"].update(field_type="select", options=None, category="Rede Externa")
        fields["vendor"].update(field_type="boolean", default_value="maybe")

    world.application(change)
    done = world.run("adopt", "--all")
    assert "in no file" not in done.err
    folder = world.project.root / "fields"
    assert "category: [basic, device]\n" in (folder / "company.yaml").read_text("utf-8")
    assert "type: select\n" in (folder / "site.yaml").read_text("utf-8")
    assert "category: [Rede Externa]\n" in (folder / "site.yaml").read_text("utf-8")
    assert "default: maybe\n" in (folder / "vendor.yaml").read_text("utf-8")
    assert plan(world) == {}
    world.sync()
    assert world.fields()["site"]["field_type"] == "select"
    assert world.fields()["vendor"]["default_value"] == "maybe"


def test_an_application_that_writes_null_is_adopted_without_a_warning(world: World) -> None:
    world.sync()

    def change(fields: dict[str, dict[str, Any]]) -> None:
        for field in fields.values():
            field.update(regex=None, replacement=None)

    world.application(change)
    world.run("adopt", "--all")
    shown = world.run("plan").out
    assert "not valid" not in shown
    updates = [line for line in shown.splitlines() if line.startswith("~ ")]
    assert len(updates) == 1
    assert " fields: regex, replacement as Prometheus gives it (" in updates[0]


@pytest.mark.parametrize("place", ["validation_regex", "validation"])
def test_a_regex_in_one_of_its_two_places_is_adopted_as_it_is(world: World, place: str) -> None:
    world.sync()

    def change(fields: dict[str, dict[str, Any]]) -> None:
        both = {"validation_regex": "^[a-z]+$", "validation": {"regex": "^[a-z]+$"}}
        none = {"validation_regex": None, "validation": None}
        fields["glpi_url"] |= none | {place: both[place]}

    world.application(change)
    world.run("adopt", "--all")
    path = world.project.root / "fields" / "glpi_url.yaml"
    assert "validation: {regex: '^[a-z]+$'}" in path.read_text("utf-8")
    assert plan(world) == {}
    world.sync()
    world.in_sync()
    before = world.fields()["glpi_url"]
    assert [before["validation_regex"], before["validation"]].count(None) == 1
    path.write_text(path.read_text("utf-8").replace("^[a-z]+$", "^[a-c]+$"), "utf-8")
    world.sync()
    after = world.fields()["glpi_url"]
    assert (after["validation_regex"], after["validation"]) == ("^[a-c]+$", {"regex": "^[a-c]+$"})
    world.in_sync()


def test_what_a_team_adds_to_its_schema_goes_both_ways(world: World) -> None:
    schema = world.project.root / "schema" / "field.schema.json"
    raw = json.loads(schema.read_text("utf-8"))
    raw["properties"] |= {"unit": {"type": "string"}, "limits": {"type": "object"}}
    schema.write_text(json.dumps(raw), "utf-8")
    world.project.field("company", "name: company\nunit: m2\nlimits: {low: 1, high: {value: 9}}\n")
    world.sync()
    company = world.fields()["company"]
    assert (company["unit"], company["limits"]) == ("m2", {"low": 1, "high": {"value": 9}})

    def change(fields: dict[str, dict[str, Any]]) -> None:
        fields["company"].update(unit="km", limits={"low": 2})
        fields["site"].update(unit="kg")

    world.application(change)
    assert set(customizations(plan(world))) == {("company", "unit"), ("company", "limits.low")}
    world.run("adopt", "--all")
    text = (world.project.root / "fields" / "company.yaml").read_text("utf-8")
    assert text == "name: company\nunit: km\nlimits: {low: 2}\n"
    assert "unit: kg\n" in (world.project.root / "fields" / "site.yaml").read_text("utf-8")
    assert plan(world) == {}
    world.sync()
    world.project.field("company", "name: company\n")
    world.sync()
    assert not {"unit", "limits"} & world.fields()["company"].keys()


def test_a_document_that_was_made_anew_with_defaults_is_not_adopted(world: World) -> None:
    project = world.project
    project.field("company", GIT.yaml("company"))
    world.sync()
    value = world.value()
    world.wipe("")
    value["fields"] = [
        {**f, "display_name": "Default"} if f["name"] == "company" else f for f in value["fields"]
    ]
    world.plain.put(world.key, json.dumps(value).encode())
    before = (project.root / "fields" / "company.yaml").read_bytes()
    world.run("adopt")
    assert (project.root / "fields" / "company.yaml").read_bytes() == before
    assert "company.display_name" in world.run("adopt", "--all", code=3).err


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)  # git is the same for every store
def test_a_branch_and_a_commit(world: World) -> None:
    project = world.project
    first = project.commit("Start")
    project.git("config", "user.name", "Ana")
    project.git("config", "user.email", "ana@example.org")
    world.sync()
    world.application(edited(company=APPLICATION))
    company = project.root / "fields" / "company.yaml"
    company.write_bytes(company.read_bytes() + b"# mine\n")
    assert "uncommitted" in world.run("adopt", code=3).err
    assert "uncommitted" in world.run("adopt", "--branch", "x", "--commit", code=3).err
    project.git("checkout", "--quiet", "--", ".")
    assert "main" in world.run("adopt", "--branch", "main", "--commit", code=3).err
    world.run("adopt", "--branch", "-x", code=64)
    world.run("adopt", "--branch", "adopt/now", "--commit")
    assert project.git("branch", "--show-current") == "adopt/now"
    assert project.git("rev-parse", "main") == first
    assert project.git("diff", "--name-only", "main..adopt/now") == "fields/company.yaml"
    assert project.git("status", "--porcelain") == ""
    assert project.git("log", "-1", "--format=%an") == "Ana"
