"""The tables of docs/merge.md are worked: each row is merged, and must come out as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkeep.core.document.attributes import NoValue
from fieldkeep.core.merge.decide import AttributeInputs, Value, decide
from fieldkeep.model import Reading
from tests.core.build import KEYS, World, read, unread

PAGE = (Path(__file__).parents[3] / "docs" / "merge.md").read_text("utf-8")
OTHERS = ("rack", "site", "vendor")


def rows(title: str) -> list[tuple[str, ...]]:
    """The cells of the table below a heading, without its head."""
    section = PAGE.split(f"\n### {title}\n")[1].split("\n#")[0]
    lines = re.findall(r"(?m)^\| (.*) \|$", section)[1:]
    assert len(lines) > 2
    return [tuple(cell.strip(" `") for cell in line.split("|")) for line in lines]


ONE_ATTRIBUTE = [
    (recreated, *row)
    for recreated, title in (
        (False, "One attribute"),
        (True, "The same, after the document was made anew"),
    )
    for row in rows(title)
]


@pytest.mark.parametrize("row", ONE_ATTRIBUTE, ids=lambda row: row[1])
def test_one_attribute(row: tuple[bool, str, str, str, str, str, str, str]) -> None:
    recreated, _, base, git, live, backup, result, drift = row
    decision = decide(
        AttributeInputs(
            "display_name",
            base=value(base),
            git=value(git),
            live=value(live),
            backup=value(backup),
            default="Company",
            recreated=recreated,
        )
    )
    assert decision.value == result
    assert (decision.drift.value if decision.drift else "") == drift


def value(cell: str) -> Value:
    return cell or NoValue.NOT_MENTIONED


@pytest.mark.parametrize("row", rows("One field"), ids=" - ".join)
def test_one_field(row: tuple[str, str, str, str]) -> None:
    file, label, live, result = row
    world = World({name: {} for name in OTHERS}, (readings("yes"),))
    if live != "no":
        if file != "no":
            world.files["company"] = {"display_name": "Customer"}
        world.sync()
        if live == "yes, edited":
            world.edit("company", placeholder="as in the contract")
        if live == "deleted there":
            document = world.document()
            document["fields"] = [one for one in document["fields"] if one["name"] != "company"]
            world.store.put(KEYS.document, document)
    world.files.pop("company", None)
    if file == "yes":
        world.files["company"] = {"display_name": "Customer"}
    world.readings = (readings(label),)
    world.sync()
    assert ("company" in world.names()) == (result.split(",")[0] in {"created", "stays"})


def readings(label: str) -> Reading:
    match label:
        case "yes":
            return read("north", "company", *OTHERS)
        case "no":
            return read("north", *OTHERS)
        case "not read":
            return unread("north")
    raise AssertionError(label)
