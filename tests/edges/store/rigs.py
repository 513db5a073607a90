"""A store of each kind with another writer beside it, for the contract that both keep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.model import Absent, Applied, Limits, Live, Operation, Present
from tests.edges.store.plain import PlainSQLite
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer, RawConsul


class Rig(ABC):
    """``key`` is the test's own; keys that begin with it are free to use."""

    key: str
    url: str
    root: Path
    plain: PlainSQLite | RawConsul

    def store(
        self, limits: Limits | None = None, variables: Mapping[str, str] | None = None
    ) -> Store:
        return stores.connect(self.url, self.root, variables or {}, limits or Limits())

    @abstractmethod
    def untouched(self) -> bool:
        """Whether nothing at all has reached the store yet."""


class SQLiteRig(Rig):
    def __init__(self, folder: Path, key: str) -> None:
        self.key, self.root = key, folder
        self.path = folder / "deep" / "store.db"
        self.url = "sqlite:///deep/store.db"
        self.plain = PlainSQLite(self.path)

    def untouched(self) -> bool:
        return not self.path.parent.exists()


class ConsulRig(Rig):
    """Our store goes through the gate, the other writer does not."""

    def __init__(self, gate: Gate, consul: ConsulServer, key: str, folder: Path) -> None:
        self.key, self.root = key, folder
        self.gate, self.plain = gate, consul
        self.url = gate.url

    def untouched(self) -> bool:
        return self.gate.seen == []


def present(live: Live) -> Present:
    assert isinstance(live, Present)
    return live


def index(store: Store, key: str) -> int:
    live = store.get(key)
    return 0 if isinstance(live, Absent) else live.index


def applied(store: Store, *operations: Operation) -> Mapping[str, int]:
    """Commit what must not be refused; the new indexes."""
    outcome = store.commit(operations)
    assert isinstance(outcome, Applied)
    return outcome.indexes
