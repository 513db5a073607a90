"""Other writers: what an application, or a person with a database shell, does to the stores.

No code of ours reads or writes here, so that what our stores say can be compared with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PUT = """
INSERT INTO kv VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (key) DO UPDATE
SET value = excluded.value, flags = excluded.flags, modified = excluded.modified
"""


def put_row(connection: sqlite3.Connection, key: str, value: bytes, flags: int = 0) -> None:
    """A plain write, no check-and-set; the counter moves as it does for everybody."""
    (last,) = connection.execute("UPDATE counter SET last = last + 1 RETURNING last").fetchone()
    connection.execute(PUT, (key, value, flags, last))


class PlainSQLite:
    """The file of a SQLite store through plain SQL."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock until the block ends."""
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def put(self, key: str, value: bytes, *, flags: int = 0) -> None:
        with self.writing() as connection:
            put_row(connection, key, value, flags)

    def delete(self, key: str) -> None:
        with self.writing() as connection:
            connection.execute("DELETE FROM kv WHERE key = ?", (key,))

    def get(self, key: str) -> bytes | None:
        row = self._one("SELECT value FROM kv WHERE key = ?", key)
        return None if row is None else bytes(row[0])

    def index(self, key: str) -> int:
        """The modify index, 0 for a key that is not there."""
        row = self._one("SELECT modified FROM kv WHERE key = ?", key)
        return 0 if row is None else int(row[0])

    def flags(self, key: str) -> int:
        row = self._one("SELECT flags FROM kv WHERE key = ?", key)
        assert row is not None
        return int(row[0])

    def keys(self, prefix: str) -> list[str]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            rows = connection.execute("SELECT key FROM kv ORDER BY key").fetchall()
        return [key for (key,) in rows if key.startswith(prefix)]

    def _one(self, query: str, key: str) -> tuple[bytes] | tuple[int] | None:
        if not self.path.exists():
            return None
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            found: tuple[bytes] | tuple[int] | None = connection.execute(query, (key,)).fetchone()
        return found
