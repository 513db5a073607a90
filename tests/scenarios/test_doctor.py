"""Doctor: what is wrong and the way out, key by key, without changing anything."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.core.stored.set_aside import decode
from tests.core.build import present
from tests.real import forked, proxy
from tests.real.forked import Done
from tests.real.parts import ROOT
from tests.real.proxy import Answer, Gate
from tests.real.servers import ConsulServer, RawConsul
from tests.scenarios import world as world_module
from tests.scenarios.world import Project, World

SAMPLE = "skills/eye/metadata/fields"
ENDS = ("", ".backup", ".backup.history", ".sync", ".hold")
POLICIES = re.findall(
    r"```hcl\n(.*?)```", (ROOT / "docs/consul-acl.md").read_text("utf-8"), re.DOTALL
)


def run(project: Project, line: str, code: int, **variables: str) -> Done:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **variables}
    done = forked.run(line.split(), project.root, environment, 120)
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err
    for name, value in variables.items():
        assert "TOKEN" not in name or value not in done.out + done.err
    return done


def checks(text: str) -> dict[str, list[tuple[str, str]]]:
    document = json.loads(text)
    assert document["schema"] == 1
    by_check: dict[str, list[tuple[str, str]]] = {}
    for entry in document["checks"]:
        assert set(entry) == {"check", "level", "message", "hint"}
        assert entry["hint"] or entry["level"] == "ok", "a way out"
        by_check.setdefault(entry["check"], []).append((entry["level"], entry["message"]))
    return by_check


def levels(results: Mapping[str, list[tuple[str, str]]], check: str) -> set[str]:
    return {level for level, _ in results[check]}


def test_all_is_well(world: World) -> None:
    world.project.commit("Start")
    world.project.git("remote", "add", "origin", "https://ana:s3cret@git.example/team/fields.git")
    world.sync()
    before = world.state()
    done = world.run("doctor", "--format", "json")
    results = checks(done.out)
    assert {level for lines in results.values() for level, _ in lines} == {"ok"}
    assert "s3cret" not in done.out + done.err
    assert any("git.example/team/fields" in message for _, message in results["git"])
    for end in ENDS:
        assert any(m.startswith(f"{world.key}{end}: readable") for _, m in results["read"])
        assert ("ok", f"{world.key}{end}: may be written") in results["write"]
    assert ("clock" in results) == world.shared
    assert world.state() == before
    assert "0 warnings, 0 failures" in world.run("doctor").out


def test_nothing_yet_is_a_warning_and_makes_nothing(world: World) -> None:
    done = world.run("doctor", "--format", "json")
    assert levels(checks(done.out), "content") == {"warning"}
    assert world.kind == "consul" or not (world.project.root / ".fieldkeep").exists()


def test_a_damaged_document_a_hold_and_a_value_that_is_nearly_full(world: World) -> None:
    world.sync()
    world.plain.put(world.key, b'{"fields": 7' + b" " * 450_000)
    hold = {
        "until": "2999-01-01T00:00:00Z",
        "reason": "moving",
        "actor": "bo",
        "at": "2026-01-01T00:00:00Z",
    }
    world.plain.put(world.key + ".hold", json.dumps(hold).encode())
    done = world.run("doctor")
    assert "warning content the document cannot be read" in done.out
    assert "on hold by bo: moving" in done.out
    assert re.search(r"warning read +\S+/fields: readable, 450,012 bytes, 86 %", done.out)


def test_a_clone_of_another_user_is_all_that_is_said_of_git(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.project.commit("Start")
    plain = world_module.environment()
    theirs = {**plain, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    monkeypatch.setattr(world_module, "environment", lambda: theirs)
    found = checks(world.run("doctor", "--format", "json", code=4).out)
    (only,) = found["git"]
    assert only[0] == "failure"
    assert "dubious ownership" in only[1]


def test_what_is_wrong_with_files_sources_and_git(world: World) -> None:
    world.project.commit("Start")
    world.project.field("company", "name: company\ntype: strng\n")
    (world.project.root / "prometheus" / "north.yml").unlink()
    results = checks(world.run("doctor", "--format", "json", code=4).out)
    assert levels(results, "fields") == {"failure"}
    assert [level for level, _ in results["source"]] == ["ok", "failure", "ok"]
    assert ("warning", "uncommitted field files or schemas") in results["git"]
    world.project.git("checkout", "--quiet", "prometheus")
    assert "strng" in world.run("doctor", code=1).out
    (world.project.root / "fields" / "company.yaml").unlink()
    (world.project.root / "schema" / "document.schema.json").write_text("{", "utf-8")
    assert "schema" in world.run("doctor", code=1).out


@pytest.mark.parametrize(
    "url",
    [
        "consul://ana:s3cret@127.0.0.1:8500",
        "consul://127.0.0.1:8500?token=s3cret",
        "consul://127.0.0.1:8500/s3cret",
        "redis://ana:s3cret@host",
        "s3cret@host",
    ],
)
def test_a_store_that_is_none_tells_no_secret(project: Project, url: str) -> None:
    done = run(project, "doctor --verbose", 64, FIELDKEEP_STORE=url)
    assert "failure store" in done.out
    assert "s3cret" not in done.out + done.err
    assert "from variable FIELDKEEP_STORE" in done.out


# --------------------------------------------------------------------------- a server


def test_a_server_that_does_not_answer_is_asked_once(project: Project) -> None:
    done = run(project, "doctor --store consul://127.0.0.1:1 --format json", 4)
    assert [level for level, _ in checks(done.out)["read"]] == ["failure"]


@pytest.mark.parametrize("answer", ["NO_LEADER", "GARBAGE", "REDIRECT", "TOO_MANY"])
def test_a_server_in_trouble(project: Project, gate: Gate, key: str, answer: str) -> None:
    gate.answer("GET", "/v1/kv/", getattr(proxy, answer))
    results = checks(run(project, f"doctor --store {gate.url} --key {key} --format json", 4).out)
    assert levels(results, "read") == {"failure"}


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Mon, 01 Jan 2001 00:00:00 GMT", "behind ours"),
        ("Mon, 01 Jan 2199 00:00:00 GMT", "ahead of ours"),
        ("yesterday", None),
    ],
)
def test_the_clocks(project: Project, gate: Gate, key: str, date: str, skew: str | None) -> None:
    headers = {"X-Consul-Index": "1", "Date": date}
    gate.answer("GET", "/v1/kv/", Answer(404, b"", headers))
    done = run(project, f"doctor --store {gate.url} --key {key}", 0)
    assert bool(re.search("^[a-z]+ +clock ", done.out, re.MULTILINE)) == (skew is not None)
    assert skew is None or re.search(f"warning clock .*{skew}", done.out)


def test_a_write_that_is_answered_with_yes_is_not_believed(
    project: Project, gate: Gate, key: str
) -> None:
    gate.answer("PUT", "/v1/txn", Answer(200, b'{"Results": [], "Errors": null}'))
    done = run(project, f"doctor --store {gate.url} --key {key}", 4)
    assert "failure store" in done.out


# --------------------------------------------------------------------------- rights


@pytest.fixture
def rules() -> tuple[str, str, str]:
    """A key of its own, with the two policies of the page for it."""
    key = f"{uuid.uuid4().hex}/metadata/fields"
    plan, sync = (policy.replace(SAMPLE, key) for policy in POLICIES[:2])
    return key, plan, sync


def test_the_policies_of_the_page_are_enough_and_no_more(
    project: Project, consul_acl: ConsulServer, rules: tuple[str, str, str]
) -> None:
    key, plan, sync = rules
    reading, writing = ({"CONSUL_HTTP_TOKEN": consul_acl.token(rule)} for rule in (plan, sync))
    where = f"--store {consul_acl.url} --key {key}"
    neighbours = (f"{key}_other", f"{key}/below", "other", key.rsplit("/", 1)[0] + "/x")
    for neighbour in neighbours:
        consul_acl.put(neighbour, b"private")
    done = run(project, f"sync {where}", 4, **reading)
    assert f"writing {key}" in done.err
    assert consul_acl.keys(key + ".") == []
    run(project, f"sync {where}", 0, **writing)
    for command in ("plan", "status", "list", "history", "get company", "adopt"):
        run(project, f"{command} {where}", 0, **reading)
    consul_acl.put(key, b"{")  # what is damaged is looked for beside it, and set aside
    run(project, f"plan {where}", 0, **reading)
    run(project, f"sync {where}", 0, **writing)
    (kept,) = decode(key, present(consul_acl.get(f"{key}.corrupt")))
    assert kept.value() == b"{"
    project.field("company", "name: company\n")
    run(project, f"sync {where}", 0, **writing)
    run(project, f"restore 1 --reason test --yes {where}", 0, **writing)
    for variables in (reading, writing):
        raw = RawConsul(consul_acl.address, variables["CONSUL_HTTP_TOKEN"])
        for neighbour in neighbours:
            assert raw.request("GET", f"/v1/kv/{neighbour}").status_code == 403
            assert raw.request("PUT", f"/v1/kv/{neighbour}", body=b"x").status_code == 403


def test_the_rights_for_a_capture_cannot_write_the_document(
    project: Project, consul_acl: ConsulServer, rules: tuple[str, str, str]
) -> None:
    key, _, sync = rules
    where = f"--store {consul_acl.url} --key {key}"
    run(project, f"sync {where}", 0, CONSUL_HTTP_TOKEN=consul_acl.token(sync))
    rule = POLICIES[3].replace(SAMPLE, key)
    capturing = {"CONSUL_HTTP_TOKEN": consul_acl.token(rule)}
    raw = RawConsul(consul_acl.address, capturing["CONSUL_HTTP_TOKEN"])
    document = json.loads(consul_acl.get(key) or b"")
    document["fields"][0]["display_name"] = "Edited"
    consul_acl.put(key, json.dumps(document).encode())
    live = consul_acl.entry(key)
    assert "captured: 1 edit" in run(project, f"capture {where}", 0, **capturing).out
    assert "nothing new" in run(project, f"capture {where}", 0, **capturing).out
    for end in (".backup", ".sync"):  # damaged bookkeeping is set aside first
        consul_acl.put(key + end, b"{")
        document["fields"][0]["display_name"] += "!"
        consul_acl.put(key, json.dumps(document).encode())
        live = consul_acl.entry(key)
        assert "captured: 1 edit" in run(project, f"capture {where}", 0, **capturing).out
    assert consul_acl.entry(key) == live
    consul_acl.put(key, b"[]")  # foreign: kept, and left where it is
    foreign = consul_acl.entry(key)
    assert "set aside" in run(project, f"capture {where}", 0, **capturing).out
    assert consul_acl.entry(key) == foreign
    consul_acl.put(key, json.dumps(document).encode())
    live = consul_acl.entry(key)
    for end in ("", ".hold"):
        assert raw.request("PUT", f"/v1/kv/{key}{end}", body=b"x").status_code == 403
    project.field("company", "name: company\n")
    run(project, f"sync {where} --allow-breaking", 4, **capturing)
    run(project, f"restore 1 --reason x --yes {where}", 4, **capturing)
    assert consul_acl.entry(key) == live


def test_rights_are_told_key_by_key_and_nothing_is_written(
    project: Project, consul_acl: ConsulServer, rules: tuple[str, str, str]
) -> None:
    key, plan, sync = rules
    run(
        project,
        f"sync --store {consul_acl.url} --key {key}",
        0,
        CONSUL_HTTP_TOKEN=consul_acl.token(sync),
    )
    before = [consul_acl.entry(key + end) for end in ENDS]

    def doctor(rule: str, code: int) -> dict[str, Any]:
        line = f"doctor --store {consul_acl.url} --key {key} --format json"
        return checks(run(project, line, code, CONSUL_HTTP_TOKEN=consul_acl.token(rule)).out)

    assert levels(doctor(sync, 0), "write") == {"ok"}
    reading = doctor(plan, 0)
    assert (levels(reading, "read"), levels(reading, "write")) == ({"ok"}, {"warning"})
    results = doctor(f'{plan} key "{key}.sync" {{ policy = "write" }}', 0)
    assert [m for level, m in results["write"] if level == "ok"] == [f"{key}.sync: may be written"]
    blind = doctor(f'key "{key}" {{ policy = "write" }}', 4)
    assert [level for level, _ in blind["read"]] == ["failure"] * 4 + ["ok"]
    assert {
        key for key in ENDS if any(f"fields{key}: permission" in m for _, m in blind["read"])
    } == (set(ENDS) - {""})
    assert [m for level, m in blind["write"] if level == "ok"] == [f"{key}: may be written"]
    assert [consul_acl.entry(key + end) for end in ENDS] == before


def test_a_token_that_does_not_exist(project: Project, consul_acl: ConsulServer, key: str) -> None:
    line = f"doctor --store {consul_acl.url} --key {key}"
    done = run(project, line, 4, CONSUL_HTTP_TOKEN=str(uuid.uuid4()))
    assert "failure read" in done.out


def test_the_page_has_three_policies_for_keys() -> None:
    assert [SAMPLE in policy for policy in POLICIES] == [True, True, False, True]
    assert Path(ROOT / "docs/consul-acl.md").exists()
