"""Two fields of the document -> the places that differ, inside lists and maps too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from fieldkeep.core.common.canonical import dumps, equal
from fieldkeep.core.common.paths import dotted
from fieldkeep.core.document.attributes import NAME, flatten
from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Difference:
    """A place, written ``options[2]`` or ``validation.regex``, and the attribute that it is part
    of. A value that is missing is None too, as in JSON."""

    place: str
    attribute: str
    old: Json
    new: Json


def differences(
    old: Mapping[str, Json] | None, new: Mapping[str, Json] | None
) -> tuple[Difference, ...]:
    """Every difference, sorted by place."""
    if old is None or new is None:
        present = flatten(old or new or {})
        return tuple(
            Difference(name, name, value if old else None, value if new else None)
            for name, value in sorted(present.items())
            if name != NAME
        )
    return tuple(sorted(_within([], old, new), key=lambda difference: difference.place))


def _within(path: list[str | int], old: Json, new: Json) -> Iterator[Difference]:
    match old, new:
        case dict(), dict():
            for name in old.keys() | new.keys():
                yield from _within([*path, name], old.get(name), new.get(name))
        case list(), list():
            yield from _within_lists(path, old, new)
        case _ if not equal(old, new):
            yield _difference(path, old, new)


def _within_lists(path: list[str | int], old: list[Json], new: list[Json]) -> Iterator[Difference]:
    """An item that only one list has is missing from the other; the rest are compared in pairs."""
    texts: Sequence[list[bytes]] = [[dumps(item) for item in items] for items in (old, new)]
    matcher = SequenceMatcher[bytes](None, texts[0], texts[1], autojunk=False)
    for kind, at, end, new_at, new_end in matcher.get_opcodes():
        if kind != "equal":
            pairs = zip_longest(range(at, end), range(new_at, new_end))
            for here, there in pairs:
                place = [*path, there if here is None else here]
                before = None if here is None else old[here]
                after = None if there is None else new[there]
                yield from _within(place, before, after)


def _difference(path: list[str | int], old: Json, new: Json) -> Difference:
    inside_validation = path[0] == "validation" and len(path) > 1
    attribute = f"validation.{path[1]}" if inside_validation else str(path[0])
    return Difference(dotted(path), attribute, old, new)
