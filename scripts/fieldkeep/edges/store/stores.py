"""A store from its URL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fieldkeep.edges.store.kv import Store
from fieldkeep.edges.store.sqlite import SQLiteStore
from fieldkeep.errors import UsageError
from fieldkeep.model import Limits


def connect(url: str, root: Path, variables: Mapping[str, str], limits: Limits) -> Store:
    """``consul://``, ``consul+https://`` or ``sqlite:///PATH`` (relative to ``root``; four slashes
    for an absolute path). Nothing is sent or created yet. Raises UsageError."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if not path or path.endswith("/"):
            raise UsageError(
                f"the store '{url}' names no file", "for example sqlite:///.fieldkeep/store.db"
            )
        return SQLiteStore(root / path, url, limits)
    if url.startswith(("consul://", "consul+https://")):
        # requests alone costs a fifth of a second: only who uses Consul pays for it
        from fieldkeep.edges.store import consul_environment

        return consul_environment.connect(url, variables, limits)
    raise UsageError(
        f"the store '{url.rsplit('@', maxsplit=1)[-1]}' is of no known kind",
        "use consul://HOST:PORT, consul+https://HOST:PORT or sqlite:///PATH",
    )
