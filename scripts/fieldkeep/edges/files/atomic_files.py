"""Files outside of the store: written whole or not at all, and never over what is not ours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fieldkeep.errors import InputError, Unavailable, UsageError
from fieldkeep.model import Source


def read(path: Path, shown: str, most: int) -> Source:
    """A regular file; one byte more than ``most`` tells that it is too large. Raises InputError."""
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "there is no such file"
            raise InputError(f"{shown}: {what}", "correct the name")
        with path.open("rb") as file:
            return Source(shown, file.read(most + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise InputError(f"{shown}: {reason}", "check the name and its rights") from error


def save(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """New files in a folder, which is made if need be: all of them, or none. Raises Unavailable."""
    saved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            create(folder / name, content)
            saved.append(folder / name)
    except FileExistsError as error:
        discard(saved)
        raise Unavailable(
            f"{error.filename or folder}: is there already, and is not written over",
            "move it away, or name another folder; nothing was written to the store",
        ) from error
    except (OSError, ValueError) as error:
        discard(saved)
        reason = error.strerror if isinstance(error, OSError) else "no name of a folder"
        raise Unavailable(
            f"{folder}: the copy cannot be written: {reason}",
            "check the folder's rights and free space; nothing was written to the store",
        ) from error
    return tuple(saved)


def put(path: Path, shown: str, content: bytes, ours: Callable[[bytes], bool]) -> None:
    """A file, written over one only if that is ``ours``. Raises UsageError if it is not, and
    Unavailable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path) and not (path.is_file() and ours(path.read_bytes())):
            raise UsageError(
                f"{shown}: is there already, is no plan, and is not written over",
                "move it away, or name another file",
            )
        name = _beside(path, content)
        try:
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise Unavailable(
            f"{shown}: cannot be written: {reason}", "check the folder's rights and free space"
        ) from error


def discard(paths: Sequence[Path]) -> None:
    """Take back files that we have just made."""
    for path in paths:
        path.unlink(missing_ok=True)


def create(path: Path, content: bytes) -> None:
    """Raises FileExistsError, OSError. Under its own name the file is whole from the first moment:
    a link to a finished one, which fails where there is something already."""
    name = _beside(path, content)
    try:
        try:
            os.link(name, path)
        except FileExistsError:
            raise FileExistsError(17, os.strerror(17), str(path)) from None
        except OSError:  # a file system without links
            if os.path.lexists(path):
                raise FileExistsError(17, os.strerror(17), str(path)) from None
            Path(name).rename(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> str:
    """A finished file in the same folder, under a name that nobody looks at."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o666 & ~_umask())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
