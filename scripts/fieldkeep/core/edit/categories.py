"""The categories that field files name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fieldkeep.core.document.attributes import as_list
from fieldkeep.model import FieldFile


def named_by(files: Iterable[FieldFile]) -> tuple[str, ...]:
    """All of them, those of most fields first. The files need not be valid."""
    counts = Counter(name for file in files for name in _names(file))
    return tuple(name for name, _ in counts.most_common())


def _names(file: FieldFile) -> list[str]:
    value = as_list(file.attributes.get("category"))
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
