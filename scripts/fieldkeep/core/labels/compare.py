"""What differs between the labels of two sources, or of one source at two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldkeep.model import PoolReading


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """A label whose certainty differs; by job, each side's ("" where the job lacks it)."""

    name: str
    jobs: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Labels that one side has only, with their jobs, and those that both have differently."""

    only_a: Mapping[str, tuple[str, ...]]
    only_b: Mapping[str, tuple[str, ...]]
    changed: tuple[LabelDifference, ...]
    same: int


def compare(a: Iterable[PoolReading], b: Iterable[PoolReading]) -> Comparison:
    """Label by label; an open family counts as a label that is named by its pattern."""
    one, other = _by_label(a), _by_label(b)
    both = sorted(one.keys() & other.keys())
    changed = [
        LabelDifference(name, jobs)
        for name in both
        if (jobs := _differences(one[name], other[name]))
    ]
    return Comparison(
        only_a={name: tuple(one[name]) for name in sorted(one.keys() - other.keys())},
        only_b={name: tuple(other[name]) for name in sorted(other.keys() - one.keys())},
        changed=tuple(changed),
        same=len(both) - len(changed),
    )


def _by_label(pools: Iterable[PoolReading]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for pool in pools:
        for label in pool.labels:
            found.setdefault(label.pattern or label.name, {})[pool.job] = label.certainty.value
    return found


def _differences(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    jobs = list(dict.fromkeys((*a, *b)))
    return {job: (a.get(job, ""), b.get(job, "")) for job in jobs if a.get(job) != b.get(job)}
