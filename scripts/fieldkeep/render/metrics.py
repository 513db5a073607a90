"""What a monitoring system scrapes: the text exposition of Prometheus, version 0.0.4.

Every name has the prefix ``fieldkeep_`` and only letters and underscores, so that it is the same in
every exposition and on VictoriaMetrics. Times are seconds since 1970, as values: a sample with a
timestamp of its own is dropped by the textfile collector.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from fieldkeep.core.common.times import parse_time
from fieldkeep.core.document.document import Document
from fieldkeep.core.drill.rehearsal import Rebuilt, Rehearsal, came_back
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.status import WatchStatus

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Run:
    """One command that has ended: ``stages`` are seconds by name, ``conflicts`` the writes that
    were lost to another writer."""

    command: str
    ended: datetime
    exit_code: int
    stages: Mapping[str, float]
    conflicts: int = 0


class _Families:
    """A registry, as far as ``generate_latest`` needs one."""

    def __init__(self, families: Iterator[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return self._families


def _text(*families: Iterator[Metric]) -> str:
    together = _Families(metric for part in families for metric in part)
    return generate_latest(together).decode()


def of_status(evaluation: Evaluation, url: str, aside: Sequence[SetAside] = ()) -> str:
    """``status --format prometheus``. The store's ``url`` is no label: a target label says that."""
    _ = url
    return _text(_stored(evaluation.stored), _evaluated(evaluation), _set_aside(aside)).rstrip("\n")


def of_run(run: Run, rehearsals: Sequence[Rehearsal] = (), last_success: float = 0.0) -> str:
    """``--metrics-file``. ``last_success`` of a drill is what the file said before."""
    return _text(_run(run), _drill(rehearsals, run, last_success) if rehearsals else iter(()))


def is_ours(content: bytes) -> bool:
    return not content or content.startswith(b"# HELP fieldkeep_")


def last_success(content: bytes) -> float:
    """When a drill last succeeded, by what an earlier one wrote; 0 for never."""
    try:
        families = list(text_string_to_metric_families(content.decode()))
    except ValueError:
        return 0.0
    name = "fieldkeep_drill_last_success_timestamp_seconds"
    values = [s.value for family in families for s in family.samples if s.name == name]
    return values[0] if values else 0.0


def of_watch(status: WatchStatus) -> str:
    """``/metrics`` of a watcher: what the last look found, and what was done since it started."""
    stored = _stored(status.stored) if status.stored else iter(())
    evaluated = _evaluated(status.evaluation) if status.evaluation else iter(())
    return _text(_watcher(status), stored, evaluated)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fieldkeep_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"fieldkeep_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"fieldkeep_{name}", text, value=value)


def _seconds(text: object) -> float | None:
    moment = parse_time(text) if isinstance(text, str) else None
    return moment.timestamp() if moment else None


def _stored(stored: StoreState) -> Iterator[Metric]:
    live = stored.document
    fields = len(live.fields) if isinstance(live, Document) else 0
    yield _gauge("document_present", "Whether a document is live.", isinstance(live, Document))
    yield _gauge("fields", "Fields of the live document.", fields)
    yield _gauge("backups", "Backups in the history.", len(stored.history.entries))
    newest = stored.history.newest_of_ours
    if newest and (at := _seconds(newest.timestamp)):
        yield _gauge("newest_backup_timestamp_seconds", "When the newest backup was made.", at)
    if not isinstance(stored.record, Record):
        return
    if at := _seconds(stored.record.applied.get("at")):
        yield _gauge("last_apply_timestamp_seconds", "When fields were applied last.", at)
    commit = stored.record.text("commit") or ""
    yield _labelled("applied_info", "The commit whose fields are live.", "commit", {commit: 1})


