"""Compares the labels of two sources, or of one source at two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldkeep.model import PoolReading


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """A label whose certainty differs: both certainties by job ("" if the job lacks the label)."""

    name: str
    jobs: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Labels that only one side has (name -> jobs), and labels that differ between the sides."""

    only_a: Mapping[str, tuple[str, ...]]
    only_b: Mapping[str, tuple[str, ...]]
    changed: tuple[LabelDifference, ...]
    same: int


def compare(a: Iterable[PoolReading], b: Iterable[PoolReading]) -> Comparison:
    """Compare label by label. An open family counts as a label named by its pattern."""
    in_a, in_b = _by_label(a), _by_label(b)
    both = sorted(in_a.keys() & in_b.keys())
    changed = [
        LabelDifference(name, jobs)
        for name in both
        if (jobs := _differences(in_a[name], in_b[name]))
    ]
    return Comparison(
        only_a={name: tuple(in_a[name]) for name in sorted(in_a.keys() - in_b.keys())},
        only_b={name: tuple(in_b[name]) for name in sorted(in_b.keys() - in_a.keys())},
        changed=tuple(changed),
        same=len(both) - len(changed),
    )


def _by_label(pools: Iterable[PoolReading]) -> dict[str, dict[str, str]]:
    certainties: dict[str, dict[str, str]] = {}
    for pool in pools:
        for label in pool.labels:
            by_job = certainties.setdefault(label.pattern or label.name, {})
            by_job[pool.job] = label.certainty.value
    return certainties


def _differences(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    jobs = list(dict.fromkeys((*a, *b)))
    return {job: (a.get(job, ""), b.get(job, "")) for job in jobs if a.get(job) != b.get(job)}
