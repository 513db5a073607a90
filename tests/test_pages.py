"""Pages that say what to type are followed from an empty home, word by word."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest

from tests import portuguese
from tests.reader import Reader, commands
from tests.real.parts import ROOT
from tests.real.servers import ConsulServer
from tests.terminal.sample_world import a_copy, play

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


# ----------------------------------------------------- pages whose commands stand alone

ALONE = ("adopt", "catalog", "drill", "edit", "labels", "propose", "setup-ci")
NOT_TYPED = {
    "fieldkeep catalog --env production --serve": "serves until it is stopped",
    "fieldkeep catalog --env production --out site"
    " && rsync site/index.html docs.example.com:fields/": "copies to a server",
    "fieldkeep edit company": "opens an editor",
    "fieldkeep new rack": "asks on a terminal",
}
PREPARED = """
set -e
git config user.name Ana
git config user.email ana@example.com
cat >> pyproject.toml <<'END'
[tool.fieldkeep.environments.production]
store = "sqlite:///.fieldkeep/store.db"
END
git commit --quiet --all --message "Name the environment"
git init --quiet --bare ../origin.git
git remote add origin ../origin.git
git push --quiet origin main
"""
CODES = {"fieldkeep drill --env production": 2, "fieldkeep status --env production": 2}
NAMES = {
    " p.yml": " prometheus/north.yml",
    ":p.yml": ":prometheus/north.yml",
    "new rack": "new glpi_url",
}


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a week of work behind it, an environment, and a remote."""
    root = tmp_path_factory.mktemp("pages") / "sample"
    play(root)
    reader = Reader(root.parent / "home")
    reader.folder = root
    code, seen = reader.type(PREPARED)
    assert code == 0, seen
    return root


@pytest.mark.parametrize("page", ALONE)
def test_its_commands_work(page: str, week: Path, tmp_path: Path) -> None:
    typed = commands(ROOT / "docs" / f"{page}.md")
    for number, command in enumerate(typed):
        line = command.partition("  #")[0].strip()
        if line in NOT_TYPED or not line.startswith("fieldkeep "):
            continue
        with a_copy(week) as root:
            reader = Reader(tmp_path / str(number), other=NAMES)
            reader.folder = root
            code, seen = reader.type(line)
        assert code == CODES.get(line, 0), f"$ {line}\n{seen}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_its_options_exist(page: Path, tmp_path: Path) -> None:
    """Also those of commands that no test can type: of a watcher, of an editor."""
    reader = Reader(tmp_path / "home")
    for command in commands(page):
        line = command.partition("  #")[0]
        if line.startswith("fieldkeep ") and not set(line) & set("<>|&$*"):
            code, seen = reader.type(f"{line} --help")  # is read after the options were
            assert code == 0, seen


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
