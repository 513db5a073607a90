"""Random damage to the four keys: a sync or a plan always ends in words, and whatever git or any
valid backup still has of a customization is live or in the history afterwards."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, seed, settings
from hypothesis import strategies as st

from fieldkeep import __main__ as program
from tests.core.build import BULK
from tests.edges.store.plain import PlainSQLite
from tests.faults.conftest import SEED, amount
from tests.faults.room import OURS, Cut, Files, Killed, Room, Value, values
from tests.scenarios.world import unpacked

LABELS = ("company", "site", "vendor")
GIT: Files = {"company": {"display_name": "git company"}, "site": {"order": 3}}
LATER: Files = {"company": {"display_name": "git later"}, "site": {"order": 3}}
KEY = "k"
Damage = tuple[str, str, int, Any]

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1.5, 10**30, "", "x", "\ud800", [], {}, [[]], [None], {"a": {}}]),
    st.recursive(st.integers() | st.text(max_size=3), lambda j: st.lists(j, max_size=3)),
)
RAW = st.sampled_from(
    [
        b"",
        b"null",
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'"x"',
        b"7",
        b"[" * 5000,
        b"NaN",
        b'{"fields":[]}',
    ]
)
DAMAGE = st.one_of(
    st.tuples(st.just("replace"), st.sampled_from(OURS), st.just(0), RAW),
    st.tuples(st.just("delete"), st.sampled_from(OURS), st.just(0), st.none()),
    st.tuples(st.just("truncate"), st.sampled_from(OURS), st.integers(0, 10**6), st.none()),
    st.tuples(st.just("flip"), st.sampled_from(OURS), st.integers(0, 10**7), st.none()),
    st.tuples(st.just("set"), st.sampled_from(OURS), st.integers(0, 10**6), ODD),
    st.tuples(st.just("drop"), st.sampled_from(OURS), st.integers(0, 10**6), st.none()),
    st.tuples(st.just("wrap"), st.sampled_from(OURS), st.just(0), st.none()),
    st.tuples(st.just("swap"), st.sampled_from(OURS), st.integers(0, 3), st.none()),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield value, key
        yield from places(inner)


def damaged(content: bytes, how: str, where: int, what: Any, other: bytes) -> bytes | None:
    match how:
        case "replace":
            return bytes(what)
        case "delete":
            return None
        case "truncate":
            return content[: where % (len(content) + 1)]
        case "flip":
            at, bit = divmod(where, 8)
            at %= len(content) or 1
            return (
                content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
                if content
                else content
            )
        case "wrap":
            return b'{"data":' + content + b',"meta":{}}'
        case "swap":
            return other
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return content
    found = list(places(value))
    if not found:
        return content
    container, key = found[where % len(found)]
    if how == "drop":
        del container[key]
    else:
        container[key] = what
    return json.dumps(value).encode()


# --------------------------------------------------------------------------- what is still there


def edits(fields: Any) -> set[Value]:
    """What people set, of every field that can be read."""
    named = [f for f in fields if isinstance(f, dict) and isinstance(f.get("name"), str)]
    return {value for value in values(named) if value[2].startswith('"ui')}


def fields_of(document: Any) -> list[Any]:
    if isinstance(document, dict) and {"data", "meta"} <= document.keys():
        document = document["data"]
    fields = document.get("fields") if isinstance(document, dict) else None
    return fields if isinstance(fields, list) else []


def fields_of_backup(entry: Any) -> list[Any]:
    """Of a valid one: it decodes, has named fields, and its checksum is right if it has one."""
    if isinstance(entry, dict) and {"data", "meta"} <= entry.keys():
        entry = entry["data"]
    try:
        data = unpacked(entry)["fields_data"]
        body = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, zlib.error):
        return []
    right = "sha256:" + hashlib.sha256(body).hexdigest()
    return fields_of(data) if entry.get("checksum", right) == right else []


def still_there(store: PlainSQLite) -> set[Value]:
    """In the document, or in a valid backup."""
    document, newest, history = (
        loaded(store.get(KEY + end)) for end in ("", ".backup", ".backup.history")
    )
    if isinstance(history, dict) and {"data", "meta"} <= history.keys():
        history = history["data"]
    entries = [newest, *(history if isinstance(history, list) else [])]
    found = edits(fields_of(document))
    return found.union(*(edits(fields_of_backup(entry)) for entry in entries))


def loaded(content: bytes | None) -> Any:
    try:
        return json.loads(content or b"")
    except (ValueError, RecursionError):
        return None


# --------------------------------------------------------------------------- the worlds


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A store after five edits and syncs, and after a sync in several writes, cut off at each."""
    made = []
    for at in range(6):
        folder = tmp_path_factory.mktemp("seed")
        (folder / "pyproject.toml").write_text("[tool.fieldkeep]\n", "utf-8")
        room = Room(PlainSQLite(folder / "store.db"), "sqlite:///store.db", folder, key=KEY)
        room.sync({}, ["vendor"], commit="1")
        room.edit("vendor", notes=BULK)
        for number in range(5):
            room.edit("vendor", display_name=f"ui {number}", placeholder="ui placeholder")
            room.sync(GIT, LABELS, commit="1")
            room.edit("company", placeholder=f"ui {number}")
        if at:
            room.transaction = 6000
            with suppress(Killed):
                room.sync(LATER, LABELS, commit="2", cut=Cut(room.store(), at, "after"))
        made.append((folder / "store.db").read_bytes())
    return made


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    settings = (
        '[tool.fieldkeep]\nowner = "us"\nkey = "k"\nstore = "sqlite:///store.db"\nhistory = 60\n'
    )
    (folder / "pyproject.toml").write_text(settings, "utf-8")
    (folder / "fields").mkdir()
    for name, attributes in LATER.items():
        said = {"name": name, **attributes}
        (folder / "fields" / f"{name}.yaml").write_text(json.dumps(said), "utf-8")
    return folder


