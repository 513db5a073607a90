"""The cases, and many of them as one configuration.

A case is a folder: `prometheus.yml` as a user would write it, the files that it names, and, for
a discovery of which only a server knows the targets, `<kind>.json` with what it delivers
(`consul.json` for `consul_sd_configs`, in the format of target files). To add one, begin with a
comment that says the fact, then `scrape_configs:`; let job names begin with the folder's name,
write discoveries and lists of files on one line, and use addresses on loopback where nothing
listens.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
_DISCOVERY = re.compile(r"\b((?!file_)\w+)_sd_configs:.*")
_FILES = re.compile(r"(?<=files: \[)([^\]]*)")
# What surrounds the cases has no effect: a byte order mark, labels that reach no target, and a
# second document.
_HEAD = """\ufeffglobal:
  scrape_interval: 1d
  external_labels: {outside: label}
"""
_SENTINELS = """
- job_name: static
  static_configs: [{targets: ['127.0.0.1:1']}]
- job_name: files
  file_sd_configs: [{files: [sentinel.json]}]
"""
_TAIL = """
---
scrape_configs: [{job_name: in-another-document}]
"""
_SENTINEL = '[{"targets": ["127.0.0.1:1"]}]\n'


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def text(self) -> str:
        return (self.folder / "prometheus.yml").read_text("utf-8")

    @property
    def jobs(self) -> str:
        """What stands under `scrape_configs:`, with the paths that it has from the outside."""
        head, key, body = self.text.partition("scrape_configs:\n")
        assert key, f"{self.name}: begin with scrape_configs:"
        assert all(not line or line.startswith("#") for line in head.splitlines()), self.name
        return _FILES.sub(self._outside, body)

    def _outside(self, match: re.Match[str]) -> str:
        names = [name.strip().strip("'\"") for name in match[1].split(",")]
        return ", ".join(f"'{self.name}/{name}'" for name in names)

    @property
    def included(self) -> list[str]:
        """Files of scrape_config_files, as seen from the outside."""
        paths = sorted(self.folder.glob("scrape.d/*.yml"))
        return [f"{self.name}/scrape.d/{path.name}" for path in paths]


def cases() -> list[Case]:
    return [Case(path) for path in sorted(FOLDER.iterdir()) if path.is_dir()]


@dataclass(frozen=True)
class Combined:
    """`as_written` is what a user would write, `as_served` what a server runs: every discovery
    that only a server knows is replaced by files that hold what it delivers."""

    folder: Path
    as_written: str
    as_served: str


def combine(chosen: list[Case], folder: Path, includes: bool) -> Combined:
    """One configuration of many cases, with their files around it."""
    as_written, as_served = _SENTINELS, _SENTINELS
    for case in chosen:
        shutil.copytree(case.folder, folder / case.name)
        as_written += case.jobs.rstrip("\n") + "\n"
        as_served += bridged(case).rstrip("\n") + "\n"
    (folder / "sentinel.json").write_text(_SENTINEL, "utf-8")
    names = [name for case in chosen for name in case.included] if includes else []
    files = "".join(f"- {name}\n" for name in names)
    head = _HEAD + (f"scrape_config_files:\n{files}" if files else "") + "scrape_configs:"
    return Combined(folder, head + as_written + _TAIL, head + as_served + _TAIL)


def bridged(case: Case) -> str:
    """The jobs with what the discoveries deliver in target files."""

    def replaced(match: re.Match[str]) -> str:
        delivered = f"{case.name}/{match[1]}.json"
        assert (case.folder / f"{match[1]}.json").is_file(), f"add {delivered}"
        return f"file_sd_configs: [{{files: [{delivered}]}}]"

    return _one_list(_DISCOVERY.sub(replaced, case.jobs))


def _one_list(jobs: str) -> str:
    """A job with two discoveries would have file_sd_configs twice."""
    pair = re.compile(r"file_sd_configs: \[(.*)\]\n\s+file_sd_configs: \[(.*)\]")
    return pair.sub(r"file_sd_configs: [\1, \2]", jobs)
