"""What a person is asked about a field file, and what becomes of the answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from fieldkeep.edges.files import packaged
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


def fieldkeep(project: Path, *line: str, typed: str | None = None, **variables: str) -> Shown:
    surroundings = {**environment(), **variables}
    return show(line, project, surroundings, NOW, width=100, color=False, typed=typed)


def test_new_asks_and_offers_what_is_known(project: Path) -> None:
    answers = ["", "Where it stands", "select", "north,south", "", "yes", "true", "", "services"]
    shown = fieldkeep(project, "new", "site", typed="\n".join(answers) + "\n")
    assert shown.code == 0, shown.plain
    assert "label site: attached by north, made from __address__" in shown.plain
    assert "south could not be read, and may attach it" in shown.plain
    assert "display_name [Site]:" in shown.plain
    assert "One category or several.\n    for example: basic\ncategory [extra]:" in shown.plain
    assert "    all, or some of: services, " in shown.plain
    assert 'required: "yes" is not of type boolean; write true' in shown.plain
    assert (project / "fields" / "site.yaml").read_text() == (
        "name: site\ndescription: Where it stands\ntype: select\n"
        "required: true\npages: [services]\noptions: [north, south]\n"
    )


def test_a_default_is_written_only_if_it_was_typed_or_is_required(project: Path) -> None:
    schema = json.loads(packaged.schema("field.schema.json").content)
    schema["required"] += ["type"]
    (project / "schema").mkdir()
    (project / "schema" / "field.schema.json").write_text(json.dumps(schema))
    answers = ["", "", "", "extra", "", "", ""]
    shown = fieldkeep(project, "new", "site", typed="\n".join(answers) + "\n")
    assert shown.code == 0, shown.plain
    content = (project / "fields" / "site.yaml").read_text()
    assert content.endswith("name: site\ntype: string\ncategory: extra\n"), shown.plain
    assert "no other field has the category 'extra'; there are: basic" in shown.plain


def test_a_category_that_no_other_field_has_is_noted(project: Path) -> None:
    (project / "fields" / "site.yaml").write_text("name: site\ncategory: other\n")
    shown = fieldkeep(project, "set", "region", "category=bsic,other", "--dry-run")
    assert "note: no other field has the category 'bsic'; there are: other" in shown.plain
    assert "'other';" not in shown.plain
    assert "note:" not in fieldkeep(project, "set", "region", "order=1").plain


def test_new_doubts_a_label_that_is_nearly_another(project: Path) -> None:
    shown = fieldkeep(project, "new", "teir", typed="n\n")
    assert "no source that could be read attaches it; did you mean 'tier'?" in shown.plain
    assert (shown.code, "nothing was written" in shown.plain) == (0, True)
    assert not (project / "fields" / "teir.yaml").exists()


def test_a_line_of_a_diff_is_never_broken(project: Path) -> None:
    with (project / "fieldkeep.toml").open("a") as file:
        file.write("[environments.lab]\n")
    text = "see `fieldkeep plan`, " + "word " * 30 + "end"
    line = ("set", "region", f"description={text}", "--env", "lab", "--dry-run")
    assert f"+description: '{text}'" in fieldkeep(project, *line).plain.splitlines()


def test_new_asks_nobody_who_is_not_there(project: Path) -> None:
    shown = fieldkeep(project, "new", "site")
    assert shown.code == 64
    assert "for example: fieldkeep new site" in shown.plain
    assert fieldkeep(project, "new", "site", "type=text").code == 0
    before = (project / "fields" / "site.yaml").read_text()
    assert before == "name: site\ntype: text\n"
    assert fieldkeep(project, "new", "Site", "type=url").code == 1
    assert (project / "fields" / "site.yaml").read_text() == before


def an_editor(folder: Path, *texts: str) -> str:
    """A command that writes these texts to the file it is given, one each time it is called."""
    script = folder / "editor.py"
    script.write_text(
        "import sys, pathlib\n"
        f"texts = {texts!r}\n"
        "count = pathlib.Path(__file__).with_suffix('.count')\n"
        "number = int(count.read_text()) if count.exists() else 0\n"
        "count.write_text(str(number + 1))\n"
        "pathlib.Path(sys.argv[1]).write_bytes(texts[number].encode())\n"
    )
    return f"'{sys.executable}' '{script}'"


BEFORE = "name: region\ncategory: basic\n"


def test_edit_again_until_it_is_valid(project: Path) -> None:
    right = BEFORE + "type: text\n"
    editor = an_editor(project, BEFORE + "type: txt\n", right)
    shown = fieldkeep(project, "edit", "region", typed="e\n", EDITOR=editor)
    assert shown.code == 0
    assert "region.yaml:3:7: error" in shown.plain
    assert "region.yaml: valid" in shown.plain
    assert (project / "fields" / "region.yaml").read_text() == right


@pytest.mark.parametrize("typed", ["name: [\n", "\xff\x00", ""])
def test_what_is_rejected_is_kept_and_the_text_is_as_it_was(project: Path, typed: str) -> None:
    path = project / "fields" / "region.yaml"
    path.write_bytes(BEFORE.encode().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    before = path.read_bytes()
    editor = an_editor(project, typed)
    shown = fieldkeep(project, "edit", "region", typed="b\n", EDITOR=editor)
    assert shown.code == 0
    assert "what was typed is in .fieldkeep/rejected/region-1.yaml" in shown.plain
    assert (project / ".fieldkeep" / "rejected" / "region-1.yaml").read_bytes() == typed.encode()
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("typed", ["k\n", None])
def test_errors_that_are_kept_stay_as_they_were_typed(project: Path, typed: str | None) -> None:
    editor = an_editor(project, BEFORE + "order: x\n")
    shown = fieldkeep(project, "edit", "region", typed=typed, EDITOR=editor)
    assert (shown.code, "kept as it was typed" in shown.plain) == (1, True)
    assert (project / "fields" / "region.yaml").read_text() == BEFORE + "order: x\n"


def test_no_answer_leaves_both_texts(project: Path) -> None:
    editor = an_editor(project, BEFORE + "order: x\n")
    shown = fieldkeep(project, "edit", "region", typed="", EDITOR=editor)
    assert shown.code == 130
    assert "fields/region.yaml: not valid, and left as it was typed" in shown.plain
    assert "`fieldkeep edit region` opens it again" in shown.plain
    assert "the text before the edit is in\n    .fieldkeep/rejected/region-1.yaml" in shown.plain
    assert (project / "fields" / "region.yaml").read_text() == BEFORE + "order: x\n"
    assert (project / ".fieldkeep" / "rejected" / "region-1.yaml").read_text() == BEFORE
    question = next(line for line in shown.plain.splitlines() if "(b)ack" in line)
    assert len(question) <= 78
    assert "(e, k, b)" not in question


def test_what_a_failing_editor_wrote_is_shown(project: Path) -> None:
    script = project / "editor.sh"
    script.write_text('echo "order: x" >> "$1"; exit 3\n')
    shown = fieldkeep(project, "edit", "region", typed="k\n", EDITOR=f"sh '{script}'")
    assert shown.code == 1
    assert "the file has changed all the same:" in " ".join(shown.plain.split())
    assert "region.yaml:3:8: error" in shown.plain


def test_an_editor_that_fails_is_named(project: Path) -> None:
    shown = fieldkeep(project, "edit", "region", VISUAL="/no/editor")
    assert shown.code == 64
    assert "/no/editor" in shown.plain
    unclosed = fieldkeep(project, "edit", "region", VISUAL="ed 'x")
    assert (unclosed.code, "VISUAL, or EDITOR, is no command" in unclosed.plain) == (64, True)
    assert fieldkeep(project, "edit", "regin", VISUAL="true").code == 1
    assert "nothing changed" in fieldkeep(project, "edit", "region", VISUAL="true").plain


def test_an_interrupt_is_the_editors_own(project: Path) -> None:
    """An editor may take Ctrl-C for the end of a search."""
    script = project / "editor.sh"
    script.write_text('trap "" INT; kill -INT $PPID; echo "type: text" >> "$1"\n')
    shown = fieldkeep(project, "edit", "region", EDITOR=f"sh '{script}'")
    assert (shown.code, "region.yaml: valid" in shown.plain) == (0, True)


@pytest.mark.parametrize("typed", ["k\n", None])
def test_a_file_that_an_editor_removed_is_not_lost(project: Path, typed: str | None) -> None:
    shown = fieldkeep(project, "edit", "region", typed=typed, EDITOR="rm")
    assert (shown.code, "region.yaml: is gone; what it said is in" in shown.plain) == (1, True)
    assert (project / ".fieldkeep" / "rejected" / "region-1.yaml").read_text() == BEFORE
