"""Which real programs the tests run, and where they lie on this machine.

Standard library only: `fetch.py` reads this table before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """A Debian package, the suite that still has it, and the programs in it."""

    name: str
    package: str
    suite: str
    programs: tuple[str, ...]
    version: str = ""  # a program on PATH counts only if it is of this version; "" takes any
    ordinary: bool = False  # whether `scripts/test` gets it
    mute: bool = False  # whether the program does not tell its version: then the package's counts
    # Packages of fonts. A part that has any is kept whole, with the libraries this machine lacks.
    fonts: tuple[str, ...] = ()


# Bullseye's Prometheus is the only one of Debian's that is built with consul_sd.
PARTS = {
    part.name: part
    for part in (
        Part("consul", "consul", "bullseye", ("consul",), ordinary=True),
        Part(
            "prometheus-2.24",
            "prometheus",
            "bullseye",
            ("prometheus", "promtool"),
            version="2.24",
            ordinary=True,
        ),
        Part(
            "chromium",
            "chromium-headless-shell",
            "bookworm",
            ("chromium-headless-shell",),
            ordinary=True,
            fonts=("fonts-dejavu-core",),
        ),
        Part("prometheus-2.42", "prometheus", "bookworm", ("prometheus", "promtool"), "2.42"),
        Part("prometheus-2.53", "prometheus", "trixie", ("prometheus",), "2.53"),
        Part("prometheus-3.5", "prometheus", "forky", ("prometheus",), "3.5"),
        *(
            Part(
                f"victoriametrics-{version}",
                "victoria-metrics",
                suite,
                ("victoria-metrics",),
                version,
                mute=True,
            )
            for suite, version in (("trixie", "1.112"), ("forky", "1.145"))
        ),
    )
}


def cache() -> Path:
    """The folder that keeps what was fetched, the same for every checkout where there is a home."""
    if own := os.environ.get("FIELDKEEP_CACHE"):
        return Path(own).absolute()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).absolute() / "fieldkeep"
    home = os.environ.get("HOME")
    if home and os.access(home, os.W_OK):
        return Path(home).absolute() / ".cache" / "fieldkeep"
    return ROOT / ".venv" / "fieldkeep-cache"


def fetched(part: Part) -> Path:
    return cache() / "parts" / part.name


def starts(program: Path) -> bool:
    """Whether the program runs here."""
    return _asked(program) is not None


def version(program: Path) -> str:
    """The program's own word, e.g. `1.8.7`; empty if it does not run here."""
    done = _asked(program)
    if done is None:
        return ""
    found = re.search(r"\bv?(\d+\.\d+\.\d+)", done.stdout + done.stderr)
    return found[1] if found else ""


def _asked(program: Path) -> subprocess.CompletedProcess[str] | None:
    """What the program answers when it is asked for its version; None if it fails."""
    option = "version" if program.name == "consul" else "--version"
    try:
        return subprocess.run(
            [program, option], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None


def find(part: Part, program: str) -> Path | None:
    """The program on PATH if it is of the right version, else the fetched one, else None."""
    on_path = None if part.mute else shutil.which(program)
    if on_path and (not part.version or version(Path(on_path)).startswith(part.version + ".")):
        return Path(on_path)
    kept = fetched(part) / "usr" / "bin" / program
    return kept if os.access(kept, os.X_OK) else None


def consul() -> Path | None:
    return find(PARTS["consul"], "consul")


def prometheus(series: str = "2.24") -> Path | None:
    return find(PARTS[f"prometheus-{series}"], "prometheus")


def promtool(series: str = "2.24") -> Path | None:
    return find(PARTS[f"prometheus-{series}"], "promtool")


def victoriametrics(series: str) -> Path | None:
    return find(PARTS[f"victoriametrics-{series}"], "victoria-metrics")


def how_to_get(part: Part) -> str:
    if part.mute:
        return f"run `python3 -m tests.real.fetch {part.name}` in the repository's root"
    wanted = f" {part.version}" if part.version else ""
    return (
        f"run `python3 -m tests.real.fetch {part.name}` in the repository's root, "
        f"or put {' and '.join(part.programs)}{wanted} on PATH"
    )
