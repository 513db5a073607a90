"""As many fields as the store takes: written, listed and restored, and one more refused whole.

Everything goes to a Consul that asks for a token, so that the token would show if it showed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldkeep import __main__ as program
from tests.faults import team
from tests.faults.conftest import LONG
from tests.faults.room import OURS
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer
from tests.scenarios.world import unpacked

Run = Callable[..., str]

FORMS = {24: "history packed", 80: "history packed", 120: "all packed", 400: "several writes"}
VALUE = 512 * 1024


@pytest.fixture
def say(
    consul_acl: ConsulServer,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Run a command with a token that may do no more than it must; what it said, both streams."""
    token = consul_acl.token(f'key_prefix "{key}" {{ policy = "write" }}')
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", token)
    monkeypatch.setenv("FIELDKEEP_ACTOR", "ada")

    def run(folder: Path, *arguments: str, code: int = 0) -> str:
        ended = program.run(["-C", str(folder), "-v", *arguments])
        out, err = capfd.readouterr()
        assert token not in out + err
        assert ended == code, err
        return out + err

    return run


@pytest.mark.parametrize("fields", FORMS if LONG else [24, 120])
def test_ten_backups_of_many_fields(
    fields: int, consul_acl: ConsulServer, key: str, tmp_path: Path, say: Run
) -> None:
    with Gate(consul_acl.address) as gate:
        folder = team.project(tmp_path / "team", fields, {"store": gate.url, "key": key})
        for number in range(10):
            team.write(folder, 7, placeholder=f"Version {number}")
            say(folder, "sync", "--reason", f"version {number}")
        writes = [seen for seen in gate.seen if seen.method == "PUT"]
        last = len(writes)
        team.write(folder, 7, placeholder="Version 10")
        say(folder, "sync", "--reason", "version 10")
        writes = [seen for seen in gate.seen if seen.method == "PUT"][last:]
    assert len(writes) == (5 if FORMS[fields] == "several writes" else 1)
    assert all(str(seen.status) == "200" for seen in writes)

    document = load(consul_acl, key)
    history, newest = load(consul_acl, f"{key}.backup.history"), load(consul_acl, f"{key}.backup")
    assert document["total_fields"] == fields
    assert [unpacked(entry)["reason"] for entry in history] == [
        f"version {n}" for n in range(10, 0, -1)
    ]
    assert ("fields_data_gz" in newest) == (FORMS[fields] in {"all packed", "several writes"})

    listed = json.loads(quiet(say, folder, "history", "--store", consul_acl.url))
    assert len(listed["backups"]) == 10
    assert {entry["total_fields"] for entry in listed["backups"]} == {fields}
    say(folder, "--store", consul_acl.url, "restore", "6", "--reason", "back", "--yes")
    live = {entry["name"]: entry for entry in load(consul_acl, key)["fields"]}
    assert len(live) == fields
    assert live[team.name(7)]["placeholder"] == "Version 4"


def test_one_field_more_than_a_value_holds(
    consul_acl: ConsulServer, key: str, tmp_path: Path, say: Run
) -> None:
    settings = {"store": consul_acl.url, "key": key}
    few, some = (
        document_bytes(team.project(tmp_path / f"{n}", n, settings), say) for n in (100, 400)
    )
    most = 400 + (VALUE - some) // ((some - few) // 300 + 1)
    while document_bytes(team.project(tmp_path / f"{most}", most, settings), say) <= VALUE:
        most += 1
    assert 420 <= most <= 500

    said = say(tmp_path / f"{most}", "sync", code=3)
    assert f"the value of {key} is 5" in said
    assert "the store takes 524,288" in said
    assert "max_value_bytes" in said
    assert [consul_acl.get(key + end) for end in OURS] == [None] * 4

    team.project(tmp_path / "fits", most - 1, settings)
    say(tmp_path / "fits", "sync")
    before = {end: consul_acl.get(key + end) for end in OURS}
    say(tmp_path / f"{most}", "sync", code=3)
    assert {end: consul_acl.get(key + end) for end in OURS} == before
    say(tmp_path / "fits", "sync")
    assert {end: consul_acl.get(key + end) for end in OURS} == before


def document_bytes(folder: Path, say: Run) -> int:
    return int(json.loads(quiet(say, folder, "plan"))["store"]["bytes"])


def quiet(say: Run, folder: Path, *arguments: str) -> str:
    """The JSON of a command, without the lines about its settings."""
    said = say(folder, *arguments, "--format", "json")
    return said[: said.index("\n}") + 2]


def load(consul: ConsulServer, key: str) -> Any:
    content = consul.get(key)
    assert content is not None
    return json.loads(content)
