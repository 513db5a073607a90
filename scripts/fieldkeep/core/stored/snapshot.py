"""The values of keys, as one read found them."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.core.stored.keys import Keys
from fieldkeep.model import Live, Present, Put


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The values of all keys as read. A ``.corrupt`` key is in it only where its key is damaged."""

    keys: Keys
    values: dict[str, Live]

    def __getitem__(self, key: str) -> Live:
        return self.values[key]

    def put(self, key: str, value: bytes) -> Put:
        """The write of a key's value, if the key has not changed since it was read."""
        live = self.values.get(key)
        index, flags = (live.index, live.flags) if isinstance(live, Present) else (0, 0)
        return Put(key, value, index, flags)

    def index(self, key: str) -> int:
        """The modify index to check against: 0 for an absent key."""
        live = self.values[key]
        return live.index if isinstance(live, Present) else 0
