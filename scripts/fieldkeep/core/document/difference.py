"""Two fields of the document -> the places that differ, inside lists and maps too."""

from __future__ import annotations

from collections.abc import Mapping
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
    """Every difference, sorted by place. Slow (milliseconds a field): call it only for fields that
    differ."""
    if old is None or new is None:
        present = flatten(old or new or {})
        return tuple(
            Difference(name, name, value if old else None, value if new else None)
            for name, value in sorted(present.items())
            if name != NAME
        )
    from deepdiff import DeepDiff

    # without the threshold, two fields that share few attributes are reported as one difference
    tree = DeepDiff(
        old, new, view="tree", verbose_level=2, ignore_order=False, threshold_to_diff_deeper=0
    )
    differences = [
        _difference(level.path(output_format="list"), _value(level.t1), _value(level.t2))
        for levels in tree.values()
        for level in levels
    ]
    different = (entry for entry in differences if not _is_one_number(entry.old, entry.new))
    return tuple(sorted(different, key=lambda difference: difference.place))


def _difference(path: list[str | int], old: Json, new: Json) -> Difference:
    inside_validation = path[0] == "validation" and len(path) > 1
    attribute = f"validation.{path[1]}" if inside_validation else str(path[0])
    return Difference(dotted(path), attribute, old, new)


def _is_one_number(old: Json, new: Json) -> bool:
    """Deepdiff tells 10 from 10.0, which readers of the document do not."""
    return isinstance(old, float) != isinstance(new, float) and equal(old, new)


def _value(value: Json) -> Json:
    return None if type(value).__name__ == "NotPresent" else value
