"""The attributes of a field in the groups that people read them in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from fieldkeep.core.document.attributes import NAME, SET_BY, STRUCTURE, attributes_of, shows_field

_ENTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("display_name", "description", "type", "category", "order", "enabled", "editable"),
    "form": ("required", "auto_register", "options", "default", "placeholder"),
}
_NEAR: Final = 6
OTHER: Final = "other"
PAGES: Final = "pages"


def indent(widest: int, text: str, width: int | None) -> int:
    """Where a value begins beside names of that width; near the left if a word of it does not fit
    there."""
    longest = max(map(len, text.split()), default=0)
    beside = widest + 4
    return beside if width is None or beside + longest <= width else _NEAR


def groups(attributes: Collection[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The heading of each group with its attributes; a group without one is left out."""
    known = set(attributes) - {NAME}
    validation = {name for name in known if name.startswith("validation")}
    pages = sorted(attributes_of("pages", known))
    views = sorted(name for name in known if shows_field(name) and name not in pages)
    found: dict[str, Sequence[str]] = {
        group: [name for entry in entries for name in SET_BY[entry] if name in known]
        for group, entries in _ENTRIES.items()
    }
    found[PAGES] = [*pages, *views]
    found["validation"] = sorted(validation)
    found["prometheus"] = [name for name in STRUCTURE if name in known]
    found[OTHER] = sorted(known.difference(*found.values()))
    return ((group, names) for group, names in found.items() if names)
