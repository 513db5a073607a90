"""Finds the Prometheus configurations of a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fieldkeep.edges.files.git import Checkout

_MARK: Final = b"scrape_configs:"
_LARGEST: Final = 1024 * 1024


def candidates(checkout: Checkout) -> Iterator[str]:
    """The paths, relative to the checkout's root, of YAML files that seem to have scrape jobs."""
    for name in checkout.files():
        path = checkout.root / name
        if name.endswith((".yml", ".yaml")) and name.isprintable() and _MARK in _beginning(path):
            yield name


def _beginning(path: Path) -> bytes:
    """Nothing, for what is no file or cannot be read."""
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for some names
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""
