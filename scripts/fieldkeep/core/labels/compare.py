"""Compares the labels of two sources, or of one source at two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldkeep.model import LabelReading, PoolReading


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """A label that differs, by job: both certainties ("" if the job lacks the label), and both
    lists of values where they are known and differ."""

    name: str
    jobs: Mapping[str, tuple[str, str]]
    values: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Labels that only one side has (name -> jobs), labels that differ between the sides, and jobs
    whose targets do ("" if a side lacks the job). ``notes_a`` are what reading one side told, and
    not the other."""

    only_a: Mapping[str, tuple[str, ...]]
    only_b: Mapping[str, tuple[str, ...]]
    changed: tuple[LabelDifference, ...]
    same: int
    jobs: Mapping[str, tuple[str, str]]
    notes_a: tuple[str, ...] = ()
    notes_b: tuple[str, ...] = ()


def compare(a: Sequence[PoolReading], b: Sequence[PoolReading]) -> Comparison:
    """Compare label by label. An open family counts as a label named by its pattern."""
    in_a, in_b = _by_label(a), _by_label(b)
    both = sorted(in_a.keys() & in_b.keys())
    changed = [
        difference for name in both if (difference := _difference(name, in_a[name], in_b[name]))
    ]
    targets_a = {pool.job: pool.targets.value for pool in a}
    targets_b = {pool.job: pool.targets.value for pool in b}
    return Comparison(
        only_a={name: tuple(in_a[name]) for name in sorted(in_a.keys() - in_b.keys())},
        only_b={name: tuple(in_b[name]) for name in sorted(in_b.keys() - in_a.keys())},
        changed=tuple(changed),
        same=len(both) - len(changed),
        jobs=_differences(targets_a, targets_b),
    )


def _by_label(pools: Iterable[PoolReading]) -> dict[str, dict[str, LabelReading]]:
    labels: dict[str, dict[str, LabelReading]] = {}
    for pool in pools:
        for label in pool.labels:
            labels.setdefault(label.pattern or label.name, {})[pool.job] = label
    return labels


def _difference(
    name: str, a: Mapping[str, LabelReading], b: Mapping[str, LabelReading]
) -> LabelDifference | None:
    jobs = _differences(
        {job: label.certainty.value for job, label in a.items()},
        {job: label.certainty.value for job, label in b.items()},
    )
    values = {
        job: (a[job].values, b[job].values)
        for job in a
        if job in b and a[job].values != b[job].values
    }
    return LabelDifference(name, jobs, values) if jobs or values else None


def _differences(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    jobs = list(dict.fromkeys((*a, *b)))
    return {job: (a.get(job, ""), b.get(job, "")) for job in jobs if a.get(job) != b.get(job)}
