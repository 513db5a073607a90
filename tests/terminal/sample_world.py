"""The sample project after a week of work, with something left to do: what the commands show."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.sample import put_sample
from tests.scenarios.world import PATIENCE, WHO, Edit, Project, SQLiteWorld, environment
from tests.terminal.terminal import Shown, show

KEY: Final = "skills/eye/metadata/fields"
NOW: Final = datetime(2026, 3, 9, 14, 40, tzinfo=UTC)
PLACE: Final = "/tmp/fieldkeep-XXXXXXXX"
_LAB: Final = """\
global: {external_labels: {site: lab}}
scrape_configs:
  - job_name: linux
    consul_sd_configs: [{server: '127.0.0.1:8500', services: [linux]}]
    relabel_configs:
      - {source_labels: [__meta_consul_service_metadata_owner], target_label: owner}
      - {source_labels: [__meta_consul_service_metadata_team], regex: (.+), target_label: owner}
      - {target_label: environment, replacement: lab}
  - job_name: prometheus
    static_configs: [{targets: ['127.0.0.1:9090'], labels: {owner: us, tier: '3'}}]
"""
_ENVIRONMENTS: Final = "[tool.fieldkeep.environments"


class Sample(Project):
    """At a moment that the test sets, with the program's own schema: the commits are the same
    each time."""

    def __init__(self, root: Path) -> None:
        self.root, self.moment = root, NOW
        root.mkdir()
        put_sample(root)

    def git(self, *arguments: str) -> str:
        when = self.moment.isoformat()
        done = subprocess.run(
            ["git", *WHO, "-C", str(self.root), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
            env={**environment(), "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
        )
        return done.stdout.strip()

    def replaced(self, name: str, old: str, new: str) -> None:
        path = self.root / "fields" / f"{name}.yaml"
        text = path.read_text("utf-8")
        assert old in text, f"{name}: {old}"
        path.write_text(text.replace(old, new), "utf-8")


class Week:
    """``say`` runs a command at the moment that it is."""

    def __init__(self, root: Path) -> None:
        self.project = Sample(root)
        self.moment = NOW
        self.world = SQLiteWorld(self.project, KEY)
        settings = root / "pyproject.toml"
        (root / "lab.yml").write_text(_LAB, "utf-8")
        (root / "lab-new.yml").write_text(
            _LAB.replace("team", "group").replace("us,", "we,"), "utf-8"
        )
        (root / "loose").mkdir()
        (root / "loose" / "site.yaml").write_text("name:   'site'\n\n\n\ntype: string # short\n")
        (root / "broken").mkdir()
        (root / "broken" / "site.yaml").write_text("name: site\ntype: strin\norder: first\n")
        (root / "bin").mkdir()  # so that messages call the program by its name
        (root / "bin" / "fieldkeep").touch(mode=0o755)
        settings.write_text(settings.read_text("utf-8").partition(_ENVIRONMENTS)[0], "utf-8")

    def at(self, day: int, time: str) -> None:
        hour, minute = map(int, time.split(":"))
        self.moment = self.project.moment = datetime(2026, 3, day, hour, minute, tzinfo=UTC)

    def say(self, *line: str, actor: str = "ana@example.org", code: int = 0) -> Shown:
        shown = show(line, self.project.root, variables(self.project.root, actor), self.moment)
        assert shown.code == code, shown.plain
        return shown

    def application(self, change: Edit) -> None:
        self.world.application(change)


def variables(root: Path, actor: str = "ana@example.org") -> dict[str, str]:
    own = environment()
    path = os.pathsep.join([str(root / "bin"), own["PATH"]])
    return {**own, "PATH": path, "TMPDIR": "/tmp", "FIELDKEEP_ACTOR": actor}


def play(root: Path) -> None:
    """A week: two changes in git, one edit in the application, one field that nobody needs."""
    week = Week(root)
    project = week.project
    week.at(2, "09:05")
    project.commit("Describe the fields")
    week.say("sync", "--reason", "the first fields")

    week.at(4, "16:30")
    week.application(_edit("support_url", placeholder="https://help.example.org"))
    week.say("capture", actor="watcher")

    week.at(5, "10:12")
    project.replaced("city", "display_name: City", "display_name: Town or city")
    project.replaced("criticality", "  - critical\n", "  - critical\n  - not rated\n")
    project.commit("Let the criticality be open")
    week.say("sync", "--reason", "criticality may be open, as agreed with the customers")

    week.at(7, "18:20")
    week.application(_edit("vendor", display_name="Manufacturer", order=15))
    week.say("capture", actor="watcher")

    week.at(9, "11:35")
    project.replaced("company", "display_name: Company", "display_name: Customer")
    project.replaced("rack", "order:", "placeholder: R-01\norder:")
    project.commit("Call a company a customer")
    week.say("sync", actor="rui@example.org")

    week.at(9, "14:10")
    week.application(_edit("site", display_name="Data centre", show_in_table=False))
    project.replaced("owner", "A team, not a person", "A team")
    project.field(
        "floor", "name: floor\ndisplay_name: Floor\ntype: number\ncategory: location\norder: 45\n"
    )
    project.replaced("environment", "required: true", "required: false")
    project.commit("Add the floor")
    project.git("init", "--quiet", "--template", "", "--initial-branch", "main", "../new")
    (root / "../new/prometheus.yml").write_text(_LAB, "utf-8")
    project.git("gc", "--quiet")  # few files: the world is copied a hundred times


def _edit(name: str, **attributes: Any) -> Edit:
    def change(fields: dict[str, dict[str, Any]]) -> None:
        fields[name].update(attributes)

    return change


@contextmanager
def a_copy(of: Path) -> Iterator[Path]:
    """At a path that is as long each time, so that lines break at the same words."""
    folder = Path(tempfile.mkdtemp(prefix="fieldkeep-", dir="/tmp"))
    assert len(str(folder)) == len(PLACE)
    try:
        shutil.copytree(of.parent, folder, dirs_exist_ok=True)
        yield folder / of.name
    finally:
        shutil.rmtree(folder)
