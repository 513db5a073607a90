"""Get the real programs that the tests run: `python3 -m tests.real.fetch [--all | PART...]`.

What is not on PATH comes from Debian's packages, through an apt configuration of our own: its
sources name the mirror that this machine's apt already uses; its lists and caches are
temporary, so the machine's own stay as they are and no rights are needed. apt checks the
signatures as it always does. What was fetched is kept in a cache folder.

Standard library only. Prints a line a part; ends 1 if one of them is missing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tests.real.parts import PARTS, Part, cache, fetched, find, how_to_get, starts, version

APT = Path("/etc/apt")
KEYRINGS = Path("/usr/share/keyrings")
DPKG_STATUS = Path("/var/lib/dpkg/status")
START = """\
#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")/../..
LD_LIBRARY_PATH={libraries} FONTCONFIG_FILE=$here/fonts.conf XDG_CACHE_HOME=$here/cache
export LD_LIBRARY_PATH FONTCONFIG_FILE XDG_CACHE_HOME
exec "$here/{program}" "$@"
"""
# The part's own fonts alone: text is as wide on every machine.
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
"""
PATIENCE = 300  # seconds for one call of apt


class MissingError(Exception):
    """Why a part cannot be had here."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.real.fetch", description="Get the real programs that tests run."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--all", action="store_true", help="every part, not only the usual ones")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.parts) - set(PARTS)):
        parser.error(f"no such part: {', '.join(unknown)} (there are: {', '.join(PARTS)})")

    wanted = [
        part
        for part in PARTS.values()
        if part.name in asked.parts or asked.all or (part.ordinary and not asked.parts)
    ]
    absent = [part for part in wanted if not _complete(part)]
    reasons: dict[str, str] = {}
    for suite in dict.fromkeys(part.suite for part in absent):
        reasons |= _fetch([part for part in absent if part.suite == suite], suite)
    for part in wanted:
        if part.name in reasons:
            print(f"{part.name}: missing: {reasons[part.name]}; {how_to_get(part)}")
        else:
            how = "fetched" if part in absent else "found"
            print(f"{part.name}: {how}: {' '.join(str(find(part, p)) for p in part.programs)}")
    return 1 if reasons else 0


def _complete(part: Part) -> bool:
    return all(find(part, program) for program in part.programs)


def _fetch(parts: list[Part], suite: str) -> dict[str, str]:
    """Fetch what one suite has; why, for each part that could not be had."""
    reasons = {}
    try:
        fetched(parts[0]).parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache(), prefix="apt-") as work:
            apt = _Apt(Path(work), suite, patched=any(part.fonts for part in parts))
            for part in parts:
                try:
                    _keep(part, *apt.unpack_part(part))
                except MissingError as e:
                    reasons[part.name] = str(e)
    except MissingError as e:
        return {part.name: str(e) for part in parts}
    except OSError as e:
        return {part.name: f"{cache()}: {e.strerror}" for part in parts}
    return reasons


def _keep(part: Part, unpacked: Path, packaged: str) -> None:
    """Move the programs to their place in one step, once each has shown that it runs here. The
    package is of version ``packaged``."""
    kept = unpacked if part.fonts else unpacked.with_name(f"{part.name}.kept")
    (kept / "usr" / "bin").mkdir(parents=True, exist_ok=True)
    for program in part.programs:
        source = unpacked / "usr" / "bin" / program
        if not source.exists():
            raise MissingError(f"the package {part.package} of {part.suite} has no {program}")
        runs = packaged if part.mute else version(source)
        if not runs or not starts(source):
            raise MissingError(f"{program} of Debian {part.suite} does not run here")
        if part.version and not runs.startswith(f"{part.version}."):
            raise MissingError(f"Debian {part.suite} now has {program} {runs}")
        source.rename(kept / "usr" / "bin" / program)
    shutil.rmtree(fetched(part), ignore_errors=True)
    try:
        kept.rename(fetched(part))
    except OSError:
        if not _complete(part):  # else another run was quicker, and has the same
            raise


class _Apt:
    """apt with one suite in its sources and everything it writes in one folder. ``patched``: with
    the suite's security updates, where there are any: what a machine has installed may be of
    them, and some of its libraries fit only others of the same version."""

    def __init__(self, work: Path, suite: str, *, patched: bool) -> None:
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise MissingError("not on PATH, and this machine has no apt to fetch it with")
        keyring = next(KEYRINGS.glob("debian-archive-keyring.*"), None)
        if keyring is None:
            raise MissingError("the package debian-archive-keyring is not installed")
        mirrors = list(dict.fromkeys(_mirrors(security=False)))
        if not mirrors:
            raise MissingError(f"no package mirror in {APT}/sources.list or sources.list.d")
        self.work = work
        sources = self._configure()
        print(f"fetching from Debian {suite}", file=sys.stderr, flush=True)
        line = f"deb [signed-by={keyring}] {{}} {{}} main\n".format
        patches = [line(one, f"{suite}-security") for one in _mirrors(security=True) if patched]
        for mirror, patch in product(mirrors, [*patches[:1], ""]):
            sources.write_text(line(mirror, suite) + patch, "utf-8")
            try:
                self._run("apt-get", "update")
            except MissingError as e:
                reason = e
            else:
                return
        raise reason

    def unpack(self, package: str) -> tuple[Path, str]:
        """The folder in which the package's files lie, and its version."""
        folder = self.work / package
        folder.mkdir(exist_ok=True)
        self._run("apt-get", "download", package, cwd=folder)
        found = next(folder.glob("*.deb"))
        self._run("dpkg-deb", "-x", str(found), str(folder / "files"))
        return folder / "files", found.name.split("_")[1]

    def unpack_part(self, part: Part) -> tuple[Path, str]:
        """The same, and where the part has fonts: beside it lie these, and the packages it
        depends on that this machine lacks."""
        if not part.fonts:
            return self.unpack(part.package)
        # A machine that has another version of the browser installed is asked as if it had none.
        installed = DPKG_STATUS.read_text("utf-8", errors="replace").split("\n\n")
        others = [package for package in installed if not _is_of(part, package)]
        (self.work / "installed").write_text("\n\n".join(others), "utf-8")
        self._run(
            *("apt-get", "install", "--yes", "--download-only", "--no-install-recommends"),
            *("--no-remove", "--option", f"Dir::State::status={self.work}/installed"),
            *("--option", "Debug::NoLocking=true", part.package),
        )
        files = self.work / part.name
        for font in part.fonts:
            shutil.copytree(self.unpack(font)[0], files, dirs_exist_ok=True)
        for archive in (self.work / "cache" / "archives").glob("*.deb"):
            self._run("dpkg-deb", "-x", str(archive), str(files))
            if archive.name.startswith(f"{part.package}_"):
                version = archive.name.split("_")[1]
        for program in part.programs:
            _among_its_own(files, program)
        return files, version

    def _configure(self) -> Path:
        for folder in ("lists/partial", "cache/archives/partial", "state"):
            (self.work / folder).mkdir(parents=True)
        (self.work / "status").touch()
        # How this machine reaches a mirror (proxies, certificates, dates) stays as it is; its
        # hooks, preferences and pins are not ours to run.
        dump = subprocess.run(
            ["apt-config", "dump"], capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout
        reach = [line for line in dump.splitlines() if line.startswith("Acquire::")]
        own = {
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Dir::Cache": f"{self.work}/cache",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Etc::sourcelist": f"{self.work}/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": f"{self.work}/state",
            "Dir::State::lists": f"{self.work}/lists",
            "Dir::State::status": f"{self.work}/status",
        }
        lines = [*reach, *(f'{name} "{value}";' for name, value in own.items())]
        (self.work / "apt.conf").write_text("\n".join(lines) + "\n", "utf-8")
        return self.work / "sources.list"

    def _run(self, *command: str, cwd: Path | None = None) -> None:
        environment = os.environ | {"APT_CONFIG": f"{self.work}/apt.conf", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command,
                cwd=cwd or self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as e:
            raise MissingError(f"`{' '.join(command[:2])}` took over {PATIENCE} s") from e
        if done.returncode != 0:
            said = [line for line in done.stdout.splitlines() if line.startswith(("E:", "dpkg"))]
            why = said[0] if said else done.stdout.strip()[-200:]
            raise MissingError(f"`{' '.join(command[:2])}` failed: {why}")


def _is_of(part: Part, stanza: str) -> bool:
    """Whether dpkg's stanza is of a package that is built with the part's."""
    return re.search(rf"^(Package|Source): {part.name}\b", stanza, re.MULTILINE) is not None


def _among_its_own(files: Path, program: str) -> None:
    """Put a script in the place of the program's, that starts it with its libraries and fonts."""
    libraries = sorted(
        {
            str(library.parent.relative_to(files))
            for place in files.glob("**/*-linux-gnu")
            for library in place.rglob("*.so*")
        }
    )
    found = next(path for path in files.glob(f"usr/lib/*/{program}") if path.is_file())
    (files / "fonts.conf").write_text(FONTS, "utf-8")
    start = files / "usr" / "bin" / program
    start.unlink(missing_ok=True)
    start.write_text(
        START.format(
            libraries=":".join(f"$here/{folder}" for folder in libraries),
            program=found.relative_to(files),
        ),
        "utf-8",
    )
    start.chmod(0o755)


def _mirrors(*, security: bool) -> Iterator[str]:
    """The mirrors that this machine's apt takes its main packages from, or their security updates,
    in its order."""
    for path in (APT / "sources.list", *sorted((APT / "sources.list.d").glob("*.list"))):
        if path.is_file():
            for line in path.read_text("utf-8", errors="replace").splitlines():
                found = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)", line)
                if found and _fits(found[2], found[3], security):
                    yield found[1]
    for path in sorted((APT / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text("utf-8", errors="replace")):
            fields = _fields(stanza)
            if (
                "deb" in fields.get("types", "").split()
                and fields.get("enabled", "yes") != "no"
                and _fits(fields.get("suites", ""), fields.get("components", ""), security)
            ):
                yield from fields.get("uris", "").split()


def _fields(stanza: str) -> dict[str, str]:
    lines = [line for line in stanza.splitlines() if not line.startswith("#")]
    unfolded = re.sub(r"\n[ \t]+", " ", "\n".join(lines))
    pairs = (line.split(":", 1) for line in unfolded.splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _fits(suites: str, components: str, security: bool) -> bool:
    named = [
        suite
        for suite in suites.split()
        if suite.endswith("-security") is security and "/" not in suite
    ]
    return bool(named) and "main" in components.split()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
