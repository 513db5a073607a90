"""What a run's log makes of our output: real commands on a project full of other people's orders,
read by the grammar of the runner."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.edges.github.runner_log import EscapedStream
from fieldkeep.model import Place, Problem
from fieldkeep.render.findings import FORMATS
from fieldkeep.render.screen import PIPE
from fieldkeep.settings.settings import DEFAULT_KEY
from tests.actions.commands import Command, lines_of, obey, read
from tests.case import BASE, SCHEMA
from tests.edges.store.plain import PlainSQLite
from tests.render.hostile import HOSTILE, shown

ORDERS = [text for text in HOSTILE if "::" in text or "##[" in text]
FIRST = "::error file=a,line=1::x"  # a name, a path and a value that would be an order


def fieldkeep(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A step's command, in a run."""
    return subprocess.run(
        [sys.executable, "-m", "fieldkeep", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GITHUB_ACTIONS": "true",
            "FIELDKEEP_ACTOR": FIRST,
            **more,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def acted(done: subprocess.CompletedProcess[str]) -> tuple[Command, ...]:
    """Both streams are one log, in whatever order they come."""
    both = obey(lines_of(done.stdout) + lines_of(done.stderr)).commands
    assert both == obey(lines_of(done.stderr) + lines_of(done.stdout)).commands
    return both


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was synced once; then other names, values and edits came into its store."""
    root = tmp_path_factory.mktemp("hostile") / "project"
    shutil.copytree(BASE, root)
    shutil.copytree(SCHEMA, root / "schema")
    assert fieldkeep(root, "sync").returncode == 0
    rows = PlainSQLite(root / ".fieldkeep" / "store.db")
    document = json.loads(rows.get(DEFAULT_KEY) or b"")
    for field in document["fields"]:
        field["description"] = FIRST
        field[FIRST] = "##[error]x"
    document["fields"] += [
        {"name": text, "display_name": text, "placeholder": text, "category": text, text: text}
        for text in ORDERS
    ]
    rows.put(DEFAULT_KEY, json.dumps(document).encode())
    hold = {"until": "2999-01-01T00:00:00.000Z", "reason": FIRST, "actor": "##[error]x", "at": ""}
    rows.put(f"{DEFAULT_KEY}.hold", json.dumps(hold).encode())
    return root


LINES: list[tuple[str, ...]] = [
    ("plan",),
    ("plan", "--format", "markdown"),
    ("list",),
    ("get", FIRST),
    ("get", "##[error]x", "--explain"),
    ("status",),
    ("history", "show", "0"),
    ("history", "export", "-"),
    ("adopt", "--all", "--dry-run"),
    ("sync",),
    ("sync", "--override-hold", "--store", "sqlite:///copy.db"),
    ("extract", "--explain", FIRST),
    (FIRST,),
    ("get", "##[error]nobody"),
    ("plan", f"--{FIRST}"),
    ("plan", "-C", FIRST),
    ("validate", "--fields", FIRST),
    ("plan", "--source", f"{FIRST}=##[error]x"),
    ("release", "--reason", FIRST),
]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_no_name_value_path_or_reason_is_obeyed(project: Path, line: tuple[str, ...]) -> None:
    done = fieldkeep(project, *line)
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr
    assert acted(done) == ()


def test_the_same_lines_would_be_obeyed_without_us(project: Path) -> None:
    """The project does hold orders: outside of a run they stand there as they are."""
    for line in (("list",), ("get", "##[error]x", "--format", "json")):
        done = fieldkeep(project, *line, GITHUB_ACTIONS="")
        assert any(map(read, lines_of(done.stdout + done.stderr))), line


@pytest.mark.parametrize("line", [("plan",), ("list",), ("status",), ("get", FIRST)])
def test_json_is_the_same_value_in_a_run_and_outside_of_one(
    project: Path, line: tuple[str, ...]
) -> None:
    within = fieldkeep(project, *line, "--format", "json")
    outside = fieldkeep(project, *line, "--format", "json", GITHUB_ACTIONS="")
    assert acted(within) == ()
    said, plain = json.loads(within.stdout), json.loads(outside.stdout)
    for one in (said, plain):
        one.pop("store", None)  # its sizes depend on how long the sources took
    assert said == plain
    assert within.stdout != outside.stdout or "##[" not in outside.stdout


def test_only_the_annotations_of_validate_act_and_their_texts_do_not(tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(BASE, root)
    shutil.copytree(SCHEMA, root / "schema")
    folder = "::error::x##[add-mask]y"
    (root / folder).mkdir()
    for index, text in enumerate(ORDERS):
        said = json.dumps({"name": "a", "type": text, text: text}, ensure_ascii=False)
        (root / folder / f"a{index}.yaml").write_text(said, "utf-8")
    line = ("validate", "--fields", folder)
    plain = fieldkeep(root, *line)
    assert plain.returncode == 1
    assert acted(plain) == ()
    annotations = fieldkeep(root, *line, "--format", "github")
    findings = json.loads(fieldkeep(root, *line, "--format", "json").stdout)["findings"]
    commands = acted(annotations)
    assert len(commands) == len(findings) > len(ORDERS)
    assert {command.name for command in commands} <= {"error", "warning"}
    for command in commands:
        assert command.properties["file"].startswith("::error::x")
        assert set(command.properties) == {"file", "line", "col", "title"}


@pytest.mark.parametrize("text", HOSTILE)
def test_an_annotation_is_one_and_carries_the_text(text: str) -> None:
    """As it leaves the renderer, with nothing in front of the log."""
    said = FORMATS["github"]([Problem(Place(text, 3, 7), "x/y", text, text)], PIPE)
    (command,) = obey(lines_of(said)).commands
    assert command.name == "error"
    properties = command.properties
    seen = shown(text).replace("##[", r"#\u0023[")
    assert properties == {"file": seen, "line": "3", "col": "7", "title": "x/y"}
    assert command.message == f"{seen}: {seen}"


def harmless(*parts: bytes, meant: bool = False) -> str:
    """What comes out below of parts that are written one by one."""
    below = io.BytesIO()
    stream = EscapedStream(below)
    stream.annotating = meant
    for part in parts:
        stream.write(part)
        stream.flush()
    stream.end()
    return below.getvalue().decode("utf-8", "surrogateescape")


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    parts = (b"a#", b"#", b"[error]", b"x\n ", b":", b":error::", b"y\n::error::z")
    out = harmless(*parts)
    assert obey(lines_of(out)).commands == ()
    assert out == "a#\\u0023[error]x\n \\u003a:error::y\n\\u003a:error::z"


PIECE = st.sampled_from(
    ["::", "##[", "error", "]", " ", "\n", "\r", "#", ":", "x", "\u200b", "\xa0"]
)


@given(st.lists(PIECE, max_size=12), st.booleans())
def test_nothing_is_obeyed_however_it_is_put_together(parts: list[str], meant: bool) -> None:
    out = harmless(*(part.encode() for part in parts), meant=meant)
    # a culture's comparison passes over what has no width
    for seen in (out, "".join(c for c in out if c.isascii())):
        commands = obey(lines_of(seen)).commands
        assert [c for c in commands if not (meant and c.name == "error")] == []


@given(st.lists(st.sampled_from(HOSTILE)), st.sampled_from([None, 2]))
def test_json_stays_the_same_value(texts: list[str], indent: int | None) -> None:
    said = json.dumps(dict.fromkeys(texts, texts), indent=indent)
    out = harmless(said.encode())
    assert json.loads(out) == json.loads(said)
    assert obey(lines_of(out)).commands == ()
