"""The lock files on every Python that the package supports, whichever this machine has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.real.tools import tool

ROOT = Path(__file__).parents[1]
MATRIX = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
VERSIONS = [one["python"] for one in MATRIX["jobs"]["test"]["strategy"]["matrix"]["include"]]


def as_pip_is_set_up() -> dict[str, str]:
    """uv does not read pip's settings, and pip is what the set-up installs with."""
    found = {**os.environ, "UV_SYSTEM_CERTS": "true"}
    if certificates := os.environ.get("PIP_CERT"):
        found["SSL_CERT_FILE"] = certificates
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if index := os.environ.get("PIP_INDEX_URL") or configured:
        found["UV_DEFAULT_INDEX"] = index
    return found


def resolved(lock: str, version: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As an installation would be, without one: wheels only, each with a hash that the lock has."""
    choices = ("--dry-run", "--no-build", "--require-hashes", "--python-version", version)
    places = ("--target", str(folder), "--cache-dir", str(folder / "cache"))
    done = subprocess.run(
        [tool("uv"), "pip", "install", *choices, *places, "-r", str(ROOT / lock)],
        env=as_pip_is_set_up(),
        capture_output=True,
        text=True,
        check=False,
    )
    if "Failed to fetch" in done.stderr and os.environ.get("CI") != "true":
        pytest.skip("the package index cannot be reached: connect this machine")
    return done


def test_the_matrix_is_what_the_package_supports() -> None:
    assert VERSIONS == ["3.11", "3.12", "3.13", "3.14"]
    for one in MATRIX["jobs"]["test"]["strategy"]["matrix"]["include"]:
        assert re.fullmatch(rf"python:{one['python']}-bookworm@sha256:[0-9a-f]{{64}}", one["image"])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_locks_are_all_wheels(version: str, tmp_path: Path) -> None:
    done = resolved("requirements-dev.lock", version, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Would install" in done.stderr


def test_a_python_without_wheels_would_be_noticed(tmp_path: Path) -> None:
    done = resolved("requirements-dev.lock", "3.8", tmp_path)
    assert done.returncode != 0


def test_the_locks_agree_and_name_no_index() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pinned("requirements.lock") < pinned("requirements-dev.lock")
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text("utf-8")
