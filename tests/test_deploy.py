"""The files of docs/deploy, as far as a machine without Docker and a cluster can judge them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import hcl2
import pytest
import yaml

from tests.real.parts import ROOT
from tests.real.tools import tool

DEPLOY = ROOT / "docs" / "deploy"
UNIT = DEPLOY / "fieldkeep-watch.service"
WATCH = ["watch", "--env", "production", "--heal", "--ref", "origin/main", "--fetch", "--listen"]


def judged(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_the_unit_and_finds_little_exposed(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is not here: install Debian's systemd", pytrace=False)
        pytest.skip("systemd-analyze is not here: it is in Debian's package systemd")
    unit = tmp_path / UNIT.name
    program = re.search(r"^ExecStart=(\S+)", UNIT.read_text("utf-8"), re.MULTILINE)
    assert program
    # not installed here
    unit.write_text(
        UNIT.read_text("utf-8").replace(program[1], shutil.which("true") or ""), "utf-8"
    )
    assert judged("systemd-analyze", "verify", str(unit)) == ""
    judged("systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit))


def test_the_schemas_of_kubernetes_take_the_manifest() -> None:
    said = judged(tool("kubernetes-validate"), "--strict", str(DEPLOY / "kubernetes.yaml"))
    assert said.count("passed for resource") == 2
    for document in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8")):
        spec = document["spec"]
        pod = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        for container in (*pod["initContainers"], *pod["containers"]):
            assert container["securityContext"]["readOnlyRootFilesystem"]


def test_hadolint_takes_the_dockerfile_and_it_copies_what_there_is() -> None:
    assert judged(tool("hadolint"), str(DEPLOY / "Dockerfile")) == ""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    images = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert images <= set(re.findall(r"image: (\S+)", workflow))
    assert (ROOT / "requirements.lock").exists()
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)


def test_every_file_runs_the_same_watcher() -> None:
    unit = re.search(r"^ExecStart=\S+ (.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    assert unit
    assert shlex.split(unit[1])[: len(WATCH)] == WATCH
    deployment, _ = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["args"][: len(WATCH)] == WATCH
    with (DEPLOY / "fieldkeep.nomad.hcl").open(encoding="utf-8") as file:
        nomad = str(hcl2.load(file))
    for word in WATCH:
        assert word in nomad
