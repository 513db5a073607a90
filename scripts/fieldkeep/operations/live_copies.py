"""Keeps a copy of each state of a document that was seen live."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fieldkeep.core.common.times import rfc3339
from fieldkeep.edges.files import atomic_files


class LiveCopies:
    """Files that `restore --from-file` reads, named by time and content; none without a folder."""

    def __init__(self, folder: Path | None, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._last = b""

    def keep(self, state: bytes, content: bytes) -> None:
        """``state`` is the substance of ``content``: the same one in a row is kept once. Raises
        Unavailable."""
        if self._folder is None or state == self._last:
            return
        time = rfc3339(self._clock()).replace(":", "-")
        digest = hashlib.sha256(content).hexdigest()[:12]
        path = self._folder / f"{time}-live-{digest}.json"
        if not path.exists():
            atomic_files.save(self._folder, {path.name: content})
        self._last = state
