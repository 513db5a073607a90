"""A job's matrix: the combinations that it runs in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from tests.actions.expressions import Scope, interpolate
from tests.actions.unknown import Unknown
from tests.actions.values import Closed, Value, to_text
from tests.actions.workflow import Strategy

_SPECIAL = ("include", "exclude")


def combinations(strategy: Strategy, known: Scope) -> list[Closed]:
    """As GitHub builds them: the product, less `exclude`, widened and added to by `include`."""
    matrix = _evaluated(strategy.matrix, known)
    if not isinstance(matrix, dict):
        raise Unknown(f"matrix is {matrix!r}")
    axes = {name: values for name, values in matrix.items() if name not in _SPECIAL}
    for name, values in matrix.items():
        if not isinstance(values, list):
            raise Unknown(f"matrix: {name} is {values!r}")
    found = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    found = found if axes else []
    gone = matrix.get("exclude", [])
    found = [one for one in found if not any(entry.items() <= one.items() for entry in gone)]
    originals = [dict(one) for one in found]
    for entry in matrix.get("include", []):
        fits = [
            index
            for index, original in enumerate(originals)
            if all(original[key] == value for key, value in entry.items() if key in original)
        ]
        for index in fits:
            found[index] |= entry
        if not fits:
            found.append(dict(entry))
    if not found:
        raise Unknown("a matrix without combinations")
    names = {name for one in found for name in one}
    # What only another combination has is null in this one.
    return [Closed("matrix", {**dict.fromkeys(sorted(names - set(o))), **o}) for o in found]


def _evaluated(given: Value, known: Scope) -> Value:
    match given:
        case str():
            return interpolate(given, known)
        case Mapping():
            return {key: _evaluated(value, known) for key, value in given.items()}
        case list():
            return [_evaluated(value, known) for value in given]
        case _:
            return given


def label(combination: Closed) -> str:
    """How the job is told from its siblings: "3.11, debian"."""
    return ", ".join(to_text(v) for v in combination.values() if not isinstance(v, dict | list))
