"""The SQLite store: what a file can do that a server cannot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fieldkeep.edges.store import stores
from fieldkeep.edges.store.sqlite import SQLiteStore
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Absent, Conflict, Limits, Put
from tests.edges.store.plain import PlainSQLite, put_row
from tests.edges.store.rigs import applied, index, present


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


@pytest.fixture
def store(path: Path) -> SQLiteStore:
    return SQLiteStore(path, "sqlite:///folder/store.db", Limits())


def test_reading_creates_neither_file_nor_folder(store: SQLiteStore, path: Path) -> None:
    assert store.get("a") == Absent()
    assert not path.parent.exists()
    path.parent.mkdir()
    assert store.get("a") == Absent()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(("name", "ignored"), [(".fieldkeep", True), ("data", False)])
def test_only_a_folder_of_ours_is_ignored_by_git(tmp_path: Path, name: str, ignored: bool) -> None:
    applied(SQLiteStore(tmp_path / name / "store.db", "sqlite:///", Limits()), Put("a", b"1", 0))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    status = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--porcelain"], capture_output=True, check=True
    )
    assert (status.stdout == b"") is ignored


def test_reading_changes_no_byte(store: SQLiteStore, path: Path) -> None:
    applied(store, Put("a", b"1", 0))
    before, when = path.read_bytes(), path.stat().st_mtime_ns
    store.get("a")
    store.get("b")
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == when
    assert [entry.name for entry in path.parent.iterdir()] == ["store.db"]


def test_reading_works_where_nothing_may_be_written(store: SQLiteStore, path: Path) -> None:
    applied(store, Put("a", b"1", 0))
    path.chmod(0o444)
    path.parent.chmod(0o555)
    code = (
        "import sys; from pathlib import Path;"
        "from fieldkeep.edges.store.sqlite import SQLiteStore;"
        "from fieldkeep.model import Limits;"
        "print(SQLiteStore(Path(sys.argv[1]), 'x', Limits()).get('a').value)"
    )
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    try:
        done = subprocess.run(
            [*bound, sys.executable, "-c", code, str(path)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        path.parent.chmod(0o755)
    assert (done.stdout, done.stderr) == ("b'1'\n", "")


def test_a_text_that_another_tool_wrote_is_read(store: SQLiteStore, path: Path) -> None:
    applied(store, Put("a/key", b"ours", 0))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE kv SET value = 'their text'")
    assert present(store.get("a/key")).value == b"their text"


def test_a_write_that_loses_changes_no_key(store: SQLiteStore, path: Path) -> None:
    applied(store, Put("a", b"1", 0))
    before = path.read_bytes()
    assert store.commit([Put("a", b"2", 0), Put("b", b"2", 0)]) == Conflict(("a",))
    assert path.read_bytes() == before


# A file of zero bytes is what a first writer that was killed, or has only just begun, leaves.
def test_an_empty_file_is_a_store_without_keys(store: SQLiteStore, path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert store.get("a") == Absent()
    assert path.read_bytes() == b""
    applied(store, Put("a", b"1", 0))
    assert present(store.get("a")).value == b"1"


def _text(path: Path) -> None:
    path.write_text("# no database\n" * 50, "utf-8")


def _folder(path: Path) -> None:
    path.mkdir()


def _other(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kv (key TEXT, value BLOB)")
        connection.commit()


def _cut(path: Path) -> None:
    _text(path)
    path.unlink()
    applied(SQLiteStore(path, "x", Limits()), Put("a", b"x" * 50_000, 0))
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("make", [_text, _folder, _other, _cut])
def test_what_is_no_store_is_an_error_and_stays_as_it_is(
    store: SQLiteStore, path: Path, make: Callable[[Path], None]
) -> None:
    path.parent.mkdir()
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(Unavailable, match=str(path)) as read:
        store.get("a")
    with pytest.raises(Unavailable, match=str(path)) as written:
        store.commit([Put("b", b"1", 0)])
    assert read.value.hint
    assert written.value.hint
    assert read.value.exit_code == 4
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_folder_that_is_a_file_is_an_error(store: SQLiteStore, path: Path) -> None:
    path.parent.write_text("", "utf-8")
    with pytest.raises(Unavailable):
        store.commit([Put("a", b"1", 0)])


def test_a_lock_that_nobody_lets_go_is_an_error(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldkeep.edges.store.sqlite._LOCK_SECONDS", 0.05)
    applied(store, Put("a", b"1", 0))
    with PlainSQLite(path).writing() as connection:
        put_row(connection, "a", b"an application's")
        assert present(store.get("a")).value == b"1"  # readers do not wait for a writer
        with pytest.raises(Unavailable, match="locked"):
            store.commit([Put("a", b"2", index(store, "a"))])
    assert present(store.get("a")).value == b"an application's"


# --------------------------------------------------------------------------- killed writers

# A cache of one page makes SQLite write changed pages before the commit: the journal, already
# on disk, is then all that can take them back.
TORN = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE kv SET value = zeroblob(40000), modified = 1000")
connection.execute("UPDATE counter SET last = 1000")
for number in range(40):
    connection.execute("INSERT INTO kv VALUES (?, zeroblob(9000), 0, 1000, 1000)", (str(number),))
print("torn", flush=True)
time.sleep(600)
"""


def _tear(path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", TORN, str(path)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"torn\n"
    finally:
        writer.kill()
        writer.communicate()


def test_a_killed_writers_half_write_is_taken_back(store: SQLiteStore, path: Path) -> None:
    names = [f"key/{number}" for number in range(5)]
    applied(store, *(Put(name, name.encode() * 1000, 0) for name in names))
    whole, before = path.read_bytes(), {name: store.get(name) for name in names}
    journal = path.with_name("store.db-journal")
    _tear(path)
    assert journal.exists()
    assert path.read_bytes() != whole  # it really is torn
    assert {name: store.get(name) for name in names} == before
    assert not journal.exists()
    assert path.read_bytes() == whole
    assert store.get("0") == Absent()


def test_a_writer_after_a_killed_one_goes_on_where_that_began(
    store: SQLiteStore, path: Path
) -> None:
    indexes = applied(store, Put("a", b"x" * 9000, 0))
    _tear(path)
    after = applied(store, Put("a", b"2", indexes["a"]))
    assert indexes["a"] < after["a"] < 1000
    assert present(store.get("a")).value == b"2"


# --------------------------------------------------------------------------- its URL


def test_a_path_is_relative_to_the_root_unless_absolute(tmp_path: Path) -> None:
    def path_of(url: str) -> Path:
        found = stores.connect(url, tmp_path, {}, Limits())
        assert isinstance(found, SQLiteStore)
        assert found.url == url
        return found.path

    assert path_of("sqlite:///a b/ö#?.db") == tmp_path / "a b" / "ö#?.db"
    assert path_of(f"sqlite:///{tmp_path}/x.db") == tmp_path / "x.db"


def test_odd_characters_in_a_path_name_one_file(tmp_path: Path) -> None:
    store = stores.connect("sqlite:///a b/ö#x?mode=memory%20.db", tmp_path, {}, Limits())
    applied(store, Put("a", b"1", 0))
    assert present(store.get("a")).value == b"1"
    assert [entry.name for entry in (tmp_path / "a b").iterdir()] == ["ö#x?mode=memory%20.db"]


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///a/", "sqlite://a", "redis://a", "", "a"])
def test_other_urls_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        stores.connect(url, tmp_path, {}, Limits())
    assert caught.value.hint
