"""Every folder of tests/cases, run as somebody would: see the README there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import case_stores
from tests.case import BASE, CASES, Case, build, filled, folders, picture, read
from tests.real import forked
from tests.real.forked import Done

RENEW = "FIELDKEEP_UPDATE=1 .venv/bin/python -m pytest -q tests/test_cases.py"
UPDATE = bool(os.environ.get("FIELDKEEP_UPDATE"))
PROGRAM = (sys.executable, "-P", "-m", "fieldkeep")
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
# Without the environment that runs this: how the program is called there is part of what it says.
PATH = os.pathsep.join(
    folder
    for folder in os.environ["PATH"].split(os.pathsep)
    if Path(folder) != Path(sys.executable).parent and not Path(folder, "fieldkeep").exists()
)
OWN = {"PATH": PATH, "FIELDKEEP_ACTOR": "Ana"}
PATIENCE = 60  # seconds for one command

FINDING = re.compile(r": (?:error|warning): .* \[[a-z-]+/[a-z-]+\]$")
PLACE = re.compile(r".+:[1-9]\d*:[1-9]\d*: ")
CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]|^::(?!error file=|warning file=)", re.MULTILINE
)
VARIES = (
    (r"\(\d+ ms\)", "(N ms)"),
    (r"store: no answer from \S+ yet.*\n", ""),  # on a slow machine, a fast server too
    (r"\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)", "TIME"),
    (r'"bytes": \d+', '"bytes": N'),  # a document holds how long each source took
    (r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12})\b", "DIGEST"),
)


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store file that a sync of the shared project makes."""
    folder = tmp_path_factory.mktemp("seed")
    (folder / "home").mkdir()
    base = Case(BASE, "The shared project.", {"sync": 0})
    build(base, folder / "project", {})
    done = say(base, "sync", folder, {})
    assert done.code == 0, done.err
    return folder / "project" / case_stores.FILE


@pytest.mark.parametrize(
    "folder", folders(), ids=lambda folder: folder.relative_to(CASES).as_posix()
)
def test_case(folder: Path, tmp_path: Path, seed: Path, request: pytest.FixtureRequest) -> None:
    case = read(folder)
    root = tmp_path / "project"
    (tmp_path / "home").mkdir()
    with case_stores.world(case, root, seed, request) as world:
        names = {"root": str(root), **world.names}
        build(case, root, names)
        environment = world.environment | {
            name: filled(value, names) for name, value in case.environment.items()
        }
        before = picture(tmp_path), world.entries()
        ends = {}
        said = {"stdout": "", "stderr": ""}
        for line, code in case.run.items():
            done = say(case, filled(line, names), tmp_path, environment)
            ends[line] = done.code
            for stream, text in zip(said, (done.out, done.err), strict=True):
                said[stream] += f"$ fieldkeep {printable(line)}\n{text}" if text else ""
            held_to(done, code)
        after = picture(tmp_path), world.entries()
    for secret in (*case.secrets, *filter(None, [world.names.get("token")])):
        assert secret not in str(said)
    said = {stream: plain(text, names) for stream, text in said.items()}
    assert ends == dict(case.run), said["stderr"]
    assert (before != after) == case.writes, "what the store holds"
    if UPDATE:
        for stream, text in said.items():
            case.expect(stream, text)
    for stream, text in said.items():
        assert text == case.expected(stream), f"{stream}; if it is right: {RENEW}"


def say(case: Case, line: str, folder: Path, environment: Mapping[str, str]) -> Done:
    """Run the program in the project, with nothing of our environment but PATH."""
    home, project = str(folder / "home"), folder / "project"
    environment = {**OWN, "HOME": home, "TMPDIR": home, **environment}
    command = shlex.split(line)
    if not (given_up := rights(case)):
        return forked.run(command, project, environment, PATIENCE)
    done = subprocess.run(
        [*given_up, *PROGRAM, *command],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def rights(case: Case) -> tuple[str, ...]:
    if not case.unprivileged or os.geteuid() != 0:
        return ()
    if shutil.which(UNPRIVILEGED[0]) is None:
        message = "root reads everything, and there is no setpriv to give that up"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return UNPRIVILEGED


def held_to(done: Done, code: int) -> None:
    """What holds whatever a command says."""
    text = done.out + done.err
    assert "Traceback" not in text
    assert not CONTROL.search(text)
    lines = [*text.splitlines(), ""]
    findings = [index for index, line in enumerate(lines) if FINDING.search(line)]
    for index in findings:
        assert PLACE.match(lines[index]), "a finding says where"
        assert re.match(r" {4}\S", lines[index + 1]), f"a way out follows: {lines[index]}"
    errors = [index for index, line in enumerate(lines) if line.startswith("fieldkeep: ")]
    for index in errors:
        assert findings or re.match(r" {4}\S", lines[index + 1]), f"a way out: {lines[index]}"
    assert text or code == 0, "an exit code is explained"


def printable(line: str) -> str:
    return line.encode("unicode_escape").decode()


def plain(text: str, names: Mapping[str, str]) -> str:
    """Without what differs from run to run."""
    for name, value in names.items():
        text = text.replace(value, f"${name}")
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    return text
