"""Two fields of the document -> the places that differ, found by deepdiff inside lists and maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.common.paths import dotted
from fieldkeep.core.document.attributes import NAME, flatten
from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Difference:
    """``place`` is written ``options[2]`` or ``validation.regex``; ``unit`` owns it. None stands
    for "not there" too: a JSON reader has no other word for it."""

    place: str
    unit: str
    old: Json
    new: Json


def differences(
    old: Mapping[str, Json] | None, new: Mapping[str, Json] | None
) -> tuple[Difference, ...]:
    """Every difference, sorted by place. Call it for fields that are known to differ: deepdiff
    takes milliseconds for a field and seconds for a document."""
    if old is None or new is None:
        present = flatten(old or new or {})
        return tuple(
            Difference(unit, unit, value if old else None, value if new else None)
            for unit, value in sorted(present.items())
            if unit != NAME
        )
    from deepdiff import DeepDiff

    # without the threshold, two fields that share few attributes are reported as one difference
    tree = DeepDiff(
        old, new, view="tree", verbose_level=2, ignore_order=False, threshold_to_diff_deeper=0
    )
    found = [
        _difference(level.path(output_format="list"), _given(level.t1), _given(level.t2))
        for kind in tree.values()
        for level in kind
    ]
    return tuple(sorted(found, key=lambda difference: difference.place))


def _difference(path: list[str | int], old: Json, new: Json) -> Difference:
    inside_validation = path[0] == "validation" and len(path) > 1
    unit = f"validation.{path[1]}" if inside_validation else str(path[0])
    return Difference(dotted(path), unit, old, new)


def _given(value: Json) -> Json:
    return None if type(value).__name__ == "NotPresent" else value
