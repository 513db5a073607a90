"""Field files are brought to a newer version of the schema. There is none yet, so it is made up:
version 2 calls ``auto_register`` ``offered``, and ``visibility.table`` ``column``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldkeep.__main__ import run
from fieldkeep.core import migrate
from fieldkeep.core.edit.field_text import created
from fieldkeep.core.fields import versions
from fieldkeep.model import Json
from tests.core.build import FIELD_SCHEMA

NAMES = {"auto_register": "offered", "table": "column"}
FILES = {
    "company": """\
# yaml-language-server: $schema=../schema/field.schema.json
# Ask finance first.
name: company

auto_register: true   # every service has one
display_name: 'Company'
visibility: {table: true, form: false}  # a column, no input
""",
    "site": "\ufeffname: site\r\n'auto_register': false # ?\r\n\r\nvisibility:\r\n  table: false",
    "vendor": "name: vendor\n# auto_register: true\ntype: text\n",
}
AFTER = {
    "company": FILES["company"]
    .replace("auto_register", "offered")
    .replace("table:", "column:")
    .replace("name: c", "schema_version: 2\nname: c"),
    "site": FILES["site"]
    .replace("name", "schema_version: 2\r\nname")
    .replace("'auto_register'", "offered")
    .replace("table", "column"),
    "vendor": "schema_version: 2\n" + FILES["vendor"],
}


def to_version_2(entries: Mapping[str, Json]) -> Mapping[str, Json]:
    return {
        NAMES.get(key, key): to_version_2(value) if isinstance(value, dict) else value
        for key, value in entries.items()
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of version 1, and a fieldkeep that reads version 2."""
    raw = json.loads(FIELD_SCHEMA.content)
    raw["properties"] = to_version_2(raw["properties"])
    raw["$id"] = "urn:fieldkeep:field:2"
    files = {f"fields/{name}.yaml": text for name, text in FILES.items()}
    for name, text in (files | {"schema/field.schema.json": json.dumps(raw)}).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    monkeypatch.setattr(versions, "VERSION", 2)
    monkeypatch.setattr(migrate, "MIGRATIONS", (to_version_2,))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "fields"


def texts(folder: Path) -> dict[str, str]:
    """Of every file, hidden ones too."""
    return {path.stem: path.read_bytes().decode() for path in folder.iterdir()}


def test_there_is_a_migration_to_each_version() -> None:
    assert len(migrate.MIGRATIONS) == versions.VERSION - 1


def test_every_other_byte_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 1
    said = capsys.readouterr().out
    assert said.count("[file/version]") == len(FILES)
    assert "`fieldkeep migrate` rewrites it" in said

    assert run(["migrate", "--check"]) == 1
    assert texts(project) == FILES
    diff, said = capsys.readouterr()
    assert "-auto_register: true   # every service has one\n+offered: true   # every" in diff
    assert said == "3 field files to rewrite: run `fieldkeep migrate`\n"

    assert run(["migrate", "fields/site.yaml"]) == 0
    assert texts(project) == FILES | {"site": AFTER["site"]}
    assert run(["migrate"]) == 0
    assert capsys.readouterr().err.endswith("2 field files rewritten for version 2; commit them\n")
    assert texts(project) == AFTER
    assert run(["validate"]) == 0

    written = created({"name": "zone", "type": "text"}, None)
    assert written == b"schema_version: 2\nname: zone\ntype: text\n"
    assert run(["migrate", "--check"]) == 0
    assert "no field file is older than version 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("name: vendor\nauto_register: maybe\n", 1, "schema/type"),  # would not be valid
        ("name: vendor\nauto_register: [\n", 1, "yaml/syntax"),
        ("name: vendor\nschema_version: 3\n", 1, "upgrade fieldkeep"),
        ("{name: vendor, schema_version: 1}\n---\n", 1, "yaml/documents"),
    ],
)
def test_one_file_that_cannot_be_rewritten_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, why: str
) -> None:
    (project / "vendor.yaml").write_text(text, "utf-8")
    before = texts(project)
    assert run(["migrate"]) == code
    assert texts(project) == before
    said = capsys.readouterr().err
    assert why in said
    assert "fields/vendor.yaml" in said
    assert "nothing was written" in said
