"""Pages that say what to type are followed from an empty home, word by word."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest

from tests import portuguese
from tests.reader import Reader
from tests.real.parts import ROOT
from tests.real.servers import ConsulServer

TUTORIAL, HOW_TO = (ROOT / "docs" / name for name in ("tutorial.md", "howto.md"))
PROJECT, FIELD, ADOPT, *OTHERS = re.findall(r"(?m)^## (.+)$", HOW_TO.read_text("utf-8"))
KEY = "skills/eye/metadata/fields"


def test_the_tutorial(tmp_path: Path, consul_agent: ConsulServer) -> None:
    reader = a_reader(tmp_path, consul_agent)
    assert reader.follow(TUTORIAL) > 30


def test_how_to_adopt_an_installation(tmp_path: Path, consul_agent: ConsulServer) -> None:
    reader = a_reader(tmp_path, consul_agent)
    document = portuguese.document()
    company, vendor = document["fields"] = document["fields"][:2]
    company |= {"name": "company", "display_name": "Customer"}
    vendor |= {"name": "vendor", "display_name": "Manufacturer", "category": "device"}
    consul_agent.put(reader.other[KEY], json.dumps(document).encode())
    assert reader.follow(HOW_TO, PROJECT, ADOPT) > 5


@pytest.mark.parametrize("title", OTHERS)
def test_how_to(title: str, tmp_path: Path, consul_agent: ConsulServer) -> None:
    reader = a_reader(tmp_path, consul_agent)
    assert reader.follow(HOW_TO, PROJECT, FIELD, title) > 10


def a_reader(folder: Path, consul: ConsulServer) -> Reader:
    """Whose Consul is this one, and whose key is as long as the page's: lines break alike."""
    key = f"t/{uuid.uuid4().hex[:8]}/metadata/fields"
    reader = Reader(
        folder / "home",
        other={"127.0.0.1:8500": consul.address, KEY: key},
        done=("consul agent -dev > consul.log 2>&1 &", "kill %1"),
        codes={
            "fieldkeep status --env production": 2,
            "fieldkeep sync --prune --source north=prometheus/missing.yml": 3,
        },
    )
    reader.variables["FIELDKEEP_KEY"] = key
    return reader
