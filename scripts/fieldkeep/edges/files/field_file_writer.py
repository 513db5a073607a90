"""Field files written into the working tree: all of them whole, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldkeep.errors import Refused, Unavailable

_NEW_FILE = 0o666


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is what the file held when it was read; None: there was no such file."""

    path: Path
    before: bytes | None
    after: bytes


def write(changes: Iterable[Change]) -> None:
    """Everything is written beside its place first; then each file is put there in one step. Raises
    Refused if somebody changed a file since it was read, Unavailable if it cannot be written."""
    ready: list[tuple[Path, Change, Path]] = []
    try:
        for change in changes:
            target = change.path.resolve()  # a link inside the folder stays one
            target.parent.mkdir(parents=True, exist_ok=True)
            ready.append((_beside(target, change), change, target))
        for _, change, target in ready:
            _must_be_as_read(target, change)
        for temporary, _, target in ready:
            temporary.replace(target)
    except OSError as error:
        hint = "check the folder's rights and free space; `git status` shows what was written"
        raise Unavailable(f"{error.filename}: {error.strerror}", hint) from error
    finally:
        for temporary, _, _ in ready:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _beside(target: Path, change: Change) -> Path:
    # a name that begins with a dot is no field file, should it ever stay behind
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    with os.fdopen(number, "wb") as file:
        file.write(change.after)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(_mode(target, change))
    return Path(name)


def _mode(target: Path, change: Change) -> int:
    if change.before is not None:
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return _NEW_FILE & ~mask


def _must_be_as_read(target: Path, change: Change) -> None:
    found = target.read_bytes() if target.exists() else None
    if found != change.before:
        raise Refused(
            f"{change.path}: changed since it was read; nothing was written", "run it again"
        )
