"""`scripts/bench`: see its head."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.bench import counts, growth, page, rows
from tests.bench.installed import CACHE, AbsentError, commit, git, programs
from tests.bench.measured import FailedError, in_turns, run
from tests.bench.page import Line, Taken
from tests.bench.projects import KEY
from tests.bench.rows import THIS, Bench
from tests.real.parts import ROOT
from tests.real.servers import ConsulServer

PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.png"
GAPS = 11  # syncs in which the time from the first read to the write is measured
ROUND_TRIPS = 200
READS, WRITES = 4, 1  # requests of a sync: reads when nothing changed; with a change one more


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure whole processes.")
    parser.add_argument("--quick", action="store_true", help="the short rows only; writes no page")
    parser.add_argument("--against", metavar="REF", help="the build to compare with", default="")
    asked = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another bench runs on this machine: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            measure(commit(asked.against or newest()), quick=asked.quick)
        except (AbsentError, FailedError) as error:
            say(str(error))
            return 4
    return 0


def newest() -> str:
    """The newest tag before this commit, else the commit before it."""
    try:
        return git("describe", "--tags", "--abbrev=0", "HEAD~1")
    except AbsentError:
        return "HEAD~1"


def measure(against: str, *, quick: bool) -> None:
    began = time.monotonic()
    got = programs(against)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "consul").mkdir()
        with ConsulServer(got.consul, folder / "consul", dev=True, log_level="debug") as consul:
            bench = Bench(got, folder, consul)
            taken: dict[str, Taken] = {}
            for row in rows.ROWS:
                if row.quick or not quick:
                    say(row.work)
                    taken[row.work] = in_turns(row.commands(bench))
            lines = [
                page.line(row, goal, taken[row.work])
                for row in rows.ROWS
                if row.work in taken
                for goal in row.goals
            ]
            say("requests of a sync")
            lines += asked_of_the_store(bench)
            parts = {
                "machine": machine(bench, against),
                "goals": page.goals(lines),
                "imports": imports(bench),
                "measurements": page.measurements(taken),
            }
            if not quick:
                parts["growth"] = grown(bench, taken)
    if quick:
        print("\n\n".join(parts.values()))
    else:
        PAGE.write_text(page.filled(PAGE.read_text("utf-8"), parts), "utf-8")
        print(parts["goals"])
        say(f"wrote {PAGE.relative_to(ROOT)} and {PLOT.relative_to(ROOT)}")
    say(f"{time.monotonic() - began:.0f} s")


def asked_of_the_store(bench: Bench) -> list[Line]:
    """Requests, and the time between the first read and the write."""
    found = []
    unchanged = rows.synced(bench, THIS, changing=False)
    asked = counts.requests(bench.consul, partial(run, unchanged))
    found.append(page.counted("requests of a `sync` with nothing to write", len(asked), READS))
    changing = rows.synced(bench, THIS, changing=True)
    times = []
    for number in range(1000, 1000 + GAPS):
        asked = counts.requests(bench.consul, partial(run, changing, number))
        times.append(counts.read_to_write(asked) * 1000)
    most = READS + WRITES + 1
    found.append(page.counted("requests of a `sync` with one changed field", len(asked), most))
    trip = 1000 * round_trip(bench.consul)
    work = f"from first read to write, 25 fields (one round trip: {trip:.1f} ms)"
    found.append(page.counted(work, statistics.median(times), 10, "ms"))
    return found


def round_trip(consul: ConsulServer) -> float:
    """Seconds for a consistent read over a connection that is kept."""
    times = []
    for _ in range(ROUND_TRIPS):
        began = time.perf_counter()
        consul.get("nothing")
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def imports(bench: Bench) -> str:
    project = bench.project(f"consul-{THIS}", 25, sites=True, store=bench.consul.url)
    lines = ["| command | modules | of them ours |", "|---|---|---|"]
    key = ("--key", f"{KEY}-{THIS}")
    for words in (["--help"], ["validate"], ["get", *key, project.names[0]], ["sync", *key]):
        found = counts.modules(bench.programs.python, words, project.root)
        ours = sum(name.startswith("fieldkeep") for name in found)
        lines.append(f"| `{words[0]}` | {len(found)} | {ours} |")
    return "\n".join(lines)


def grown(bench: Bench, taken: Mapping[str, Taken]) -> str:
    """The largest sizes have been measured already, as rows."""
    known = {row.point: taken[row.work][THIS] for row in rows.ROWS if row.point}
    found: dict[growth.Curve, dict[int, float]] = {}
    for curve in growth.CURVES:
        found[curve] = {}
        for size in curve.sizes:
            say(f"growth: {curve.command} of {size} {curve.of}")
            runs = (
                known.get((curve.command, size))
                or in_turns({THIS: curve.make(bench, size)}, enough=0)[THIS]
            )
            found[curve][size] = statistics.median(one.cpu for one in runs)
    curves = {
        curve.command: {"of": curve.of, "exponent": growth.exponent(sizes), "sizes": sizes}
        for curve, sizes in found.items()
    }
    draw = [bench.programs.plotting, Path(__file__).with_name("plot.py"), PLOT]
    subprocess.run(draw, input=json.dumps(curves), text=True, check=True)
    return page.growth(found, PLOT.name)


def machine(bench: Bench, against: str) -> str:
    cpu = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith(("model name", "CPU part"))
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {number}" for name, number in bench.programs.versions.items())
    changed = " with uncommitted changes" if git("status", "--porcelain", "--", "scripts") else ""
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, Linux {platform.release()}. "
        f"{versions}. "
        f"This build is {commit('HEAD')}{changed}, the build before is {against}. "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}."
    )


def say(words: str) -> None:
    print(f"scripts/bench: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
