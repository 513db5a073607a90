"""The metrics: complete, the same names in rules, dashboard and page, and readable by a parser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from fieldkeep.core.drill.rehearsal import Failed, Loss, Rebuilt, Rehearsal
from fieldkeep.core.watch.machine import Heal
from fieldkeep.core.watch.status import WatchStatus
from fieldkeep.render import metrics
from fieldkeep.render.metrics import Run
from tests.core.build import KEYS, World
from tests.real.parts import ROOT
from tests.render.worlds import ESCAPE, hostile, world

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DOCS = ROOT / "docs"
WORD = re.compile(r"\bfieldkeep_[a-z_]+\b")


def samples(text: str) -> dict[str, float]:
    """By name and labels, as a server would have them."""
    return {
        sample.name + json.dumps(sample.labels, sort_keys=True): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def status(made: World) -> dict[str, float]:
    return samples(metrics.of_status(made.evaluate(), "sqlite:///store.db") + "\n")


def everything() -> Iterator[str]:
    made = world()
    evaluation = made.evaluate()
    watch = WatchStatus(NOW, Heal.ALL, looked=NOW, passed=NOW)
    yield metrics.of_watch(replace(watch, stored=evaluation.stored, evaluation=evaluation))
    yield metrics.of_status(evaluation, "")
    run = Run("drill", NOW, 0, {"load": 0.1})
    yield metrics.of_run(run, [Rebuilt("from git", 0.2, 3, ())])


def names() -> set[str]:
    known = {key.split("{")[0] for text in everything() for key in samples(text + "\n")}
    return known | {"fieldkeep_hold_until_timestamp_seconds"}  # only while a hold is on


def test_rules_dashboard_and_page_know_the_names_that_there_are() -> None:
    for path in (
        "monitoring/alerts.yml",
        "monitoring/alerts_test.yml",
        "monitoring/dashboard.json",
    ):
        text = (DOCS / path).read_text("utf-8")
        assert set(WORD.findall(text)) - {"fieldkeep_"} <= names(), path
    rows = re.findall(
        r"^\| (`[a-z_{}, `]+) \|", (DOCS / "monitoring.md").read_text("utf-8"), re.MULTILINE
    )
    listed = {f"fieldkeep_{name}" for row in rows for name in re.findall(r"`([a-z_]+)", row)}
    assert listed == names()


def test_a_store_in_sync() -> None:
    said = status(world())
    assert said["fieldkeep_in_sync{}"] == 1
    assert said["fieldkeep_document_present{}"] == 1
    assert said["fieldkeep_fields{}"] == 1
    assert said["fieldkeep_uncaptured_edits{}"] == 0
    assert said['fieldkeep_drift_fields{"class": "live-edited"}'] == 0
    assert said['fieldkeep_source_up{"source": "m"}'] == 1


def test_an_edit_of_what_git_says_is_drift_in_its_class_and_not_captured() -> None:
    made = world()
    document = made.document()
    document["fields"][0]["display_name"] = "Edited"
    made.store.put(KEYS.document, document)
    said = status(made)
    assert said["fieldkeep_in_sync{}"] == 0
    assert said["fieldkeep_uncaptured_edits{}"] == 1
    assert said['fieldkeep_drift_fields{"class": "live-edited"}'] == 1


def test_texts_of_others_stay_inside_their_label() -> None:
    made = hostile()
    text = metrics.of_status(made.evaluate(), "")
    assert samples(text + "\n")[f"fieldkeep_applied_info{json.dumps({'commit': ESCAPE})}"] == 1


def test_a_failed_drill_keeps_the_time_of_the_last_good_one() -> None:
    good = metrics.of_run(Run("drill", NOW, 0, {}), [Rebuilt("from git", 0.2, 3, ())])
    assert metrics.is_ours(good.encode())
    assert metrics.last_success(good.encode()) == NOW.timestamp()
    lost: list[Rehearsal] = [
        Rebuilt("from git", 0.2, 3, (Loss("company"),)),
        Failed("backup 1", "damaged"),
    ]
    later = Run("drill", datetime(2026, 4, 1, tzinfo=UTC), 2, {})
    bad = samples(metrics.of_run(later, lost, metrics.last_success(good.encode())))
    assert bad["fieldkeep_drill_success{}"] == 0
    assert bad["fieldkeep_drill_last_success_timestamp_seconds{}"] == NOW.timestamp()
    assert bad['fieldkeep_run_exit_code{"command": "drill"}'] == 2
    assert metrics.last_success(b"not metrics { at all") == 0
    assert not metrics.is_ours(b"node_load1 3\n")
