"""What a person is asked about a field file, and what becomes of the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.world import environment
from tests.terminal.sample_world import NOW
from tests.terminal.terminal import Shown, show

PROMETHEUS = """\
scrape_configs:
  - job_name: a
    static_configs: [{targets: ['a:1'], labels: {tier: gold}}, {targets: ['b:1']}]
    relabel_configs: [{source_labels: [__address__], target_label: site}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "region.yaml").write_text("name: region\ncategory: basic\n")
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS)
    (tmp_path / "fieldkeep.toml").write_text(
        "[sources]\nnorth = 'prometheus.yml'\nsouth = 'gone.yml'\n"
    )
    return tmp_path


def fieldkeep(project: Path, *line: str, typed: str | None = None) -> Shown:
    return show(line, project, environment(), NOW, width=100, color=False, typed=typed)


def test_new_asks_and_offers_what_is_known(project: Path) -> None:
    answers = ["", "Where it stands", "select", "north,south", "", "yes", "true", "-", "services"]
    shown = fieldkeep(project, "new", "site", typed="\n".join(answers) + "\n")
    assert shown.code == 0, shown.plain
    assert "label site: attached by north, made from __address__" in shown.plain
    assert "south could not be read, and may attach it" in shown.plain
    assert "display_name [Site]:" in shown.plain
    assert "category [basic]:" in shown.plain
    assert 'required: "yes" is not of type boolean; write true' in shown.plain
    assert (project / "fields" / "site.yaml").read_text() == (
        "name: site\ndisplay_name: Site\ndescription: Where it stands\ntype: select\n"
        "category: basic\nrequired: true\npages: [services]\noptions: [north, south]\n"
    )


def test_new_doubts_a_label_that_is_nearly_another(project: Path) -> None:
    shown = fieldkeep(project, "new", "teir", typed="n\n")
    assert "no source that could be read attaches it; did you mean 'tier'?" in shown.plain
    assert not (project / "fields" / "teir.yaml").exists()


def test_new_asks_nobody_who_is_not_there(project: Path) -> None:
    shown = fieldkeep(project, "new", "site")
    assert shown.code == 64
    assert "for example: fieldkeep new site" in shown.plain
    assert fieldkeep(project, "new", "site", "type=text").code == 0
    before = (project / "fields" / "site.yaml").read_text()
    assert before == "name: site\ntype: text\n"
    assert fieldkeep(project, "new", "Site", "type=url").code == 1
    assert (project / "fields" / "site.yaml").read_text() == before
