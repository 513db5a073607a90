"""A store from its URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import UsageError
from fieldkeep.model import Limits
from fieldkeep.settings.store_kinds import KINDS, kind_of


def connect(url: str, root: Path, variables: Mapping[str, str], limits: Limits) -> Store:
    """The store that ``url`` names; a relative path in it starts at ``root``. Nothing is sent or
    created yet. Raises UsageError."""
    kind = kind_of(url)
    if kind is None:
        *others, last = [form for kind in KINDS for form in kind.forms]
        # a password stands before the @, a token in the query
        harmless = re.split(r"[?#]", url.rsplit("@", maxsplit=1)[-1], maxsplit=1)[0]
        raise UsageError(
            f"the store '{harmless}' is of no known kind", f"use {', '.join(others)} or {last}"
        )
    # imported only if used: Consul's libraries alone take a fifth of a second
    module = import_module(f"fieldkeep.edges.store.{kind.module}")
    connect_to: Callable[[str, Path, Mapping[str, str], Limits], Store] = module.connect
    return connect_to(url, root, variables, limits)
