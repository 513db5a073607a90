"""The programs that are measured, each in an environment of its own in the cache folder.

Ours are installed as a user installs them: the locked dependencies, and the package from a copy.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.real import parts
from tests.real.parts import ROOT

CACHE = parts.cache() / "bench"
PEERS = Path(__file__).with_name("peers.txt")
AJV = "ajv-cli@5.0.0"
LOCK = "requirements.lock"
SOURCEMETA = {"aarch64": "arm64", "x86_64": "x86_64"}


class AbsentError(Exception):
    """A program cannot be had here, and why."""


@dataclass(frozen=True)
class Programs:
    """Paths of what is measured; ``versions`` are what each says of itself, by name."""

    this: Path
    before: Path
    python: Path
    plotting: Path
    check_jsonschema: Path
    sourcemeta: Path
    ajv: Path
    consul: Path
    promtool: Path
    versions: dict[str, str]


def programs(against: str) -> Programs:
    """All of them, installed where they are missing; ``against`` is the commit to compare with."""
    CACHE.mkdir(parents=True, exist_ok=True)
    peers = _environment("peers", PEERS.read_bytes(), ["-r", str(PEERS)])
    ajv = CACHE / "ajv" / "node_modules" / ".bin" / "ajv"
    if not ajv.exists():
        _run(
            "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ajv.parents[2], AJV
        )
    for part in ("consul", "prometheus-2.42"):
        if parts.find(parts.PARTS[part], parts.PARTS[part].programs[-1]) is None:
            _run(sys.executable, "-m", "tests.real.fetch", part)
    consul, promtool = parts.consul(), parts.promtool("2.42")
    if consul is None or promtool is None:
        raise AbsentError("consul or promtool is not here: see above")
    wheel = peers / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    this = _this()
    return Programs(
        this=this / "bin" / "fieldkeep",
        before=_before(against) / "bin" / "fieldkeep",
        python=this / "bin" / "python",
        plotting=peers / "bin" / "python",
        check_jsonschema=peers / "bin" / "check-jsonschema",
        sourcemeta=wheel
        / "sourcemeta_jsonschema"
        / f"jsonschema-linux-{SOURCEMETA[platform.machine()]}",
        ajv=ajv,
        consul=consul,
        promtool=promtool,
        versions={
            "Python": platform.python_version(),
            **dict(line.split("==") for line in PEERS.read_text("utf-8").split() if "==" in line),
            "ajv-cli": AJV.partition("@")[2],
            "consul": parts.version(consul),
            "promtool": parts.version(promtool),
        },
    )


def commit(ref: str) -> str:
    return git("rev-parse", "--short", f"{ref}^{{commit}}")


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AbsentError(done.stderr.strip())
    return done.stdout.strip()


def _this() -> Path:
    """The working tree as it is, but for what git ignores."""
    source = _emptied("source-this")
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    return _build("this", source)


def _before(ref: str) -> Path:
    source = _emptied("source-before")
    archive = source / "source.tar"
    git("archive", "--output", str(archive), ref)
    shutil.unpack_archive(archive, source)
    return _build("before", source)


def _build(name: str, source: Path) -> Path:
    lock = source / LOCK
    hashed = ["--only-binary", ":all:", "--require-hashes", "-r", str(lock)]
    venv = _environment(name, lock.read_bytes(), hashed)
    package = ["--no-deps", "--no-build-isolation", "--force-reinstall", str(source)]
    _pip(venv, *package)
    return venv


def _environment(name: str, wanted: bytes, arguments: list[str]) -> Path:
    """A venv with these, made anew when what is wanted has changed."""
    venv = CACHE / name
    stamp, seen = venv / "bench-stamp", hashlib.sha256(wanted + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text("utf-8") != seen:
        print(f"scripts/bench: installing {name} (once; this needs the network)", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        _run(sys.executable, "-m", "venv", venv)
        _pip(venv, *arguments)
        stamp.write_text(seen, "utf-8")
    return venv


def _pip(venv: Path, *arguments: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    _run(venv / "bin" / "python", "-I", "-m", "pip", "install", *quiet, *arguments)


def _emptied(name: str) -> Path:
    folder = CACHE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _run(*command: str | Path) -> None:
    """Silent, unless it fails. Python is the one that runs this, whatever the caller's says."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise AbsentError(f"{command[0]} is not on this machine") from error
    if done.returncode != 0:
        raise AbsentError(f"`{' '.join(map(str, command[:4]))} ...` failed:\n{done.stdout}")
