"""The store in one SQLite file, with Consul's semantics, for a laptop or a single host."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from stat import S_ISDIR

from fieldkeep.core.journal.sizes import too_large
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Refused, Unavailable, UsageError
from fieldkeep.model import (
    Absent,
    Applied,
    Check,
    Conflict,
    Delete,
    Limits,
    Live,
    Operation,
    Outcome,
    Present,
    Put,
)

_APPLICATION = 1718314352  # 0x666B6570, "fkep": marks our file among other SQLite databases
_LOCK_SECONDS = 10.0
_OUR_FOLDER = ".fieldkeep"

_SCHEMA = """
PRAGMA application_id = 1718314352;
CREATE TABLE kv (
  key TEXT PRIMARY KEY, value BLOB NOT NULL, flags INTEGER NOT NULL,
  created INTEGER NOT NULL, modified INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE counter (last INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
"""


def connect(url: str, root: Path, _variables: Mapping[str, str], limits: Limits) -> SQLiteStore:
    """``sqlite:///PATH`` starts at ``root``, unless it has four slashes. Raises UsageError."""
    path = url.removeprefix("sqlite:///")
    if not path or path.endswith("/"):
        raise UsageError(
            f"the store '{url}' names no file", "for example sqlite:///.fieldkeep/store.db"
        )
    return SQLiteStore(root / path, url, limits)


class SQLiteStore(Store):
    """Reads open the file read-only and never create it; a missing file has no keys. Each
    transaction gets its index from a counter that never goes back."""

    shared = False

    def __init__(self, path: Path, url: str, limits: Limits) -> None:
        self.path, self.url, self.limits = path, url, limits

    def get(self, key: str) -> Live:
        with self._failures():
            if self._is_new():
                return Absent()
            with closing(self._open_to_read()) as connection:
                self._must_be_ours(connection)
                query = "SELECT value, modified, created, flags FROM kv WHERE key = ?"
                row = connection.execute(query, (key,)).fetchone()
        return Absent() if row is None else Present(_bytes(row[0]), row[1], row[2], row[3])

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        if why := too_large(operations, self.limits):
            raise Refused(f"{self.url}: {why}", "raise max_value_bytes or max_transaction_bytes")
        with self._failures():
            self._is_new()  # its error about a folder is clearer than SQLite's
            _make_folder(self.path.parent)
            connection = sqlite3.connect(self.path, timeout=_LOCK_SECONDS, isolation_level=None)
            with closing(connection), _transaction(connection):
                self._create(connection)
                indexes = dict(connection.execute("SELECT key, modified FROM kv"))
                # as in Consul, a delete never matches index 0
                moved = tuple(
                    op.key
                    for op in operations
                    if indexes.get(op.key, 0) != op.expect
                    or (isinstance(op, Delete) and op.expect == 0)
                )
                if moved:
                    return Conflict(moved)
                return Applied(_write(connection, operations))

    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        with self._failures():
            # SQLite writes a journal beside the file; a missing file or folder would be created
            places = [self.path, self.path.parent] if self.path.exists() else []
            places += [next(folder for folder in self.path.parents if folder.exists())]
            writable = all(os.access(place, os.W_OK) for place in places)
        return () if writable else tuple(keys)

    def _is_new(self) -> bool:
        """Whether the file is missing, or nothing was ever committed to it. Raises OSError,
        Unavailable if that cannot be seen."""
        try:
            about = self.path.stat()
        except FileNotFoundError:
            return True
        if S_ISDIR(about.st_mode):
            raise Unavailable(f"{self.path} is a folder", "name a file with --store sqlite:///PATH")
        return about.st_size == 0

    def _open_to_read(self) -> sqlite3.Connection:
        # A crashed writer leaves a journal, which only a writable connection may roll back.
        crashed = self.path.with_name(self.path.name + "-journal").exists()
        mode = "rw" if crashed else "ro"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)

    def _create(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
        self._must_be_ours(connection)

    def _must_be_ours(self, connection: sqlite3.Connection) -> None:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        application = connection.execute("PRAGMA application_id").fetchone()
        if application != (_APPLICATION,) or tables == (0,):
            raise Unavailable(
                f"{self.path} is a SQLite file, but not one of fieldkeep",
                "name another file with --store sqlite:///PATH, or move this one away",
            )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            hint = (
                "check the folder's rights and free space, and that no other process holds the file"
            )
            raise Unavailable(f"{self.path}: {error}", hint) from error
        except sqlite3.DatabaseError as error:
            hint = "restore the file, or move it away: sync makes a new one from git"
            raise Unavailable(f"{self.path}: {error}", hint) from error
        except OSError as error:
            hint = "check the folder's rights"
            raise Unavailable(f"{error.filename or self.path}: {error.strerror}", hint) from error


def _make_folder(folder: Path) -> None:
    """The folder of a store; one that is ours alone tells git to ignore it."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)  # another process may be as quick
    if is_new and folder.name == _OUR_FOLDER:
        (folder / ".gitignore").write_text("*\n", "utf-8")


def _bytes(value: bytes | str) -> bytes:
    """Another tool may have stored text; we store bytes."""
    return value.encode() if isinstance(value, str) else bytes(value)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE takes the write lock first, so that no index changes after it was checked."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write(connection: sqlite3.Connection, operations: Sequence[Operation]) -> dict[str, int]:
    (last,) = connection.execute("UPDATE counter SET last = last + 1 RETURNING last").fetchone()
    for op in operations:
        match op:
            case Put(key, value, _, flags):
                # As in Consul, identical bytes do not change an index.
                connection.execute(
                    "INSERT INTO kv VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                    " value = excluded.value, flags = excluded.flags, modified = excluded.modified"
                    " WHERE value IS NOT excluded.value OR flags IS NOT excluded.flags",
                    (key, value, flags, last, last),
                )
            case Delete(key, _):
                connection.execute("DELETE FROM kv WHERE key = ?", (key,))
            case Check():
                pass
    written = {op.key for op in operations if isinstance(op, Put)}
    rows = connection.execute("SELECT key, modified FROM kv").fetchall()
    return {key: modified for key, modified in rows if key in written}
