"""Two fields of the document -> the places that differ, inside lists and maps too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkeep.core.common.canonical import equal
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
            for name in old.keys() & new.keys():
                yield from _within([*path, name], old[name], new[name])
            for name in old.keys() ^ new.keys():  # null is a value, too
                yield _difference([*path, name], old.get(name), new.get(name))
        case list(), list() if not equal(old, new):
            yield from _within_lists(path, old, new)
        case _ if not equal(old, new):
            yield _difference(path, old, new)


def _within_lists(path: list[str | int], old: list[Json], new: list[Json]) -> Iterator[Difference]:
    """DeepDiff finds which items moved, came and went. Its import takes longer than a sync, so that
    only a list that differs pays for it."""
    from deepdiff import DeepDiff

    # without the threshold, two items that share few keys are reported as one difference
    tree = DeepDiff(
        old, new, view="tree", verbose_level=2, ignore_order=False, threshold_to_diff_deeper=0
    )
    for levels in tree.values():
        for level in levels:
            before, after = _value(level.t1), _value(level.t2)
            if not equal(before, after):  # 10 and 10.0, which readers of the document do not tell
                yield _difference([*path, *level.path(output_format="list")], before, after)


def _value(value: Json) -> Json:
    return None if type(value).__name__ == "NotPresent" else value


def _difference(path: list[str | int], old: Json, new: Json) -> Difference:
    inside_validation = path[0] == "validation" and len(path) > 1
    attribute = f"validation.{path[1]}" if inside_validation else str(path[0])
    return Difference(dotted(path), attribute, old, new)
