"""What each configured source of Prometheus labels says, or why it could not be read.

A source is read completely or not at all: one file that fails makes it ``Skipped``, never a
shorter list of labels, because what is not listed may end up deleted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from fieldkeep.core.extract import read_pools
from fieldkeep.core.prometheus.config import Configuration
from fieldkeep.edges.promfiles import ConfigurationFiles
from fieldkeep.errors import FieldkeepError, Unavailable
from fieldkeep.model import Extracted, Reading, Skipped

MAX_THREADS: Final = 8


def read_all(sources: Mapping[str, str | Sequence[str]], root: Path) -> tuple[Reading, ...]:
    """Every source in the order given, read in parallel. A source that fails is ``Skipped``."""
    with ThreadPoolExecutor(MAX_THREADS) as threads:
        return tuple(threads.map(lambda name: read_source(name, sources[name], root), sources))


def read_source(name: str, where: str | Sequence[str], root: Path) -> Reading:
    """One source: a file or a glob relative to ``root``, or several of them."""
    started = time.monotonic()
    files = ConfigurationFiles(root)
    places = [where] if isinstance(where, str) else where
    try:
        found = [part for place in places for part in _configurations(place, files)]
        pools = read_pools(pool for configuration in found for pool in configuration.pools)
    except FieldkeepError as error:
        return Skipped(name, _reason(error), _since(started))
    return Extracted(
        source=name,
        external_labels=_external_labels(found),
        pools=pools,
        files=files.count,
        duration_ms=_since(started),
    )


def _configurations(where: str, files: ConfigurationFiles) -> tuple[Configuration, ...]:
    """What one place holds. Each kind of place is a case of its own."""
    match where.partition("://"):
        case (scheme, "://", _):
            # Nothing behind the scheme is repeated: it may hold a password.
            raise Unavailable(
                f"a source in {scheme}:// can not be read by this version",
                "name the configuration's file, or a glob",
            )
        case _:
            return files.read_all(where)


def _external_labels(configurations: Sequence[Configuration]) -> Mapping[str, str]:
    """Of several files the first that gives a label counts."""
    labels: dict[str, str] = {}
    for configuration in reversed(configurations):
        labels |= configuration.external_labels
    return labels


def _reason(error: FieldkeepError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