def check(project: Path, seeds: list[bytes], which: int, damages: list[Damage], told: Any) -> None:
    path = project / "store.db"
    path.write_bytes(seeds[which % len(seeds)])
    store = PlainSQLite(path)
    for how, end, where, what in damages:
        content, other = store.get(KEY + end), store.get(KEY + OURS[where % 4])
        new = damaged(content or b"", how, where, what, other or b"")
        if new is None:
            store.delete(KEY + end)
        elif content is not None or new:
            store.put(KEY + end, new)
    there, before = still_there(store), path.read_bytes()
    for command in ("status", "history", "list"):
        told(program.run(["-C", str(project), "-q", command]))
        assert path.read_bytes() == before
    code = program.run(["-C", str(project), "-q", "sync", "--allow-deletes"])
    event(f"sync ends with {code}")
    said = told(code)
    gone = there - still_there(store)
    assert not gone
    if code:
        assert code in {1, 3}, said
        assert path.read_bytes() == before, "refused, and something was written"
        return
    live = {entry["name"]: entry for entry in fields_of(loaded(store.get(KEY)))}
    for name, attributes in LATER.items():
        assert all(live[name][attribute] == value for attribute, value in attributes.items())
    before = path.read_bytes()
    code = program.run(["-C", str(project), "-q", "sync", "--allow-deletes"])
    said = told(code)
    assert code == 0, said
    assert path.read_bytes() == before


def test_random_damage(
    project: Path, seeds: list[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    def told(code: int) -> str:
        out, err = capfd.readouterr()
        assert code != 70, err
        assert "Traceback" not in out + err
        return err

    @seed(SEED)
    @settings(
        max_examples=amount(60, 1000),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 5), st.lists(DAMAGE, min_size=1, max_size=3))
    def run(which: int, damages: list[Damage]) -> None:
        check(project, seeds, which, damages, told)

    run()