def _evaluated(evaluation: Evaluation) -> Iterator[Metric]:
    plan = evaluation.plan
    yield _gauge("in_sync", "Whether a sync would change nothing.", not plan.pending)
    counted: dict[str, float] = {drift.value: 0 for drift in Drift}
    for entry in plan.drift:
        counted[str(entry.drift)] = counted.get(str(entry.drift), 0) + 1
    yield _labelled("drift_fields", "Fields that drift, by class.", "class", counted)
    yield _gauge("orphan_fields", "Fields that neither git nor a source has.", len(plan.orphans))
    unsaved = unsaved_edits(evaluation.stored, evaluation.merged)
    yield _gauge("uncaptured_edits", "Edits of the live document in no backup.", unsaved)
    servers = evaluation.target.document.servers
    up: dict[str, float] = {name: server.get("success") is True for name, server in servers.items()}
    yield _labelled("source_up", "Whether a source of labels could be read.", "source", up)
    yield _gauge("refusals", "Guards that would refuse a sync.", len(plan.refusals))
    yield _gauge("hold", "Whether a hold keeps every sync from applying.", bool(evaluation.hold))
    if evaluation.hold and (until := _seconds(evaluation.hold.until)):
        yield _gauge("hold_until_timestamp_seconds", "When the hold ends.", until)
    if plan.store:
        yield _gauge("largest_value_bytes", "Size of the largest value.", plan.store.largest_bytes)
        yield _gauge("value_limit_bytes", "Size that the store takes.", plan.store.limit)


def _set_aside(aside: Sequence[SetAside]) -> Iterator[Metric]:
    yield _gauge("values_set_aside", "Damaged or foreign values kept under .corrupt.", len(aside))


def _watcher(status: WatchStatus) -> Iterator[Metric]:
    problems = len(tuple(status.problems()))
    yield _gauge("watch_connected", "Whether the store answers the watcher.", status.connected)
    yield _gauge("watch_problems", "What keeps the watcher from its work.", problems)
    yield _gauge("watch_contest", "Whether another writer undoes it.", status.contest is not None)
    yield _gauge("watch_heals_enabled", "Whether it puts anything back.", status.heal != "nothing")
    started = status.started.timestamp()
    yield _gauge("watch_start_timestamp_seconds", "When the watcher started.", started)
    for name, at in (("look", status.looked), ("pass", status.passed)):
        if at:
            text = f"When the last {name} of the watcher ended."
            yield _gauge(f"watch_last_{name}_timestamp_seconds", text, at.timestamp())
    yield _counter("watch_captures", "Backups of edits.", status.captures)
    yield _counter("watch_heals", "Documents put right.", status.heals)
    yield _counter("watch_restores", "Documents that were gone and came back.", status.restores)
    yield _counter("watch_conflicts", "Syncs given up to other writers.", status.conflicts)
    yield _counter("watch_disconnections", "Times the store went away.", status.disconnections)


def _run(run: Run) -> Iterator[Metric]:
    ended = {run.command: run.ended.timestamp()}
    yield _labelled("run_timestamp_seconds", "When a command ended last.", "command", ended)
    code: dict[str, float] = {run.command: run.exit_code}
    yield _labelled("run_exit_code", "The exit code of that run (docs/output.md).", "command", code)
    lost: dict[str, float] = {run.command: run.conflicts}
    yield _labelled("run_conflicts", "Writes of that run that lost.", "command", lost)
    family = GaugeMetricFamily(
        "fieldkeep_run_stage_seconds", "How long a stage took.", labels=["command", "stage"]
    )
    for stage, seconds in run.stages.items():
        family.add_metric([run.command, stage], seconds)
    yield family


def _drill(rehearsals: Sequence[Rehearsal], run: Run, last_success: float) -> Iterator[Metric]:
    success = came_back(rehearsals)
    at = run.ended.timestamp() if success else last_success
    yield _gauge("drill_success", "Whether everything came back in the last drill.", success)
    yield _gauge("drill_last_success_timestamp_seconds", "When everything last came back.", at)
    slowest = max((each.seconds for each in rehearsals if isinstance(each, Rebuilt)), default=0)
    yield _gauge("drill_slowest_seconds", "How long the slowest rebuild took.", slowest)
