"""A file or schema of another version is refused with words; nothing in it is taken for ours."""

from __future__ import annotations

import json
import re

import pytest

from fieldkeep.core.fields import versions
from fieldkeep.core.fields.validate import validate
from fieldkeep.model import Source
from tests.core.build import FIELD_SCHEMA, a_source

NEWER = versions.VERSION + 1
FUTURE = f"name: company\noffered: [services]\nschema_version: {NEWER}\n"


def test_the_packaged_schema_is_of_the_version_that_we_read() -> None:
    raw = json.loads(FIELD_SCHEMA.content)
    assert raw["$id"] == f"urn:fieldkeep:field:{versions.VERSION}"
    assert raw["properties"]["schema_version"]["default"] == 1
    named = f"name: company\nschema_version: {versions.VERSION}\n"
    assert validate([a_source(named)], FIELD_SCHEMA).problems == ()


def test_a_newer_file_is_one_finding_that_says_what_to_do() -> None:
    found = validate([a_source(FUTURE), a_source("name: b\n", "fields/b.yaml")], FIELD_SCHEMA)
    (problem,) = found.errors
    assert problem.check == "file/version"
    assert (problem.where.line, problem.where.column) == (3, 17)
    assert f"version {NEWER} " in problem.message
    assert problem.hint == "upgrade fieldkeep"


@pytest.mark.parametrize("named", ["0", "-1", "true", "'1'", "1.5", "[1]", "null"])
def test_a_version_that_never_was_is_an_error(named: str) -> None:
    text = f"name: company\nschema_version: {named}\n"
    (problem,) = validate([a_source(text)], FIELD_SCHEMA).errors
    assert problem.check.startswith("schema/")


@pytest.mark.parametrize("step", [-1, 1])
def test_a_schema_of_another_version_is_refused_and_one_of_no_version_is_not(step: int) -> None:
    def problems(name: str) -> list[str]:
        content = re.sub(rb"urn:fieldkeep:field:[0-9]+", name.encode(), FIELD_SCHEMA.content)
        found = validate([a_source("name: company\n")], Source("s.json", content))
        return [problem.check for problem in found.errors]

    assert problems(f"urn:fieldkeep:field:{versions.VERSION + step}") == ["schema/version"]
    assert problems("https://example.org/schemas/ours") == []


def test_an_older_file_leads_to_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "VERSION", NEWER)
    schema = Source("s.json", FIELD_SCHEMA.content.replace(b"urn:", b"urn:ours:"))
    (problem,) = validate([a_source("# x\nname: company\n")], schema).errors
    assert problem.check == "file/version"
    assert problem.hint == "`fieldkeep migrate` rewrites it"
